"""Texts of one width as a matrix of bytes, and back: what numpy can compute with for a whole column."""

from typing import Any

import numpy as np
import pyarrow as pa

from importer.cleaning.repair import Texts

Letters = np.ndarray[Any, np.dtype[np.uint8]]
"""One row a text, one column a byte of its UTF-8."""


def letters_of(texts: Texts, width: int) -> Letters:
    """Texts that are all ``width`` bytes long; a view of their memory."""
    if not len(texts):
        return np.zeros((0, width), dtype=np.uint8)
    _, offsets, content = texts.buffers()
    start = int(np.frombuffer(offsets, np.int64)[texts.offset])
    return np.frombuffer(content, np.uint8)[start : start + len(texts) * width].reshape(-1, width)


def texts_of(letters: Letters) -> Texts:
    """The texts that the rows of a matrix spell."""
    count, width = letters.shape
    offsets = np.arange(count + 1, dtype=np.int64) * width
    content = np.ascontiguousarray(letters)
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(content))
