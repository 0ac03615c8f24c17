"""A block of plain XML as numbers: where its tags begin, what stands there, and texts cut out of it without a copy.

Every question is asked of all tags at once; nothing here makes a Python object per cell.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.workbook.plain_xml import PAD
from schemas.letters import WORD, masked, spelled, words_of

Places = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

_BEYOND: Final = 6
"""Tags of one cell, so many may be asked for behind the last one."""
_ZEROS: Final = np.uint64(0x3030303030303030)
_SIXES: Final = np.uint64(0x0606060606060606)
_HIGH: Final = np.uint64(0xF0F0F0F0F0F0F0F0)


def characters(texts: pa.Array) -> int:
    """How many characters the texts of a large_string array have together."""
    letters, _ = spelled(texts)
    # a byte below 0xC0 as a signed number goes on with a character that has begun
    return int(np.count_nonzero(letters.view(np.int8) >= -64))  # noqa: PLR2004 (0xC0 as a signed byte)


class Tags:
    """A block (see ``plain_xml.blocks``) and its tags.

    Attributes:
        size: Bytes of the block, without the zeros behind it.
        letters: Its bytes, and those zeros.
        starts: Offsets of every "<"; behind the last one the block's size, several times.
        kinds: The byte behind each "<" (uint8), without those several times.
    """

    def __init__(self, block: bytes) -> None:
        self.size = len(block) - len(PAD)
        self.letters = np.frombuffer(block, np.uint8)
        self._block = block
        self._buffer = pa.py_buffer(block)
        self._words: Words = words_of(self.letters)
        starts = np.flatnonzero(self.letters == ord("<"))
        self.kinds = self.letters[starts + 1]
        self.starts: Places = np.append(starts, np.full(_BEYOND, self.size))

    def is_text(self) -> bool:
        """Whether the block is UTF-8."""
        try:
            self.texts(np.zeros(1, np.int64), np.full(1, self.size)).validate(full=True)
        except pa.ArrowInvalid:
            return False
        return True

    def words(self, places: Places, length: int = WORD) -> Words:
        """The bytes at these offsets as numbers, the first one lowest; the ``length`` first of eight."""
        found: Words = self._words[places]
        return found if length == WORD else masked(found, length)

    def texts(self, starts: Places, ends: Places) -> pa.Array:
        """Stretches of the block in their order, none overlapping, as large_string without a copy.

        Entry 2 * n is the n-th stretch, 2 * n + 1 what lies behind it; the last entry of all is "".
        """
        offsets = np.empty(2 * len(starts) + 1, np.int64)
        offsets[0:-1:2] = starts
        offsets[1::2] = ends
        offsets[-1] = ends[-1]
        return pa.Array.from_buffers(
            pa.large_string(), len(offsets) - 1, [None, pa.py_buffer(offsets), self._buffer], null_count=0
        )

    def numbers(self, starts: Places, lengths: Places) -> tuple[Places, Mask]:
        """Stretches of one to eight digits as numbers, and which of them are such."""
        digits = masked(self._words[starts] ^ _ZEROS, lengths)
        fine = (lengths >= 1) & (lengths <= 8) & _digits_only(digits)  # noqa: PLR2004 (bytes of a word)
        number = digits << np.where(fine, 64 - 8 * lengths, 0).astype(np.uint64)
        number = number * np.uint64(10) + (number >> np.uint64(8))
        low = (number & np.uint64(0x000000FF000000FF)) * np.uint64(100 + (1_000_000 << 32))
        high = ((number >> np.uint64(16)) & np.uint64(0x000000FF000000FF)) * np.uint64(1 + (10_000 << 32))
        return ((low + high) >> np.uint64(32)).astype(np.int64), fine

    def whole(self, starts: Places, lengths: Places) -> Mask:
        """Which stretches are nothing but one to sixteen digits."""
        near = masked(self._words[starts] ^ _ZEROS, lengths)
        far = masked(self._words[starts + 8] ^ _ZEROS, lengths - 8)
        fits: Mask = (lengths >= 1) & (lengths <= 16)  # noqa: PLR2004 (bytes of two words)
        return fits & _digits_only(near) & _digits_only(far)

    def escaped(self, starts: Places, ends: Places) -> Places:
        """Which stretches hold an ampersand, a carriage return or Excel's ``_x``."""
        letters = self.letters
        marks = [np.flatnonzero(letters == ord(mark)) for mark in "&\r" if mark.encode() in self._block]
        if b"_" in self._block:
            lines = np.flatnonzero(letters == ord("_"))
            marks.append(lines[letters[lines + 1] == ord("x")])
        if not marks:
            return np.empty(0, np.int64)
        places = np.concatenate(marks)
        if not places.size:
            return places
        found = np.searchsorted(starts, places, side="right") - 1
        inside = (found >= 0) & (places < ends[found])
        return np.unique(found[inside])

    def tell(self, tags: Places, words: str) -> bool:
        """Whether one of these tags, up to the next one, has these words in it."""
        if not tags.size:
            return False
        texts = self.texts(self.starts[tags], self.starts[tags + 1]).take(pa.array(np.arange(0, 2 * len(tags), 2)))
        return bool(pc.any(pc.match_substring(texts, words)).as_py())

    def slice(self, start: int, end: int) -> str:
        """A stretch as text."""
        return self.letters[start:end].tobytes().decode()


def _digits_only(digits: Words) -> Mask:
    fine: Mask = ((digits + _SIXES) | digits) & _HIGH == 0
    return fine
