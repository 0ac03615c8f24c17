"""What workbooks of every format have in common: colours, widths, comments, and the limits of a cell and a sheet."""

import re
from typing import Final

import pandas as pd

from importer.model import RESULT_COLUMNS, Status
from importer.writing.output_layout import OutputLayout
from importer.writing.result_block import ResultBlock
from schemas.result_columns import RESULT_TABLE

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
"""What a sheet of .xlsx or .ods holds."""

LONGEST_CELL: Final = 32_767
"""UTF-16 units that a spreadsheet's cell can hold."""

COMMENT_START: Final = "Import: "
"""How comments of ours begin, so that the next import of the file can take them away."""

LONGEST_COMMENT: Final = 2_000

MOST_CELLS: Final = 250_000
"""A workbook with more cells than this, results included, takes the library too long and too much memory to keep.

Measured: 16,000 rows of ten columns (256,000 cells and rows with the results) take 366 MB, a new workbook 182 MB.
"""

MOST_COMMENTS: Final = 5_000
"""Wrong cells that get a comment in a large file; beyond, a spreadsheet takes minutes to open. All are coloured."""

DEEPEST_FROZEN_ROW: Final = 12
"""A header below this row isn't frozen: the frozen part would fill the screen."""

WRONG: Final = "FFC7CE"
HEADER: Final = "D9E1F2"
RESULT_HEADER: Final = "BDD7EE"
STATUS_COLOURS: Final = {
    Status.CREATED: "C6EFCE",
    Status.ALREADY_IMPORTED: "E2EFDA",
    Status.INVALID: "FFC7CE",
    Status.DUPLICATE: "F8CBAD",
    Status.EXISTS: "FFEB9C",
    Status.UNCONFIRMED: "FFD966",
    Status.REJECTED: "FFC7CE",
    Status.UPDATED: "C6EFCE",
    Status.FAILED: "F4B084",
    Status.NOT_SENT: "EDEDED",
}

_NARROWEST: Final = 9
_WIDEST: Final = 42
_SAMPLE_ROWS: Final = 200
_MOST_FITTING: Final = 0.95
_CUT: Final = " … [cut: longer than a cell can be]"
_NOT_IN_SHEET_NAMES: Final = re.compile(r"[\[\]:*?/\\]")
_LONGEST_SHEET_NAME: Final = 31


def comment_text(message: str) -> str:
    """The comment on a wrong cell."""
    return (COMMENT_START + message)[:LONGEST_COMMENT]


def fitting(text: str) -> str:
    """A text no longer than a cell can hold; one that is longer ends in words that say so."""
    if len(text) <= LONGEST_CELL // 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_CELL:
        return text
    # a character may be two units: half of one is left out
    return units[: 2 * (LONGEST_CELL - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def widths(layout: OutputLayout, first: ResultBlock | None) -> list[int]:
    """The width of each column in characters, by its header and the cells of the first rows."""
    found = [_width(name, _column(first, at)) for at, name in enumerate(layout.header[: -len(RESULT_COLUMNS)])]
    return [*found, *(column.width for column in RESULT_TABLE)]


def sheet_name(name: str) -> str:
    """A name that every spreadsheet accepts: 31 characters, no brackets, colons, stars, slashes or question marks."""
    return _NOT_IN_SHEET_NAMES.sub(" ", name)[:_LONGEST_SHEET_NAME].strip("'") or "Users"


def _column(first: ResultBlock | None, column: int) -> pd.Series:
    return pd.Series(dtype="str") if first is None else first.cells.iloc[:_SAMPLE_ROWS, column]


def _width(name: str, sample: pd.Series) -> int:
    header = max(map(len, name.splitlines()), default=0) + 3  # room for the filter's button
    cells = int(sample.str.len().quantile(_MOST_FITTING)) + 1 if len(sample) else 0
    return max(_NARROWEST, min(max(header, cells), _WIDEST))
