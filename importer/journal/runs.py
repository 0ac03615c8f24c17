"""Runs: one import of one file with one mapping to one API address."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from importer.errors import BooksDontBalance, UsageError
from importer.journal.database.tables import APIS, RUNS
from importer.journal.integrity.keys import JournalKeys
from importer.journal.states import RUN_TRANSITIONS, RunState
from importer.messages.text import Text
from importer.versions import version_of

LATEST: Final = "latest"
NEW_PHONES: Final = "new_phones"
"""Where a run remembers, among its settings, which phone (hashed, in hex) each row is to take from its user.

It is shown to nobody, and goes with the run's texts."""

_ID_BYTES: Final = 6


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
        created_at: ISO 8601, UTC, with milliseconds, as are the other two times.
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


_MAC: Final = "mac"
"""Where the check value stands among the stored settings of a run."""

_CHANGEABLE: Final = frozenset({"state", "settings", "rows", "counts", "exit_code"})

_RECORDS: Final = select(
    *(APIS.c.address.label("api") if field.name == "api" else RUNS.c[field.name] for field in fields(Run))
).join_from(RUNS, APIS, RUNS.c.api == APIS.c.number)

_READ_AN_INPUT: Final = ~RUNS.c.settings.contains('"learnt": true')
"""Not a run that stands for FreedomIDs learnt from a file (``external_ids``): it has no input and no output."""

_NUMBER_OF_API: Final = select(APIS.c.number).where(APIS.c.address == bindparam("address"))


def create(connection: Connection, now: str, *, keys: JournalKeys | None = None, **facts: Any) -> Run:
    """Record a new run in state PLANNING; ``facts``: identity, api, input_name, input_sha256, settings.

    With ``keys`` its settings get a MAC: they decide how its cells are read again.
    """
    run_id = secrets.token_hex(_ID_BYTES)
    facts["settings"] = _sealed(facts, facts["settings"], keys)
    values = {
        **facts,
        "id": run_id,
        "api": api_number(connection, facts["api"]) or _new_api(connection, facts["api"]),
        "settings": json.dumps(facts["settings"]),
        "state": RunState.PLANNING.value,
        "created_at": now,
        "updated_at": now,
        "finished_at": "",
        "rows": 0,
        "counts": "{}",
        "version": version_of(),
    }
    connection.execute(insert(RUNS).values(values))
    return get(connection, run_id)


def find(connection: Connection, identity: str, keys: JournalKeys | None = None) -> Run | None:
    """Give the newest run of an identity that is not purged; with ``keys`` its settings are held against their MAC.

    Raises:
        BooksDontBalance: They are not what was written.
    """
    wanted = _RECORDS.where(RUNS.c.identity == identity, RUNS.c.state != RunState.PURGED.value)
    return next(iter(_newest_of(connection, wanted, 1, keys)), None)


def get(connection: Connection, prefix: str, keys: JournalKeys | None = None) -> Run:
    """Give the run whose id begins with ``prefix``, or for "latest" the newest one that read an input.

    Raises:
        UsageError: None, or more than one.
        BooksDontBalance: With ``keys``: its settings are not what was written.
    """
    prefix = prefix.lower()
    if prefix == LATEST and (last := _newest_of(connection, _RECORDS.where(_READ_AN_INPUT), 1, keys)):
        return last[0]
    wanted = _RECORDS.where(RUNS.c.id.startswith(prefix))
    found = _newest_of(connection, wanted, 2, keys) if re.fullmatch("[0-9a-f]+", prefix) else []
    if not found:
        raise UsageError("There is no run {prefix} in this journal; `importer runs` lists them.", prefix=repr(prefix))
    if len(found) > 1:
        raise UsageError("More than one run begins with {prefix}; give more of its letters.", prefix=repr(prefix))
    return found[0]


def newest(connection: Connection, limit: int | None) -> Sequence[Run]:
    """Give the runs, newest first."""
    return _newest_of(connection, _RECORDS, limit)


