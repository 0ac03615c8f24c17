"""A worker that creates users: it claims rows of a run, sends them as one machine does, and records what came of them.

Dask may run this twice, or lose it: the journal's claims decide who sends what (see ``journal.writer.claims``).
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from importer.cluster.pieces import read
from importer.creating import Creator, Sendable, SendProgress, TakenPhone
from importer.creating.endpoint.endpoint import Endpoint
from importer.creating.outcomes.recent_ids import RECENT, KnownIds
from importer.creating.rows.unsent_rows import has_worked
from importer.creating.sending import phone_owner_of
from importer.creating.shared_budget.budget_exchange import BudgetExchange
from importer.creating.shared_budget.budget_record import exchange_in
from importer.errors import ImporterError, Stopped
from importer.freedom_id.lookup_loop import LookupLoop
from importer.journal import Journal, JournalWriter, Run, recent_ids
from importer.journal.commits.unsaved_outcomes import take_up
from importer.journal.database.session_locks import SessionLocks
from importer.journal.writer.claims import Claimant, Orders, Piece
from importer.messages.kept_sentences import kept
from importer.messages.text import as_record
from importer.settings import Settings
from importer.settings.journal_address import JournalAddress
from importer.storage import Storage

_LOOK: Final = 0.5
"""Seconds between two words with the client: a request to pause or to end takes effect within two seconds."""

_AGAIN: Final = 0.3
"""Seconds until a worker that found nothing to claim asks again."""

_LINES: Final = 20
"""Of the log, at most, between two words."""

COUNTED: Final = ("requests", "refused", "full")
"""Of ``SendProgress``, what a run's workers have together."""


@dataclass(frozen=True, repr=False)
class Assignment:
    """What a worker needs to know.

    Attributes:
        settings: The command's.
        url, label, token: Of the API (see ``Endpoint``).
        journal: Its address; ``home`` and ``key`` are the client's: a worker's environment goes before them.
        password: Of the database, where the client's environment has it.
        storage: Where the rows lie.
        run: The run's id.
        last_rows: Whether an earlier command waited for these very rows in vain (see ``Creator``).
    """

    settings: Settings
    url: str
    label: str
    token: str
    journal: str
    home: Path
    key: Path
    password: str
    storage: str
    run: str
    last_rows: bool


@dataclass(frozen=True)
class Sent:
    """How a worker ended: what stopped it before the last row, if anything did, and rows it left, with the cause."""

    stopped: Stopped | None
    left: dict[int, Any]


def create_users(given: Assignment) -> Sent:
    """Create users until no row is left to claim, or the client wants no more.

    Raises:
        ImporterError: the journal, or the storage, cannot be used.
    """
    if given.password:
        os.environ.setdefault("PGPASSWORD", given.password)
    with Journal.open(_address(given)) as journal:
        run = journal.get_run(given.run)
        take_up(journal.database, SessionLocks(journal.database), worked_on=run.id)
        with asyncio.Runner(loop_factory=LookupLoop) as runner:
            return runner.run(_Sender(journal, run, given).send())


def _address(given: Assignment) -> JournalAddress:
    home, key = os.environ.get("IMPORTER_HOME"), os.environ.get("IMPORTER_KEY_FILE")
    return JournalAddress(given.journal, Path(home) if home else given.home, Path(key) if key else given.key)


class _Sender:
    """One worker's part in a run; belongs to one event loop."""

    def __init__(self, journal: Journal, run: Run, given: Assignment) -> None:
        self._journal, self._run, self._given = journal, run, given
        self._storage = Storage(given.storage)
        number, self._api = journal.numbers_of(run.id)
        self._claimant = Claimant(journal.database, number, f"{socket.gethostname()}:{os.getpid()}")
        self._progress, self._worked = SendProgress(), time.process_time()
        self._said: list[Any] = []
        self._in_hand: dict[Piece, set[int]] = {}
        self._orders = Orders(ended=False)

    async def send(self) -> Sent:
        """Send; ends when there is nothing left, or nothing more may be sent."""
        stopped = None
        try:
            await self._create()
        except Stopped as exc:
            stopped = exc
        with contextlib.suppress(ImporterError):  # who cannot say that he leaves is found to be gone
            await asyncio.to_thread(self._leave)
        return Sent(stopped, {row: as_record(cause) for row, cause in self._progress.left.items()})

    async def _create(self) -> None:
        given, journal, run = self._given, self._journal, self._run
        api = await Endpoint(given.settings, given.url, given.label, given.token).connect()
        ids = KnownIds(recent_ids(journal, run.api, RECENT), journal.ledger.keys().of)
        writing = JournalWriter(journal, run, self._claimant.number, at_once=given.settings.concurrency)
        async with contextlib.aclosing(api), writing as writer:
            api.on_doubtful_id = writer.taken_back
            self._creator = Creator(
                api,
                writer,
                given.settings,
                phone_owner=self._phone_owner,
                tell=lambda text: self._said.append(as_record(text)),
                progress=self._progress,
                last_rows=given.last_rows,
                ids=ids,
                worked=has_worked(run),
                shared=BudgetExchange(exchange_in(journal.database, self._api), member=str(self._claimant.number)),
            )
            following = asyncio.create_task(self._follow(api.stop_connecting))
            try:
                await self._creator.run(self._batches())
            finally:
                following.cancel()
        writer.check()

    async def _phone_owner(self, sendable: Sendable) -> TakenPhone:
        other_names = self._given.settings.accept_other_names
        return await asyncio.to_thread(phone_owner_of, self._journal, self._run, sendable, other_names=other_names)

    async def _batches(self) -> AsyncIterator[list[Sendable]]:
        while not self._creator.draining:
            complete = self._orders.complete
            piece = await asyncio.to_thread(self._claimant.claim)
            if piece is not None:
                if rows := await asyncio.to_thread(self._rows_of, piece):
                    yield rows
            elif complete:
                return
            else:
                await asyncio.sleep(_AGAIN)

    def _rows_of(self, piece: Piece) -> list[Sendable]:
        """The rows of a piece that have no outcome yet."""
        todo = self._journal.unfinished(self._run.id, piece.first, piece.last)
        found = [one._replace(doubt=todo[one.row]) for one in read(self._storage, piece) if one.row in todo]
        self._in_hand[piece] = {one.row for one in found}
        return found

    async def _follow(self, stop_connecting: Any) -> None:
        """Tell the client of the work, and do what it wants."""
        while True:
            with contextlib.suppress(ImporterError):  # a journal that is gone ends the work where it is written
                self._orders = await asyncio.to_thread(self._report)
            if self._orders.ended and not self._creator.draining:
                self._creator.drain()
                stop_connecting()
            self._creator.pause(paused=self._orders.paused)
            await asyncio.sleep(_LOOK)

    def _report(self) -> Orders:
        for piece, rows in list(self._in_hand.items()):
            if not rows & self._journal.unfinished(self._run.id, piece.first, piece.last).keys():
                self._claimant.settle(piece)
                self._in_hand.pop(piece, None)
        return self._claimant.renew(self._told())

    def _leave(self) -> None:
        self._report()
        self._claimant.leave(self._told())

    def _told(self) -> dict[str, Any]:
        progress = self._progress
        told: dict[str, Any] = {name: getattr(progress, name) for name in COUNTED}
        done = {str(status): count for status, count in progress.done.items()}
        lines = list(enumerate(self._said))[-_LINES:]
        told |= {"done": done, "outages": progress.outages, "cause": kept(progress.cause), "lines": lines}
        return told | {"busy": time.process_time() - self._worked}
