"""What stands above the header of an input: banners and titles, given back where the output keeps the header's row."""

import csv
import gzip
import io
from contextlib import closing
from typing import IO, Final, cast

from importer.errors import RefusedFile
from importer.reading import open_workbook
from importer.reading.corrected_copy import CorrectedCopy
from importer.reading.formats import is_text
from importer.reading.sheets import Marks
from importer.reading.table import Table

_LONGEST_LINE: Final = 1 << 22
Rows = tuple[tuple[str, ...], ...]


def preamble(table: Table) -> Rows:
    """The cells of the rows above the header, one tuple a row (blank rows are empty tuples), from column A on.

    Rows that can't be read again as text are given back blank: they are a title, never data.
    """
    count = table.dialect.header_row - 1
    if count <= 0:
        return ()
    if isinstance(table, CorrectedCopy):
        return table.preamble
    try:
        return tuple(_text_rows(table, count) if is_text(table.dialect.format) else _workbook_rows(table, count))
    except (OSError, ValueError, csv.Error, RefusedFile):
        return ((),) * count


def _text_rows(table: Table, count: int) -> list[tuple[str, ...]]:
    """The physical lines above the header; a banner cell with line breaks takes as many as it did."""
    dialect = table.dialect
    with (
        gzip.open(table.path, "rb") if dialect.gzip else table.path.open("rb") as raw,
        io.TextIOWrapper(cast("IO[bytes]", raw), encoding=_decoder(dialect.encoding), newline="") as text,
    ):
        lines = [text.readline(_LONGEST_LINE) for _ in range(count)]
    lines[0] = lines[0].removeprefix("\ufeff")
    rows = [tuple(record) for record in csv.reader(iter(lines), delimiter=dialect.delimiter)]
    if rows and rows[-1]:  # a quote left open has swallowed the last line break too
        rows[-1] = (*rows[-1][:-1], rows[-1][-1].rstrip("\r\n"))
    return rows


def _decoder(encoding: str) -> str:
    return "utf-8-sig" if encoding.lower().replace("_", "-") == "utf-8" else encoding


def _workbook_rows(table: Table, count: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [()] * count
    with closing(open_workbook(table.path)) as book:
        sheet = next((one for one in book.sheets if one.name == table.dialect.sheet), book.sheets[0])
        for grid in book.rows(sheet, Marks()):
            for row in grid.rows():
                if row.number > count:
                    return rows
                rows[row.number - 1] = tuple(
                    row.cells.get(place, "") for place in range(max(row.cells, default=-1) + 1)
                )
    return rows
