"""Several workers that share a budget, in virtual time: each a Creator, all behind one record and one API."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from support.bounds import bounds
from support.virtual_time import FakeApi, MemoryWriter, in_virtual_time, nobody

from importer.creating import Creator, Sendable, SendProgress
from importer.creating.shared_budget.budget_exchange import BudgetExchange
from importer.creating.shared_budget.budget_terms import Grant, WorkerReport
from importer.creating.shared_budget.shared_budget import SharedBudget
from importer.errors import StorageFailed

EPOCH = 1_700_000_000.0
"""By how much the record's clock is ahead of the workers'."""


class Record:
    """A record in memory: what is kept is text, and each exchange takes a few milliseconds."""

    def __init__(self, delay: float = 0.004) -> None:
        self.text, self.delay = "", delay
        self.cut_off: set[str] = set()
        self.grants: dict[str, Grant] = {}

    @property
    def budget(self) -> SharedBudget:
        return SharedBudget.from_json(self.text)

    def exchange(self, report: WorkerReport) -> Grant:
        budget = self.budget
        grant = budget.exchange(report, asyncio.get_running_loop().time() + EPOCH)
        self.text = budget.to_json()
        self.grants[report.member] = grant
        return grant

    async def call(self, exchange: Callable[[WorkerReport], Grant], report: WorkerReport) -> Grant:
        await asyncio.sleep(self.delay / 2)
        if report.member in self.cut_off:
            raise StorageFailed("cut off")
        grant = exchange(report)
        await asyncio.sleep(self.delay / 2)
        return grant


class Worker:
    """One of several; ``error`` is what ended it."""

    def __init__(self, name: str, record: Record, api: FakeApi, **limits: Any) -> None:
        self.name, self.writer, self.progress, self.told = name, MemoryWriter(), SendProgress(), list[str]()
        self.creator = Creator(
            api,
            self.writer,
            bounds(**limits),
            phone_owner=nobody,
            tell=self.told.append,
            progress=self.progress,
            shared=BudgetExchange(record.exchange, member=name, call=record.call),
        )
        self.error: Exception | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, batches: AsyncIterator[list[Sendable]]) -> None:
        async def work() -> None:
            try:
                await self.creator.run(batches)
            except Exception as exc:
                self.error = exc

        self._task = asyncio.create_task(work())

    def die(self) -> None:
        """As kill -9: it says nothing to anybody any more."""
        assert self._task
        self.creator._shared = None
        self._task.cancel()

    async def end(self) -> None:
        self.creator.drain()
        await self.ended()

    async def ended(self) -> None:
        assert self._task
        await asyncio.gather(self._task, return_exceptions=True)


def claimed(number: int, size: int = 50, most: float = float("inf")) -> Callable[[], AsyncIterator[list[Sendable]]]:
    """Rows of its own for a worker, without end or at most so many."""

    async def batches() -> AsyncIterator[list[Sendable]]:
        first = 2
        while first < most + 2:
            rows = range(first, int(min(first + size, most + 2)))
            yield [Sendable(number * 1_000_000 + row, {"phone": f"+77{number}{row:07d}"}) for row in rows]
            first += size
            await asyncio.sleep(0.03)

    return batches


def together(steps: Callable[[Record, Callable[..., Worker]], Awaitable[Any]], api: FakeApi, **limits: Any) -> Any:
    """Run ``steps(record, start)``; ``start()`` starts one more worker, all that are left are ended afterwards."""

    async def main() -> Any:
        record, workers = Record(), list[Worker]()

        def start(*, most: float = float("inf"), through: FakeApi | None = None) -> Worker:
            number = len(workers)
            worker = Worker(f"worker-{number}", record, through or api, **{"concurrency": 32, **limits})
            worker.start(claimed(number, most=most)())
            workers.append(worker)
            return worker

        found = await steps(record, start)
        await asyncio.gather(*(worker.end() for worker in workers))
        return found

    return in_virtual_time(main)
