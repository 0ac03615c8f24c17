"""The workers: take a row, make its intent durable, send it, make the outcome durable.

A first attempt goes straight through; only a row that needs another one enters the retry policy, in a task of its
own, so that a row in trouble never holds up its neighbours.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar

from importer.creating import decisions
from importer.creating.attempts import Attempts, Client, Limits, Progress, Trial
from importer.creating.decisions import Claims
from importer.creating.feed import Feed, Sendable
from importer.creating.gate import Draining
from importer.creating.retrying import needs_retry, policy
from importer.errors import ApiUnavailable, ImporterError, Stopped
from importer.freedom_id import Answer, Verdict
from importer.model import Outcome

T = TypeVar("T")

log = logging.getLogger("importer")

PARKED: Final = 1000
"""Rows that may wait for a retry at once; beyond that the workers wait too, so memory stays bounded."""

DRAIN_SECONDS: Final = 10.0
"""How long requests on their way may still take once the run is to end."""


class Writer(Protocol):
    """What the workers need of the journal: the first two return when the fact is on disk."""

    async def started(self, row: int) -> None:
        """A request for this row may leave from now on."""
        ...

    async def finished(self, row: int, outcome: Outcome) -> None:
        """The row is done."""
        ...

    def released(self, row: int) -> None:
        """A started row is unknown to the API after all."""
        ...


class Creator:
    """Creates the users of a run; one instance a run, inside one event loop.

    ``claims`` is asked when the API calls a phone taken. ``tell`` gets sentences for the log, without personal data.
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
    ) -> None:
        self._writer, self._limits, self._claims, self._tell = writer, limits, claims, tell
        self._attempts = Attempts(client, limits, tell=tell, progress=progress or Progress())
        self._drained = asyncio.Event()
        self._parked: set[asyncio.Task[None]] = set()
        self._parking = asyncio.Semaphore(PARKED)
        self._feed: Feed | None = None
        self._stop: ImporterError | None = None
        self.progress = self._attempts.progress

    async def run(self, batches: AsyncIterator[list[Sendable]]) -> None:
        """Create everything ``batches`` gives; returns when each row is done or the run is drained.

        Raises:
            ApiUnavailable: the API is down for longer than the outage limit, or refuses the token.
            StorageFailed: the journal cannot be written.
        """
        feed = self._feed = Feed(batches)
        count = self._limits.concurrency + max(4, self._limits.concurrency // 4)
        workers = [asyncio.create_task(self._work(feed)) for _ in range(count)]
        watch = asyncio.create_task(self._watch())
        try:
            await self._finish(workers)
            while self._parked and not self._drained.is_set():
                await self._finish(list(self._parked))
            await self._finish(list(self._parked))
        finally:
            tasks = [watch, *workers, *self._parked]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._stop is not None:
            raise self._stop

    def drain(self) -> None:
        """Send nothing new; what is on its way may end. To be called in the loop's thread."""
        if not self._drained.is_set():
            self._drained.set()
            if self._feed is not None:
                self._feed.close()
            self._attempts.gate.drain()

    async def _finish(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for ``tasks``; once drained, for DRAIN_SECONDS at most."""
        if not tasks:
            return
        drained = asyncio.create_task(self._drained.wait())
        together = asyncio.gather(*tasks, return_exceptions=True)
        both: set[asyncio.Future[Any]] = {drained, together}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not together.done():
                await asyncio.wait({together}, timeout=DRAIN_SECONDS)
        finally:
            drained.cancel()

    async def _watch(self) -> None:
        """End the run when nothing has passed for the outage limit."""
        clock = asyncio.get_running_loop().time
        health = self._attempts.health
        while not health.outage_exceeded(clock()):
            self._attempts.show()
            deadline = health.deadline()
            await asyncio.sleep(0.2 if deadline is None else min(0.2, max(0.01, deadline - clock())))
        limit = self._limits.outage_limit
        self._end(ApiUnavailable(f"the API has let nothing through for {limit:g} s; run the same command to go on"))

    def _end(self, reason: ImporterError) -> None:
        self._stop = self._stop or reason
        self.drain()

    async def _work(self, feed: Feed) -> None:
        with contextlib.suppress(Draining):
            while await self._guard(self._next(feed)):
                pass

    async def _next(self, feed: Feed) -> bool:
        sendable = await feed.take()
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
            log.debug("defect", exc_info=True)
            self._end(Stopped(f"a defect of the importer stopped the run ({type(exc).__name__}); rows are safe"))
            raise

    async def _first(self, trial: Trial) -> None:
        await self._writer.started(trial.sendable.row)
        answer = await self._send(trial, retry=False)
        if not needs_retry(answer):
            await self._settle(trial, answer)
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
        answers = [first]

        async def attempt() -> Answer:
            return answers.pop() if answers else await self._send(trial, retry=True)

        async def retry() -> None:
            retrying = policy(give_up=lambda: self._give_up(trial), sleep=self._sleep, backoff=self._limits.backoff)
            await self._settle(trial, await retrying(attempt))

        try:
            await self._guard(retry())
        except Draining:
            self._release(trial)

    def _give_up(self, trial: Trial) -> bool:
        if trial.spent < self._limits.attempts:
            return False
        exhausted = self._feed is None or self._feed.exhausted
        health = self._attempts.health
        if health.row_is_to_blame(trial.blame, fresh_rows_left=not exhausted):
            return True
        if not health.is_open:
            health.open(asyncio.get_running_loop().time())
        return False

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._drained.wait(), seconds)
            raise Draining

    async def _send(self, trial: Trial, *, retry: bool) -> Answer:
        try:
            return await self._attempts.send(trial, retry=retry)
        except (Draining, ApiUnavailable):
            self._release(trial)
            raise

    def _release(self, trial: Trial) -> None:
        """Put a row back that the API cannot know: no request left, or each was refused before it could act."""
        if not trial.doubt:
            self._writer.released(trial.sendable.row)

    async def _settle(self, trial: Trial, answer: Answer) -> None:
        if answer.verdict is Verdict.FORBIDDEN:
            self._release(trial)
            raise ApiUnavailable("the API forbids creating users with this token (403); ask Freedom Pay for the right")
        if answer.verdict is Verdict.MISROUTED:
            self._release(trial)
            raise ApiUnavailable(
                f"requests do not reach a Freedom ID API: {_what_came(answer)}; check --url, proxy and certificates"
            )
        outcome = await self._outcome(trial, answer)
        await self._writer.finished(trial.sendable.row, outcome)
        self.progress.done[outcome.status] += 1

    async def _outcome(self, trial: Trial, answer: Answer) -> Outcome:
        if answer.verdict is Verdict.CREATED:
            return decisions.created(answer)
        if answer.verdict is Verdict.REJECTED:
            return decisions.rejected(answer)
        if answer.verdict is Verdict.TAKEN:
            known = await self._claims(trial.sendable)
            return decisions.taken(answer, Claims(known.ours, known.doubt or trial.doubt))
        return decisions.failed(answer, trial.spent, doubt=trial.doubt)


def _what_came(answer: Answer) -> str:
    """Status and words of an answer that has nothing to do with any row, so it may be shown."""
    return f"HTTP {answer.http_status} {answer.message}".strip() if answer.http_status else answer.message
