"""The input workbook itself with the outcomes written into it: styles, widths and other sheets stay as they were."""

import contextlib
import gc
import io
import sys
import traceback
import warnings
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
from importer.reading.corrected_copy import workbook_of
from importer.reading.table import Table
from importer.writing.corrected_cells import put_corrections
from importer.writing.fidelity import UnfaithfulError
from importer.writing.frozen_formulas import freeze_values
from importer.writing.numbers_beyond_dates import put_numbers_back
from importer.writing.output_layout import OutputLayout
from importer.writing.pending_file import PendingFile, temporary_failed
from importer.writing.result_block import ResultBlock
from importer.writing.workbook_look import (
    COMMENT_START,
    DEEPEST_FROZEN_ROW,
    MOST_COLUMNS,
    MOST_COMMENTS,
    RESULT_HEADER,
    STATUS_COLOURS,
    WRONG,
    comment_text,
)
from schemas.result_columns import RESULT_COLUMN_OF

_TEXT: Final = "@"
_AUTHOR: Final = "Freedom ID importer"

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


@_handled
def check_loadable(path: Path, sheet: str) -> None:
    """Whether the library loads a workbook and finds its data sheet. Raises UnfaithfulError if not."""
    _sheet_of(_load(path), sheet)


class XlsxInPlaceWriter:
    """Writes outcomes into a copy of the input: columns right of the data, colours and comments on wrong cells.

    The result columns of an earlier output are written over. Formulas of the data sheet become the values they had, as
    text; those of other sheets stay.
    """

    @_handled
    def __init__(self, target: PendingFile, table: Table, layout: OutputLayout) -> None:
        """Load the input. Raises UnfaithfulError: the library can't handle it (also from ``write`` and ``close``)."""
        self._file = target.file
        self._layout = layout
        self._first = table.dialect.first_column + 1
        self._workbook = _load(path := workbook_of(table))
        self._sheet = _sheet_of(self._workbook, table.dialect.sheet)
        freeze_values(self._present(), path, table.dialect.sheet)
        put_corrections(self._sheet, table)
        self._earlier = {
            name.strip().lower(): position for position, name in enumerate(table.header) if position not in layout.kept
        }
        if not self._earlier.keys() <= {IMPORT_ROW, *RESULT_COLUMNS}:
            raise UnfaithfulError("result columns of an unknown name")
        self._end = self._first + len(table.header)
        self._columns = self._place_results()
        self._fills = {str(status): _fill(colour) for status, colour in STATUS_COLOURS.items()}
        self._wrong = _fill(WRONG)
        self._comments, self._last_row = 0, layout.header_row

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
            self._workbook = self._sheet = None
            _finish_silently(failure)
            raise temporary_failed(failure) from failure
        self._file.write(target.getbuffer())

    def abort(self) -> None:
        """Nothing is held open."""

    def _present(self) -> list[Any]:
        """The cells that there are: going through rows makes one for each place of the used rectangle, at any size."""
        return list(self._sheet._cells.values())  # noqa: SLF001 (openpyxl has no other word for it)

    def _place_results(self) -> dict[str, int]:
        """Where each result column goes: over that of an earlier output, else right of all that stands there."""
        places: dict[str, int] = {
            name: self._first + self._earlier[name] for name in RESULT_COLUMNS if name in self._earlier
        }
        added = [name for name in RESULT_COLUMNS if name not in places]
        free = self._free_column()
        if free + len(added) - 1 > MOST_COLUMNS:
            raise UnfaithfulError("no room for the result columns")
        if added:
            self._make_room(free)
        places |= {name: free + offset for offset, name in enumerate(added)}
        pattern = self._sheet.cell(self._layout.header_row, self._end - 1)
        for name in added:
            cell = self._sheet.cell(self._layout.header_row, places[name], name)
            cell.font, cell.border, cell.alignment = (
                copy(pattern.font),
                copy(pattern.border),
                copy(pattern.alignment),
            )
            cell.fill, cell.number_format = _fill(RESULT_HEADER), _TEXT
            self._sheet.column_dimensions[get_column_letter(places[name])].width = RESULT_COLUMN_OF[name].width
        return places

    def _free_column(self) -> int:
        """The first column with nothing in it or right of it, from the header's row on, that is not the person's."""
        top = self._layout.header_row
        used: list[int] = [
            cell.column for cell in self._present() if cell.row >= top and (cell.value is not None or cell.comment)
        ]
        used += [area.max_col for area in self._sheet.merged_cells.ranges if area.max_row >= top]
        used += [range_boundaries(table.ref)[2] for table in self._sheet.tables.values()]
        return max(self._end - 1, *used) + 1

    def _make_room(self, first: int) -> None:
        """Let no width that holds for a run of columns reach into the new ones."""
        for letter, dimension in list(self._sheet.column_dimensions.items()):
            dimension.reindex()
            if dimension.min >= first:
                del self._sheet.column_dimensions[letter]
            elif dimension.max >= first:
                dimension.max = first - 1

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


def _load(path: Path) -> Any:
    with path.open("rb") as file, _quiet():
        # A file object: the library judges a path by its extension.
        workbook = openpyxl.load_workbook(file, rich_text=True)
    put_numbers_back(workbook, path)
    return workbook


def _sheet_of(workbook: Any, name: str) -> Any:
    sheet = next((one for one in workbook.worksheets if one.title == name), None)
    if sheet is None:
        raise UnfaithfulError("the data sheet is not where it was")
    return sheet


def _fill(colour: str) -> Any:
    return PatternFill("solid", fgColor=f"FF{colour}")


def _finish_silently(failure: OSError) -> None:
    """Let the library's half-written streams go: each would fail once more, and print that as a traceback."""
    before, sys.unraisablehook = sys.unraisablehook, lambda _again: None
    try:
        traceback.clear_frames(failure.__traceback__)
        gc.collect()
    finally:
        sys.unraisablehook = before


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The library warns of what it doesn't keep; what matters here is checked by reading the copy back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
