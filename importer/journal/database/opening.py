"""From an address to a database that may be worked with: made where there is none, looked over, brought up to date."""

from importer.errors import UsageError
from importer.journal.database import creation, migrations
from importer.journal.database.engine import Database
from importer.journal.database.location import Location, is_there


def open_database(location: Location, *, read_only: bool) -> Database:
    """Open a journal; see ``Journal.open``, also for what it raises."""
    if location.server:
        return _completed(Database(location, read_only=read_only), read_only=read_only)
    if not read_only:
        creation.ensure(location)
    elif not is_there(location.path):
        raise _nothing_at(location)
    found = Database(location, read_only=True)
    if read_only:
        return _completed(found, read_only=True)
    try:  # nothing is written before a file has been looked over
        _, fingerprint = creation.look_over(found, whole=True)
    finally:
        found.close()
    return _prepared(Database(location, read_only=False, fingerprint=fingerprint))


def _completed(database: Database, *, read_only: bool) -> Database:
    try:
        if database.location.server and not creation.is_made(database):
            _make(database)
        version, database.fingerprint = creation.look_over(database, whole=not read_only)
        if read_only:
            database.show_as(migrations.shown_as_now(version, database.engine.dialect))
    except BaseException:
        database.close()
        raise
    return database if read_only else _prepared(database)


def _prepared(database: Database) -> Database:
    try:
        database.keys()  # a missing key is told now, not in the middle of a run
        creation.prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _make(database: Database) -> None:
    if database.read_only:
        raise _nothing_at(database.location)
    creation.make_tables(database)


def _nothing_at(location: Location) -> UsageError:
    return UsageError("There is no journal at {path} yet: no run has been made with it.", path=location)
