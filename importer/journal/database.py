"""The SQLite file under the journal: connections, transactions, waiting for others.

What is SQLite's own is here and in ``creation``; PostgreSQL would get a module beside these two.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import OperationalError

from importer.journal.faults import is_busy, translated

_BUSY_SECONDS: Final = 10
"""How long SQLite itself waits for another writer."""

_PATIENCE: Final = 300.0
"""Seconds until a journal that others keep busy is given up. Their transactions take milliseconds."""

_WRITING: Final = {"journal_writing": True}

_PRAGMAS: Final = (
    f"busy_timeout = {_BUSY_SECONDS * 1000}",
    "synchronous = FULL",  # a commit is on the disk when it returns
    "cache_size = -16000",  # KiB, for each connection; the rest is the system's page cache
    "wal_autocheckpoint = 1000",  # pages: the WAL stays at some 4 MB whatever the size of the run
    "journal_size_limit = 67108864",
    "secure_delete = OFF",  # costs a write for each freed page; a purge switches it on
)


class Database:
    """An existing journal file.

    Args:
        path: The file; it must exist.
        read_only: Nothing is written, not even by a checkpoint: also for a damaged file.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self.engine = _engine(path, read_only=read_only)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the journal for the whole block.

        Raises:
            StorageFailed: The file cannot be read.
            BooksDontBalance: It is damaged.
        """
        with translated(self.path), self._begun({}) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a write transaction: all of the block is on the disk after it, or nothing.

        Raises:
            StorageFailed: Disk full, read-only, or kept busy for minutes.
            BooksDontBalance: The file is damaged.
        """
        with translated(self.path), self._begun(_WRITING) as connection:
            yield connection

    @contextmanager
    def direct(self) -> Iterator[sqlite3.Connection]:
        """A connection of the driver in autocommit mode, for statements that are their own transaction."""
        with translated(self.path):
            proxy = self.engine.raw_connection()
            try:
                yield driver_connection(proxy)
            finally:
                proxy.close()

    def private(self) -> sqlite3.Connection:
        """A driver connection that leaves the pool: its owner closes it."""
        with translated(self.path):
            proxy = self.engine.raw_connection()
            connection = driver_connection(proxy)
            proxy.detach()
            return connection

    @contextmanager
    def _begun(self, options: dict[str, Any]) -> Iterator[Connection]:
        """Begin a transaction, however long others hold the file, and commit it after the block."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            with ExitStack() as stack:
                connection = stack.enter_context(self.engine.connect()).execution_options(**options)
                try:
                    stack.enter_context(connection.begin())
                except OperationalError as exc:
                    if is_busy(exc) and time.monotonic() < deadline:
                        continue
                    raise
                yield connection
            return


def driver_connection(proxy: PoolProxiedConnection) -> sqlite3.Connection:
    """Give sqlite3's own connection."""
    connection = proxy.driver_connection
    if not isinstance(connection, sqlite3.Connection):  # pragma: no cover (no other driver is in use)
        raise TypeError(type(connection).__name__)
    return connection


def begin_immediate(connection: sqlite3.Connection) -> None:
    """Begin a write transaction on a driver connection, waiting for other writers.

    Raises:
        sqlite3.Error: After minutes of waiting, or for another reason.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as exc:
            if not is_busy(exc) or time.monotonic() >= deadline:
                raise
        else:
            return


def _engine(path: Path, *, read_only: bool) -> Engine:
    arguments: dict[str, Any] = {"check_same_thread": False, "cached_statements": 256}
    target = str(path)
    if read_only:
        # an unwritable folder without a WAL: SQLite could not make the files that readers share
        sealed = not os.access(path.parent, os.W_OK) and not _filled(path.with_name(path.name + "-wal"))
        target = f"{path.absolute().as_uri()}?{'immutable=1' if sealed else 'mode=ro'}"
        arguments["uri"] = True

    def connect() -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(target, isolation_level=None, **arguments)
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    # values of cells must not reach an exception's text: hide_parameters
    engine = create_engine(URL.create("sqlite", database=str(path)), creator=connect, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("journal_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _filled(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
