"""What every kind of workbook gives to the table over it: sheets, and their rows as texts, one by one or as columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant
from importer.reading.record_batch import TEXT, Numbers
from importer.reading.workbook.tags import characters


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

    def ascending(self) -> Self:
        """The rows in the order of their numbers."""
        order = np.argsort(self.numbers, kind="stable")
        take = pa.array(order)
        columns = {place: column.take(take) for place, column in self.columns.items()}
        return type(self)(self.numbers[order], columns, self.flags)

    def rows(self) -> Iterator[SheetRow]:
        """The rows one by one."""
        texts = {place: column.to_pylist() for place, column in self.columns.items()}
        for at, number in enumerate(self.numbers.tolist()):
            flags = tuple(flag for row, flag in self.flags if row == number)
            yield SheetRow(number, {place: column[at] for place, column in texts.items() if column[at]}, flags)

    def cut(self, rows: int) -> tuple[Self, Self]:
        """The first rows, and the others."""
        if rows >= len(self.numbers):
            return self, type(self)(self.numbers[:0], {})
        border = self.numbers[rows]
        return (
            type(self)(
                self.numbers[:rows],
                {place: column.slice(0, rows) for place, column in self.columns.items()},
                tuple(flag for flag in self.flags if flag[0] < border),
            ),
            type(self)(
                self.numbers[rows:],
                {place: column.slice(rows) for place, column in self.columns.items()},
                tuple(flag for flag in self.flags if flag[0] >= border),
            ),
        )

    @cached_property
    def text(self) -> int:
        """Characters of all texts."""
        return sum(map(characters, self.columns.values()))

    @cached_property
    def cells(self) -> int:
        """Cells that hold a text."""
        return sum(int(pc.sum(pc.not_equal(column, "")).as_py() or 0) for column in self.columns.values())


@dataclass
class Marks:
    """What was noticed on the way: numbers of hidden rows, hidden columns, merged areas (first and last row).

    ``columns`` is for the one who takes the rows to set: from then on a workbook may give many at once.
    """

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: int = 0
    merged: list[tuple[int, int]] = field(default_factory=list)
    columns: bool = False


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

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[SheetRow | Grid]:
        """Rows in ascending order; ``marks`` is filled on the way. Raises RefusedFile."""

    def close(self) -> None:
        """Closes the file."""
