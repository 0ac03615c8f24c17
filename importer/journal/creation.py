"""How a journal comes to be, and what is looked at each time before it is trusted."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.schema import CreateIndex, CreateTable

from importer.journal.database import Database
from importer.journal.faults import damaged, translated
from importer.journal.keys import create_key
from importer.journal.lock import held
from importer.journal.places import beside, is_there
from importer.journal.private import close_to_others, create_private, make_folder, sync_file, sync_folder
from importer.journal.states import SCHEMA_VERSION
from importer.journal.tables import META, METADATA

_CHECKED_IN_FULL: Final = 512 * 1024 * 1024
"""Bytes up to which a journal's pages are all looked at before a run (about a second); over it, the small tables."""

_SMALL_TABLES: Final = ("meta", "apis", "runs")

MIGRATIONS: Final[Mapping[int, Callable[[Connection], None]]] = {}
"""Schema version → what brings a journal of that version to the next one, inside one transaction."""


def ensure(path: Path) -> None:
    """Make the journal where there is none: built apart under a lock, renamed into place complete.

    So kill -9 leaves none or a whole one, and of two processes that create at once one waits and finds it made.

    Raises:
        StorageFailed: Folder or file cannot be written.
        BooksDontBalance: The file is gone, but what was written to it last is still there.
    """
    if is_there(path):
        return
    with translated(path):
        make_folder(path.parent)
        with held(beside(path, "runs") / "locks" / "creation.lock", wait=True):
            if not is_there(path):
                _create(path)


def _create(path: Path) -> None:
    for ending in ("-wal", "-journal"):
        leftover = path.with_name(path.name + ending)
        if leftover.exists() and leftover.stat().st_size:
            raise damaged(path, f"the file is missing or empty, but {leftover.name} is there and belongs to it")
        leftover.unlink(missing_ok=True)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    fingerprint = create_key(beside(path, "key")).fingerprint
    draft = path.with_name(path.name + ".new")
    for ending in ("", "-wal", "-shm", "-journal"):
        draft.with_name(draft.name + ending).unlink(missing_ok=True)
    create_private(draft)
    database = Database(draft, read_only=False)
    try:
        with database.writing() as connection:
            for table in METADATA.sorted_tables:
                connection.execute(CreateTable(table))
                for index in sorted(table.indexes, key=lambda index: index.name or ""):
                    connection.execute(CreateIndex(index))
            first = {"schema_version": str(SCHEMA_VERSION), "key_fingerprint": fingerprint}
            connection.execute(insert(META), [{"name": name, "value": value} for name, value in first.items()])
        with database.direct() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        database.close()
    sync_file(draft)
    draft.rename(path)
    sync_folder(path.parent)


def inspect(path: Path, *, whole: bool) -> None:
    """Look at a journal before it is used, without changing a byte; ``whole``: at every page.

    Raises:
        BooksDontBalance: Damaged, not a journal, or written by a newer version of this program.
        StorageFailed: It cannot be read.
    """
    with closing(Database(path, read_only=True)) as database:
        with database.direct() as connection:
            if "meta" not in _tables(connection):
                raise damaged(path, "it is not a journal of this program, or has lost its tables")
            _look_over(connection, path, whole=whole)
        version, _ = facts(database)
        if version > SCHEMA_VERSION:
            newer = f"its schema version {version} is newer than this program's {SCHEMA_VERSION}; update the program"
            raise damaged(path, newer)
        with database.direct() as connection:
            missing = METADATA.tables.keys() - _tables(connection)
        if missing and version == SCHEMA_VERSION:
            raise damaged(path, f"it has no table {', '.join(sorted(missing))}")


def prepare(database: Database) -> None:
    """Make an inspected journal ready to be written: closed to others, and of this program's schema version.

    Raises:
        StorageFailed: It cannot be written.
        BooksDontBalance: It is too old to be migrated.
    """
    path = database.path
    with translated(path):
        for ending in ("", "-wal", "-shm"):
            close_to_others(path.with_name(path.name + ending))
    version, _ = facts(database)
    if version < SCHEMA_VERSION:
        _migrate(database)


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _look_over(connection: sqlite3.Connection, path: Path, *, whole: bool) -> None:
    """Raise when SQLite's own check finds a fault, in all pages or in the small tables."""
    if whole and path.stat().st_size <= _CHECKED_IN_FULL:
        checks = ["PRAGMA quick_check(1)"]
    else:
        checks = [f"PRAGMA quick_check('{table}')" for table in _SMALL_TABLES]
    for statement in checks:
        if connection.execute(statement).fetchone() != ("ok",):
            raise damaged(path, "its pages contradict each other")


def facts(database: Database) -> tuple[int, str]:
    """Give the schema version and the key's fingerprint."""
    with database.reading() as connection:
        found = {fact.name: fact.value for fact in connection.execute(select(META.c.name, META.c.value))}
    try:
        return int(found["schema_version"]), found["key_fingerprint"]
    except (KeyError, ValueError) as exc:
        raise damaged(database.path, "its table meta lacks the schema version or the key's fingerprint") from exc


def _migrate(database: Database) -> None:
    """Bring an older journal up to date, one version at a time; another process may have done so meanwhile."""
    with database.writing() as connection:
        statement = select(META.c.value).where(META.c.name == "schema_version")
        version = int(connection.execute(statement).scalar_one())
        for step in range(version, SCHEMA_VERSION):
            if step not in MIGRATIONS:
                raise damaged(database.path, f"its schema version {step} is older than this program can read")
            MIGRATIONS[step](connection)
        values = {"value": str(SCHEMA_VERSION)}
        connection.execute(update(META).where(META.c.name == "schema_version").values(values))
