"""The rows still to be created, taken one by one by many workers from an iterator that gives them in batches."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Sendable:
    """A row to create: its number, its request body and whether an earlier request may have left unanswered."""

    row: int
    body: dict[str, str]
    doubt: bool = False


class Feed:
    """Hands out the rows of ``batches``; the next batch is fetched when the one before is used up."""

    def __init__(self, batches: AsyncIterator[list[Sendable]]) -> None:
        self._batches = batches
        self._stock: list[Sendable] = []
        self._fetching = asyncio.Lock()
        self._ended = False

    @property
    def exhausted(self) -> bool:
        """Whether the last row has been handed out."""
        return self._ended and not self._stock

    def close(self) -> None:
        """Hand out nothing more."""
        self._ended = True
        self._stock = []

    async def take(self) -> Sendable | None:
        """The next row, or None at the end; errors of the iterator pass through, once."""
        while not self._stock:
            if self._ended:
                return None
            async with self._fetching:
                if not self._stock and not self._ended:
                    await self._fetch()
        return self._stock.pop()

    async def _fetch(self) -> None:
        try:
            batch = await anext(self._batches)
        except StopAsyncIteration:
            self._ended = True
        except BaseException:
            self._ended = True
            raise
        else:
            if not self._ended:
                self._stock = batch[::-1]
