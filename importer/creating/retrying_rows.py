"""The rows in trouble: each in a task of its own, which carries out what ``retry_policy`` decides."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Final

from importer.creating.attempt import Attempts
from importer.creating.drain import Drain
from importer.creating.outcomes.recording import Recorder
from importer.creating.resilience import retry_policy
from importer.creating.resilience.retry_policy import Decision, Others
from importer.creating.rows.row import Row
from importer.creating.rows.row_feed import Feed
from importer.creating.turnstile import Draining
from importer.errors import ImporterError
from importer.freedom_id import Answer, NothingSent
from importer.journal.states import Held
from importer.settings import Settings

MOST: Final = 1000
"""Rows that may wait for a retry at once; beyond that the workers wait too, so memory stays bounded."""

LOOK_AGAIN: Final = 0.2
"""Seconds between two looks at what a row is waiting for."""

OTHER_RUN: Final = 30.0
"""Seconds to wait for the answer that another run gets for the same phone: a request takes less. It may be dead."""

LOOK_AT_OTHERS: Final = 1.0
"""Seconds between two looks at it."""


class Retries:
    """Retries rows until they have an answer or have failed for good.

    ``guard`` runs a step and lets what stops the run end it for all. ``last_rows``: an earlier command waited for these
    very rows in vain, and they are few.
    """

    def __init__(
        self,
        attempts: Attempts,
        recorder: Recorder,
        feed: Feed,
        drain: Drain,
        settings: Settings,
        *,
        guard: Callable[[Awaitable[None]], Awaitable[None]],
        last_rows: bool,
    ) -> None:
        self._attempts, self._recorder, self._feed, self._drain = attempts, recorder, feed, drain
        self._settings, self._guard, self._last_rows = settings, guard, last_rows
        self._clock = asyncio.get_running_loop().time
        self._rows: set[Row] = set()
        self._room = asyncio.Semaphore(MOST)
        self._tasks: set[asyncio.Task[None]] = set()
        self._reserve: asyncio.Task[None] | None = None

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """The tasks of rows that no worker has in hand."""
        return [*self._tasks, *([self._reserve] if self._reserve is not None else [])]

    async def first(self, row: Row) -> None:
        """The first attempt of a row; ends when it is done, or in a task of its own to be tried again."""
        held = await self._recorder.started(row)
        answer = await self._attempt(row) if held is None else None
        if answer is None and held is not Held.ELSEWHERE:
            return
        await self._room.acquire()
        self._begin(self._held_up(row) if answer is None else self._again(row, answer))

    async def _attempt(self, row: Row) -> Answer | None:
        """Send a row that was not sent yet; its answer if it has to be sent again."""
        answer = await self._send(row, retry=False)
        if retry_policy.needs_retry(answer):
            return answer
        await self._recorder.record(row, answer)
        return None

    async def _held_up(self, row: Row) -> None:
        await self._guard(self._after_another_run(row))

    async def _after_another_run(self, row: Row) -> None:
        """Another run sends the row's phone, or has just sent it: take what it gets, or send the row after all."""
        patience = self._clock() + OTHER_RUN
        while not await self._recorder.created_elsewhere(row):
            held = await self._recorder.started(row, in_spite=self._clock() >= patience)
            if held is None and (answer := await self._attempt(row)) is not None:
                await self._again(row, answer)
            if held is not Held.ELSEWHERE:
                return
            await self._drain.sleep(LOOK_AT_OTHERS)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def send_reserve(self) -> None:
        """Let a row held back show whether the API works, one at a time."""
        if self._reserve is None and (sendable := self._feed.take_reserve()) is not None:
            self._reserve = asyncio.create_task(self._probe(Row(sendable, sendable.doubt)))
            self._reserve.add_done_callback(self._probed)

    async def _probe(self, row: Row) -> None:
        await self._guard(self.first(row))
        if row.answer is not None:
            for other in self._rows:  # what they have failed so far may be the API's fault
                other.attempts = 0

    def _probed(self, task: asyncio.Task[None]) -> None:
        self._reserve = None
        if not task.cancelled():
            task.exception()  # the guard has told it

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()
        if not task.cancelled():
            task.exception()

    async def _again(self, row: Row, first: Answer) -> None:
        self._rows.add(row)
        try:
            await self._guard(self._retry(row, first))
        finally:
            self._rows.discard(row)

    async def _retry(self, row: Row, first: Answer) -> None:
        """Try a row again, whose first attempt was answered ``first``."""
        answers, decision = [first], Decision.RETRY

        async def attempt() -> Answer:
            nonlocal decision
            answer = answers.pop() if answers else await self._send(row, retry=True)
            decision = self._decide_after(row, answer)
            return answer

        policy = retry_policy.retrying(
            failed_for_good=lambda: decision is Decision.GIVE_UP,
            sleep=partial(self._wait, row),
            backoff=self._settings.backoff,
        )
        await self._recorder.record(row, await policy(attempt))

    async def _wait(self, row: Row, seconds: float) -> None:
        """Back off, and for as long as another attempt would tell nothing."""
        try:
            await self._back_off(row, seconds)
            while (decision := self._decide(row)) in {Decision.WAIT, Decision.PROBE}:
                if decision is Decision.PROBE:
                    self.send_reserve()
                await self._drain.sleep(LOOK_AGAIN)
        except Draining:
            self._recorder.release(row)
            raise

    async def _back_off(self, row: Row, seconds: float) -> None:
        """Wait so long; at the end, a row that the quota refused waits for pace and Retry-After alone."""
        until = self._clock() + seconds
        while row.refused and not self._feed.exhausted and until - self._clock() > LOOK_AGAIN:
            await self._drain.sleep(LOOK_AGAIN)
        await self._drain.sleep(min(until - self._clock(), row.refusals.gap) if row.refused else seconds)

    def _decide_after(self, row: Row, answer: Answer) -> Decision:
        if answer is not row.answer:  # 429 and 401 are no failures of the row
            decision = self._decide(row) if row.refused else Decision.RETRY
            if decision is Decision.PROBE:
                self.send_reserve()  # at once: whether others pass must be known before the outage limit
            return decision
        row.attempts += not row.no_room and retry_policy.counts(self._others(), in_outage=row.in_outage)
        decision = self._decide(row)
        if decision is Decision.OPEN_BREAKER:
            self._attempts.open_breaker(self._clock())
        return decision

    def _decide(self, row: Row) -> Decision:
        if row.refused:
            return retry_policy.decide_refused(row.refusals, self._others(), self._clock())
        return retry_policy.decide(row.failures, self._others(), self._clock())

    def _others(self) -> Others:
        passed_at = self._attempts.breaker.passed_at
        return Others(
            attempts=self._settings.attempts,
            rows_left=not self._feed.exhausted,
            in_reserve=self._feed.has_reserve or self._reserve is not None,
            others_retry=any(
                row.attempts < self._settings.attempts and row.refused_alone < retry_policy.PROVEN for row in self._rows
            ),
            others_refused=any(row.refused and passed_at >= row.refused_at for row in self._rows),
            in_trouble=len(self._rows),
            passed_at=passed_at,
            outage=not self._attempts.breaker.is_closed,
            last_rows=self._last_rows,
        )

    async def _send(self, row: Row, *, retry: bool) -> Answer:
        try:
            return await self._attempts.send(row, retry=retry)
        except (Draining, ImporterError, NothingSent):
            self._recorder.release(row)
            raise
