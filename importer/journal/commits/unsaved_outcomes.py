"""Outcomes that could not be recorded, because the journal's server was gone: kept in a file until the next command.

A file beside the journal's key, 0600: it holds what the API said, and which FreedomIDs are in doubt, until it is taken
up. A line is on the disk before its row counts as done; one that was cut off by a kill counted for nobody. Who adds
lines and who takes them up have the file's lock, so none is added to a file that is about to be written anew.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select

from importer.errors import AlreadyRunning, StorageFailed
from importer.journal.commits.commit_group import CommitGroup
from importer.journal.commits.late_outcomes import still_open
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database
from importer.journal.database.session_locks import SessionLocks
from importer.journal.database.tables import RUNS
from importer.journal.lock import held
from importer.journal.rows.rows import count_again
from importer.messages.text import as_record, text_of
from importer.model import CellError, Outcome, Status
from importer.storage.private_files import make_folder, open_private, sync_folder, write_private


def keep(path: Path, run_id: str, group: CommitGroup, at: int) -> None:
    """Add the outcomes and doubts of a group to the file, without its lock if need be; they are on the disk on return.

    Raises:
        StorageFailed: They cannot be written here either.
    """
    told = [{"row": row} | _record_of(outcome) for row, outcome in group.finished.items()]
    told += [{"doubtful": freedom_id, "code": code} for freedom_id, code in group.doubtful.items()]
    if not told:
        return
    lines = [json.dumps({"run": run_id, "at": at} | each) for each in told]
    with journal_errors(path), ExitStack() as alone:
        with suppress(AlreadyRunning, StorageFailed):  # what may be erased is better than what is lost
            alone.enter_context(_alone(path))
        make_folder(path.parent)
        new = not path.exists()
        with open_private(path, append=True) as file:
            file.write(("\n" + "\n".join(lines) + "\n").encode())  # what was cut off before stays by itself
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(path.parent)


def take_up(database: Database, locks: SessionLocks, *, worked_on: str = "") -> None:
    """Record what was kept, of rows that have no outcome by now.

    What belongs to another journal, or to a run that somebody works on, stays for a later command; but for the run
    ``worked_on``, whose workers reckon with it.

    Raises:
        StorageFailed: It cannot be read or written.
    """
    path = database.location.unsaved
    if not path.exists():
        return
    with journal_errors(path), _alone(path):
        if not path.exists():  # another command was first
            return
        left: list[dict[str, Any]] = []
        waiting: dict[str, list[dict[str, Any]]] = {}
        for record in _read(path):
            waiting.setdefault(record["run"], []).append(record)
        for run_id, records in waiting.items():
            try:
                recorded = _recorded(database, locks, run_id, records, alone=run_id != worked_on)
            except AlreadyRunning:
                recorded = False
            if not recorded:
                left += records
        if left:
            write_private(path, "".join(json.dumps(record) + "\n" for record in left))
        else:
            path.unlink()
            sync_folder(path.parent)


def _alone(path: Path) -> AbstractContextManager[None]:
    return held(path.with_name(f"{path.name}.lock"), wait=True)


def _recorded(
    database: Database, locks: SessionLocks, run_id: str, records: Sequence[dict[str, Any]], *, alone: bool
) -> bool:
    """Record those of one run; False: the journal has no such run."""
    with database.reading() as connection:
        run = connection.execute(select(RUNS.c.number, RUNS.c.identity).where(RUNS.c.id == run_id)).first()
    if run is None:
        return False
    with locks.hold(run.identity) if alone else nullcontext(), database.writing() as connection:
        outcomes = [(record["row"], _outcome_of(record)) for record in records if "row" in record]
        doubts = CommitGroup()
        for record in records:
            if "doubtful" in record:
                doubts.take_back(record["doubtful"], record["code"])
        for group in (*still_open(connection, run.number, outcomes), doubts):
            group.write(connection, run.number, records[-1]["at"])
        count_again(connection, run.number)
    return True


def _record_of(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": str(outcome.status),
        "freedom_id": outcome.freedom_id,
        "errors": [asdict(error) | {"message": as_record(error.message)} for error in outcome.errors],
        "note": as_record(outcome.note),
        "prints": outcome.prints.hex(),
        "replaces": outcome.replaces.hex(),
        "doubt": outcome.doubt,
        "instead_of": outcome.instead_of.hex(),
    }


def _outcome_of(record: dict[str, Any]) -> Outcome:
    return Outcome(
        Status(record["status"]),
        record["freedom_id"],
        tuple(CellError(error["field"], error["code"], text_of(error["message"])) for error in record["errors"]),
        text_of(record["note"]),
        bytes.fromhex(record["prints"]),
        bytes.fromhex(record["replaces"]),
        doubt=record.get("doubt", False),  # one of an earlier version has none
        instead_of=bytes.fromhex(record.get("instead_of", "")),  # likewise
    )


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record
