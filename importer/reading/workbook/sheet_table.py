"""Sheets of a workbook as a Table: one, or several below each other; read once, given out as often as asked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import pyarrow as pa

from importer.errors import RefusedFile
from importer.messages.text import Text, counted, joined
from importer.model import Finding
from importer.reading.content import FileContent
from importer.reading.header_row import (
    HeaderScore,
    find_header,
    header_findings,
    refuse_people_left_out,
    refuse_too_wide,
)
from importer.reading.input_format import InputFormat
from importer.reading.limits import HEADER_SEARCH_ROWS
from importer.reading.sheets import Grid, Marks, Sheet, SheetRow, Workbook
from importer.reading.table import Chunk, Dialect, ReadOptions, Table, letters
from importer.reading.workbook.sheet_choice import by_column, chosen_sheets, header_names, sheet_findings, top_rows
from importer.reading.workbook.sheet_store import SheetStore


@dataclass
class SheetTable:
    """A sheet, opened. See ``Table``."""

    path: Path
    dialect: Dialect
    header: tuple[str, ...]
    findings: tuple[Finding, ...]
    row_count_hint: int | None
    _store: SheetStore

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time."""
        for batch in self._store.batches():
            yield from batch.chunks(size)

    def column_letter(self, position: int) -> str:
        """The spreadsheet letter of a header position."""
        return letters(self.dialect.first_column + position)

    def close(self) -> None:
        """The file is closed already; the rows are let go."""


def open_sheet(content: FileContent, book: Workbook, options: ReadOptions, score: HeaderScore) -> SheetTable:
    """Chooses the sheets and reads them; ``book`` is closed afterwards. Raises RefusedFile or UsageError."""
    try:
        return _read(content, book, options, score)
    finally:
        book.close()
        # what reading took is of no use to the steps that follow, which allocate in threads of their own
        pa.default_memory_pool().release_unused()


def workbook_format(
    name: str, recognises: Callable[[FileContent], bool], book: Callable[[FileContent], Workbook], *extensions: str
) -> InputFormat:
    """A line of the table of formats, for a kind of workbook: its files end with its name, or with ``extensions``."""

    def opened(content: FileContent, options: ReadOptions, score: HeaderScore) -> Table:
        return open_sheet(content, book(content), options, score)

    return InputFormat(name, recognises, opened, book, (name, *extensions))


def _read(content: FileContent, book: Workbook, options: ReadOptions, score: HeaderScore) -> SheetTable:
    path = content.path
    sheets = chosen_sheets(path, book, options.sheet, score)
    first = _Opened(path, book, sheets[0], options.header_row, score)
    header, filled = first.header, _filled(first.header)
    store = SheetStore(path.name, min(filled), max(filled))
    refuse_too_wide(path.name, header.number, max(filled) - min(filled) + 1)
    last = header.number
    for grid in first.below():
        store.add(grid)
        content.advanced(len(grid.numbers))
        last = int(grid.numbers[-1])
    findings = [
        *sheet_findings(book.sheets, sheets, told=bool(options.sheet)),
        *_header_findings(first),
        *_mark_findings(first, range(store.first, store.last + 1)),
    ]
    for sheet in sheets[1:]:
        other = _Opened(path, book, sheet, options.header_row, score)
        last, told = _put_below(first, other, store, last, content)
        findings += told
    store.flush()
    dialect = Dialect(
        book.format,
        sheet=sheets[0].name,
        header_row=header.number,
        first_column=store.first,
        joined=len(sheets) > 1,
    )
    names = tuple(header.cells.get(column, "") for column in range(store.first, store.last + 1))
    return SheetTable(path, dialect, names, tuple(findings), store.rows, store)


