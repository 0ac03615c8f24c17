"""Taking personal data out of the journal when it is no longer needed; hashes and FreedomIDs stay."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

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
        old = select(RUNS.c.id, RUNS.c.identity, RUNS.c.state).where(RUNS.c.updated_at < limit)
        found = connection.execute(old.order_by(RUNS.c.number)).all()
    purged = []
    for run_id, identity, state in found:
        if state != RunState.PURGED:
            with suppress(AlreadyRunning), held(lock_path(folder, identity), wait=False):
                _purge_texts(database, run_id, now)
                purged.append(run_id)
    with database.reading() as connection:
        gone = connection.execute(select(RUNS.c.id).where(RUNS.c.state == RunState.PURGED)).scalars().all()
    with translated(database.path):
        for run_id in gone:  # also of a purge that was cut off
            if (folder / run_id).exists():
                shutil.rmtree(folder / run_id)
    if purged:
        with database.direct() as raw:  # the WAL still has pages with the texts
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return purged


def lock_path(folder: Path, identity: str) -> Path:
    """Give the file whose lock means: this import is being worked on."""
    return folder / "locks" / f"{identity[:32]}.lock"


def _purge_texts(database: Database, run_id: str, now: str) -> None:
    """Mark the run as purged (nobody resumes it from then on) and overwrite its texts."""
    with database.writing() as connection:
        number, _ = runs.numbers(connection, run_id)
        runs.change(connection, run_id, now, {"state": RunState.PURGED})
    for first, end in rows.spans(database, number):
        with database.direct() as raw:
            raw.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
            try:
                raw.execute("DELETE FROM remarks WHERE run = ? AND row >= ? AND row < ?", (number, first, end))
            finally:
                raw.execute("PRAGMA secure_delete = OFF")
