"""What somebody wants of a run: that it pauses, or that it ends. Every process that works on it looks here.

A request to pause stands until it is taken back, also while nobody works on the run: a run that was paused and killed
is paused when it is taken up. A request to end is for the process that works on the run now, which takes it away.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, inspect, select

from importer.journal.database.engine import Database
from importer.journal.database.tables import RUN_REQUESTS, RUNS
from importer.journal.database.upsert import upsert
from importer.journal.runs import numbers


class RunRequest(StrEnum):
    """What may be wanted."""

    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True)
class PendingRequest:
    """A request, whose it is, and since when (ISO 8601, UTC)."""

    request: RunRequest
    by: str
    at: str


def put_request(database: Database, run_id: str, request: RunRequest, by: str, now: str) -> None:
    """Record a request; it takes the place of an earlier one. Raises UsageError where there is no such run."""
    with database.writing() as connection:
        values = {"run": numbers(connection, run_id)[0], "wish": request.value, "by": by, "at": now}
        recorded = upsert(RUN_REQUESTS).values(values)
        connection.execute(recorded.on_conflict_do_update(index_elements=[RUN_REQUESTS.c.run], set_=values))


def withdraw_request(database: Database, run_id: str, *only: RunRequest) -> bool:
    """Take the request for a run away, if it is one of ``only``; whether there was one."""
    with database.writing() as connection:
        run = numbers(connection, run_id)[0]
        gone = connection.execute(delete(RUN_REQUESTS).where(RUN_REQUESTS.c.run == run, RUN_REQUESTS.c.wish.in_(only)))
        return bool(gone.rowcount)


def request_for(database: Database, run_id: str) -> PendingRequest | None:
    """Give what is wanted of a run."""
    with database.reading() as connection:
        return _wanted(connection, run_id).get(run_id)


def all_requests(database: Database) -> dict[str, PendingRequest]:
    """Give the id of each run that something is wanted of, and what."""
    with database.reading() as connection:
        return _wanted(connection)


def _wanted(connection: Connection, *only: str) -> dict[str, PendingRequest]:
    if not inspect(connection).has_table(RUN_REQUESTS.name):  # a journal of before, which is only read
        return {}
    asked = RUN_REQUESTS.c
    found = select(RUNS.c.id, asked.wish, asked.by, asked.at).join(RUNS, RUNS.c.number == asked.run)
    found = found.where(RUNS.c.id.in_(only)) if only else found
    known = {request.value for request in RunRequest}
    return {
        run: PendingRequest(RunRequest(request), by, at)
        for run, request, by, at in connection.execute(found)
        if request in known
    }
