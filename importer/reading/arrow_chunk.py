"""A chunk as an Arrow record batch: its cells, their row numbers, and what is known of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from importer.columns.arrow_text import frame_of, to_arrow
from importer.model import ISSUE_COLUMNS, issues_of
from importer.reading.record_batch import TEXT
from importer.reading.table import Chunk

_ROW, _ISSUES, _SURPLUS = "row", "issues", "surplus"


def schema_of(width: int, metadata: dict[bytes, bytes] | None = None) -> pa.Schema:
    """The schema of the chunks of a table with so many columns."""
    names = [_ROW, _ISSUES, _SURPLUS, *(str(position) for position in range(width))]
    return pa.schema(list(zip(names, kinds_of(width), strict=True)), metadata=metadata)


def kinds_of(width: int) -> list[pa.DataType]:
    """The types of its columns."""
    return [pa.int64(), TEXT, TEXT, *[TEXT] * width]


def batch_of(chunk: Chunk, schema: pa.Schema) -> pa.RecordBatch:
    """A chunk as a batch of ``schema_of`` its width."""
    index = chunk.cells.index
    found: dict[int, list[list[str]]] = {}
    for row, *issue in chunk.issues[list(ISSUE_COLUMNS)].itertuples(index=False, name=None):
        found.setdefault(row, []).append(issue)
    issues = _per_row(index, found)
    more = _per_row(index, chunk.surplus)
    cells = (to_arrow(chunk.cells[position]) for position in range(chunk.cells.shape[1]))
    return pa.record_batch([pa.array(index.to_numpy(dtype=np.int64)), issues, more, *cells], schema=schema)


def chunk_of(batch: pa.RecordBatch) -> Chunk:
    """The chunk that ``batch_of`` was given."""
    rows, issues, surplus, *cells = batch.columns
    index = pd.Index(np.asarray(rows), name="row")
    frame = frame_of(dict(enumerate(cells)), index)
    frame.columns = pd.RangeIndex(len(cells))
    told = (
        (row, *issue)
        for row, text in zip(index.tolist(), issues.to_pylist(), strict=True)
        if text
        for issue in orjson.loads(text)
    )
    more = {
        row: tuple(orjson.loads(text)) for row, text in zip(index.tolist(), surplus.to_pylist(), strict=True) if text
    }
    return Chunk(frame, issues_of(told), more)


def _per_row(index: pd.Index, told: Mapping[int, Sequence[object]]) -> pa.Array:
    """What is told of some rows, as JSON; "" for the others."""
    return pa.array([orjson.dumps(told[row]).decode() if row in told else "" for row in index.tolist()], TEXT)
