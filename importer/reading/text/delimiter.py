"""What stands between the cells of a text file: the delimiter under which the header and most rows make sense."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

from importer.errors import UsageError
from importer.messages.text import Text
from importer.reading.header_row import HeaderScore, find_header
from importer.reading.limits import MIB, SAMPLE_ROWS
from importer.reading.text.records import Record, Scanner

CANDIDATES: Final = (",", ";", "\t", "|")
NAMES: Final = {
    ",": Text("comma"),
    ";": Text("semicolon"),
    "\t": Text("tab"),
    "|": Text("vertical bar"),
}
_SEP_LINE: Final = re.compile(r"\"?sep=(.)\"?(?:\r\n|\n|\r)", re.IGNORECASE)
_QUOTED: Final = re.compile(r'(?<=[,;\t|])"(?:[^"]|"")*+"(?=[,;\t|\r\n]|\Z)')
"""A cell in quotes under some of CANDIDATES, behind its delimiter; a line's first cell is one under all of them."""


@dataclass(frozen=True)
class TextLayout:
    """A sample of the file read under one delimiter.

    ``header`` is an index into ``records`` or None; ``torn`` are the indexes of records in which the delimiter stands
    inside the quotes of another one's cell.
    """

    delimiter: str
    records: tuple[Record, ...]
    header: int | None
    torn: frozenset[int] = frozenset()

    def rank(self, score: HeaderScore) -> tuple[int, bool, float, int]:
        """How well the delimiter fits: known names, more than a column, rows as wide as the header, width."""
        if self.header is None or self.header in self.torn:
            return (0, False, 0.0, 0)
        cells = self.records[self.header].cells
        below = self.rows()
        widths = Counter(len(record.cells) for record in below)
        torn = Counter(len(self.records[at].cells) for at in self.torn if at > self.header)
        even = sum(widths[width] - torn[width] for width in (len(cells), len(cells) + 1))
        share = even / max(1, widths.total())
        fits = len(cells) > 1 and (share >= 0.5 or not widths)  # noqa: PLR2004 (half of the rows)
        return (score(tuple(cells)), fits, share, len(cells))

    def rows(self) -> list[Record]:
        """Records below the header that hold any text."""
        below = self.records[(self.header or 0) + 1 :]
        return [record for record in below if any(cell.strip() for cell in record.cells)]


def typed_delimiter(wanted: str) -> str:
    """The character that a person typed, its name replaced by ``settings.options``. Raises UsageError."""
    if len(wanted) != 1 or not wanted.isascii() or wanted in '"\r\n\0':
        raise UsageError(
            "--delimiter: {wanted} is not one ASCII character; for example , ; | or tab", wanted=repr(wanted)
        )
    return wanted


def find_layout(sample: str, score: HeaderScore, *, final: bool, wanted: str = "", header_row: int = 0) -> TextLayout:
    """The layout of a sample: ``final`` says that it is the whole file. Raises UsageError."""
    hint = _SEP_LINE.match(sample)
    if wanted:
        candidates: tuple[str, ...] = (typed_delimiter(wanted),)
    elif hint and hint.group(1).isascii() and hint.group(1) != '"':
        candidates = (hint.group(1),)
    else:
        candidates = CANDIDATES
    quoted = list(_QUOTED.finditer(sample, 0, MIB)) if len(candidates) > 1 else []
    layouts = []
    for delimiter in candidates:
        read = islice(Scanner(delimiter).records(sample, line=1, final=final), SAMPLE_ROWS)
        records = tuple(takewhile(lambda record: record.line == 1 or record.end < MIB, read))
        torn = _torn(quoted, sample, records, delimiter)
        # a first line "sep=;" is a note to Excel: never the header
        rows = [(record.line, [] if hint and record.line == 1 else record.cells) for record in records]
        header = find_header(rows, score, header_row, torn=torn)
        layouts.append(TextLayout(delimiter, records, header, torn))
    return max(layouts, key=lambda layout: layout.rank(score))


def _torn(quoted: Sequence[re.Match[str]], sample: str, records: Sequence[Record], delimiter: str) -> frozenset[int]:
    """Indexes of the records that the delimiter would cut inside the quotes of another delimiter's cell."""
    ends = [record.end for record in records]
    found = set()
    for cell in quoted:
        if sample[cell.start() - 1] != delimiter and delimiter in cell.group():
            first, last = (sample.find(delimiter, cell.start()), sample.rfind(delimiter, 0, cell.end()))
            found |= {bisect_right(ends, first), bisect_right(ends, last)}
    return frozenset(at for at in found if at < len(records))


def trailing(layout: TextLayout) -> tuple[int, bool]:
    """How many columns the table has, and whether every row ends in a delimiter more than that.

    The header may have that delimiter too (Bitrix24) or not. Both need the rows to agree: a table whose rows do not
    end in an empty cell keeps its last column.
    """
    if layout.header is None:
        return 0, False
    header = layout.records[layout.header].cells
    width = len(header)
    rows = [record.cells for record in layout.rows() if not record.problem]
    if width > 1 and not header[-1].strip():
        same = [cells for cells in rows if len(cells) == width]
        if same and all(not cells[-1] for cells in same) and 2 * len(same) >= len(rows):
            return width - 1, True
    more = [cells for cells in rows if len(cells) == width + 1]
    if more and all(not cells[-1] for cells in more) and 2 * len(more) > len(rows):
        return width, True
    return width, False
