"""The workers: take a row, make its intent durable, send it, make the outcome durable.

A first attempt goes straight through; only a row that needs another one enters the retry policy, in a task of its
own, so that a row in trouble never holds up its neighbours. Some rows are held back to the end: see ``health``.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Final, TypeVar

from importer.creating.attempts import Attempts, Client, Limits, Progress, Trial
from importer.creating.decisions import Claims
from importer.creating.feed import Feed, Sendable
from importer.creating.gate import Draining
from importer.creating.retrying import needs_retry, policy
from importer.creating.settling import Settling, Writer
from importer.creating.verdicts import Verdicts
from importer.errors import ApiSilent, ImporterError, Stopped
from importer.freedom_id import Answer

T = TypeVar("T")

log = logging.getLogger("importer")

PARKED: Final = 1000
"""Rows that may wait for a retry at once; beyond that the workers wait too, so memory stays bounded."""

SPARE: Final = 3
"""Witnesses beyond one for each attempt of a row: some may be poison themselves, or be used up in an outage."""

LOOK_AGAIN: Final = 0.2
"""Seconds between two looks at what the run is waiting for."""

DRAIN_SECONDS: Final = 10.0
"""How long requests on their way may still take once the run is to end."""


class Creator:
    """Creates the users of a run; one instance a run, inside one event loop.

    ``claims`` is asked when the API calls a phone taken. ``tell`` gets sentences for the log, without personal data.
    ``last_ones``: an earlier command waited for these very rows in vain, and they are few (see ``health``).
    """

    def __init__(
        self,
        client: Client,
        writer: Writer,
        limits: Limits,
        *,
        claims: Callable[[Sendable], Awaitable[Claims]],
        tell: Callable[[str], None] = lambda _text: None,
        progress: Progress | None = None,
        last_ones: bool = False,
    ) -> None:
        self._writer, self._limits = writer, limits
        self.progress = progress or Progress()
        self._attempts = Attempts(
            client, limits, tell=tell, defect=self._defect, progress=self.progress, last_ones=last_ones
        )
        self._settling = Settling(writer, claims, self.progress)
        self._drained = asyncio.Event()
        self._give_up_at = 0.0
        self._parked: set[asyncio.Task[None]] = set()
        self._parking = asyncio.Semaphore(PARKED)
        self._witness: asyncio.Task[None] | None = None
        self._feed = Feed(0 if last_ones else limits.attempts + SPARE)
        self._verdicts = Verdicts(self._attempts.health, self._feed, limits.attempts)
        self._stop: ImporterError | None = None

    async def run(self, batches: AsyncIterator[list[Sendable]]) -> None:
        """Create everything ``batches`` gives; returns when each row is done or the run is drained.

        Raises:
            ApiSilent: the API is down for longer than the outage limit.
            ApiUnavailable: it refuses the token.
            StorageFailed: the journal cannot be written.
        """
        self._feed.begin(batches)
        watch = asyncio.create_task(self._guard(self._watch()))
        workers: list[asyncio.Task[None]] = []
        try:
            more = True
            while more:
                count = self._limits.concurrency + max(4, self._limits.concurrency // 4)
                workers = [asyncio.create_task(self._work()) for _ in range(count)]
                await self._finish(workers)
                self._attempts.health.ending = True
                while (left := self._left()) and not self._drained.is_set():
                    await self._finish(left)
                more = self._feed.release()
            await self._finish(self._left())
        finally:
            tasks = [watch, *workers, *self._left()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._stop is not None:
            raise self._stop

    def drain(self) -> None:
        """Send nothing new; what is on its way may end. To be called in the loop's thread."""
        if not self._drained.is_set():
            self._drained.set()
            self._give_up_at = asyncio.get_running_loop().time() + DRAIN_SECONDS
            self._feed.close()
            self._attempts.gate.drain()

    async def _finish(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for ``tasks``; until DRAIN_SECONDS after the drain at most."""
        if not tasks:
            return
        drained = asyncio.create_task(self._drained.wait())
        together = asyncio.gather(*tasks, return_exceptions=True)
        both: set[asyncio.Future[Any]] = {drained, together}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not together.done():
                left = self._give_up_at - asyncio.get_running_loop().time()
                await asyncio.wait({together}, timeout=max(0.0, left))
        finally:
            drained.cancel()

    def _left(self) -> list[asyncio.Task[None]]:
        """The tasks of rows that no worker has in hand."""
        return [*self._parked, *([self._witness] if self._witness is not None else [])]

    async def _watch(self) -> None:
        """Send a witness in an outage; end the run when nothing has passed for the outage limit."""
        clock = asyncio.get_running_loop().time
        health = self._attempts.health
        while not health.outage_exceeded(clock()):
            self._attempts.show()
            if health.is_open:
                self._send_witness()
            deadline = health.deadline()
            await asyncio.sleep(LOOK_AGAIN if deadline is None else min(LOOK_AGAIN, max(0.01, deadline - clock())))
        limit = self._limits.outage_limit
        self._end(ApiSilent(f"the API has let nothing through for {limit:g} s; run the same command to go on"))

    def _send_witness(self) -> None:
        """Let a row from elsewhere show whether the API works, one at a time."""
        if self._witness is None and (sendable := self._feed.witness()) is not None:
            self._verdicts.testifying = True
            self._witness = asyncio.create_task(self._guard(self._testify(Trial(sendable, sendable.doubt))))
            self._witness.add_done_callback(self._witnessed)

    async def _testify(self, trial: Trial) -> None:
        await self._first(trial)
        if trial.answer is not None:
            self._verdicts.witness_failed()

    def _witnessed(self, task: asyncio.Task[None]) -> None:
        self._witness, self._verdicts.testifying = None, False
        if not task.cancelled():
            task.exception()  # _guard has told it

    def _end(self, reason: ImporterError) -> None:
        self._stop = self._stop or reason
        self.drain()

    def _defect(self, exc: Exception) -> None:
        log.debug("defect", exc_info=exc)
        self._end(Stopped(f"a defect of the importer stopped the run ({type(exc).__name__}); rows are safe"))

    async def _work(self) -> None:
        with contextlib.suppress(Draining):
            while await self._guard(self._next()):
                pass

    async def _next(self) -> bool:
        sendable = await self._feed.take()
        if sendable is None:
            return False
        await self._first(Trial(sendable, sendable.doubt))
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

    async def _first(self, trial: Trial) -> None:
        await self._writer.started(trial.sendable.row)
        answer = await self._send(trial, retry=False)
        if not needs_retry(answer):
            await self._settling.settle(trial, answer)
            return
        await self._parking.acquire()
        task = asyncio.create_task(self._again(trial, answer))
        self._parked.add(task)
        task.add_done_callback(self._unpark)

    def _unpark(self, task: asyncio.Task[None]) -> None:
        self._parked.discard(task)
        self._parking.release()
        if not task.cancelled():
            task.exception()

    async def _again(self, trial: Trial, first: Answer) -> None:
        """Retry a row whose first attempt was ``first`` until it has an answer or its attempts are used up."""
        answers, clock = [first], asyncio.get_running_loop().time

        async def attempt() -> Answer:
            return answers.pop() if answers else await self._send(trial, retry=True)

        async def retry() -> None:
            retrying = policy(
                give_up=lambda: self._verdicts.give_up(trial, clock()),
                sleep=partial(self._wait, trial),
                backoff=self._limits.backoff,
            )
            await self._settling.settle(trial, await retrying(attempt))

        self._verdicts.in_trouble.add(trial)
        try:
            await self._guard(retry())
        except Draining:
            self._settling.release(trial)
        finally:
            self._verdicts.in_trouble.discard(trial)

    async def _wait(self, trial: Trial, seconds: float) -> None:
        """Back off, and for as long as another attempt would tell nothing."""
        await self._sleep(seconds)
        while self._verdicts.must_wait(trial):
            if self._verdicts.want_witness():
                self._send_witness()
            await self._sleep(LOOK_AGAIN)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._drained.wait(), seconds)
            raise Draining

    async def _send(self, trial: Trial, *, retry: bool) -> Answer:
        try:
            return await self._attempts.send(trial, retry=retry)
        except (Draining, ImporterError):
            self._settling.release(trial)
            raise
