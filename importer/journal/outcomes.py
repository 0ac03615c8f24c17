"""What became of a span of rows, read back as a frame."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
from sqlalchemy import select

from importer.errors import BooksDontBalance
from importer.journal.engine import Database
from importer.journal.keys import id_from_bytes
from importer.journal.macs import is_sound, unsound
from importer.journal.remarks import errors_text
from importer.journal.repeats import freedom_ids, origins
from importer.journal.rows import STARTED
from importer.journal.states import STATUS_OF, RowState
from importer.journal.tables import REMARKS, ROWS
from importer.messages.text import Text
from importer.model import REPEATED_ID, CellError

_STATUS_NAMES: Final = {int(state): str(status) for state, status in STATUS_OF.items()}

_TAKEN_BACK: Final = errors_text(
    [
        CellError(
            "",
            REPEATED_ID,
            Text(
                "the FreedomID that an earlier run had got for this phone was taken back: the API gave it to another "
                "phone as well; ask Freedom Pay whose it is"
            ),
        )
    ]
)
"""Of a folded row; the row that had created the user names the others."""


@dataclass
class _Records:
    """What was read: row → state and FreedomID (as stored), row → errors and note, and which are not as written."""

    rows: dict[int, tuple[int, bytes | None]] = field(default_factory=dict)
    remarks: dict[int, tuple[str, str]] = field(default_factory=dict)
    unsound: set[int] = field(default_factory=set)


def outcomes(database: Database, run: int, first: int, last: int, *, salvage: bool) -> pd.DataFrame:
    """Give a span of rows as a frame; see ``Journal.outcomes``."""
    database.keys()
    found = _Records()
    for part in _read(database, run, first, last, salvage=salvage):
        found.rows |= part.rows
        found.remarks |= part.remarks
        found.unsound |= part.unsound
    if not salvage and not {state for state, _ in found.rows.values()} <= _STATUS_NAMES.keys():
        raise BooksDontBalance(Text("The journal has a row in a state that this program does not know."))
    if found.unsound and not salvage:
        raise unsound(Text("the outcomes of a run"), found.unsound)
    rows = sorted(found.rows.keys() - found.unsound)
    states, ids = [found.rows[row][0] for row in rows], [found.rows[row][1] for row in rows]
    status = [_STATUS_NAMES[state] for state in states]
    index = pd.Index(rows, dtype="int64", name="row")
    texts = {"status": status, "freedom_id": [id_from_bytes(stored) for stored in ids]}
    frame = pd.DataFrame(texts, index=index, dtype="str")
    of_rows, remarks = list(found.remarks), list(found.remarks.values())
    errors, notes = zip(*remarks, strict=True) if remarks else ((), ())
    for name, given in (("errors", errors), ("note", notes)):
        frame[name] = pd.Series(given, index=pd.Index(of_rows, dtype="int64"), dtype="str").reindex(
            index, fill_value=""
        )
    return frame.assign(doubt=pd.Series(states, index=index, dtype="int64").isin(STARTED))


def _read(database: Database, run: int, first: int, last: int, *, salvage: bool) -> Iterator[_Records]:
    """Read a span at once; when that meets a damaged page and is to be salvaged, each half of it for itself."""
    try:
        yield _records(database, run, first, last, salvage=salvage)
    except BooksDontBalance:
        if not salvage:
            raise
        if first < last:
            middle = (first + last) // 2
            yield from _read(database, run, first, middle, salvage=True)
            yield from _read(database, run, middle + 1, last, salvage=True)


def _records(database: Database, run: int, first: int, last: int, *, salvage: bool) -> _Records:
    found = _Records()
    of_rows, of_remarks = (
        select(*columns, is_sound(columns[0].table))
        .where(columns[0].table.c.run == run, columns[0].between(first, last))
        .order_by(columns[0])
        for columns in (
            (ROWS.c.row, ROWS.c.state, ROWS.c.freedom_id),
            (REMARKS.c.row, REMARKS.c.errors, REMARKS.c.note),
        )
    )
    with database.reading() as connection:  # all tables as of one moment
        for row, state, freedom_id, sound in connection.execute(of_rows):
            found.rows[row] = state, freedom_id
            if not sound:
                found.unsound.add(row)
        for row, errors, note, sound in connection.execute(of_remarks):
            found.remarks[row] = errors, note
            if not sound:
                found.unsound.add(row)
        folded = origins(connection, run, first, last, salvage=salvage)
        for row, freedom_id in freedom_ids(connection, folded, salvage=salvage).items():
            state = RowState.UNCONFIRMED if freedom_id is None else RowState.ALREADY_IMPORTED
            found.rows[row] = int(state), freedom_id
            if freedom_id is None:
                found.remarks[row] = _TAKEN_BACK, found.remarks.get(row, ("", ""))[1]
    return found
