"""The input workbook itself with the outcomes written into it: styles, widths and other sheets stay as they were."""

import contextlib
import io
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from copy import copy
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec

import openpyxl
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter, range_boundaries

from importer.errors import ImporterError
from importer.model import IMPORT_ROW, RESULT_COLUMNS
from importer.reading.table import Table
from importer.writing.fidelity import UnfaithfulError
from importer.writing.output_layout import OutputLayout
from importer.writing.pending_file import PendingFile, storage_failed
from importer.writing.result_block import ResultBlock
from importer.writing.workbook_look import (
    COMMENT_START,
    DEEPEST_FROZEN_ROW,
    MOST_CELLS,
    MOST_COMMENTS,
    RESULT_HEADER,
    STATUS_COLOURS,
    WRONG,
    comment_text,
)
from schemas.result import RESULT_LOOKS

_MOST_BYTES: Final = 5_000_000
_MOST_UNPACKED_BYTES: Final = 25_000_000

_TEXT: Final = "@"
_AUTHOR: Final = "Freedom ID importer"


def may_be_kept(table: Table) -> bool:
    """Whether an input is a workbook small enough to be loaded whole, and without macros (which would be lost)."""
    if table.dialect.format != "xlsx" or (table.row_count_hint or 0) * len(table.header) > MOST_CELLS:
        return False
    try:
        if table.path.stat().st_size > _MOST_BYTES:
            return False
        with zipfile.ZipFile(table.path) as archive:
            parts = archive.infolist()
    except (OSError, zipfile.BadZipFile):
        return False
    macros = any(part.filename.lower().endswith("vbaproject.bin") for part in parts)
    return not macros and sum(part.file_size for part in parts) <= _MOST_UNPACKED_BYTES


P = ParamSpec("P")


