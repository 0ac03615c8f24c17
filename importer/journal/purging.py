"""Taking personal data out of the journal when it is no longer needed; hashes and FreedomIDs stay."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, delete, select

from importer.errors import AlreadyRunning
from importer.journal import runs
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database
from importer.journal.database.tables import PACKED_REMARKS, REFUSED, REMARKS, RUN_REQUESTS, RUNS
from importer.journal.rows import rows
from importer.journal.states import RunState
from importer.messages.text import Text

if TYPE_CHECKING:
    from importer.journal.journal import Journal

_TAKEN: Final = (REMARKS, PACKED_REMARKS, REFUSED, RUN_REQUESTS)
"""What a purge takes records out of."""


def old_runs(journal: "Journal", older_than: datetime) -> list[str]:
    """The ids of the runs that ``purge`` would take, oldest first."""
    return [run_id for run_id, identity in _old(journal.database, older_than) if not journal.locks.is_held(identity)]


def purge(journal: "Journal", older_than: datetime, done: Callable[[int], object]) -> list[str]:
    """Remove input copies and texts of the runs not touched since; see ``Journal.purge``."""
    database, folder, now = journal.database, journal.folder, journal.now()
    purged = []
    for run_id, identity in _old(database, older_than):
        done(0)
        with suppress(AlreadyRunning), journal.locks.hold(identity):
            if _close(database, run_id, older_than, now):
                purged.append(run_id)
    for run_id, number in _left(journal):  # also what a purge that was cut off left
        rows.remove_texts(database, number, done)
        with database.writing() as connection:
            for table in (REFUSED, RUN_REQUESTS):
                connection.execute(delete(table).where(table.c.run == number))
        with journal_errors(folder):
            if (folder / run_id).exists():
                shutil.rmtree(folder / run_id)
        done(1)
    with journal_errors(database.location):
        database.kind.empty_log(database.engine)
    return purged


def compact(journal: "Journal") -> str:
    """Write the journal anew without what was deleted, and give the space back; "" or why that was not done.

    Others would wait for it, and it needs the journal's size twice more, so it is done only while nobody works on a run
    and the disk has the room.
    """
    journal.ledger.close()
    if journal.locks.any_held():
        return Text("a run is at work")
    database, size = journal.database, journal.size()
    with journal_errors(database.location):
        return database.kind.compact(database.engine, database.location, size)


def _old(database: Database, older_than: datetime) -> list[tuple[str, str]]:
    old = select(RUNS.c.id, RUNS.c.identity).where(_is_old(older_than)).order_by(RUNS.c.number)
    with database.reading() as connection:
        return [(run_id, identity) for run_id, identity in connection.execute(old)]


def _is_old(older_than: datetime) -> ColumnElement[bool]:
    limit = older_than.astimezone(UTC).isoformat(timespec="milliseconds")
    return (RUNS.c.updated_at <= limit) & (RUNS.c.state != RunState.PURGED.value)


def _close(database: Database, run_id: str, older_than: datetime, now: str) -> bool:
    """Mark a run as purged, from where on nobody resumes it; False: it was gone on with since it was found."""
    with database.writing() as connection:
        if connection.execute(select(RUNS.c.id).where(RUNS.c.id == run_id, _is_old(older_than))).first() is None:
            return False
        kept = _without_people(runs.get(connection, run_id).settings)
        runs.change(connection, run_id, now, {"state": RunState.PURGED, "settings": kept})
    return True


def _left(journal: "Journal") -> list[tuple[str, int]]:
    """The purged runs (id, number) of which there is anything that a purge takes."""
    with journal.database.reading() as connection:

        def has_any(run: int) -> bool:
            some = (select(table.c.run).where(table.c.run == run).limit(1) for table in _TAKEN)
            return any(connection.execute(one).first() for one in some)

        purged = connection.execute(select(RUNS.c.id, RUNS.c.number).where(RUNS.c.state == RunState.PURGED)).all()
        return [(run_id, run) for run_id, run in purged if (journal.folder / run_id).exists() or has_any(run)]


def forget(journal: "Journal", run_id: str) -> None:
    """Remove a run in state PLANNING, its rows and its folder; see ``Journal.forget_run``."""
    database, folder = journal.database, journal.folder
    with database.reading() as connection:
        number = runs.numbers(connection, run_id)[0]
    rows.clear(database, number)
    gone = folder / f"{run_id}.forgotten"  # whoever still notes how far the run is finds its folder no more
    with journal_errors(folder):
        if gone.exists():
            shutil.rmtree(gone)
        if (folder / run_id).exists():
            (folder / run_id).rename(gone)
            shutil.rmtree(gone)
    with database.writing() as connection:
        connection.execute(delete(RUNS).where(RUNS.c.number == number, RUNS.c.state == RunState.PLANNING))
        connection.execute(delete(RUN_REQUESTS).where(RUN_REQUESTS.c.run == number))  # the next run may get this number


def _without_people(settings: dict[str, Any]) -> dict[str, Any]:
    """A run's settings without hashed phones, and without its tables of values, whose lines may be people's names."""
    kept = {name: value for name, value in settings.items() if name != runs.NEW_PHONES}
    if not kept.get("decisions", {}).get("values"):
        return kept
    return kept | {"decisions": kept["decisions"] | {"values": []}}
