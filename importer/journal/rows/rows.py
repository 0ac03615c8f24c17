"""The rows of a run: planned in bulk, and what is left of them. Rows in flight: ``writer``; the end: ``outcomes``."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, Connection, delete, func, insert, select, update

from importer.errors import BooksDontBalance
from importer.journal.database.engine import Database, records
from importer.journal.database.executemany import executemany
from importer.journal.database.tables import PACKED_REMARKS, REMARKS, REPEATS, ROWS, RUNS
from importer.journal.integrity.keys import JournalKeys, id_to_bytes
from importer.journal.integrity.macs import covered, unsound, with_mac
from importer.journal.integrity.verified_spans import columns_of
from importer.journal.rows.packed_remarks import add_packed
from importer.journal.rows.remarks import without_nul
from importer.journal.states import OUTCOMES, STATE_OF, STATUS_OF, UNFINISHED, RowState, RunState
from importer.messages.text import Text
from importer.model import Status

if TYPE_CHECKING:
    import pandas as pd

_DELETED_AT_ONCE: Final = 50_000

STARTED: Final = (RowState.STARTED, RowState.STARTED_AGAIN)
"""Rows whose request may have left and that have no outcome."""

BEGUN: Final = (*STARTED, RowState.UPDATE_STARTED)
"""As STARTED, and rows whose update may have left."""

_SENT: Final = (
    *BEGUN,
    RowState.UPDATED,
    *(OUTCOMES - {RowState.ALREADY_IMPORTED, RowState.DUPLICATE}),
)
"""Rows that no plan made: once there is one, the plan is not made again."""

_UNFINISHED: Final = ROWS.c.state.in_(UNFINISHED)

_PLAN: Final = insert(ROWS)


def plan(
    database: Database, run: int, frame: "pd.DataFrame", keys: JournalKeys, owner: Connection | None = None
) -> None:
    """Insert the rows of one chunk; see ``Journal.plan``, and ``Database.writing`` for ``owner``."""
    if frame.empty:
        return
    code = {name: int(STATE_OF[Status(name)]) for name in frame["status"].unique().tolist()}
    known = (frame["status"] == str(Status.NOT_SENT)) & (frame["freedom_id"] != "")
    states = frame["status"].map(code).mask(known, int(RowState.TO_UPDATE)).tolist()
    phones = [keys.of(phone) if phone else None for phone in frame["phone"].tolist()]
    ids = map(id_to_bytes, frame["freedom_id"].tolist())
    planned = [
        {"run": run, "row": row, "state": state, "phone": phone, "freedom_id": freedom_id}
        | {"mac": keys.mac(ROWS.name, run, row, state, phone, freedom_id)}
        for row, state, phone, freedom_id in zip(frame.index.tolist(), states, phones, ids, strict=True)
    ]
    remarked = frame.loc[(frame["errors"] != "") | (frame["note"] != ""), ["errors", "note"]]
    told = ((row, without_nul(errors), without_nul(note)) for row, errors, note in remarked.itertuples(name=None))
    with database.writing(owner) as connection:
        executemany(connection, _PLAN, planned)
        add_packed(connection, keys, run, told)


def clear(database: Database, run: int) -> None:
    """Delete the rows of a run that is only planned; see ``Journal.clear_plan``."""
    sent = select(ROWS.c.row).where(ROWS.c.run == run, ROWS.c.state.in_(_SENT)).limit(1)
    with database.reading() as connection:
        if connection.execute(sent).first() is not None:
            raise BooksDontBalance(Text("The run has rows that were sent: its plan cannot be made again."))
    remove_texts(database, run)
    _remove(database, run, ROWS.c.row, id)


def remove_texts(database: Database, run: int, done: Callable[[int], object] = id) -> None:
    """Delete a run's remarks; what is deleted is overwritten (see ``sqlite``). ``done`` is called again and again."""
    for row in (REMARKS.c.row, PACKED_REMARKS.c.first):
        _remove(database, run, row, done)


def _remove(database: Database, run: int, row: Column[int], done: Callable[[int], object]) -> None:
    """Delete what a table has of a run, some at a time, for others wait; ``row``: its column of row numbers."""
    ends = select(func.min(row), func.max(row)).where(row.table.c.run == run)
    with database.reading() as connection:
        first, last = connection.execute(ends).one()
    for start in () if first is None else range(first, last + 1, _DELETED_AT_ONCE):
        done(0)
        some = row.between(start, min(start + _DELETED_AT_ONCE - 1, last))
        with database.writing() as connection:
            connection.execute(delete(row.table).where(row.table.c.run == run, some))


def unfinished(database: Database, run: int, first: int, last: int) -> dict[int, bool]:
    """Give row → doubt; see ``Journal.unfinished``."""
    left = select(*with_mac(ROWS, "run")).where(ROWS.c.run == run, _UNFINISHED)
    left = left.where(ROWS.c.row.between(first, last)).order_by(ROWS.c.row)
    keys = database.keys()
    with database.reading() as connection:
        rows, states, *facts, macs = columns_of(records(connection, left, {}), len(covered(ROWS)))
    made = keys.macs_of(ROWS.name, ([run] * len(rows), rows, states, *facts))
    if damaged := [row for row, own, mac in zip(rows, made, macs, strict=True) if own != mac]:
        raise unsound(Text("rows still to be sent"), damaged)
    return {row: state in BEGUN for row, state in zip(rows, states, strict=True)}


def unfinished_span(database: Database, run: int) -> tuple[int, int, int]:
    """Give count, first and last of the rows still to do; three zeros when there are none.

    A look through all rows of the run (0.5 s for 5 million): an index of what is left would cost each row more.
    """
    left = select(func.count(), func.min(ROWS.c.row), func.max(ROWS.c.row)).where(ROWS.c.run == run, _UNFINISHED)
    with database.reading() as connection:
        count, first, last = connection.execute(left).one()
    return count, first or 0, last or 0


def counts(connection: Connection, run: int) -> dict[Status, int]:
    """Give the number of rows of each status that has any; started rows count as not sent."""
    found = connection.execute(select(ROWS.c.state, func.count()).where(ROWS.c.run == run).group_by(ROWS.c.state))
    result: dict[Status, int] = {}
    if repeats := connection.execute(select(func.sum(REPEATS.c.count)).where(REPEATS.c.run == run)).scalar():
        result[Status.ALREADY_IMPORTED] = repeats
    for state, count in found:
        status = STATUS_OF.get(state, Status.NOT_SENT)  # an unknown state is the audit's to tell
        result[status] = result.get(status, 0) + count
    return result


def count_again(connection: Connection, run: int) -> None:
    """What is recorded of a run's end follows its rows, which were changed; of one that has not ended nothing is."""
    state = connection.execute(select(RUNS.c.state).where(RUNS.c.number == run)).scalar()
    if state in (RunState.FINISHED, RunState.STOPPED):
        told = {str(status): count for status, count in counts(connection, run).items()}
        connection.execute(update(RUNS).where(RUNS.c.number == run).values(counts=json.dumps(told)))
