"""Builders for the creating tests: a loop whose clock jumps, a small API with faults to order, a journal in memory."""

import asyncio
import random
import selectors
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from support.bounds import bounds

from importer.creating import Creator, Sendable, SendProgress, TakenPhone
from importer.freedom_id import Answer, AnswerKind
from importer.model import Outcome


class JumpingSelector(selectors.SelectSelector):
    """Never waits: where a real selector would sleep, the loop's clock jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def in_virtual_time(main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine on a loop whose hours last milliseconds."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main())  # type: ignore[arg-type]  # an async function's awaitable is a coroutine


class MemoryWriter:
    """A journal in memory that notes the order of things."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.open: set[int] = set()
        self.log: list[tuple[str, int]] = []

    async def started(self, row: int, *, in_spite: bool = False, update: object = None) -> None:
        self.open.add(row)
        self.log.append(("started", row))

    async def finished(self, row: int, outcome: Outcome) -> None:
        assert row not in self.outcomes, f"row {row} finished twice"
        assert row in self.open, f"row {row} finished but never started"
        self.outcomes[row] = outcome
        self.open.discard(row)

    def released(self, row: int) -> None:
        self.open.discard(row)


class FakeApi:
    """Creates users after ``latency`` s; ``fault(attempt number, row body)`` may return another answer instead."""

    def __init__(
        self, latency: float = 0.1, fault: Callable[["FakeApi", dict[str, str]], Answer | None] | None = None
    ) -> None:
        self.latency, self.fault = latency, fault
        self.users: dict[str, str] = {}
        self.requests: list[float] = []
        self.tries: Counter[str] = Counter()
        self.updated: list[dict[str, str]] = []
        self.renewals = 0
        self.renewable = False
        self.most_at_once = self.at_once = 0

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def create(self, body: dict[str, str]) -> Answer:
        self.tries[body["phone"]] += 1
        return await self.answer(body, self.make)

    async def update(self, body: dict[str, str]) -> Answer:
        self.tries[body["freedom_id"]] += 1
        return await self.answer(body, self.change)

    async def answer(self, body: dict[str, str], done: Callable[[dict[str, str]], Answer]) -> Answer:
        self.requests.append(self.now)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.fault(self, body) if self.fault else None
            await asyncio.sleep(self.latency)
        finally:
            self.at_once -= 1
        return answer or done(body)

    def change(self, body: dict[str, str]) -> Answer:
        self.updated.append(body)
        return Answer(AnswerKind.UPDATED, http_status=200)

    def make(self, body: dict[str, str]) -> Answer:
        if body["phone"] in self.users:
            return Answer(AnswerKind.TAKEN, http_status=409)
        self.users[body["phone"]] = f"id-{body['phone']}"
        return Answer(AnswerKind.CREATED, freedom_id=self.users[body["phone"]], http_status=200)

    async def renew_token(self) -> bool:
        self.renewals += 1
        await asyncio.sleep(self.latency)
        return self.renewable


def rows(count: int, first: int = 2) -> list[Sendable]:
    return [Sendable(row, {"phone": f"+7701{row:07d}"}) for row in range(first, first + count)]


async def feed(sendables: list[Sendable], size: int = 100) -> AsyncIterator[list[Sendable]]:
    for start in range(0, len(sendables), size):
        yield sendables[start : start + size]


async def nobody(_sendable: Sendable) -> TakenPhone:
    return TakenPhone("", doubt=False)


class Made:
    """What a creation left behind."""

    def __init__(
        self, writer: MemoryWriter, api: FakeApi, progress: SendProgress, seconds: float, error: Exception | None
    ) -> None:
        self.writer, self.api, self.progress, self.seconds, self.error = writer, api, progress, seconds, error

    def statuses(self) -> Counter[str]:
        return Counter(str(outcome.status) for outcome in self.writer.outcomes.values())


def create(
    sendables: list[Sendable],
    api: FakeApi,
    *,
    seed: int = 1,
    phone_owner: Callable[[Sendable], Awaitable[TakenPhone]] = nobody,
    during: Callable[[Creator], Awaitable[None]] | None = None,
    last_rows: bool = False,
    worked: bool = False,
    writer: MemoryWriter | None = None,
    **limits: Any,
) -> Made:
    """Create ``sendables`` against ``api`` in virtual time."""
    random.seed(seed)

    async def main() -> Made:
        journal, progress = writer or MemoryWriter(), SendProgress()
        creator = Creator(
            api,
            journal,
            bounds(**limits),
            phone_owner=phone_owner,
            progress=progress,
            last_rows=last_rows,
            worked=worked,
        )
        meanwhile = asyncio.create_task(during(creator)) if during else None
        began = asyncio.get_running_loop().time()
        error: Exception | None = None
        try:
            await creator.run(feed(sendables))
        except Exception as exc:
            error = exc
        seconds = asyncio.get_running_loop().time() - began
        if meanwhile:
            meanwhile.cancel()
            await asyncio.gather(meanwhile, return_exceptions=True)
        return Made(journal, api, progress, seconds, error)

    return in_virtual_time(main)
