"""Runs: one import of one file with one mapping to one API address, and the states it goes through."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from importer.errors import BooksDontBalance, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection  # a list of runs must not wait for the database library

_ID_BYTES: Final = 6
_DISTRIBUTION: Final = "freedom-id-importer"


class RunState(StrEnum):
    """Where a run stands. A crash leaves the state as it was: who works on a run is told by its lock alone."""

    PLANNING = "planning"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"
    PURGED = "purged"


TRANSITIONS: Final[Mapping[RunState, frozenset[RunState]]] = {
    RunState.PLANNING: frozenset(
        {
            RunState.RUNNING,  # every row of the input has its journal row
            RunState.STOPPED,  # interrupted before: the plan is made again
            RunState.FINISHED,  # there was nothing to send
            RunState.PURGED,  # left alone for so long that its texts went
        }
    ),
    RunState.RUNNING: frozenset(
        {
            RunState.STOPPED,  # outage, dead token, signal, full disk, a --limit reached
            RunState.FINISHED,  # every row has its outcome
            RunState.PURGED,  # crashed and left alone
        }
    ),
    RunState.STOPPED: frozenset(
        {
            RunState.PLANNING,  # the same command again, the plan was not whole
            RunState.RUNNING,  # the same command again
            RunState.FINISHED,  # the same command again found nothing left
            RunState.PURGED,  # given up
        }
    ),
    RunState.FINISHED: frozenset(
        {
            RunState.RUNNING,  # taken up again on purpose
            RunState.PURGED,  # old enough
        }
    ),
    RunState.PURGED: frozenset(),  # its input and texts are gone for good
}


@dataclass(frozen=True)
class Run:
    """One run as the journal knows it.

    Attributes:
        id: 12 hex digits, unique in the journal.
        identity: 64 hex digits: what makes two commands the same import (input, mapping, API address).
        api: The API's address.
        input_name: The input's file name, for people.
        input_sha256: 64 hex digits.
        state: See RunState.
        settings: What the pipeline needs to go on in the same way; JSON.
        created_at: ISO 8601, UTC, as are the other two times.
        updated_at: Of the last change of this record.
        finished_at: When it reached FINISHED, "" before.
        rows: Rows of the input.
        counts: Rows by status (names of model.Status) at the end, as the pipeline gave them.
        exit_code: Of the last command, None before its end.
        version: Of the program that made the run.
    """

    id: str
    identity: str
    api: str
    input_name: str
    input_sha256: str
    state: RunState
    settings: dict[str, Any]
    created_at: str
    updated_at: str
    finished_at: str
    rows: int
    counts: dict[str, int]
    exit_code: int | None
    version: str


_COLUMNS: Final = ", ".join("apis.address" if name == "api" else f"runs.{name}" for name in Run.__dataclass_fields__)
_JOINED: Final = f"SELECT {_COLUMNS} FROM runs JOIN apis ON runs.api = apis.number"  # noqa: S608 (names of ours, as below)
_OF_IDENTITY: Final = f"{_JOINED} WHERE runs.identity = ? AND runs.state <> ? ORDER BY runs.number DESC LIMIT 1"

BEGINNING: Final = f"{_JOINED} WHERE substr(runs.id, 1, length(?1)) = ?1 ORDER BY runs.number LIMIT 2"
"""SQL: a run, or two, whose id begins with a text."""

NEWEST: Final = f"{_JOINED} ORDER BY runs.number DESC LIMIT ?"
"""SQL: so many runs, newest first."""

_CHANGEABLE: Final = frozenset({"state", "settings", "rows", "counts", "exit_code"})


def create(connection: "Connection", now: str, **facts: Any) -> Run:
    """Record a new run in state PLANNING; ``facts``: identity, api, input_name, input_sha256, settings."""
    run_id = secrets.token_hex(_ID_BYTES)
    values = {
        **facts,
        "id": run_id,
        "api": _api_number(connection, facts["api"]),
        "settings": json.dumps(facts["settings"]),
        "state": RunState.PLANNING.value,
        "created_at": now,
        "updated_at": now,
        "finished_at": "",
        "rows": 0,
        "counts": "{}",
        "version": _program_version(),
    }
    statement = f"INSERT INTO runs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
    connection.exec_driver_sql(statement, tuple(values.values()))
    return get(connection, run_id)


def find(connection: "Connection", identity: str) -> Run | None:
    """Give the newest run of an identity that is not purged."""
    found = connection.exec_driver_sql(_OF_IDENTITY, (identity, RunState.PURGED.value)).first()
    return run_of(found) if found else None


def get(connection: "Connection", prefix: str) -> Run:
    """Give the run whose id begins with ``prefix``.

    Raises:
        UsageError: None, or more than one.
    """
    found = connection.exec_driver_sql(BEGINNING, (prefix.lower(),)).all()
    if not prefix or not found:
        raise UsageError(f"There is no run {prefix!r} in this journal; `importer runs` lists them.")
    if len(found) > 1:
        raise UsageError(f"More than one run begins with {prefix!r}; give more of its letters.")
    return run_of(found[0])


def newest(connection: "Connection", limit: int) -> Sequence[Run]:
    """Give the runs, newest first."""
    return [run_of(record) for record in connection.exec_driver_sql(NEWEST, (limit,))]


def change(connection: "Connection", run_id: str, now: str, changes: Mapping[str, Any]) -> Run:
    """Change state, settings, rows, counts or exit_code of a run.

    Raises:
        TypeError: Another attribute.
        ValueError: A state that cannot follow on the run's own (see TRANSITIONS).
    """
    unknown = changes.keys() - _CHANGEABLE
    if unknown:
        raise TypeError(f"a run's {', '.join(sorted(unknown))} cannot be changed")
    values = {**changes, "updated_at": now}
    if "state" in changes:
        before, after = get(connection, run_id).state, RunState(changes["state"])
        values["state"] = after.value
        if after != before and after not in TRANSITIONS[before]:
            raise ValueError(f"a run cannot go from {before} to {after}")
        if after != before and after is not RunState.PURGED:
            values["finished_at"] = now if after is RunState.FINISHED else ""
    for name in ("settings", "counts"):
        if name in values:
            values[name] = json.dumps(values[name])
    statement = f"UPDATE runs SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?"  # noqa: S608
    connection.exec_driver_sql(statement, (*values.values(), run_id))
    return get(connection, run_id)


def numbers(connection: "Connection", run_id: str) -> tuple[int, int]:
    """Give the numbers that stand for a run and for its API in the other tables.

    Raises:
        UsageError: There is no such run.
    """
    found = connection.exec_driver_sql("SELECT number, api FROM runs WHERE id = ?", (run_id,)).first()
    if found is None:
        raise UsageError(f"There is no run {run_id!r} in this journal; `importer runs` lists them.")
    return found[0], found[1]


def _api_number(connection: "Connection", address: str) -> int:
    """Give the number of an API address, a new one for a new address."""
    known = "SELECT number FROM apis WHERE address = ?"
    number: int | None = connection.exec_driver_sql(known, (address,)).scalar()
    if number is None:
        connection.exec_driver_sql("INSERT INTO apis (address) VALUES (?)", (address,))
        number = int(connection.exec_driver_sql(known, (address,)).scalar_one())
    return number


def run_of(record: Sequence[Any]) -> Run:
    """Give the run of a record of BEGINNING or NEWEST; raises BooksDontBalance where it cannot be read."""
    facts = dict(zip(Run.__dataclass_fields__, record, strict=True))
    try:
        facts["state"] = RunState(facts["state"])
        facts["settings"], facts["counts"] = json.loads(facts["settings"]), json.loads(facts["counts"])
    except ValueError as exc:
        raise BooksDontBalance("A run's record in the journal cannot be read: the journal is damaged.") from exc
    return Run(**facts)


def _program_version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:  # run from a bare checkout
        return "unknown"
