"""The parts of a new workbook around its rows, made by XlsxWriter: styles, widths, filter, comments, frozen header."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter

from importer.errors import BooksDontBalance
from importer.model import RESULT_COLUMNS, Status
from importer.writing.result_block import Layout
from importer.writing.workbook_look import (
    DEEPEST_FROZEN_ROW,
    HEADER,
    RESULT_HEADER,
    STATUS_COLOURS,
    WRONG,
)

SHEET_PART: Final = "xl/worksheets/sheet1.xml"
FIRST_PARTS: Final = ("[Content_Types].xml", "_rels/.rels")
_ROWS: Final = re.compile(rb"<sheetData>.*</sheetData>", re.DOTALL)
_DIMENSION: Final = re.compile(rb"<dimension [^>]*/>")
_STYLE: Final = re.compile(rb' s="(\d+)"')
_TEXT_STYLES: Final = ("text", "wrong", "header", "result_header")
_LAST_ROW: Final = 1_048_576
_HINTS: Final = {
    "freedom_id": "The person's FreedomID, where the import gave one.",
    "import_status": "What became of the row: filter here. invalid, duplicate and rejected are for a person to mend: "
    "correct the cells and import this file again; only rows without a FreedomID are sent.",
    "import_error_code": "The kind of error, the same for all rows with it: sort or filter by it.",
    "import_error": "What is wrong, with which value, and what to do.",
    "import_note": "What was understood differently from how it is written: raw → clean.",
}

Comments = Sequence[tuple[int, int, str]]
"""Row and column from 0, text."""


@dataclass(frozen=True)
class Frame:
    """A workbook without its rows.

    Attributes:
        before: The data sheet's XML up to and with the opening tag of its rows.
        after: The rest of it.
        parts: Every other part of the workbook, by name.
        styles: The number of each cell style: "text", "wrong", "header", "result_header" and the statuses.
    """

    before: bytes
    after: bytes
    parts: Mapping[str, bytes]
    styles: Mapping[str, int]


def make_frame(layout: Layout, column_widths: Sequence[int], last_row: int, comments: Comments = ()) -> Frame:
    """A workbook with everything but its rows; it is the same for the same arguments.

    Args:
        layout: Header, its place, the sheet's name.
        column_widths: In characters, one for each column of the header.
        last_row: The last filled row, from 1: the filter ends there.
        comments: On wrong cells.
    """
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = workbook.add_worksheet(sheet_name(layout.sheet))
    styles = _styles(workbook)
    for column, style in enumerate(styles.values()):  # written only to learn their numbers
        sheet.write_blank(0, column, None, style)
    _dress(sheet, layout, column_widths, last_row, styles["text"])
    for row, column, text in comments:
        sheet.write_comment(row, column, text, {"x_scale": 2.5})
    workbook.close()
    return _taken_apart(target, tuple(styles))


def _styles(workbook: Any) -> dict[str, Any]:
    looks: dict[str, dict[str, object]] = {
        "text": {},
        "wrong": {"bg_color": f"#{WRONG}"},
        "header": {"bold": True, "bg_color": f"#{HEADER}", "text_wrap": True, "valign": "top"},
        "result_header": {"bold": True, "bg_color": f"#{RESULT_HEADER}", "text_wrap": True, "valign": "top"},
    }
    looks |= {status: {"bg_color": f"#{STATUS_COLOURS[status]}"} for status in Status}
    return {name: workbook.add_format({"num_format": "@", **look}) for name, look in looks.items()}


def _dress(sheet: Any, layout: Layout, column_widths: Sequence[int], last_row: int, text_style: Any) -> None:
    first, header = layout.first_column, layout.header_row - 1
    last = first + len(layout.header) - 1
    for column, width in enumerate(column_widths, start=first):
        sheet.set_column(column, column, width, text_style)
    if layout.header_row <= DEEPEST_FROZEN_ROW:
        sheet.freeze_panes(header + 1, 0)
    sheet.autofilter(header, first, max(last_row - 1, header), last)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_LAST_ROW}"})
    for offset, name in enumerate(RESULT_COLUMNS):
        sheet.write_comment(header, last - len(RESULT_COLUMNS) + 1 + offset, _HINTS[name], {"x_scale": 2})


def _taken_apart(target: io.BytesIO, names: Sequence[str]) -> Frame:
    with zipfile.ZipFile(target) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    xml = _DIMENSION.sub(b"", parts.pop(SHEET_PART))  # the true one isn't known before the last row
    rows = _ROWS.search(xml)
    numbers = [int(number) for number in _STYLE.findall(rows[0])] if rows else []
    if rows is None or len(numbers) != len(names):
        raise BooksDontBalance("the workbook library wrote a sheet of an unknown shape; nothing was overwritten")
    return Frame(
        before=xml[: rows.start()] + b"<sheetData>",
        after=b"</sheetData>" + xml[rows.end() :],
        parts=parts,
        styles=dict(zip(names, numbers, strict=True)),
    )


def sheet_name(name: str) -> str:
    """A name that every spreadsheet accepts: 31 characters, no brackets, colons, stars, slashes or question marks."""
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("'") or "Users"
