"""The one thread that writes rows in flight: what has queued up is one commit, and nothing waits for more to come.

When the disk is full no row is started any more. The outcomes of those that are on their way are still written, in
space that was set aside for it (``disk_reserve``): an answer that was read must not become a doubt.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import select

from importer.errors import ImporterError, Stopped, StorageFailed
from importer.journal.commits.commit_group import ENDINGS, CommitGroup
from importer.journal.commits.unsaved_outcomes import keep
from importer.journal.database.database_errors import is_full, journal_errors
from importer.journal.database.engine import transaction
from importer.journal.database.location import beside
from importer.journal.database.path_check import Presence
from importer.journal.database.tables import META
from importer.journal.journal import Journal
from importer.journal.ledger.ledger_writes import UnderWay
from importer.journal.runs import Run
from importer.journal.states import Held
from importer.journal.writer.disk_reserve import SIZE, Reserve, size_for
from importer.journal.writer.group_store import GroupStore
from importer.journal.writer.writer_notes import Note, Waiting, again, settled
from importer.messages.text import Text
from importer.model import DOUBTFUL_ID, Outcome

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("importer")

_AT_ONCE: Final = 4096
"""Notes in one commit at most, so that the first of a flood is not held back by the last."""


class JournalWriter:
    """Writes starts and outcomes of one run's rows from the event loop; ``async with`` starts and ends its thread.

    Args:
        journal: An open journal.
        run: The run; its lock is held by this process.
        worker: The number of a worker that shares the run with others (see ``claims``): it begins only rows that it
            has claimed, and records its outcomes where there is none yet. The lock is its client's.
        at_once: How many rows may be under way at once; None: any number.
    """

    def __init__(self, journal: Journal, run: Run, worker: int | None = None, *, at_once: int | None = None) -> None:
        self._worker = worker
        self._database = journal.database
        self._clock = journal.clock
        self._ledger = journal.ledger
        self._run = journal.number_of(run.id)
        self._notes: SimpleQueue[Note | None] = SimpleQueue()
        self._failure: ImporterError | None = None
        self._lost: ImporterError | None = None
        self._journal, self._run_id = journal, run.id
        self._reserve = Reserve(beside(journal.path, "reserve"), SIZE if at_once is None else size_for(at_once))
        self._unsaved: Path | None = None
        self._closed = False
        self._doubtful: set[str] = set()

    async def __aenter__(self) -> Self:
        self._reserve.make()
        with journal_errors(self._database.location):
            self._store = GroupStore(self._journal, self._run, self._worker)
            with transaction(self._store.connection, writing=False):
                self._store.connection.execute(select(META.c.name)).first()  # the log is there from now on
            self._presence = Presence(self._database.location)
        self._ledger.follow(self._run)
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        Thread(target=self._serve, name="journal", daemon=True).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End when all that was noted is written, also when the caller is being cancelled."""
        self._closed = True
        self._ledger.follow(None)
        self._notes.put(None)
        await asyncio.shield(self._ended)

    async def started(self, row: int, *, in_spite: bool = False, update: UnderWay | None = None) -> Held | None:
        """Record that a request for the row is about to leave; it is on the disk on return.

        ``in_spite``: whatever another run did with its phone. ``update``: of a user that is known.

        Returns:
            Why it must not leave, or None. Only several runs, or workers, on a journal on a server are in each
            other's way.

        Raises:
            StorageFailed: It cannot be written: don't send.
            BooksDontBalance: The journal is damaged, or the row is not one still to do.
        """
        return await self._noted(row, None, in_spite=in_spite, update=update)

    async def finished(self, row: int, outcome: Outcome) -> None:
        """Record a row's outcome, and its FreedomID in the ledger; both are on the disk on return.

        Raises:
            StorageFailed: It cannot be written; the row stays in doubt.
            BooksDontBalance: See ``started``.
            ValueError: A status that no row ends with once it was started (see ``states.OUTCOMES``).
        """
        if outcome.status not in ENDINGS:
            raise ValueError(f"a row that was started cannot end as {outcome.status}: it is no outcome of a request")
        await self._noted(row, outcome)

    def check(self) -> None:
        """Whether all that was written lies where the next command looks for it; to be asked when the writer has ended.

        Raises:
            StorageFailed: The journal was removed, moved or replaced; or answers were kept apart, because its server
                was gone. AlreadyRunning: They were, because another process has the run.
            ImporterError: What was noted last is lost; nobody waits for a doubt about a FreedomID.
        """
        if missing := self._presence.missing():
            raise missing
        if self._lost is not None:
            raise again(self._lost)
        if self._unsaved is not None and self._failure is not None:
            raise again(self._failure)

    def released(self, row: int) -> None:
        """Take back ``started``: the row's request provably never left. Written some time later, latest on exit.

        A row that an earlier process (or an earlier call) had started before stays in doubt all the same.
        """
        if self._lost is None and not self._closed:
            self._notes.put(Note(row))

    def taken_back(self, freedom_id: str) -> None:
        """A FreedomID that was recorded may be another request's (see ``repeated_ids``). Written some time later."""
        if self._lost is None and not self._closed:
            self._notes.put(Note(freedom_id))

    def _noted(
        self, row: int, outcome: Outcome | None, *, in_spite: bool = False, update: UnderWay | None = None
    ) -> Waiting:
        future = self._loop.create_future()
        failure = self._failure if outcome is None else self._lost
        if failure is not None:
            future.set_exception(again(failure))
        elif self._closed:
            future.set_exception(StorageFailed(Text("The journal's writer has ended; nothing more is sent.")))
        else:
            self._notes.put(Note(row, outcome, future, in_spite, update))
        return future

    def _serve(self) -> None:
        """The thread: take what there is, write it, tell those who wait; until told to end."""
        try:
            self._write_all()
        finally:
            self._tell(partial(self._ended.set_result, None))

    def _write_all(self) -> None:
        more = True
        while more:
            notes = [self._notes.get()]
            try:
                while len(notes) < _AT_ONCE:
                    notes.append(self._notes.get_nowait())
            except Empty:
                pass
            more = None not in notes
            given = [note for note in notes if note is not None]
            held = self._write(given)
            self._tell(partial(settled, given, held, self._failure, self._lost))
        if self._lost is None and self._unsaved is None:
            self._store.forget()
        self._store.close()

    def _write(self, notes: list[Note]) -> Mapping[Any, Held]:
        """Write a group; when the disk is full, what it says of requests that are over, and from then on only that.

        Gives the rows that were not started, though nothing failed, and why.
        """
        group = self._grouped(notes)
        if self._failure is None and (missing := self._presence.missing()):
            self._failure = missing
            group.started.clear()
        if self._lost is not None or not group:
            return {}
        self._lost = self._stored(group)
        return group.held

    def _stored(self, group: CommitGroup) -> ImporterError | None:
        """Write a group wherever its outcomes can be kept; why they are lost, if they are.

        Until that is known nothing is: outcomes that are noted meanwhile wait for their turn.
        """
        lost = self._store.store(group) if self._unsaved is None else None
        if lost is not None:
            self._failure = self._failure or lost
            group.started.clear()
            if lost.__cause__ is not None and is_full(lost.__cause__):
                self._reserve.free()
                lost = self._store.store(group)
            if isinstance(lost, Stopped) and self._database.location.server:
                self._keep_apart()
        return lost if self._unsaved is None else self._kept(group)

    def _grouped(self, notes: list[Note]) -> CommitGroup:
        group = CommitGroup()
        for row, outcome, future, in_spite, update in notes:
            if isinstance(row, str):
                self._doubtful.add(row)
                group.take_back(row, DOUBTFUL_ID)
            elif outcome is not None:
                group.finish(row, outcome)
                if outcome.freedom_id in self._doubtful:  # the doubt came before its outcome did
                    group.take_back(outcome.freedom_id, DOUBTFUL_ID)
            elif future is None:
                group.release(row)
            elif self._failure is None:
                group.start(row, in_spite=in_spite, update=update)
        return group

    def _keep_apart(self) -> None:
        """From now on outcomes go to a file of this machine: the server takes none of this process any more."""
        self._unsaved = self._journal.location.unsaved
        self._database.give_up()
        log.warning(
            Text(
                "the journal on its server cannot be written; answers that still come are kept in {path}, and the next "
                "command records them",
                path=self._unsaved,
            )
        )

    def _kept(self, group: CommitGroup) -> ImporterError | None:
        assert self._unsaved is not None  # noqa: S101 (asked for where there is one)
        try:
            keep(self._unsaved, self._run_id, group, int(self._clock().timestamp()))
        except ImporterError as exc:
            return exc
        return None

    def _tell(self, what: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self._loop.call_soon_threadsafe(what)
