"""Where commit groups go: the journal, over a connection that may be lost and made anew."""

from contextlib import suppress

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from importer.errors import AlreadyRunning, BooksDontBalance, ImporterError
from importer.journal.commits.commit_group import CommitGroup
from importer.journal.commits.commit_markers import NotedCommits
from importer.journal.commits.late_outcomes import still_open
from importer.journal.database.database_errors import is_lost, journal_error
from importer.journal.database.engine import transaction
from importer.journal.database.server_wait import ServerWait
from importer.journal.journal import Journal
from importer.journal.ledger.sent_phones import enter, free
from importer.journal.rows.rows import count_again
from importer.journal.states import Held
from importer.journal.writer.claims import claimed_rows
from importer.model import Status


class GroupStore:
    """Stores groups of one run (its number), in the session that owns it where there is one.

    ``worker``: the number of the one that writes, where several share a run; None: one process owns it.
    """

    def __init__(self, journal: Journal, run: int, worker: int | None = None) -> None:
        self._database, self._locks, self._clock = journal.database, journal.locks, journal.clock
        self._run, self._worker = run, worker
        self._commits, self._unknown = NotedCommits(), False
        self.open()

    def open(self) -> None:
        """Connect.

        Raises:
            sqlalchemy.exc.DBAPIError, StorageFailed: It cannot be reached.
            AlreadyRunning: Another process has the run by now.
        """
        session = self._locks.owner()
        self.connection = session or self._database.connect()
        self._apart = session is None

    def forget(self) -> None:
        """Nothing more is stored, and all that was is known to be there: leave no note."""
        if self._database.location.server:
            with suppress(SQLAlchemyError, OSError), transaction(self.connection, beside=True):
                self._commits.forget(self.connection)

    def close(self) -> None:
        """Close the connection, unless it is the session that holds the locks."""
        if self._apart:
            self.connection.close()

    def store(self, group: CommitGroup) -> ImporterError | None:
        """Write a group durably; what was in the way, or None.

        Where the connection is lost it is made anew for a minute. Whether a commit on its way came through is asked.
        """
        self._unknown, wait = False, ServerWait()
        while True:
            try:
                self._write(group)
            except ImporterError as exc:
                return exc
            except (DBAPIError, OSError) as exc:
                failure = self._failure(exc)
                if not is_lost(exc) or wait.is_over():
                    return failure
            except Exception as exc:  # noqa: BLE001 (a thread that dies of a defect would leave every worker waiting)
                defect = BooksDontBalance("The journal's writer failed on a defect ({name}).", name=type(exc).__name__)
                defect.__cause__ = exc
                return defect
            else:
                return None
            if (taken := self._reconnected(wait)) is not None:
                return taken

    def _write(self, group: CommitGroup) -> None:
        """Write a group, or nothing; not once more what came through before the connection was lost."""
        connection, now = self.connection, int(self._clock().timestamp())
        with transaction(connection):
            if self._is_written(connection):
                return
            if self._database.location.server:
                updated = [one for one in group.finished.values() if one.status is Status.UPDATED]
                free(connection, self._run, [one.replaces for one in updated if one.replaces])
            if self._worker is None:
                group.held = self._held_back(group, set(group.started))
                group.write(connection, self._run, now)
                return
            claimed = claimed_rows(connection, self._run, self._worker, group.started)
            lost = dict.fromkeys(group.started.keys() - claimed, Held.LOST)
            group.held = lost | self._held_back(group, claimed)
            late = still_open(connection, self._run, list(group.finished.items()))
            for part in (group.beginnings(), *late, group.doubts()):
                part.write(connection, self._run, now)
            if late:
                count_again(connection, self._run)

    def _held_back(self, group: CommitGroup, rows: set[int]) -> dict[int, Held]:
        """Of rows about to be sent, those that wait: their phones are being sent by other runs, or were."""
        if not rows or not self._database.location.server:
            return {}
        held = enter(self.connection, self._run, rows, in_spite=group.in_spite)
        return dict.fromkeys(held, Held.ELSEWHERE)

    def _is_written(self, connection: Connection) -> bool:
        """Whether the transaction came through whose answer was lost; this one leaves a note, should its be, too."""
        if not self._database.location.server:
            return False
        if self._unknown and self._commits.is_there(connection):
            return True
        self._unknown = True
        self._commits.note(connection)
        return False

    def _reconnected(self, wait: ServerWait) -> ImporterError | None:
        """Connect again, and own the run again; what forbids to go on, if anything does."""
        while True:
            try:
                self.close()
                self._locks.renew()
                self.open()
            except AlreadyRunning as exc:
                return exc
            except ImporterError as exc:
                failure = exc
            except DBAPIError as exc:
                failure = self._failure(exc)
            else:
                return None
            if not wait.goes_on():
                return failure

    def _failure(self, exc: Exception) -> ImporterError:
        failure = journal_error(exc, self._database.location)
        failure.__cause__ = exc
        return failure
