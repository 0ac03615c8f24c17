"""New .xlsx workbooks of any length, written by XlsxWriter a row at a time."""

import contextlib
import re
from typing import Any, Final

import xlsxwriter

from importer.messages.text import translated
from importer.model import RESULT_COLUMNS, Status
from importer.reading.table import Dialect
from importer.writing.output_layout import OutputLayout
from importer.writing.pending_file import PendingFile, disk_errors, storage_failed
from importer.writing.result_block import STATUS_FROM_THE_RIGHT, ResultBlock
from importer.writing.workbook_look import (
    DEEPEST_FROZEN_ROW,
    HEADER,
    MOST_COMMENTS,
    MOST_ROWS,
    RESULT_HEADER,
    STATUS_COLOURS,
    WRONG,
    comment_text,
    fitting,
    sheet_name,
    widths,
)
from schemas.result_columns import RESULT_TABLE

_ESCAPED: Final = re.compile(r"^<(?=r>)|_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_HEADER_LOOK: Final = {"bold": True, "text_wrap": True, "valign": "top"}


class _ExactSheet(xlsxwriter.worksheet.Worksheet):  # type: ignore[misc]  # the package ships no types
    """A sheet whose texts come back as they were.

    The library takes ``<r>…</r>`` for its own markup of a text in several looks, and escapes only the first part of
    ``_x0041_x0042_``; no public way leads there, so a private one is replaced (the round trip of such texts is tested).
    """

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        """How XLSX writes what XML can't hold, and what looks like that (ECMA-376 22.9.2.19, ST_Xstring)."""
        return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", data)


class NewXlsxWriter:
    """Writes one new workbook: text cells, coloured status, wrong cells coloured and commented.

    The library keeps a row at a time in memory and the others in files: they stand in the output's own folder, which
    has to hold them anyway, and go with it.
    """

    def __init__(self, target: PendingFile, layout: OutputLayout, dialect: Dialect) -> None:
        del dialect  # a workbook has none
        self._target = target
        self._layout = layout
        self._comments = 0
        self._last_row = layout.header_row
        self._dressed = False
        options = {
            "constant_memory": True,
            "tmpdir": str(target.scratch_folder()),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "use_zip64": True,  # the long form of zip is used only where a part is larger than the plain one holds
        }
        with disk_errors(target.path):
            self._workbook = xlsxwriter.Workbook(target.file, options)
            self._sheet = self._workbook.add_worksheet(sheet_name(layout.sheet), _ExactSheet)
        self._text = self._format()
        self._wrong = self._format(bg_color=f"#{WRONG}")
        self._statuses = {str(status): self._format(bg_color=f"#{STATUS_COLOURS[status]}") for status in Status}

    def write(self, block: ResultBlock) -> None:
        """Write rows below those already written."""
        if not self._dressed:
            self._dress(block)
        wrong = block.wrong_cells()
        status_column = len(self._layout.header) + STATUS_FROM_THE_RIGHT
        with disk_errors(self._target.path):
            for row, texts in block.rows():
                messages = wrong.get(row, {})
                for column, text in enumerate(texts):
                    if column in messages:
                        self._write_wrong(row, column, text, messages[column])
                    elif text:
                        look = self._statuses[text] if column == status_column else self._text
                        self._sheet.write_string(row - 1, self._layout.first_column + column, fitting(text), look)
        self._last_row = int(block.cells.index[-1])

    def close(self) -> None:
        """Complete the workbook; the underlying file stays open."""
        if not self._dressed:
            self._dress(None)
        first, header = self._layout.first_column, self._layout.header_row - 1
        last = first + len(self._layout.header) - 1
        self._sheet.autofilter(header, first, max(self._last_row - 1, header), last)
        try:
            self._workbook.close()
        except xlsxwriter.exceptions.FileCreateError as failure:
            raise storage_failed(self._target.path, failure.args[0]) from failure

    def abort(self) -> None:
        """Let go of a workbook that can't be completed: the library leaves files open that it does not tell of."""
        for file in (self._sheet.fh, self._sheet.row_data_fh):
            with contextlib.suppress(Exception):
                file.close()

    def _format(self, **look: object) -> Any:
        return self._workbook.add_format({"num_format": "@", **look})

    def _dress(self, first: ResultBlock | None) -> None:
        """Everything around the rows but the filter, which ends at the last of them."""
        self._dressed = True
        layout, sheet = self._layout, self._sheet
        own = len(layout.header) - len(RESULT_COLUMNS)
        for column, width in enumerate(widths(layout, first), start=layout.first_column):
            sheet.set_column(column, column, width, self._text)
        if layout.header_row <= DEEPEST_FROZEN_ROW:
            sheet.freeze_panes(layout.header_row, 0)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
        for row, cells in enumerate(layout.preamble, start=1):
            for column, text in enumerate(cells):
                if text:
                    sheet.write_string(row - 1, column, fitting(text), self._text)
        looks = [self._format(**_HEADER_LOOK, bg_color=f"#{colour}") for colour in (HEADER, RESULT_HEADER)]
        for column, name in enumerate(layout.header):
            if name:
                sheet.write_string(
                    layout.header_row - 1, layout.first_column + column, fitting(name), looks[column >= own]
                )
        for column, added in enumerate(RESULT_TABLE, start=layout.first_column + own):
            sheet.write_comment(layout.header_row - 1, column, translated(added.hint), {"x_scale": 2})

    def _write_wrong(self, row: int, column: int, text: str, message: str) -> None:
        place = self._layout.first_column + column
        if text:
            self._sheet.write_string(row - 1, place, fitting(text), self._wrong)
        else:
            self._sheet.write_blank(row - 1, place, None, self._wrong)
        if self._comments < MOST_COMMENTS:
            self._comments += 1
            self._sheet.write_comment(row - 1, place, comment_text(message), {"x_scale": 2.5})
