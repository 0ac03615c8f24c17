"""The fast path: blocks of text that are proven regular go through Arrow's CSV engine.

Proven means: every quote opens at the start of a cell or closes at its end, no NUL, no quoted cell swallows
rows. Then the parity of the quotes tells which line ends are record ends, and Arrow reads the same cells as
``records`` does (a property test holds the two together). Rows of a wrong width come back with their numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from importer.reading.record_batch import TEXT, Numbers

_LF, _CR, _QUOTE = 10, 13, 34

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_NONE: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Proof:
    """How far a block is regular from a given offset.

    Attributes:
        end: Offset after the last whole regular record.
        lines: Physical lines in them.
        starts: For each record the 0-based line where it begins; None where every line is a record.
        clean: Whether nothing irregular follows (what is left is only an unfinished record).
        quotes: Whether the regular part holds quotes at all.
    """

    end: int
    lines: int
    starts: Numbers | None
    clean: bool
    quotes: bool


class TextBlock:
    """A block of UTF-8 text that begins with a record; its quotes and line ends are looked up once.

    Args:
        text: The block.
        delimiter: One character.
        width: Cells of a whole row.
        final: Whether the file ends with it.
    """

    def __init__(self, text: bytes, delimiter: str, width: int, *, final: bool) -> None:
        self._text = text
        self._letters = np.frombuffer(text, np.uint8)
        self._delimiter = ord(delimiter)
        self._width = width
        self._final = final
        self._ends = self._line_ends()
        self._quotes = np.flatnonzero(self._letters == _QUOTE) if b'"' in text else _NONE
        self._before = np.searchsorted(self._quotes, self._ends) if self._quotes.size else None
        self._wrong = self._irregular()
        self._nul = text.find(b"\0") if b"\0" in text else len(text)

    def regular(self, start: int) -> Proof:
        """How far whole regular records go from ``start``, which must be the beginning of a record."""
        size = len(self._text)
        first = int(np.searchsorted(self._ends, start))
        quote = int(np.searchsorted(self._quotes, start))
        bad = min(self._next_nul(start), self._next_wrong(quote))
        if self._final and (self._quotes.size - quote) % 2:
            bad = min(bad, int(self._quotes[-1]))
        last = self._ends.size if bad >= size else int(np.searchsorted(self._ends, bad))
        ends = self._ends[first:last]
        inside = None if self._before is None else ((self._before[first:last] - quote) & 1).astype(bool)
        if inside is not None and inside.any():
            bad = min(bad, self._next_swallow(ends, inside, start))
        outer = ends if inside is None else ends[~inside]
        whole = outer[outer < bad] if bad < size else outer
        end = min(size, int(whole[-1]) + 1) if whole.size else start
        lines = int(np.searchsorted(ends, int(whole[-1]), side="right")) if whole.size else 0
        starts = None
        if inside is not None and inside[:lines].any():
            starts = np.concatenate([[0], np.flatnonzero(~inside[:lines])[:-1] + 1]).astype(np.int64)
        quotes = quote < self._quotes.size and int(self._quotes[quote]) < end
        return Proof(end, lines, starts, bad >= size, quotes)

    def _line_ends(self) -> Places:
        """Offsets of the last byte of each line end: LF, a CR that no LF follows, or the end of the file."""
        text, letters = self._text, self._letters
        ends = np.flatnonzero(letters == _LF)
        if self._final and text and text[-1] not in (_LF, _CR):
            ends = np.append(ends, len(text))
        if b"\r" not in text:
            return ends
        returns = np.flatnonzero(letters == _CR)
        following = np.append(letters[1:], 0 if self._final else _LF)
        alone = returns[following[returns] != _LF]
        return np.sort(np.concatenate([ends, alone])) if alone.size else ends

    def _irregular(self) -> tuple[Places, Places]:
        """Indexes of quotes out of place, if those with an even index open cells, and if those with an odd do."""
        quotes, letters = self._quotes, self._letters
        if not quotes.size:
            return _NONE, _NONE
        allowed = np.zeros(256, dtype=bool)
        allowed[[self._delimiter, _LF, _CR, _QUOTE]] = True
        opens = allowed[letters[quotes - 1]]
        opens[0] |= quotes[0] == 0
        closes = allowed[letters[np.minimum(quotes + 1, letters.size - 1)]]
        even = np.arange(quotes.size) % 2 == 0
        return np.flatnonzero(~np.where(even, opens, closes)), np.flatnonzero(~np.where(even, closes, opens))

    def _next_wrong(self, quote: int) -> int:
        wrong = self._wrong[quote % 2]
        place = int(np.searchsorted(wrong, quote))
        return int(self._quotes[wrong[place]]) if place < wrong.size else len(self._text)

    def _next_nul(self, start: int) -> int:
        if self._nul < start:
            found = self._text.find(b"\0", start)
            self._nul = found if found >= 0 else len(self._text)
        return self._nul

    def _next_swallow(self, ends: Places, inside: Mask, start: int) -> int:
        """Start of the first record of several lines of which two could be rows themselves: see ``records``."""
        delimiters = np.flatnonzero(self._letters[start:] == self._delimiter) + start
        counts = np.diff(np.searchsorted(delimiters, ends), prepend=0)
        could = (counts >= self._width - 1).astype(np.int64)
        record = np.concatenate([[0], np.cumsum(~inside)[:-1]])
        many = np.flatnonzero(np.bincount(record, weights=could) > 1)
        if not many.size:
            return len(self._text)
        first = int(np.searchsorted(record, many[0]))
        return int(ends[first - 1]) + 1 if first else start


@dataclass(frozen=True)
class Parsed:
    """Rows of the right width as columns, and the texts of the others by their 0-based record number."""

    columns: tuple[pa.Array, ...]
    others: dict[int, str]


def parse(block: bytes, delimiter: str, width: int, *, quotes: bool) -> Parsed:
    """A regular block's cells, by Arrow's CSV engine; every line a row, blank ones too."""
    others: dict[int, str] = {}
    names = [str(position) for position in range(width)]
    table = pa_csv.read_csv(
        pa.py_buffer(block),
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if quotes else False,
            double_quote=True,
            newlines_in_values=quotes,
            ignore_empty_lines=False,
            invalid_row_handler=_collector(others),
        ),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=False, column_types=dict.fromkeys(names, TEXT), strings_can_be_null=False
        ),
    )
    return Parsed(tuple(_one(column) for column in table.columns), others)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _collector(others: dict[int, str]) -> Callable[[pa_csv.InvalidRow], str]:
    def collect(row: pa_csv.InvalidRow) -> str:
        others[row.number - 1] = row.text
        return "skip"

    return collect