class _Opened:
    """A sheet whose header is found: the numbers of the rows above it, and those below as they are read.

    Raises RefusedFile for a sheet without any text.
    """

    def __init__(self, path: Path, book: Workbook, sheet: Sheet, header_row: int, score: HeaderScore) -> None:
        self.sheet, self.marks, self.header_told = sheet, Marks(), bool(header_row)
        self._grids = book.rows(sheet, self.marks)
        top, self._read = top_rows(self._grids, header_row)
        rows = by_column(top[:HEADER_SEARCH_ROWS])
        if header_row:  # it may stand far down, and nobody asks for its columns
            rows = [(row.number, tuple(row.cells.values())) for row in top]
        place = find_header(rows, score, header_row)
        if place is None:
            hidden = [one.name for one in book.sheets if one.hidden and one is not sheet]
            besides = (
                Text("hidden sheets are read only where --sheet names them: {names}", names=hidden) if hidden else ""
            )
            text = Text(
                "{name}: sheet {sheet} is empty; a header and rows below it are needed",
                name=path.name,
                sheet=repr(sheet.name),
            )
            raise RefusedFile(joined((text, besides), "; "))
        if not header_row:
            name = path.name
            if len(book.sheets) > 1:
                name = Text("{name}, sheet {sheet}", name=name, sheet=repr(sheet.name))
            refuse_people_left_out(name, rows, place, score)
        self.header, self.above = top[place], [row.number for row in top[:place]]

    def below(self) -> Iterator[Grid]:
        """The rows below the header."""
        for grid in chain(self._read, self._grids):
            rows = grid.below(self.header.number)
            if len(rows.numbers):
                yield rows


def _put_below(
    first: _Opened, other: _Opened, store: SheetStore, last: int, content: FileContent
) -> tuple[int, list[Finding]]:
    """Put the rows of another sheet below row ``last``; gives the last row then, and what there is to say of it."""
    _refuse_other_header(content.path.name, first, other)
    top = other.header.number + 1
    shift = last - other.header.number
    text = Text(
        "rows of sheet {sheet} are numbered on from {start}: its row {first} is row {row}",
        sheet=repr(other.sheet.name),
        start=last + 1,
        first=top,
        row=top + shift,
    )
    columns = min(_filled(first.header)) - min(_filled(other.header))
    for grid in other.below():
        if min(grid.columns) + columns < 0:
            raise RefusedFile(
                "{name}: sheet {sheet} has text left of its header; import it by itself",
                name=content.path.name,
                sheet=repr(other.sheet.name),
            )
        store.add(grid.moved(shift, columns))
        content.advanced(len(grid.numbers))
        last = int(grid.numbers[-1]) + shift
    used = range(store.first - columns, store.last - columns + 1)
    told = [*(_header_findings(other) if other.above else ()), *_mark_findings(other, used)]
    return last, [Finding("sheet", text, warning=True), *_of_sheet(other.sheet, told)]


def _filled(row: SheetRow) -> list[int]:
    return [column for column, text in row.cells.items() if text.strip()]


def _refuse_other_header(name: str, first: _Opened, other: _Opened) -> None:
    """Sheets are put one below the other only where their columns are the same, in one order and without gaps."""
    if header_names(first.header) != header_names(other.header) or _gaps(first.header) != _gaps(other.header):
        raise RefusedFile(
            "{name}: the header of sheet {sheet} is another than that of {first}, so that their rows do not "
            "go below each other; bring the columns into the same order, or import each with --sheet",
            name=name,
            sheet=repr(other.sheet.name),
            first=repr(first.sheet.name),
        )


def _gaps(row: SheetRow) -> list[int]:
    columns = _filled(row)
    return [column - min(columns) for column in sorted(columns)]


def _of_sheet(sheet: Sheet, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings with the name of the sheet that they are about."""
    for finding in findings:
        yield replace(finding, text=Text("sheet {sheet}: {text}", sheet=repr(sheet.name), text=finding.text))


def _header_findings(opened: _Opened) -> tuple[Finding, ...]:
    return header_findings(opened.header.number, opened.above, told=opened.header_told)


def _mark_findings(opened: _Opened, used: range) -> Iterator[Finding]:
    """What is hidden and merged below the header, in the columns that are used, once all is read."""
    marks, header = opened.marks, opened.header.number
    rows = sum(number > header for number in marks.hidden_rows)
    if rows:
        text = counted(
            "{count:,} hidden row (filter or hidden by hand) is read like the others",
            "{count:,} hidden rows (filter or hidden by hand) are read like the others",
            rows,
        )
        yield Finding("rows", text, warning=True)
    columns = sum(max(0, min(last + 1, used.stop) - max(first, used.start)) for first, last in marks.hidden_columns)
    if columns:
        text = counted(
            "{count:,} hidden column is read like the others",
            "{count:,} hidden columns are read like the others",
            columns,
        )
        yield Finding("columns", text, warning=True)
    merged = sum(last > header and last > first for first, last in marks.merged)
    if merged:
        text = counted(
            "{count:,} merged area spans several rows; only its first row holds the value",
            "{count:,} merged areas span several rows; only the first row of each holds the value",
            merged,
        )
        yield Finding("rows", text, warning=True)
