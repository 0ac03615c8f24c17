"""The journal: the only source of outcomes. Runs, their rows, and the ledger that spans runs."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from importer.journal import runs
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database
from importer.journal.database.location import location_of, trusted
from importer.journal.database.opening import open_database
from importer.journal.database.session_locks import SessionLocks
from importer.journal.ledger.ledger import Ledger
from importer.journal.ledger.refused_fingerprints import RefusedRows
from importer.journal.lock import FileLocks
from importer.journal.purging import forget, purge
from importer.journal.rows import rows
from importer.journal.runs import Run
from importer.model import Status
from importer.storage.private_files import make_folder

if TYPE_CHECKING:
    import pandas as pd

_utc_now: Final = partial(datetime.now, UTC)


class Journal:
    """An open journal; ``with`` closes it. Use it from any thread; its calls block for what the disk takes.

    Every method may raise StorageFailed (disk full, read-only, kept busy for minutes), BooksDontBalance (damaged
    file), and UsageError for a run that it doesn't have.

    Attributes:
        location: Where it is.
        folder: Beside it, 0700: a folder a run, and the locks.
        locks: Who works on what.
        clock: The time now.
        ledger: Phones and FreedomIDs. ``refused``: rows that a person was asked to mend.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.location = database.location
        self.folder = self.location.runs
        self.locks = SessionLocks(database) if self.location.server else FileLocks(self.folder)
        self.clock = clock
        self.ledger = Ledger(database)
        self.refused = RefusedRows(database)
        self._numbers: dict[str, tuple[int, int]] = {}

    @property
    def path(self) -> Path:
        """The journal's file (see ``Location.path``)."""
        return self.location.path

    @classmethod
    def open(cls, address: str, *, read_only: bool = False, clock: Callable[[], datetime] = _utc_now) -> "Journal":
        """Open the journal at a path, ``sqlite:///PATH`` or ``postgresql://HOST/DB``; it is made where there is none.

        ``read_only`` writes nothing at all, needs no key file until phones are looked up, and opens also a file
        that is damaged in part.

        Raises:
            UsageError: Not an address; read_only and none is there; no key file; a newer version; others may write it.
            StorageFailed: It cannot be read or written.
            BooksDontBalance: It is damaged, or has another journal's key. Left as it is.
        """
        journal = cls(open_database(trusted(location_of(address)), read_only=read_only), clock)
        if journal.location.server and not read_only:
            from importer.journal.commits.unsaved_outcomes import take_up  # noqa: PLC0415 (the statements of a writer load here)

            try:
                take_up(journal.database, SessionLocks(journal.database))
            except BaseException:
                journal.close()
                raise
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.ledger.close()
        self.locks.close()
        self.database.close()

    # runs

    def create_run(self, identity: str, api: str, input_name: str, input_sha256: str, settings: dict[str, Any]) -> Run:
        """Record a new run, state PLANNING, and make its folder."""
        facts = {"identity": identity, "api": api, "input_name": input_name, "input_sha256": input_sha256}
        with self.database.writing() as connection:
            run = runs.create(connection, self.now(), **facts, settings=settings, keys=self.database.keys())
        self.run_folder(run.id)
        return run

    def find_run(self, identity: str) -> Run | None:
        """Give the newest run of an identity that is not purged: the same command goes on with it."""
        with self.database.reading() as connection:
            return runs.find(connection, identity, self.database.keys())

    def get_run(self, prefix: str, *, sound: bool = False) -> Run:
        """Give the run whose id begins so; UsageError for none or several; with ``sound`` as ``find_run``."""
        with self.database.reading() as connection:
            return runs.get(connection, prefix, self.database.keys() if sound else None)

    def runs(self, limit: int | None = 50) -> Sequence[Run]:
        """Give the runs, newest first; None: all of them."""
        with self.database.reading() as connection:
            return runs.newest(connection, limit)

    def update_run(self, run_id: str, **changes: Any) -> Run:
        """Change state, settings, rows, counts or exit_code of a run.

        Raises:
            TypeError: Another attribute.
            ValueError: A state that cannot follow (see ``states.RUN_TRANSITIONS``).
            AlreadyRunning: This process owned the run, and another one has it by now.
        """
        with self.database.writing(self.locks.owner()) as connection:
            return runs.change(connection, run_id, self.now(), changes, self.database.keys())

    def forget_run(self, run_id: str) -> None:
        """Remove a run that is only being planned, with its folder: its file was refused.

        Raises:
            AlreadyRunning: As ``update_run``.
        """
        self.locks.owner()
        forget(self, run_id)

    def run_folder(self, run_id: str) -> Path:
        """Give the folder of a run's own files (its input copy), made 0700; ``purge`` removes it."""
        folder = self.folder / run_id
        if not self.database.read_only:
            with journal_errors(folder):
                make_folder(folder)
        return folder

    def lock(self, identity: str) -> AbstractContextManager[None]:
        """Own an import (by its identity) for a block; the lock dies with the process.

        Raises:
            AlreadyRunning: Another process has it; says which, where and since when.
        """
        return self.locks.own(identity, self.now())

    # rows

    def plan(self, run_id: str, frame: "pd.DataFrame") -> None:
        """Record what is to be done with rows: one transaction a call.

        Args:
            run_id: The run.
            frame: Index: row numbers, ascending, unique in the run. Columns, all str without NA: status (of
                model.Status; "not_sent" for rows to send), phone (hashed here; "" = none), freedom_id, errors
                (JSON text or ""), note.

        Raises:
            BooksDontBalance: A row was planned before. AlreadyRunning: as ``update_run``.
        """
        rows.plan(self.database, self.number_of(run_id), frame, self.ledger.keys(), self.locks.owner())

    def clear_plan(self, run_id: str) -> None:
        """Delete the rows of a run whose planning was interrupted.

        Raises:
            BooksDontBalance: The run has rows that were started: they are not just planned.
        """
        rows.clear(self.database, self.number_of(run_id))

    def outcomes(self, run_id: str, first_row: int, last_row: int, *, salvage: bool = False) -> "pd.DataFrame":
        """Give the rows of a span, both ends included; ``salvage``: of a damaged file, those that can be read.

        Returns:
            Index row (int64, ascending). Columns status (of model.Status; started rows are "not_sent"), freedom_id,
            errors (JSON text [[field, code, message], …] or ""), note: str, no NA; doubt (bool): it has no outcome.
        """
        from importer.journal.rows.outcomes import outcomes  # noqa: PLC0415 (the history of runs must not load pandas)

        return outcomes(self.database, self.number_of(run_id), first_row, last_row, salvage=salvage)

    def unfinished(self, run_id: str, first_row: int, last_row: int) -> dict[int, bool]:
        """Give the rows of a span still to do → whether one was started before (a request may have left)."""
        return rows.unfinished(self.database, self.number_of(run_id), first_row, last_row)

    def unfinished_span(self, run_id: str) -> tuple[int, int, int]:
        """Give (count, first row, last row) of what is still to do, started rows included; or zeros."""
        return rows.unfinished_span(self.database, self.number_of(run_id))

    def counts(self, run_id: str) -> dict[Status, int]:
        """Give the number of rows of each status that has any; started rows are NOT_SENT."""
        with self.database.reading() as connection:
            return rows.counts(connection, self.number_of(run_id))

    def row_count(self, run_id: str) -> int:
        """Give the number of rows planned."""
        return sum(self.counts(run_id).values())

    # ledger

    def known(self, api: str, phones: Sequence[str]) -> dict[str, str]:
        """Give phone → FreedomID of those that a run on this API address is known to have created.

        The first call after a run sorts in what that run left (seconds for millions), but not beside a JournalWriter.
        """
        return {phone: user.freedom_id for phone, user in self.ledger.users(api, phones).items()}

    def in_doubt(self, api: str, phone: str, *, run_id: str, row: int) -> bool:
        """Whether another row or run on this API sent this phone and never learned what became of it.

        These are rows that were started and have no outcome, that ended failed or unconfirmed, or that were refused
        after a request whose answer was lost.
        """
        return self.ledger.in_doubt(api, phone, self.number_of(run_id), row)

    # books

    def purge(self, older_than: datetime, done: Callable[[int], object] = id) -> list[str]:
        """Remove the input copies and all texts of runs untouched since then, finished or given up; give their ids.

        ``done`` is told how many runs are dealt with; what it raises ends the purge, and the next one goes on.
        Kept: the run's record, its rows' states, keyed hashes, FreedomIDs, the ledger. Runs at work are left out.
        """
        return purge(self, older_than, done)

    def size(self) -> int:
        """Give the bytes that it takes."""
        with self.database.reading() as connection:
            return self.database.kind.size(self.location, connection)

    # within the package

    def now(self) -> str:
        """Give the time as the journal writes it: in milliseconds, so that of two short runs the later is told."""
        return self.clock().astimezone(UTC).isoformat(timespec="milliseconds")

    def number_of(self, run_id: str) -> int:
        """Give the number that stands for a run."""
        return self.numbers_of(run_id)[0]

    def numbers_of(self, run_id: str) -> tuple[int, int]:
        """Give the numbers that stand for a run and for its API in the tables."""
        if run_id not in self._numbers:
            with self.database.reading() as connection:
                self._numbers[run_id] = runs.numbers(connection, run_id)
        return self._numbers[run_id]
