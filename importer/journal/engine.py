"""Connections to the journal's database, and transactions that wait for others. SQLite's part is in ``sqlite``."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError

from importer.journal import sqlite
from importer.journal.faults import translated
from importer.journal.keys import PhoneKeys, load_key
from importer.journal.location import beside

_PATIENCE: Final = 300.0
"""Seconds until a journal that others keep busy is given up. Their transactions take milliseconds."""


class Database:
    """An existing journal file.

    Args:
        path: The file; it must exist.
        read_only: Nothing is written, not even by a checkpoint: also for a damaged file.
        fingerprint: Of the key that lies beside it; "" before that is known.
    """

    def __init__(self, path: Path, *, read_only: bool, fingerprint: str = "") -> None:
        self.path = path
        self.read_only = read_only
        self.fingerprint = fingerprint
        self.engine = sqlite.engine(path, read_only=read_only, mac=lambda *facts: self.keys().mac(*facts))
        self._keys: PhoneKeys | None = None

    def keys(self) -> PhoneKeys:
        """Give the key of its hashes and check values; to be asked for before a statement that computes one.

        Raises:
            UsageError: The key file is missing.
            BooksDontBalance: It is another journal's.
        """
        if self._keys is None:
            path = beside(self.path, "key")
            with translated(path):
                self._keys = load_key(path, self.fingerprint)
        return self._keys

    def show_as(self, statements: Sequence[str]) -> None:
        """Run some statements on each connection that is made from now on."""

        def prepare(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)

        if statements:
            self.close()
            event.listen(self.engine, "connect", prepare)

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
        with self.connected() as connection, transaction(connection, writing=False):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a write transaction: all of the block is on the disk after it, or nothing.

        Raises:
            StorageFailed: Disk full, read-only, or kept busy for minutes.
            BooksDontBalance: The file is damaged.
        """
        with self.connected() as connection, transaction(connection):
            yield connection

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection for several transactions; raises as ``writing`` does."""
        with translated(self.path), self.engine.connect() as connection:
            yield connection


@contextmanager
def transaction(connection: Connection, *, writing: bool = True) -> Iterator[None]:
    """Begin a transaction, however long others hold the file, and commit it after the block.

    Raises:
        sqlalchemy.exc.DBAPIError: As the database reports it, or after minutes of waiting.
    """
    connection.execution_options(journal_writing=writing)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            begun = connection.begin()
        except OperationalError as exc:
            if not sqlite.is_busy(exc) or time.monotonic() >= deadline:
                raise
        else:
            break
    with begun:
        yield
