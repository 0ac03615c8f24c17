"""The workers: take a row, make its intent durable, send it, make the outcome durable.

A first attempt goes straight through; only a row that needs another one enters the retry policy, in a task of its
own, so that a row in trouble never holds up its neighbours. Some rows are held back to the end: see ``retry_policy``.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from importer.creating.attempt import Attempts
from importer.creating.drain import Drain
from importer.creating.outcomes.outcome_of import TakenPhone
from importer.creating.outcomes.recent_ids import KnownIds
from importer.creating.outcomes.recording import Recorder, Writer
from importer.creating.retrying_rows import LOOK_AGAIN, Retries
from importer.creating.rows.row import Row
from importer.creating.rows.row_feed import Feed, Sendable
from importer.creating.send_progress import SendProgress
from importer.creating.shared_budget.budget_exchange import BudgetExchange
from importer.creating.turnstile import Draining
from importer.errors import ApiSilent, ImporterError, Stopped
from importer.freedom_id import FreedomId
from importer.messages.text import Text
from importer.settings import Settings

T = TypeVar("T")

log = logging.getLogger("importer")

COMMITTING: Final = 4
"""One worker more for so many that may send, four at least: those who wait for the journal's commit are no requests.
With fewer, slots stand empty meanwhile; more of them hold rows in memory that have to wait at the turnstile."""

STOPPED: Final = 5.0
"""Seconds that a short pause is late by where the process was stopped (SIGSTOP, a machine that slept)."""

SPARE: Final = 3
"""Rows in reserve beyond one for each attempt of a row: some may be poison themselves, or be used up in an outage."""


class Creator:
    """Creates the users of a run; one instance a run, inside one event loop.

    ``phone_owner`` is asked when the API calls a phone taken. ``tell`` gets sentences for the log, without personal
    data. ``last_rows``: an earlier command waited for these very rows in vain, and they are few (see ``retry_policy``).
    ``ids``: which FreedomIDs other phones have. ``shared``: its part in a budget of several workers, whose ``settings``
    these are then. ``worked``: whether the address has answered an earlier command of the run.
    """

    def __init__(  # noqa: PLR0913 (each is a part that a run may have, and is named)
        self,
        client: FreedomId,
        writer: Writer,
        settings: Settings,
        *,
        phone_owner: Callable[[Sendable], Awaitable[TakenPhone]],
        tell: Callable[[str], None] = lambda _text: None,
        progress: SendProgress | None = None,
        last_rows: bool = False,
        ids: KnownIds | None = None,
        shared: BudgetExchange | None = None,
        worked: bool = False,
    ) -> None:
        self._settings, self._shared = settings, shared
        self.progress = progress or SendProgress()
        pacer = shared.pacer if shared else None
        self._attempts = Attempts(
            client, settings, tell=tell, defect=self._defect, progress=self.progress, shared=pacer, worked=worked
        )
        self._feed = Feed(0 if last_rows else settings.attempts + SPARE)
        self._drain = Drain()
        self._retries = Retries(
            self._attempts,
            Recorder(writer, phone_owner, self.progress, ids, ended=self._end),
            self._feed,
            self._drain,
            settings,
            guard=self._guard,
            last_rows=last_rows,
        )
        self._stop: ImporterError | None = None
        self._going = asyncio.Event()
        self._going.set()

    async def run(self, batches: AsyncIterator[list[Sendable]]) -> None:
        """Create everything ``batches`` gives; returns when each row is done or the run is drained.

        Raises:
            ApiSilent: the API is down for longer than the outage limit.
            ApiUnavailable: it refuses the token.
            StorageFailed: the journal cannot be written.
        """
        self._feed.begin(batches)
        watch = [asyncio.create_task(self._guard(self._watch()))]
        if self._shared is not None:
            watch.append(asyncio.create_task(self._guard(self._shared.run(self._attempts, self._settings))))
        workers: list[asyncio.Task[None]] = []
        try:
            more = True
            while more:
                count = self._settings.concurrency + max(4, self._settings.concurrency // COMMITTING)
                workers = [asyncio.create_task(self._work()) for _ in range(count)]
                await self._drain.finish(workers)
                while (left := self._retries.tasks) and not self._drain.begun:
                    await self._drain.finish(left)
                more = self._feed.release()
            await self._drain.finish(self._retries.tasks)
        finally:
            tasks = [*watch, *workers, *self._retries.tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._shared is not None:
                await self._shared.leave(self._attempts, self._settings)
        if self._stop is not None:
            raise self._stop

    @property
    def draining(self) -> bool:
        """Whether nothing new is sent any more."""
        return self._drain.begun

    def drain(self) -> None:
        """Send nothing new; what is on its way may end. To be called in the loop's thread."""
        if not self._drain.begun:
            self._drain.begin()
            self._feed.close()
            self._attempts.turnstile.drain()
            self._going.set()

    def pause(self, *, paused: bool) -> None:
        """Begin nothing new until told otherwise; what is on its way ends. To be called in the loop's thread."""
        if paused == self._going.is_set() and not self._drain.begun:
            self._going.clear() if paused else self._going.set()
            self._attempts.turnstile.hold(held=paused, why="paused")

    async def _watch(self) -> None:
        """Send a row in reserve in an outage; end the run when nothing has passed for the outage limit."""
        clock, breaker = asyncio.get_running_loop().time, self._attempts.breaker
        while not breaker.outage_exceeded(clock()):
            self._attempts.show()
            if not breaker.is_closed and self._going.is_set():
                self._retries.send_reserve()
            before = clock()
            await asyncio.sleep(LOOK_AGAIN)
            slept = clock() - before - (LOOK_AGAIN if self._going.is_set() else 0)
            if slept > STOPPED or not self._going.is_set():
                breaker.slept(slept)
        limit, cause = self._settings.outage_limit, self.progress.cause or Text("no answer")
        self._end(
            ApiSilent(
                "the API has let nothing through for {limit:g} s ({cause}); run the same command to go on",
                limit=limit,
                cause=cause,
            )
        )

    async def _work(self) -> None:
        with contextlib.suppress(Draining):
            while await self._guard(self._next()):
                pass

    async def _next(self) -> bool:
        sendable = await self._feed.take()
        if sendable is None:
            return False
        if not self._going.is_set():  # with a row in hand: a paused run with nothing left to send has its end
            await self._going.wait()
            if self._drain.begun:
                raise Draining
        await self._retries.first(Row(sendable, sendable.doubt))
        return True

    async def _guard(self, step: Awaitable[T]) -> T:
        """Let what stops the run end it for all; anything unforeseen is a defect and does so too."""
        try:
            return await step
        except ImporterError as exc:
            self._end(exc)
            raise Draining from exc
        except Draining:
            raise
        except Exception as exc:
            self._defect(exc)
            raise

    def _end(self, reason: ImporterError) -> None:
        self._stop = self._stop or reason
        self.drain()

    def _defect(self, exc: Exception) -> None:
        log.debug("defect", exc_info=exc)
        self._end(Stopped("a defect of the importer stopped the run ({name}); rows are safe", name=type(exc).__name__))
