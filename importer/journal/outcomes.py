"""What became of a span of rows, read back as a frame."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from sqlalchemy import select

from importer.errors import BooksDontBalance
from importer.journal.engine import Database
from importer.journal.keys import id_from_bytes
from importer.journal.rows import STARTED
from importer.journal.states import STATUS_OF
from importer.journal.tables import REMARKS, ROWS

_STATUS_NAMES: Final = {int(state): str(status) for state, status in STATUS_OF.items()}


def outcomes(database: Database, run: int, first: int, last: int, *, salvage: bool) -> pd.DataFrame:
    """Give a span of rows as a frame; see ``Journal.outcomes``."""
    found, remarked = _records(database, run, first, last, salvage=salvage)
    rows, states, ids = zip(*found, strict=True) if found else ((), (), ())
    try:
        status = [_STATUS_NAMES[state] for state in states]
    except KeyError as exc:
        raise BooksDontBalance("The journal has a row in a state that this program does not know.") from exc
    index = pd.Index(rows, dtype="int64", name="row")
    texts = {"status": status, "freedom_id": [id_from_bytes(stored) for stored in ids]}
    frame = pd.DataFrame(texts, index=index, dtype="str")
    of_rows, errors, notes = zip(*remarked, strict=True) if remarked else ((), (), ())
    for name, given in (("errors", errors), ("note", notes)):
        frame[name] = pd.Series(given, index=pd.Index(of_rows, dtype="int64"), dtype="str").reindex(
            index, fill_value=""
        )
    return frame.assign(doubt=pd.Series(states, index=index, dtype="int64").isin(STARTED))


def _records(
    database: Database, run: int, first: int, last: int, *, salvage: bool
) -> tuple[Sequence[Any], Sequence[Any]]:
    """Read a span at once; when that meets a damaged page and is to be salvaged, each half of it for itself."""
    found, remarked = (
        select(*columns).where(columns[0].table.c.run == run, columns[0].between(first, last)).order_by(columns[0])
        for columns in (
            (ROWS.c.row, ROWS.c.state, ROWS.c.freedom_id),
            (REMARKS.c.row, REMARKS.c.errors, REMARKS.c.note),
        )
    )
    try:
        with database.reading() as connection:  # both tables as of one moment
            return connection.execute(found).all(), connection.execute(remarked).all()
    except BooksDontBalance:
        if not salvage:
            raise
    if first >= last:
        return [], []
    middle = (first + last) // 2
    upper = _records(database, run, first, middle, salvage=True)
    lower = _records(database, run, middle + 1, last, salvage=True)
    return [*upper[0], *lower[0]], [*upper[1], *lower[1]]