def change(
    connection: Connection, run_id: str, now: str, changes: Mapping[str, Any], keys: JournalKeys | None = None
) -> Run:
    """Change state, settings, rows, counts or exit_code of a run; ``keys`` as in ``create``.

    Raises:
        TypeError: Another attribute.
        ValueError: A state that cannot follow on the run's own (see ``states.RUN_TRANSITIONS``).
    """
    unknown = changes.keys() - _CHANGEABLE
    if unknown:
        raise TypeError(f"a run's {', '.join(sorted(unknown))} cannot be changed")
    values = {**changes, "updated_at": now}
    if "state" in changes:
        before, after = get(connection, run_id).state, RunState(changes["state"])
        values["state"] = after.value
        if after != before and after not in RUN_TRANSITIONS[before]:
            raise ValueError(f"a run cannot go from {before} to {after}")
        if after != before and after is not RunState.PURGED:
            values["finished_at"] = now if after is RunState.FINISHED else ""
    if "settings" in changes:
        values["settings"] = _sealed(asdict(get(connection, run_id)), changes["settings"], keys)
    for name in ("settings", "counts"):
        if name in values:
            values[name] = json.dumps(values[name])
    connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(values))
    return get(connection, run_id)


def _mac(facts: Mapping[str, Any], settings: Mapping[str, Any], keys: JournalKeys) -> str:
    told = (facts[name] for name in ("identity", "api", "input_sha256"))
    return keys.mac(RUNS.name, *told, json.dumps(settings, sort_keys=True)).hex()


def _sealed(facts: Mapping[str, Any], settings: Mapping[str, Any], keys: JournalKeys | None) -> dict[str, Any]:
    return dict(settings) if keys is None else {**settings, _MAC: _mac(facts, settings, keys)}


def resealed(facts: Mapping[str, Any], settings: dict[str, Any], old: JournalKeys, new: JournalKeys) -> dict[str, Any]:
    """Give a run's stored settings the MAC that they have under other keys; older versions wrote none.

    Raises:
        BooksDontBalance: They are not what was written.
    """
    mac = settings.pop(_MAC, None)
    if mac is None:
        return settings
    if mac != _mac(facts, settings, old):
        raise _not_as_written(str(facts["id"]))
    return _sealed(facts, settings, new)


def numbers(connection: Connection, run_id: str) -> tuple[int, int]:
    """Give the numbers that stand for a run and for its API in the other tables.

    Raises:
        UsageError: There is no such run.
    """
    found = connection.execute(select(RUNS.c.number, RUNS.c.api).where(RUNS.c.id == run_id)).first()
    if found is None:
        raise UsageError("There is no run {run_id} in this journal; `importer runs` lists them.", run_id=repr(run_id))
    return found.number, found.api


def api_number(connection: Connection, address: str) -> int | None:
    """Give the number that stands for an API's address; None: never used."""
    number: int | None = connection.execute(_NUMBER_OF_API, {"address": address}).scalar()
    return number


def _new_api(connection: Connection, address: str) -> int:
    connection.execute(insert(APIS).values(address=address))
    return int(connection.execute(_NUMBER_OF_API, {"address": address}).scalar_one())


def _newest_of(
    connection: Connection, wanted: Select[Any], limit: int | None, keys: JournalKeys | None = None
) -> list[Run]:
    found = connection.execute(wanted.order_by(RUNS.c.number.desc()).limit(limit))
    return [_run_of(record, keys) for record in found]


def _run_of(record: Row[Any], keys: JournalKeys | None) -> Run:
    facts = record._asdict()
    try:
        facts["state"] = RunState(facts["state"])
        facts["settings"], facts["counts"] = json.loads(facts["settings"]), json.loads(facts["counts"])
    except ValueError as exc:
        raise BooksDontBalance(Text("A run's record in the journal cannot be read: the journal is damaged.")) from exc
    mac = facts["settings"].pop(_MAC, None)  # older versions wrote none
    if keys is not None and mac not in {None, _mac(facts, facts["settings"], keys)}:
        raise _not_as_written(record.id)
    return Run(**facts)


def _not_as_written(run_id: str) -> BooksDontBalance:
    return BooksDontBalance(
        "The journal is damaged: what it says of run {run} is not what was written. Nothing was sent. "
        "Restore the journal (with the files beside it) from a backup, or start the file again with --fresh.",
        run=run_id,
    )
