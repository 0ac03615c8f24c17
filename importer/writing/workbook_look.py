"""What the XML of workbooks has in common: escaped text, column letters, colours and widths."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import RESULT_COLUMNS, Status
from importer.writing.arrow import byte_set, rows_with
from importer.writing.result_block import Block, Layout

LONGEST_CELL: Final = 32_767
"""Characters that a spreadsheet's cell can hold."""

COMMENT_START: Final = "Import: "
"""How comments of ours begin, so that the next import of the file can take them away."""

LONGEST_COMMENT: Final = 2_000

MOST_CELLS: Final = 150_000
"""A workbook with more cells than this, results included, takes the library too long and too much memory to keep."""

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
    Status.FAILED: "F4B084",
    Status.NOT_SENT: "EDEDED",
}

RESULT_WIDTHS: Final = {
    "freedom_id": 38,
    "import_status": 17,
    "import_error_code": 26,
    "import_error": 60,
    "import_note": 50,
}
_NARROWEST: Final = 9
_WIDEST: Final = 42
_SAMPLE_ROWS: Final = 200

_CUT: Final = " … [cut: longer than a cell can be]"
_NEEDS_ESCAPE: Final = byte_set(b"&<>")
_NOT_XML: Final = byte_set((*range(9), 11, 12, *range(14, 32), 0xEF))
_NOT_XML_NUMBERS: Final = (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)
_NOT_XML_PATTERN: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"


ESCAPED_CONTROLS: Final = {number: f"_x{number:04X}_" for number in _NOT_XML_NUMBERS}
"""How XLSX writes the characters that XML can't hold: they come back when the file is read."""

PICTURED_CONTROLS: Final = {
    number: chr(0x2400 + number) if number < ord(" ") else "\ufffd" for number in _NOT_XML_NUMBERS
}
"""ODS has no way to hold them: the Unicode pictures of control characters show where they were."""


def comment_text(message: str) -> str:
    """The comment on a wrong cell."""
    return (COMMENT_START + message)[:LONGEST_COMMENT]


def widths(layout: Layout, first: Block | None) -> list[int]:
    """The width of each column in characters, by its header and its first cells."""
    result = []
    for column, name in enumerate(layout.header):
        longest = max((len(line) for line in name.splitlines()), default=0) + 3  # room for the filter's button
        if first is not None and len(first.rows):
            sample = pc.utf8_length(first.cells[column].slice(0, _SAMPLE_ROWS))
            longest = max(longest, int(np.quantile(sample.to_numpy(zero_copy_only=False), 0.95)) + 1)
        result.append(max(_NARROWEST, min(longest, _WIDEST)))
    result[-len(RESULT_COLUMNS) :] = [RESULT_WIDTHS[name] for name in RESULT_COLUMNS]
    return result


def fitting(cells: pa.Array) -> pa.Array:
    """Cells no longer than a spreadsheet can hold; one that is longer ends in words that say so."""
    lengths = pc.binary_length(cells)
    if (pc.max(lengths).as_py() or 0) <= LONGEST_CELL:
        return cells
    # Counted in UTF-16 units by spreadsheets: half the limit is safe for any letters.
    keep = (LONGEST_CELL - len(_CUT)) // 2
    too_long = pc.greater(pc.utf8_length(cells), LONGEST_CELL // 2)
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(cells, 0, keep), _large(_CUT), _large(""))
    return pc.if_else(too_long, cut, cells)


def escaped(cells: pa.Array) -> pa.Array:
    """Cells with the three characters that XML text can't hold bare."""
    if rows_with(cells, _NEEDS_ESCAPE) is None:
        return cells
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        cells = pc.replace_substring(cells, pattern=letter, replacement=entity)
    return cells


def translated(cells: pa.Array, stand_ins: Mapping[int, str]) -> pa.Array:
    """Cells in which each character that XML can't hold at all is replaced by its stand-in (one of the two below)."""
    if rows_with(cells, _NOT_XML) is None:
        return cells
    if not pc.any(pc.match_substring_regex(cells, _NOT_XML_PATTERN)).as_py():
        return cells
    return pa.array([text.translate(stand_ins) for text in cells.to_pylist()], cells.type)


def _large(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())
