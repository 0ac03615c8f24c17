"""What every kind of workbook gives to the table over it: sheets, and their rows as texts, one by one or as columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant
from importer.reading.limits import BATCH_ROWS, HEADER_SEARCH_ROWS, MAX_BATCH_TEXT
from importer.reading.record_batch import TEXT, Numbers


def characters(texts: pa.Array) -> int:
    """How many characters the texts of an array have together."""
    return int(pc.sum(pc.utf8_length(texts)).as_py() or 0)


class CellFlag(NamedTuple):
    """Something wrong with a cell: 0-based column of the sheet, code and raw text."""

    column: int
    code: str
    value: str


class SheetRow(NamedTuple):
    """A row that holds something: number, texts by 0-based column (blank only where flagged), what is wrong."""

    number: int
    cells: Mapping[int, str]
    flags: tuple[CellFlag, ...] = ()


@dataclass(frozen=True)
class Grid:
    """Rows that hold something, as columns.

    Attributes:
        numbers: Row numbers.
        columns: By 0-based column of the sheet the texts (large_string without nulls, "" = blank); only columns in
            which some row has a cell.
        flags: Row number and what is wrong with one of its cells.
    """

    numbers: Numbers
    columns: Mapping[int, pa.Array]
    flags: tuple[tuple[int, CellFlag], ...] = ()

    @classmethod
    def of(cls, rows: Sequence[SheetRow]) -> Self:
        """Rows, each with at least one cell."""
        columns = sorted({column for row in rows for column in row.cells})
        return cls(
            np.array([row.number for row in rows], dtype=np.int64),
            {column: pa.array([row.cells.get(column, "") for row in rows], TEXT) for column in columns},
            tuple((row.number, flag) for row in rows for flag in row.flags),
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The rows of several grids, one grid after the other."""
        if len(parts) == 1:
            return parts[0]
        columns = sorted({column for part in parts for column in part.columns})
        return cls(
            np.concatenate([part.numbers for part in parts]),
            {column: pa.concat_arrays([part.column(column) for part in parts]) for column in columns},
            tuple(flag for part in parts for flag in part.flags),
        )

    def column(self, place: int) -> pa.Array:
        """The texts of a column, blank where it holds nothing."""
        found = self.columns.get(place)
        return constant("", len(self.numbers)) if found is None else found

    def rows(self) -> Iterator[SheetRow]:
        """The rows one by one."""
        texts = {place: column.to_pylist() for place, column in self.columns.items()}
        flags: dict[int, list[CellFlag]] = {}
        for row, flag in self.flags:
            flags.setdefault(row, []).append(flag)
        for at, number in enumerate(self.numbers.tolist()):
            cells = {place: column[at] for place, column in texts.items() if column[at]}
            yield SheetRow(number, cells, tuple(flags.get(number, ())))

    def below(self, number: int) -> Self:
        """The rows below the one of this number."""
        start = int(np.searchsorted(self.numbers, number, side="right"))
        columns = {place: column.slice(start) for place, column in self.columns.items()}
        return type(self)(self.numbers[start:], columns, tuple(flag for flag in self.flags if flag[0] > number))

    def moved(self, rows: int, columns: int) -> Self:
        """The same rows, so many rows further down and columns further right."""
        flags = tuple((row + rows, flag._replace(column=flag.column + columns)) for row, flag in self.flags)
        places = {place + columns: column for place, column in self.columns.items()}
        return type(self)(self.numbers + rows, places, flags)

    def head(self, count: int) -> Self:
        """The first rows."""
        numbers = self.numbers[:count]
        columns = {place: column.slice(0, count) for place, column in self.columns.items()}
        return type(self)(numbers, columns, tuple(flag for flag in self.flags if flag[0] <= numbers[-1]))

    @cached_property
    def text(self) -> int:
        """Characters of all texts."""
        return sum(map(characters, self.columns.values()))

    @cached_property
    def cells(self) -> int:
        """Cells that hold a text."""
        return sum(int(pc.sum(pc.not_equal(column, "")).as_py() or 0) for column in self.columns.values())


def gathered(rows: Iterable[SheetRow]) -> Iterator[Grid]:
    """Rows with at least one cell, many at a time: few at first, for those who only look for the header."""
    held: list[SheetRow] = []
    text, most = 0, HEADER_SEARCH_ROWS
    for row in rows:
        held.append(row)
        text += sum(map(len, row.cells.values()))
        if len(held) >= most or text > MAX_BATCH_TEXT:
            yield Grid.of(held)
            held, text, most = [], 0, BATCH_ROWS
    if held:
        yield Grid.of(held)


@dataclass
class Marks:
    """What was noticed on the way.

    Attributes:
        hidden_rows: Their numbers.
        hidden_columns: First and last of several side by side, 0-based; they may go on beyond those that are used.
        merged: First and last row of merged areas.
    """

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Sheet:
    """A sheet of cells."""

    name: str
    hidden: bool
    key: str


class Workbook(Protocol):
    """An opened workbook."""

    @property
    def format(self) -> str:
        """One of "xlsx", "xls", "ods"."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Sheets of cells, in their order."""

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[Grid]:
        """Rows in ascending order; ``marks`` is filled on the way. Raises RefusedFile."""

    def close(self) -> None:
        """Closes the file."""
