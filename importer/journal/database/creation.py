"""How a journal comes to be, and what is looked at each time before it is trusted."""

from typing import Final

from sqlalchemy import Connection, Table, insert, inspect, select

from importer.errors import UsageError
from importer.journal.database.api_spellings import join_spellings
from importer.journal.database.database_errors import damaged, journal_errors
from importer.journal.database.engine import Database
from importer.journal.database.location import Location, is_there
from importer.journal.database.migrations import migrate
from importer.journal.database.sealed_addresses import look_at_addresses, seal_addresses
from importer.journal.database.shared_tables import SHARED
from importer.journal.database.tables import (
    META,
    METADATA,
    RUN_REQUESTS,
    SCHEMA_VERSION,
)
from importer.journal.integrity.keys import create_key
from importer.journal.lock import held
from importer.messages.text import Text
from importer.storage.private_files import (
    close_to_others,
    create_private,
    draft_of,
    make_folder,
    sync_file,
    sync_folder,
)

_CHECKED_IN_FULL: Final = 512 * 1024 * 1024
"""Bytes up to which a journal's pages are all looked at before a run (about a second); over it, the small tables."""

_SMALL_TABLES: Final = ("meta", "apis", "runs")


def ensure(location: Location) -> None:
    """Make the journal's file where there is none: built apart under a lock, renamed into place complete.

    So kill -9 leaves none or a whole one, and of two processes that create at once one waits and finds it made.

    Raises:
        StorageFailed: Folder or file cannot be written.
        BooksDontBalance: The file is gone, but what was written to it last is still there.
    """
    if is_there(location.path, location.key):
        return
    with journal_errors(location):
        make_folder(location.path.parent)
        with held(location.runs / "locks" / "creation.lock", wait=True):
            if not is_there(location.path, location.key):
                _create(location)


def is_made(database: Database) -> bool:
    """Whether a server has the journal."""
    with database.reading() as connection:
        return bool(METADATA.tables.keys() & set(inspect(connection).get_table_names()))


def make_tables(database: Database) -> None:
    """Make the journal on a server that has none, in one transaction: of two processes one finds it made."""
    key = database.location.key
    with journal_errors(key):
        make_folder(key.parent)
        fingerprint = create_key(key).fingerprint
    with database.writing() as connection:
        if not inspect(connection).has_table(META.name):
            _make_tables(connection, fingerprint)
    database.close()  # sessions from before know no key


def _make_tables(connection: Connection, fingerprint: str) -> None:
    for table in METADATA.sorted_tables:
        table.create(connection)
    first = {"schema_version": str(SCHEMA_VERSION), "key_fingerprint": fingerprint}
    connection.execute(insert(META), [{"name": name, "value": value} for name, value in first.items()])


def _create(location: Location) -> None:
    path = location.path
    for ending in ("-wal", "-journal"):
        leftover = path.with_name(path.name + ending)
        if leftover.exists() and leftover.stat().st_size:
            what = Text("the file is missing or empty, but {name} is there and belongs to it", name=leftover.name)
            raise damaged(path, what)
        leftover.unlink(missing_ok=True)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    make_folder(location.key.parent)
    fingerprint = create_key(location.key).fingerprint
    draft = draft_of(path)
    for ending in ("", "-wal", "-shm", "-journal"):
        draft.with_name(draft.name + ending).unlink(missing_ok=True)
    create_private(draft)
    database = Database(Location(draft, location.key), read_only=False)
    try:
        with database.writing() as connection:
            _make_tables(connection, fingerprint)
    finally:
        database.close()
    sync_file(draft)
    draft.rename(path)
    sync_folder(path.parent)


def look_over(database: Database, *, whole: bool) -> tuple[int, str]:
    """Look at a journal before it is used, without changing a byte; ``whole``: at every page.

    Returns:
        Its schema version, and the fingerprint of the key that it was made with.

    Raises:
        BooksDontBalance: Damaged, or not a journal.
        UsageError: Written by a newer version of this program.
        StorageFailed: It cannot be read.
    """
    path = database.location
    with database.reading() as connection:
        tables = set(inspect(connection).get_table_names())
        if META.name not in tables:
            raise damaged(path, Text("it is not a journal of this program, or has lost its tables"))
        all_pages = whole and database.kind.size(path, connection) <= _CHECKED_IN_FULL
        if not database.kind.check_pages(connection, () if all_pages else _SMALL_TABLES):
            raise damaged(path, Text("its pages contradict each other"))
        found = {str(name): str(value) for name, value in connection.execute(select(META.c.name, META.c.value))}
    try:
        version, fingerprint = int(found["schema_version"]), found["key_fingerprint"]
    except (KeyError, ValueError) as exc:
        raise damaged(path, Text("its table meta lacks the schema version or the key's fingerprint")) from exc
    if version > SCHEMA_VERSION:
        raise UsageError(
            "The journal {path} was written by a newer version of this program (its schema is {version}, this "
            "version knows {known}). Nothing was sent and the file was left as it is. Update the program, or name "
            "another journal with --journal.",
            path=path,
            version=version,
            known=SCHEMA_VERSION,
        )
    missing = METADATA.tables.keys() - tables - {RUN_REQUESTS.name}
    if missing and version == SCHEMA_VERSION:
        raise damaged(path, Text("it has no table {names}", names=", ".join(sorted(missing))))
    return version, fingerprint


def prepare(database: Database) -> None:
    """Make an inspected journal ready to be written: closed to others, and of this program's schema version.

    Raises:
        StorageFailed: It cannot be written.
        BooksDontBalance: It is too old to be migrated, or damaged where it has to be brought up to date.
    """
    path = database.location.path
    with journal_errors(path):
        for ending in () if database.location.server else ("", "-wal", "-shm"):
            close_to_others(path.with_name(path.name + ending))
    migrate(database)
    look_at_addresses(database)
    join_spellings(database)
    seal_addresses(database)
    _add_tables(database, RUN_REQUESTS, *(SHARED.sorted_tables if database.location.server else ()))


def _add_tables(database: Database, *tables: Table) -> None:
    """Make the tables that a journal of before does not have."""
    with database.connected() as connection:
        there = set(inspect(connection).get_table_names())
    if lacking := [table for table in tables if table.name not in there]:
        with database.writing() as connection:
            for table in lacking:
                table.create(connection, checkfirst=True)
