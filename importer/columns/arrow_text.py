"""str columns and frames as Arrow arrays and back, without copying text."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Positions = np.ndarray[Any, np.dtype[np.int64]]

STR = pd.StringDtype("pyarrow", na_value=np.nan)


def to_arrow(column: pd.Series) -> pa.Array:
    """A str column without NA as one Arrow array of large_string."""
    values = pa.array(column.array, from_pandas=True)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    return values if pa.types.is_large_string(values.type) else pc.cast(values, pa.large_string())


def from_arrow(values: pa.Array, index: pd.Index) -> pd.Series:
    """An Arrow array of text as a str column."""
    return pd.Series(pd.array(values, dtype=STR), index=index, copy=False)


def frame_of(columns: Mapping[Any, Any], index: pd.Index) -> pd.DataFrame:
    """A frame whose columns are Arrow arrays of text (dtype str) or numpy arrays, all in the index's order.

    The arrays are not copied: they belong to the frame from then on. A column given as a Series would cost several
    times as much: its index is compared with the others'.
    """
    data: dict[Hashable, Any] = {
        name: values if isinstance(values, np.ndarray) else pd.arrays.ArrowStringArray(values, dtype=STR)  # type: ignore[call-arg]  # the stubs lag behind
        for name, values in columns.items()
    }
    return pd.DataFrame(data, index=index, copy=False)


def issues_at(
    rows: Positions,
    field: str,
    code: pa.Array | str,
    severity: pa.Array | str,
    value: pa.Array | str,
    detail: pa.Array | str = "",
) -> pd.DataFrame:
    """An issue frame (ISSUE_COLUMNS) of one record for each of the rows; a str holds for all of them."""
    texts = {"field": field, "code": code, "severity": severity, "value": value, "detail": detail}
    columns = {name: constant(text, len(rows)) if isinstance(text, str) else text for name, text in texts.items()}
    return frame_of({"row": rows} | columns, pd.RangeIndex(len(rows)))


def constant(text: str, count: int) -> pa.Array:
    """A column of one text repeated."""
    return pa.repeat(pa.scalar(str(text), pa.large_string()), count)


def joined(*parts: pa.Array | str, between: str = "") -> pa.Array:
    """The parts written one after the other, element by element; a str stands for every element."""
    pieces = (pa.scalar(str(part), pa.large_string()) if isinstance(part, str) else part for part in (*parts, between))
    return pc.binary_join_element_wise(*pieces)


def alike(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Positions]]:
    """The rows of a frame that have the same texts in some columns: those texts, and the positions (ascending)."""
    groups: Any = frame.groupby(list(names), sort=False).indices  # the stubs know of one name only
    yield from groups.items()


def is_blank(values: pa.Array) -> pa.Array:
    """Where a cell is "" or only white space, NBSP included."""
    return pc.or_(pc.equal(values, ""), pc.utf8_is_space(values))
