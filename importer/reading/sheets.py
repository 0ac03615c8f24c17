"""What every kind of workbook gives to the table over it: sheets, and their rows as texts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


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


@dataclass
class Marks:
    """What was noticed on the way: numbers of hidden rows, hidden columns, merged areas (first and last row)."""

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: int = 0
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

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[SheetRow]:
        """Rows in ascending order; ``marks`` is filled on the way. Raises RefusedFile."""

    def close(self) -> None:
        """Closes the file."""
