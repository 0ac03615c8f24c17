"""Text columns as Arrow arrays, and the few questions asked of their bytes at the speed of memory."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.letters import spelled

TEXT = pa.large_string()
"""The type of every text array here: 64-bit offsets, so that no chunk is too large."""


def text_columns(frame: pd.DataFrame) -> list[pa.Array]:
    """The columns of a str frame without NA as large_string arrays, in order."""
    return [text_array(frame.iloc[:, position]) for position in range(frame.shape[1])]


def text_array(values: pd.Series | Sequence[str]) -> pa.Array:
    """One column of text as a single large_string array; a lone surrogate (half a character) becomes its escape."""
    try:
        array = pa.array(values, type=TEXT, from_pandas=True)
    except UnicodeEncodeError:
        array = pa.array([str(value).encode("utf-8", "backslashreplace").decode() for value in values], type=TEXT)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    return pc.fill_null(array, "") if array.null_count else array


def scalar(text: str) -> pa.Scalar:
    """One text for all rows."""
    return pa.scalar(text, TEXT)


def concat(*parts: pa.Array | pa.Scalar | str, separator: str = "") -> pa.Array:
    """Row-wise concatenation; a str stands for the same text in every row."""
    scalars = (scalar(part) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*scalars, scalar(separator))


def byte_set(values: Iterable[int]) -> npt.NDArray[np.bool_]:
    """A set of byte values as the look-up table that ``rows_with`` and ``rows_starting`` take."""
    table = np.zeros(256, dtype=np.bool_)
    table[list(values)] = True
    return table


def rows_with(array: pa.Array, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_] | None:
    """Which texts hold one of the bytes (UTF-8); None where no text does."""
    data, offsets = spelled(array)
    hits = np.flatnonzero(wanted[data])
    if not len(hits):
        return None
    mask = np.zeros(len(array), dtype=np.bool_)
    mask[np.searchsorted(offsets, hits, side="right") - 1] = True
    return mask


def rows_starting(array: pa.Array, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_] | None:
    """Which texts begin with one of the bytes (UTF-8); None where no text does."""
    data, offsets = spelled(array)
    if not len(data):
        return None
    filled = np.flatnonzero(np.diff(offsets))
    mask = np.zeros(len(array), dtype=np.bool_)
    mask[filled] = wanted[data[offsets[filled]]]
    return mask if mask.any() else None


def utf8(array: pa.Array) -> memoryview:
    """All texts one after the other, in UTF-8, without a copy."""
    return spelled(array)[0].data


def size(array: pa.Array) -> int:
    """The bytes of all texts together, in UTF-8."""
    return len(spelled(array)[0])
