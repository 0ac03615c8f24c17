"""Taking personal data out of the journal when it is no longer needed; hashes and FreedomIDs stay."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select

from importer.errors import AlreadyRunning
from importer.journal import rows, runs
from importer.journal.database import Database
from importer.journal.faults import translated
from importer.journal.lock import held
from importer.journal.runs import RunState
from importer.journal.tables import RUNS


def purge(database: Database, folder: Path, older_than: datetime, now: str) -> list[str]:
    """Remove input copies and texts of the runs not touched since; see ``Journal.purge``."""
    limit = older_than.astimezone(UTC).isoformat(timespec="seconds")
    with database.reading() as connection:
        old = select(RUNS.c.id, RUNS.c.identity, RUNS.c.state).where(RUNS.c.updated_at <= limit)
        found = connection.execute(old.order_by(RUNS.c.number)).all()
    purged = []
    for run_id, identity, state in found:
        if state != RunState.PURGED:
            with suppress(AlreadyRunning), held(lock_path(folder, identity), wait=False):
                with database.writing() as connection:  # from here on nobody resumes it
                    runs.change(connection, run_id, now, {"state": RunState.PURGED})
                purged.append(run_id)
    with database.reading() as connection:
        gone = connection.execute(select(RUNS.c.id, RUNS.c.number).where(RUNS.c.state == RunState.PURGED)).all()
    for run_id, number in gone:  # also what a purge that was cut off left
        _remove_texts(database, number)
        with translated(folder):
            if (folder / run_id).exists():
                shutil.rmtree(folder / run_id)
    with database.direct() as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the WAL may still have pages with the texts
    return purged


def forget(database: Database, folder: Path, run_id: str) -> None:
    """Remove a run in state PLANNING, its rows and its folder; see ``Journal.forget_run``."""
    with database.reading() as connection:
        number = runs.numbers(connection, run_id)[0]
    rows.clear(database, number)
    with translated(folder):
        if (folder / run_id).exists():
            shutil.rmtree(folder / run_id)
    with database.writing() as connection:
        connection.execute(delete(RUNS).where(RUNS.c.number == number, RUNS.c.state == RunState.PLANNING))


def lock_path(folder: Path, identity: str) -> Path:
    """Give the file whose lock means: this import is being worked on."""
    return folder / "locks" / f"{identity[:32]}.lock"


def _remove_texts(database: Database, run: int) -> None:
    """Delete a run's remarks and overwrite where they were."""
    with database.reading() as connection:
        left = connection.exec_driver_sql("SELECT 1 FROM remarks WHERE run = ? LIMIT 1", (run,)).first()
    for first, end in rows.spans(database, run) if left else []:
        with database.direct() as raw:
            raw.execute("PRAGMA secure_delete = ON")
            try:
                raw.execute("DELETE FROM remarks WHERE run = ? AND row >= ? AND row < ?", (run, first, end))
            finally:
                raw.execute("PRAGMA secure_delete = OFF")
