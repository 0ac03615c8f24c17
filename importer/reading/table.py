"""What reading gives: an opened table, its dialect, and its rows in chunks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from importer.model import Finding


@dataclass(frozen=True)
class ReadOptions:
    """What a person decided instead of letting it be found out; empty and 0 mean "find out".

    Attributes:
        sheet: A sheet's name, or its number from 1; several with commas between; "all" for all sheets of people.
        encoding: A codec name that Python knows.
        delimiter: The character between the cells of a text file.
        header_row: The row number of the header, as a person sees it.
    """

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0


@dataclass(frozen=True)
class Dialect:
    """What a writer needs to write the same kind of file.

    Attributes:
        format: As in the tables of formats: "csv" (delimited text), "xlsx" (also .xlsm), "xls" or "ods".
        encoding: Python's name of the codec; text formats only.
        bom: Whether a byte order mark stands at the start.
        delimiter: One character.
        line_ending: The commonest of the file.
        quote_all: Whether every cell is quoted.
        gzip: Whether the text is packed with gzip.
        trailing_delimiter: Whether every row ends in a delimiter more than it has cells.
        sheet: The name of the sheet that was read.
        header_row: The row number of the header.
        first_column: Columns left of the table: 0 where it starts at A.
        joined: Whether rows of several sheets stand below each other; ``sheet`` is the first of them then.
    """

    format: str
    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    line_ending: str = "\n"
    quote_all: bool = False
    gzip: bool = False
    trailing_delimiter: bool = False
    sheet: str = ""
    header_row: int = 1
    first_column: int = 0
    joined: bool = False


@dataclass(frozen=True)
class Chunk:
    """Some consecutive rows.

    Attributes:
        cells: Columns RangeIndex (positions in the header), dtype ``str``, "" = blank, never NA. Index int64
            "row": the row numbers that a person sees, ascending, unique. Rows without any text are left out.
        issues: ISSUE_COLUMNS: what is wrong with a row (field "") or a cell (field "#<position>"). All errors.
        surplus: Row number -> its cells beyond the header.
    """

    cells: pd.DataFrame
    issues: pd.DataFrame
    surplus: Mapping[int, tuple[str, ...]]


class Table(Protocol):
    """An opened input. ``chunks`` may be called any number of times; each time it starts from the top."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def dialect(self) -> Dialect:
        """How it is written."""

    @property
    def header(self) -> tuple[str, ...]:
        """The header's texts as they stand in the file; "" where a column has none."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was decided and noticed; after a whole pass also how many blank rows were skipped."""

    @property
    def row_count_hint(self) -> int | None:
        """About how many rows there are, for a progress bar."""

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time. Raises RefusedFile."""

    def column_letter(self, position: int) -> str:
        """The spreadsheet letter of a header position: "C"."""

    def close(self) -> None:
        """Let go of what is held open."""


def letters(column: int) -> str:
    """The letters of a 0-based column number: 0 -> A, 26 -> AA."""
    text = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