def _handled(step: Callable[P, None]) -> Callable[P, None]:
    """Translate what the library raises on unusual workbooks: anything from IndexError to its own classes."""

    @wraps(step)
    def handled(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            step(*args, **kwargs)
        except (ImporterError, UnfaithfulError):
            raise
        except Exception as failure:
            raise UnfaithfulError(f"openpyxl can't handle the workbook: {type(failure).__name__}") from failure

    return handled


class XlsxInPlaceWriter:
    """Writes outcomes into a copy of the input: five columns right of the data, colours and comments on wrong cells.

    The result columns of an earlier output are written over. Formulas of the data sheet become the values they had
    (openpyxl can't keep both); those of other sheets stay.
    """

    @_handled
    def __init__(self, target: PendingFile, table: Table, layout: OutputLayout) -> None:
        """Load the input.

        Raises:
            UnfaithfulError: The library can't handle it (also from ``write`` and ``close``).
        """
        self._file = target.file
        self._layout = layout
        self._first = table.dialect.first_column + 1
        self._workbook = _load(table.path, data_only=False)
        self._sheet = _sheet_of(self._workbook, table.dialect.sheet)
        self._freeze_values(table)
        self._earlier = {
            name.strip().lower(): position for position, name in enumerate(table.header) if position not in layout.kept
        }
        if not self._earlier.keys() <= {IMPORT_ROW, *RESULT_COLUMNS}:
            raise UnfaithfulError("result columns of an unknown name")
        self._end = self._first + len(table.header)
        self._columns = self._place_results()
        self._fills = {str(status): _fill(colour) for status, colour in STATUS_COLOURS.items()}
        self._wrong = _fill(WRONG)
        self._comments = 0
        self._last_row = layout.header_row

    @_handled
    def write(self, block: ResultBlock) -> None:
        """Write the outcomes of rows."""
        own = len(self._layout.kept)
        for row, texts in block.rows():
            outcome = texts[own : own + len(RESULT_COLUMNS)]
            self._write_outcome(row, dict(zip(RESULT_COLUMNS, outcome, strict=True)))
        rows = block.cells.index.tolist()
        if self._earlier:
            self._unmark(rows)
        for row, messages in block.wrong_cells().items():
            for column, message in messages.items():
                self._mark(row, self._first + self._layout.kept[column], message)
        self._last_row = rows[-1]

    @_handled
    def close(self) -> None:
        """Complete the workbook; the underlying file stays open."""
        self._dress()
        target = io.BytesIO()
        try:
            with _quiet():
                self._workbook.save(target)
        except OSError as failure:  # the library keeps sheets in temporary files
            raise storage_failed(Path(tempfile.gettempdir()), failure) from failure
        self._file.write(target.getbuffer())

    def abort(self) -> None:
        """Nothing is held open."""

    def _freeze_values(self, table: Table) -> None:
        formulas = [cell for row in self._sheet.iter_rows() for cell in row if cell.data_type == "f"]
        if not formulas:
            return
        values = _sheet_of(_load(table.path, data_only=True), table.dialect.sheet)
        for cell in formulas:
            value = values[cell.coordinate].value
            if value is not None:
                cell.value = value
                if isinstance(value, str) and cell.data_type == "f":
                    cell.data_type = "s"

    def _place_results(self) -> dict[str, int]:
        """Where each result column goes: over that of an earlier output, else behind the header's last column."""
        places: dict[str, int] = {
            name: self._first + self._earlier[name] for name in RESULT_COLUMNS if name in self._earlier
        }
        added = [name for name in RESULT_COLUMNS if name not in places]
        if added:
            self._make_room(len(added))
        places |= {name: self._end + offset for offset, name in enumerate(added)}
        pattern = self._sheet.cell(self._layout.header_row, self._end - 1)
        for name in added:
            cell = self._sheet.cell(self._layout.header_row, places[name], name)
            cell.font, cell.border, cell.alignment = (
                copy(pattern.font),
                copy(pattern.border),
                copy(pattern.alignment),
            )
            cell.fill, cell.number_format = _fill(RESULT_HEADER), _TEXT
            self._sheet.column_dimensions[get_column_letter(places[name])].width = RESULT_LOOKS[name].width
        return places

    def _make_room(self, columns: int) -> None:
        """Move what stands right of the table to the right, so that the new columns cover nothing."""
        sheet, top = self._sheet, self._layout.header_row
        for area in list(sheet.merged_cells.ranges):
            if area.max_row >= top and area.max_col >= self._end:
                sheet.unmerge_cells(str(area))
        if sheet.max_column >= self._end and sheet.max_row >= top:
            beyond = f"{get_column_letter(self._end)}{top}:{get_column_letter(sheet.max_column)}{sheet.max_row}"
            sheet.move_range(beyond, cols=columns)
        for letter, dimension in list(sheet.column_dimensions.items()):
            dimension.reindex()
            if dimension.min >= self._end:
                del sheet.column_dimensions[letter]
            elif dimension.max >= self._end:  # one width for a run of columns that reaches into ours
                dimension.max = self._end - 1

    def _write_outcome(self, row: int, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            cell = self._sheet.cell(row, self._columns[name])
            cell.value = text or None
            if text:
                cell.data_type = "s"
            cell.number_format = _TEXT
        self._sheet.cell(row, self._columns["import_status"]).fill = self._fills[texts["import_status"]]

    def _mark(self, row: int, column: int, message: str) -> None:
        cell = self._sheet.cell(row, column)
        if isinstance(cell, MergedCell):
            return
        cell.fill = self._wrong
        if self._comments < MOST_COMMENTS:
            self._comments += 1
            before = f"{cell.comment.text}\n" if cell.comment else ""
            comment = Comment(before + comment_text(message), _AUTHOR)
            comment.width, comment.height = 320, 120
            cell.comment = comment

    def _unmark(self, rows: list[int]) -> None:
        """Take away the marks of an earlier output: what is still wrong is marked anew."""
        for row in rows:
            for position in self._layout.kept:
                cell = self._sheet.cell(row, self._first + position)
                if cell.has_style and cell.fill.fgColor.rgb == self._wrong.fgColor.rgb:
                    cell.fill = PatternFill()
                comment = None if isinstance(cell, MergedCell) else cell.comment
                if comment is not None and COMMENT_START in comment.text:
                    kept = comment.text[: comment.text.index(COMMENT_START)].rstrip("\n")
                    cell.comment = Comment(kept, comment.author) if kept else None

    def _dress(self) -> None:
        """Filter and frozen header, where the workbook has none of its own."""
        sheet, top = self._sheet, self._layout.header_row
        last = get_column_letter(max(self._columns.values()))
        if sheet.auto_filter.ref:
            left, first, _, bottom = range_boundaries(sheet.auto_filter.ref)
            if first == top:
                sheet.auto_filter.ref = f"{get_column_letter(left)}{top}:{last}{max(bottom, self._last_row)}"
        elif not sheet.tables:  # a table has its own filter, and Excel refuses two that overlap
            sheet.auto_filter.ref = f"{get_column_letter(self._first)}{top}:{last}{self._last_row}"
        if sheet.freeze_panes is None and top <= DEEPEST_FROZEN_ROW:
            sheet.freeze_panes = f"A{top + 1}"


def _load(path: Path, *, data_only: bool) -> Any:
    with path.open("rb") as file, _quiet():
        # A file object: the library judges a path by its extension.
        return openpyxl.load_workbook(file, data_only=data_only, rich_text=True)


def _sheet_of(workbook: Any, name: str) -> Any:
    if name and name in workbook.sheetnames:
        return workbook[name]
    return workbook.worksheets[0]


def _fill(colour: str) -> Any:
    return PatternFill("solid", fgColor=f"FF{colour}")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The library warns of what it doesn't keep; what matters here is checked by reading the copy back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
