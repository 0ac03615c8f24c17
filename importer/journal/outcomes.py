"""What became of a span of rows, read back as a frame: a column at a time, for a run may have millions of rows."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import frame_of
from importer.errors import BooksDontBalance
from importer.journal.database import Database, driver_connection
from importer.journal.keys import UUID_BYTES, id_from_bytes
from importer.journal.states import STATUS_OF, RowState

_STATES: Final = "SELECT row, state, freedom_id FROM rows WHERE run = ? AND row BETWEEN ? AND ? ORDER BY row"
_REMARKS: Final = "SELECT row, errors, note FROM remarks WHERE run = ? AND row BETWEEN ? AND ? ORDER BY row"

_State = tuple[int, int, bytes | None]
_Remark = tuple[int, str, str]
_Integers = np.ndarray[Any, np.dtype[np.int64]]

_NAMES: Final = pa.array([str(status) for status in STATUS_OF.values()], pa.large_string())
_PLACE_OF: Final = {int(state): place for place, state in enumerate(STATUS_OF)}
_DOUBTS: Final = (RowState.STARTED, RowState.STARTED_AGAIN)
_UUID_PARTS: Final = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
_DASH: Final = ord("-")


def outcomes(database: Database, run: int, first: int, last: int, *, salvage: bool) -> pd.DataFrame:
    """Give a span of rows as a frame; see ``Journal.outcomes``."""
    found, remarks = _records(database, run, first, last, salvage=salvage)
    numbers = _integers([record[0] for record in found])
    states = [record[1] for record in found]
    remarked = _integers([remark[0] for remark in remarks])
    columns = {
        "status": _status_names(states),
        "freedom_id": texts_of_ids([record[2] for record in found]),
        "errors": _placed([remark[1] for remark in remarks], remarked, numbers),
        "note": _placed([remark[2] for remark in remarks], remarked, numbers),
    }
    doubt = np.isin(_integers(states), _DOUBTS)
    return frame_of(columns | {"doubt": doubt}, pd.Index(numbers, name="row"))


def texts_of_ids(stored: Sequence[bytes | None]) -> pa.LargeStringArray:
    """The texts that ``id_from_bytes`` gives for each, as one array without nulls."""
    given = [raw for raw in stored if raw is not None]
    if any(len(raw) != UUID_BYTES for raw in given):
        return pa.array([id_from_bytes(raw) for raw in stored], pa.large_string())
    digits = np.frombuffer(b"".join(given).hex().encode(), np.uint8).reshape(len(given), 2 * UUID_BYTES)
    dash = np.full((len(given), 1), _DASH, np.uint8)
    parts = [part for first, end in _UUID_PARTS for part in (digits[:, first:end], dash)][:-1]
    texts = np.ascontiguousarray(np.hstack(parts))
    offsets = np.zeros(len(stored) + 1, np.int64)
    np.cumsum([0 if raw is None else texts.shape[1] for raw in stored], out=offsets[1:])
    return pa.LargeStringArray.from_buffers(len(stored), pa.py_buffer(offsets), pa.py_buffer(texts))


def _records(
    database: Database, run: int, first: int, last: int, *, salvage: bool
) -> tuple[list[_State], list[_Remark]]:
    """Read a span at once; when that meets a damaged page and is to be salvaged, each half of it for itself."""
    span = (run, first, last)
    try:
        with database.reading() as transaction:  # both tables as of one moment
            connection = driver_connection(transaction.connection)
            return connection.execute(_STATES, span).fetchall(), connection.execute(_REMARKS, span).fetchall()
    except BooksDontBalance:
        if not salvage:
            raise
    if first >= last:
        return [], []
    middle = (first + last) // 2
    upper = _records(database, run, first, middle, salvage=True)
    lower = _records(database, run, middle + 1, last, salvage=True)
    return upper[0] + lower[0], upper[1] + lower[1]


def _status_names(states: list[int]) -> pa.LargeStringArray:
    try:
        places = [_PLACE_OF[state] for state in states]
    except KeyError as exc:
        raise BooksDontBalance("The journal has a row in a state that this program does not know.") from exc
    return _NAMES.take(pa.array(places, pa.int64()))


def _placed(texts: list[str], rows: _Integers, numbers: _Integers) -> pa.LargeStringArray:
    """The text of each of ``numbers`` (ascending), "" for those that have none; ``rows`` are those of the texts."""
    known = np.flatnonzero(np.isin(rows, numbers))
    source = np.full(len(numbers), -1, np.int64)
    source[np.searchsorted(numbers, rows[known])] = known
    chosen = pa.array(texts, pa.large_string()).take(pa.array(source, mask=source < 0))
    return pc.fill_null(chosen, "")


def _integers(values: list[int]) -> _Integers:
    return np.array(values, dtype=np.int64)
