"""A sheet of a workbook as a Table: the sheet chosen by its header, read once, given out as often as asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa

from importer.errors import RefusedFile, UsageError
from importer.model import Finding
from importer.reading.header_row import HeaderScore, find_header, header_findings, refuse_data_above, refuse_too_wide
from importer.reading.limits import HEADER_SEARCH_ROWS
from importer.reading.table import Chunk, Dialect, ReadOptions, letters
from importer.reading.workbook.sheet_store import SheetStore
from importer.reading.workbook.sheets import Grid, Marks, Sheet, SheetRow, Workbook


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


def open_sheet(path: Path, book: Workbook, options: ReadOptions, score: HeaderScore) -> SheetTable:
    """Chooses the sheet and reads it; ``book`` is closed afterwards. Raises RefusedFile or UsageError."""
    try:
        return _read(path, book, options, score)
    finally:
        book.close()
        # what reading took is of no use to the steps that follow, which allocate in threads of their own
        pa.default_memory_pool().release_unused()


def _read(path: Path, book: Workbook, options: ReadOptions, score: HeaderScore) -> SheetTable:
    sheet = _choose(path, book, options, score)
    marks = Marks()
    grids = book.rows(sheet, marks)
    wanted = options.header_row
    top, read = _top(grids, wanted)
    lines = [(row.number, _line(row)) for row in top]
    place = find_header(lines, score, wanted)
    if place is None:
        raise RefusedFile(f"{path.name}: sheet {sheet.name!r} is empty; a header and rows below it are needed")
    if not wanted:
        refuse_data_above(path.name, lines, place)
    header = top[place]
    filled = [column for column, text in header.cells.items() if text.strip()]
    store = SheetStore(path.name, min(filled), max(filled))
    refuse_too_wide(path.name, header.number, max(filled) - min(filled) + 1)
    for grid in chain(read, grids):
        store.add(grid.below(header.number))
    store.flush()
    dialect = Dialect(book.format, sheet=sheet.name, header_row=header.number, first_column=store.first)
    above = [row.number for row in top[:place]]
    findings = (
        *_sheet_findings(book.sheets, sheet, told=bool(options.sheet)),
        *header_findings(header.number, above, told=bool(wanted)),
        *_mark_findings(marks, header.number),
    )
    names = tuple(header.cells.get(column, "") for column in range(store.first, store.last + 1))
    return SheetTable(path, dialect, names, findings, store.rows, store)


def _top(grids: Iterator[Grid], wanted: int) -> tuple[list[SheetRow], list[Grid]]:
    """Rows that are not blank, as far as the header is looked for, and what was read to find them."""
    rows: list[SheetRow] = []
    read: list[Grid] = []
    for grid in grids:
        read.append(grid)
        found = grid if wanted else grid.head(2 * HEADER_SEARCH_ROWS)
        rows += [row for row in found.rows() if row.flags or any(text.strip() for text in row.cells.values())]
        if grid.numbers[-1] >= wanted > 0 or (not wanted and len(rows) >= HEADER_SEARCH_ROWS):
            break
    return rows if wanted else rows[:HEADER_SEARCH_ROWS], read


def _line(row: SheetRow) -> list[str]:
    """The texts by their places, from column A on."""
    return [row.cells.get(column, "") for column in range(max(row.cells, default=-1) + 1)]


def _choose(path: Path, book: Workbook, options: ReadOptions, score: HeaderScore) -> Sheet:
    """The sheet a person named, or the one whose header has the most known names; visible ones first."""
    if not book.sheets:
        raise RefusedFile(f"{path.name} has no sheet of cells")
    if options.sheet:
        return _named(book.sheets, options.sheet)
    if len(book.sheets) == 1:
        return book.sheets[0]
    best: tuple[int, bool, bool] = (-1, False, False)
    chosen = book.sheets[0]
    for sheet in book.sheets:
        top, _ = _top(book.rows(sheet, Marks()), 0)
        known = max((score(tuple(_line(row))) for row in top), default=0)
        rank = (known, bool(top), not sheet.hidden)
        if rank > best:
            best, chosen = rank, sheet
    return chosen


def _named(sheets: Sequence[Sheet], wanted: str) -> Sheet:
    folded = wanted.strip().casefold()
    for sheet in sheets:
        if sheet.name == wanted or sheet.name.strip().casefold() == folded:
            return sheet
    if wanted.strip().isdecimal() and 0 < int(wanted) <= len(sheets):
        return sheets[int(wanted) - 1]
    names = ", ".join(repr(sheet.name) for sheet in sheets[:10])
    raise UsageError(f"--sheet: there is no sheet {wanted!r}; the workbook has {names}")


def _sheet_findings(sheets: Sequence[Sheet], sheet: Sheet, *, told: bool) -> tuple[Finding, ...]:
    hidden = sum(one.hidden for one in sheets)
    text = f"sheet {sheet.name!r} of {len(sheets)}"
    if len(sheets) > 1:
        text += ", as told" if told else ", the one whose header has the most known names; --sheet overrides"
    if sheet.hidden:
        text += "; it is hidden"
    findings = [Finding("sheet", text, warning=sheet.hidden or (len(sheets) > 1 and not told))]
    if hidden - sheet.hidden:
        findings.append(Finding("sheet", f"{hidden - sheet.hidden} hidden sheets are not imported", warning=True))
    return tuple(findings)


def _mark_findings(marks: Marks, header: int) -> Iterator[Finding]:
    rows = sum(number > header for number in marks.hidden_rows)
    if rows:
        yield Finding("rows", f"{rows:,} hidden rows (filter or hidden by hand) are read like the others", warning=True)
    if marks.hidden_columns:
        yield Finding("columns", f"{marks.hidden_columns:,} hidden columns are read like the others", warning=True)
    merged = sum(last > header and last > first for first, last in marks.merged)
    if merged:
        text = f"{merged:,} merged areas span several rows; only the first row of each holds the value"
        yield Finding("rows", text, warning=True)
