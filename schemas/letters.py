"""Texts as bytes that numpy can compute with for a whole column: where they lie, as a matrix, as words of eight."""

from typing import Any, Final

import numpy as np
import pyarrow as pa

Letters = np.ndarray[Any, np.dtype[np.uint8]]
Words = np.ndarray[Any, np.dtype[np.uint64]]
Places = np.ndarray[Any, np.dtype[np.int64]]

WORD: Final = 8
"""Bytes of a word."""

_MASKS: Final = np.array([(1 << 8 * count) - 1 for count in range(WORD + 1)], np.uint64)


def spelled(texts: pa.LargeStringArray) -> tuple[Letters, Places]:
    """The bytes of all texts, one after the other, and their edges: one offset more than there are texts.

    A view of the column's memory; the texts are without nulls.
    """
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, offsets, content = texts.buffers()
    edges = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if content is None or not content.size:
        return np.zeros(0, np.uint8), np.zeros(len(edges), np.int64)
    return np.frombuffer(content, np.uint8)[edges[0] : edges[-1]], edges - edges[0]


def words_of(letters: Letters) -> Words:
    """The word that begins at each byte (little-endian), as far as whole words go: a view."""
    return np.ndarray((max(0, len(letters) - WORD + 1),), "<u8", letters, strides=(1,))


def word(text: bytes) -> np.uint64:
    """Up to eight bytes as ``words_of`` gives them."""
    return np.uint64(int.from_bytes(text, "little"))


def masked(words: Words, lengths: Places | int) -> Words:
    """The first bytes of words, at most eight of each."""
    kept: Words = words & _MASKS[np.clip(lengths, 0, WORD)]
    return kept


def letters_of(texts: pa.LargeStringArray, width: int) -> Letters:
    """Texts that are all ``width`` bytes long as a matrix, a row each; a view of their memory."""
    return spelled(texts)[0].reshape(-1, width)


def texts_of(letters: Letters) -> pa.LargeStringArray:
    """The texts that the rows of a matrix spell."""
    count, width = letters.shape
    offsets = np.arange(count + 1, dtype=np.int64) * width
    content = np.ascontiguousarray(letters)
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(content))
