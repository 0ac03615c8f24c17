"""What stands above the header of an input: banners and titles, given back where the output keeps the header's row."""

import csv
import datetime as dt
import gzip
import io
from typing import IO, Final, cast

import python_calamine

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
    try:
        return tuple(_text_rows(table, count) if table.dialect.format == "csv" else _workbook_rows(table, count))
    except (OSError, ValueError, csv.Error, python_calamine.CalamineError):
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
    with table.path.open("rb") as file:
        workbook = python_calamine.load_workbook(cast("IO[bytes]", file))
    names = workbook.sheet_names
    sheet = workbook.get_sheet_by_name(table.dialect.sheet if table.dialect.sheet in names else names[0])
    rows = [
        _trimmed(tuple(_shown(cell) for cell in row)) for row in sheet.to_python(skip_empty_area=False, nrows=count)
    ]
    return (rows + [()] * count)[:count]


def _trimmed(cells: tuple[str, ...]) -> tuple[str, ...]:
    filled = len(cells)
    while filled and not cells[filled - 1]:
        filled -= 1
    return cells[:filled]


def _shown(cell: object) -> str:
    """A banner's cell as a person reads it."""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(cell)
