"""The rows of a run: planned in bulk, and what is left of them. Rows in flight: ``writer``; the end: ``outcomes``."""

import sqlite3
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from importer.errors import BooksDontBalance
from importer.journal.database import Database, driver_connection
from importer.journal.keys import PhoneKeys, id_to_bytes
from importer.journal.states import STATE_OF, STATUS_OF, UNFINISHED, RowState
from importer.model import Status

if TYPE_CHECKING:
    import pandas as pd

_DELETED_AT_ONCE: Final = 50_000

_INSERTED_AT_ONCE: Final = 256
"""Rows in one statement: a fifth of the statements' own cost, and of the times the interpreter's lock changes hands."""

_ROWS: Final = "rows (run, row, state, phone, freedom_id)"
_REMARKS: Final = "remarks (run, row, errors, note)"

_DOUBTS: Final = frozenset({RowState.STARTED, RowState.STARTED_AGAIN})


def plan(database: Database, run: int, frame: "pd.DataFrame", keys: PhoneKeys) -> None:
    """Insert the rows of one chunk; see ``Journal.plan``."""
    if frame.empty:
        return
    code = {name: int(STATE_OF[Status(name)]) for name in frame["status"].unique().tolist()}
    records = zip(
        [run] * len(frame),
        frame.index.tolist(),
        [code[name] for name in frame["status"].tolist()],
        keys.of_all(frame["phone"].tolist()),
        [id_to_bytes(text) if text else None for text in frame["freedom_id"].tolist()],
        strict=True,
    )
    told = frame.loc[(frame["errors"] != "") | (frame["note"] != ""), ["errors", "note"]]
    texts = zip([run] * len(told), told.index.tolist(), told["errors"].tolist(), told["note"].tolist(), strict=True)
    with database.writing() as transaction:
        connection = driver_connection(transaction.connection)
        _insert(connection, _ROWS, list(records))
        _insert(connection, _REMARKS, list(texts))


def _insert(connection: sqlite3.Connection, into: str, records: list[tuple[object, ...]]) -> None:
    for first in range(0, len(records), _INSERTED_AT_ONCE):
        some = records[first : first + _INSERTED_AT_ONCE]
        statement = _insertion(into, len(some), len(some[0]))
        connection.execute(statement, [value for record in some for value in record])


@cache
def _insertion(into: str, count: int, columns: int) -> str:
    marks = ",".join([f"({','.join('?' * columns)})"] * count)
    return f"INSERT INTO {into} VALUES {marks}"  # noqa: S608 (a name of ours and question marks)


def clear(database: Database, run: int) -> None:
    """Delete the rows of a run that is only planned; see ``Journal.clear_plan``."""
    if _any_sent(database, run):
        raise BooksDontBalance("The run has rows that were sent: its plan cannot be made again.")
    for first, end in spans(database, run):
        with database.writing() as connection:
            for table in ("rows", "remarks"):
                statement = f"DELETE FROM {table} WHERE run = ? AND row >= ? AND row < ?"  # noqa: S608 (the names above)
                connection.exec_driver_sql(statement, (run, first, end))


def spans(database: Database, run: int) -> list[tuple[int, int]]:
    """Give (first, end) spans of row numbers, small enough that one transaction may delete a whole one."""
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT min(row), max(row) FROM rows WHERE run = ?", (run,)).one()
    first, last = found
    return [] if first is None else list(pairwise([*range(first, last + 1, _DELETED_AT_ONCE), last + 1]))


def _any_sent(database: Database, run: int) -> bool:
    statement = (
        "SELECT 1 FROM rows WHERE run = ? "  # noqa: S608 (constants of ours)
        f"AND state BETWEEN {RowState.STARTED:d} AND {RowState.REJECTED:d} LIMIT 1"
    )
    with database.reading() as connection:
        return connection.exec_driver_sql(statement, (run,)).first() is not None


def unfinished(database: Database, run: int, first: int, last: int) -> dict[int, bool]:
    """Give row → doubt; see ``Journal.unfinished``."""
    statement = f"SELECT row, state FROM rows WHERE run = ? AND row BETWEEN ? AND ? AND {UNFINISHED} ORDER BY row"  # noqa: S608 (a constant of ours)
    with database.reading() as connection:
        return {row: state in _DOUBTS for row, state in connection.exec_driver_sql(statement, (run, first, last))}


def unfinished_span(database: Database, run: int) -> tuple[int, int, int]:
    """Give count, first and last of the rows still to do; three zeros when there are none.

    A look through all rows of the run (0.5 s for 5 million): an index of what is left would cost each row more.
    """
    statement = f"SELECT count(*), min(row), max(row) FROM rows WHERE run = ? AND {UNFINISHED}"  # noqa: S608 (a constant of ours)
    with database.reading() as connection:
        count, first, last = connection.exec_driver_sql(statement, (run,)).one()
    return count, first or 0, last or 0


def counts(connection: Connection, run: int) -> dict[Status, int]:
    """Give the number of rows of each status that has any; started rows count as not sent."""
    found = connection.exec_driver_sql("SELECT state, count(*) FROM rows WHERE run = ? GROUP BY state", (run,))
    result: dict[Status, int] = {}
    for state, count in found:
        status = STATUS_OF.get(state, Status.NOT_SENT)  # an unknown state is the audit's to tell
        result[status] = result.get(status, 0) + count
    return result
