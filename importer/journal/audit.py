"""Whether a run's books balance: every contradiction that the journal itself can show, told without personal data."""

import json
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from importer.journal.rows import counts as count_rows
from importer.journal.runs import RunState
from importer.journal.states import RowState
from importer.model import Status

_STARTED: Final = f"{RowState.STARTED:d} AND {RowState.STARTED_AGAIN:d}"
_KNOWN_STATES: Final = ", ".join(str(int(state)) for state in RowState)
_NEED_ID: Final = f"state IN ({RowState.CREATED:d}, {RowState.ALREADY_IMPORTED:d})"
_MAY_HAVE_ID: Final = f"state IN ({RowState.EXISTS:d}, {RowState.UNCONFIRMED:d})"
_IN_LEDGER: Final = f"(state = {RowState.CREATED:d} OR state = {RowState.UNCONFIRMED:d} AND freedom_id IS NOT NULL)"

_ROW_CHECKS: Final = (
    (f"state NOT IN ({_KNOWN_STATES})", "a state that this program does not know"),
    (f"{_NEED_ID} AND freedom_id IS NULL", "a status that comes with a FreedomID, but none"),
    (
        f"NOT {_NEED_ID} AND NOT {_MAY_HAVE_ID} AND freedom_id IS NOT NULL",
        "a FreedomID, but a status that has none",
    ),
    (f"{_IN_LEDGER} AND phone IS NULL", "a FreedomID, but no phone"),
)
"""(condition, what such rows have); one look through the rows counts them all."""

_NOT_IN_LEDGER: Final = (
    "SELECT count(*), min(row) FROM rows r "  # noqa: S608 (constants of ours, as below)
    f"WHERE run = ? AND {_IN_LEDGER} AND phone IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.api = ? AND l.phone = r.phone "
    "AND (l.freedom_id = r.freedom_id OR l.run <> r.run)) "
    "AND row NOT IN (SELECT row FROM arrivals a WHERE a.run = r.run)"
)

_TWICE: Final = (
    "SELECT count(*), min(first) FROM (SELECT min(row) AS first FROM rows "
    "WHERE run = ? AND freedom_id IS NOT NULL GROUP BY freedom_id HAVING count(*) > 1) AS twice"
)

_ORPHANS: Final = (
    "SELECT count(*), min(row) FROM remarks m "
    "WHERE run = ? AND NOT EXISTS (SELECT 1 FROM rows r WHERE r.run = m.run AND r.row = m.row)"
)


def contradictions(connection: Connection, run: int, api: int) -> Iterator[str]:
    """Give a sentence for each kind of contradiction in a run; none: the books balance.

    What the pipeline recorded of the run's end (rows, counts) is compared too, once the run has ended.
    """
    yield from _row_faults(connection, run)
    for statement, values, what in (
        (_TWICE, (run,), "a FreedomID that stands in more than one row"),
        (_NOT_IN_LEDGER, (run, api), "a FreedomID that the ledger does not have for the phone"),
        (_ORPHANS, (run,), "a remark, but no such row"),
    ):
        count, first = connection.exec_driver_sql(statement, values).one()
        if count:
            yield _sentence(count, first, what)
    yield from _ending_faults(connection, run)


def _row_faults(connection: Connection, run: int) -> Iterator[str]:
    columns = ", ".join(
        f"count(CASE WHEN {condition} THEN 1 END), min(CASE WHEN {condition} THEN row END)"
        for condition, _ in _ROW_CHECKS
    )
    found = connection.exec_driver_sql(f"SELECT {columns} FROM rows WHERE run = ?", (run,)).one()  # noqa: S608
    for position, (_, what) in enumerate(_ROW_CHECKS):
        count, first = found[2 * position : 2 * position + 2]
        if count:
            yield _sentence(count, first, what)


def _ending_faults(connection: Connection, run: int) -> Iterator[str]:
    """Compare a run that has ended with what was recorded of its end."""
    statement = "SELECT state, rows, counts FROM runs WHERE number = ?"
    state, rows, text = connection.exec_driver_sql(statement, (run,)).one()
    if state not in (RunState.FINISHED, RunState.STOPPED):
        return
    counts = count_rows(connection, run)
    if rows and rows != sum(counts.values()):
        yield f"The run has {rows} rows, the journal {sum(counts.values())}."
    for name, recorded in json.loads(text).items():
        found = counts.get(Status(name), 0) if name in set(Status) else recorded
        if found != recorded:
            yield f"The run ended with {recorded} rows {name}, the journal has {found}."
    started = f"SELECT count(*), min(row) FROM rows WHERE run = ? AND state BETWEEN {_STARTED}"  # noqa: S608
    count, first = connection.exec_driver_sql(started, (run,)).one()
    if state == RunState.FINISHED and count:
        yield _sentence(count, first, "a request that was started and no outcome, though the run has finished")


def _sentence(count: int, first: int, what: str) -> str:
    return f"{count} row{'s have' if count > 1 else ' has'} {what}; the first is row {first}."
