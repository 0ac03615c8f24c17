"""Locks of a journal on a server: advisory ones of one session, which die with it, as it dies with its process.

A server learns within 30 s that a machine is gone (see ``server_session``); that a process was killed, when its session
next listens: mostly within milliseconds, after a slow disk's answer or beside other work somewhat later. The same goes
for a session that was told to end. So a lock that another one has is asked for again for a moment.

The statements are in SQL: the server's own views and functions are no tables of ours, and SQLAlchemy Core would have to
be told each of their columns first.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.exc import DBAPIError

from importer.errors import AlreadyRunning
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database, transaction
from importer.journal.database.shared_tables import OWNERS
from importer.journal.lock import owned_by
from importer.messages.text import Text

_KEY: Final = "hashtextextended('importer import ' || current_schema() || ' ' || :identity, 0)"
_TRY: Final = text(f"SELECT pg_try_advisory_lock({_KEY})")
_RELEASE: Final = text(f"SELECT pg_advisory_unlock({_KEY})")
_HERE: Final = "l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
_HOLDER: Final = text(
    f"SELECT a.application_name, a.backend_start, a.pid FROM (SELECT {_KEY} AS key) k, pg_locks l "  # noqa: S608 (ours)
    "JOIN pg_database d ON d.oid = l.database LEFT JOIN pg_stat_activity a ON a.pid = l.pid "
    f"WHERE {_HERE} AND l.objsubid = 1 "
    "AND l.classid = CAST((k.key >> 32) & 4294967295 AS oid) AND l.objid = CAST(k.key & 4294967295 AS oid)"
)
_ANY: Final = text(
    f"SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE {_HERE} "  # noqa: S608 (ours)
    "AND l.pid <> pg_backend_pid()"
)
_SELF: Final = text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
_END: Final = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND backend_start = :backend_start"
)

_PATIENCE: Final = 2.0
"""Seconds for which a lock that another session has is asked for again."""
_PAUSE: Final = 0.05


class SessionLocks:
    """The locks that one process holds in a journal on a server.

    While it holds one, what is written of a run is written in the same session: by its owner. Who has lost a lock to
    another process has lost it for good, whatever becomes of that one: also where it has ended again. That is told by
    OWNERS, where each process notes a number of its own with what it owns.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None
        self._self: dict[str, object] = {}
        self._held: list[str] = []
        self._number = secrets.token_hex(8)
        self._overtaken = ""
        self._guard = threading.RLock()

    @contextmanager
    def own(self, identity: str, since: str) -> Iterator[None]:  # noqa: ARG002 (the server knows since when)
        """Own an import for the block; a second owner is told who the first is.

        Raises:
            AlreadyRunning: It is being worked on.
        """
        with self._guard:
            if identity in self._held or not self._take(identity):
                raise owned_by(self._who(identity))
            self._held.append(identity)
        try:
            self._sign(identity)
            yield
        finally:
            self._let_go(identity)

    def hold(self, identity: str) -> AbstractContextManager[None]:
        """Keep others from an import for the block. Raises AlreadyRunning where another process has it."""
        return self.own(identity, "")

    def is_held(self, identity: str) -> bool:
        """Whether a process owns an import."""
        with self._database.reading() as connection:
            return connection.execute(_HOLDER, {"identity": identity}).first() is not None

    def is_worked_on(self, identity: str) -> bool:
        """As ``is_held``."""
        return self.is_held(identity)

    def any_held(self) -> bool:
        """Whether another process owns any import."""
        with self._database.reading() as connection:
            return bool(connection.execute(_ANY).scalar())

    def owner(self) -> Connection | None:
        """The session that holds the locks, made anew where it was lost; None while there is none to hold.

        Raises:
            AlreadyRunning: Another process took one meanwhile. StorageFailed: the server cannot be reached.
        """
        with journal_errors(self._database.location), self._guard:
            if self._held and not self._is_alive():
                self.renew()
            return self._session

    def renew(self) -> None:
        """Make the session anew after it was lost, and take its locks again; the old one ends, wherever it hangs.

        Raises:
            AlreadyRunning: Another process took one meanwhile.
            sqlalchemy.exc.DBAPIError: The server cannot be reached.
        """
        with self._guard:
            held, before = list(self._held), dict(self._self)
            self.close()
            if held and not self._overtaken:
                session = self._opened()
                with transaction(session, writing=False):
                    session.execute(_END, before)
                self._overtaken = self._taken_again(session, held)
            if self._overtaken:
                self.close()
                raise AlreadyRunning(self._overtaken)

    def close(self) -> None:
        """End the session, and with it the locks."""
        with self._guard:
            session, self._session = self._session, None
            if session is not None:
                with suppress(DBAPIError):
                    session.invalidate()  # a session of the pool would keep the locks
                session.close()

    def _is_alive(self) -> bool:
        """Whether the session is the one that took the locks: a connection that was lost is made anew in silence."""
        if self._session is not None:
            with suppress(DBAPIError), transaction(self._session, writing=False):
                return dict(self._session.execute(_SELF).one()._mapping) == self._self  # noqa: SLF001 (as below)
        return False

    def _opened(self) -> Connection:
        if self._session is None:
            self._session = self._database.connect()
            with transaction(self._session, writing=False):
                self._self = dict(self._session.execute(_SELF).one()._mapping)  # noqa: SLF001 (its public name)
        return self._session

    def _take(self, identity: str) -> bool:
        with journal_errors(self._database.location):
            session = self._opened()
            until = time.monotonic() + _PATIENCE
            while True:
                with transaction(session, writing=False):
                    if session.execute(_TRY, {"identity": identity}).scalar():
                        return True
                if time.monotonic() >= until:
                    return False
                time.sleep(_PAUSE)

    def _taken_again(self, session: Connection, held: list[str]) -> str:
        """Take the locks again; "" or who was first."""
        for identity in held:
            if not self._take(identity):
                return Text(
                    "The connection to the database was lost, and meanwhile this file is being imported {who}. "
                    "Nothing more is sent by this command.",
                    who=self._who(identity),
                )
        with transaction(session, writing=False):
            owners = select(OWNERS.c.number).where(OWNERS.c.identity.in_(held))
            if list(session.execute(owners).scalars()) == [self._number] * len(held):
                return ""
        return Text(
            "The connection to the database was lost, and meanwhile another command went on with this import. "
            "Nothing more is sent by this command."
        )

    def _sign(self, identity: str) -> None:
        with journal_errors(self._database.location), self._guard:
            session = self._opened()
            with transaction(session, beside=True):
                session.execute(delete(OWNERS).where(OWNERS.c.identity == identity))
                session.execute(insert(OWNERS).values(identity=identity, number=self._number))

    def _let_go(self, identity: str) -> None:
        with self._guard:
            self._held.remove(identity)
            if self._session is not None:
                with suppress(DBAPIError), transaction(self._session, beside=True):
                    own = (OWNERS.c.identity == identity, OWNERS.c.number == self._number)
                    self._session.execute(delete(OWNERS).where(*own))
                    self._session.execute(_RELEASE, {"identity": identity})
            if not self._held:
                self.close()
                self._overtaken = ""

    def _who(self, identity: str) -> str:
        with self._database.reading() as connection:
            found = connection.execute(_HOLDER, {"identity": identity}).first()
        if found is None or not found.application_name:
            return Text("by another process")
        host, _, pid = str(found.application_name).removeprefix("importer ").rpartition(":")
        since = found.backend_start.isoformat(timespec="seconds") if found.backend_start else "?"
        number = int(pid) if pid.isdigit() else 0
        return Text("by process {pid:d} on {host} since {since}", pid=number, host=host, since=since)
