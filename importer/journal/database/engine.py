"""Connections to the journal's database, and transactions that wait for others.

What a database has of its own is in ``sqlite`` and ``postgresql``, two modules of the same names.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, Select, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from importer.journal.database import database_errors, sqlite
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.location import Location
from importer.journal.database.server_wait import ServerWait
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.verified_spans import SoundSpans

_PATIENCE: Final = 300.0
"""Seconds until a journal that others keep busy is given up. Their transactions take milliseconds."""

_READ_AT_ONCE: Final = 300
"""Few enough that what is made of them finds them in the processor's cache: a fifth less than a thousand at once."""


class DatabaseKind(Protocol):
    """What a module of a database has."""

    def engine(self, location: Location, *, read_only: bool, keys: Callable[[], JournalKeys]) -> Engine:
        """The engine of an existing journal; its connections are durable, and know ``mac``."""
        ...

    def keys(self, location: Location, fingerprint: str) -> JournalKeys:
        """The keys of a journal; "" for any fingerprint."""
        ...

    def check_pages(self, connection: Connection, tables: Iterable[str] = ()) -> bool:
        """Whether what is stored is as the database made it, as far as it can tell."""
        ...

    def size(self, location: Location, connection: Connection) -> int:
        """Bytes that the journal takes."""
        ...

    def look_through(self, connection: Connection) -> None:
        """Until the transaction ends, statements look through whole tables, whatever their statistics say."""
        ...

    def count_on(self, connection: Connection) -> None:
        """Give the next numbers behind those that records were copied with."""
        ...

    def empty_log(self, database: Engine) -> None:
        """See to it that what was deleted is not kept in a log."""
        ...

    def compact(self, database: Engine, location: Location, size: int) -> str:
        """Give the space of what was deleted back; "" or why that was not done."""
        ...


def kind_of(location: Location) -> DatabaseKind:
    """Give the module of a journal's database."""
    return import_module("importer.journal.database.postgresql") if location.server else sqlite


class Database:
    """An existing journal.

    Args:
        location: Where it is.
        read_only: Nothing is written, not even by a checkpoint: also for a damaged file.
        fingerprint: Of the key that belongs to it; "" before that is known.

    Attributes:
        shown: What ``show_as`` was told.
        sound: Spans of records that were all found to be as they were written.
    """

    def __init__(self, location: Location, *, read_only: bool, fingerprint: str = "") -> None:
        self.location = location
        self.read_only = read_only
        self.fingerprint = fingerprint
        self.kind = kind_of(location)
        self.engine = self.kind.engine(location, read_only=read_only, keys=self.keys)
        self._keys: JournalKeys | None = None
        self._answered = False
        self.shown: Sequence[str] = ()
        self.sound = SoundSpans()

    def keys(self) -> JournalKeys:
        """Give the key of its hashes and check values; to be asked for before a statement that computes one.

        Raises:
            UsageError: The key file is missing, or it is another journal's of a server.
            BooksDontBalance: It is another journal's.
        """
        if self._keys is None:
            with journal_errors(self.location.key):
                found = self.kind.keys(self.location, self.fingerprint)
            if not self.fingerprint:  # not held against it yet
                return found
            self._keys = found
        return self._keys

    def show_as(self, statements: Sequence[str]) -> None:
        """Run some statements on each connection that is made from now on."""

        def prepare(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

        self.shown = statements
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
            StorageFailed: It cannot be read.
            BooksDontBalance: It is damaged.
        """
        with self.connected() as connection, transaction(connection, writing=False):
            yield connection

    @contextmanager
    def writing(self, owner: Connection | None = None) -> Iterator[Connection]:
        """A connection in a write transaction: all of the block is on the disk after it, or nothing.

        ``owner``: the session that holds an import's lock, if one does: what comes through in it is its owner's.

        Raises:
            StorageFailed: Disk full, read-only, or kept busy for minutes.
            BooksDontBalance: It is damaged.
        """
        with (
            journal_errors(self.location),
            nullcontext(owner) if owner is not None else self.connect() as connection,
            transaction(connection),
        ):
            yield connection

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """As ``writing``, but beside other writers; for the tables of ``shared_tables``, on a server."""
        with self.connected() as connection, transaction(connection, beside=True):
            yield connection

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection for several transactions; raises as ``writing`` does."""
        with journal_errors(self.location), self.connect() as connection:
            yield connection

    def give_up(self) -> None:
        """From now on no server is waited for: that was done."""
        self._answered = False

    def connect(self) -> Connection:
        """Open a connection; a server that answered before is waited for.

        Raises:
            sqlalchemy.exc.DBAPIError: It cannot be reached (any more).
        """
        wait = ServerWait(patient=self._answered)
        while True:
            try:
                connection = self.engine.connect()
            except DBAPIError as exc:
                if not wait.outlasts(exc):
                    raise
            else:
                self._answered = True
                return connection


@contextmanager
def transaction(connection: Connection, *, writing: bool = True, beside: bool = False) -> Iterator[None]:
    """Begin a transaction, however long others hold the journal, and commit it after the block.

    ``beside``: it writes beside other writers (see ``Database.beside``).

    Raises:
        sqlalchemy.exc.DBAPIError: As the database reports it, or after minutes of waiting.
    """
    connection.execution_options(journal_writing=writing and not beside, journal_beside=beside)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            begun = connection.begin()
        except DBAPIError as exc:
            if not database_errors.is_busy(exc) or time.monotonic() >= deadline:
                raise
        else:
            break
    with begun:
        yield


def records(
    connection: Connection, statement: Select[Any], values: Mapping[str, Any]
) -> Iterator[list[tuple[Any, ...]]]:
    """What a statement finds, as the driver gives it, some at a time: for records that are read by the million.

    SQLAlchemy's rows cost 0.4 us more each, of 1.3; and the garbage collector walks through a long list of them.

    Raises:
        sqlalchemy.exc.DBAPIError, sqlite3.Error: As the database reports it.
    """
    cursor = connection.execute(statement, values).cursor
    while cursor is not None and (some := cursor.fetchmany(_READ_AT_ONCE)):
        yield list(some)
