"""The rows still to be created, taken one by one by many workers from an iterator that gives them in batches.

Some rows are held back to the end, in reserve: when the rest have failed and nobody else is left, whether a fresh row
passes tells a poison row from an outage. See ``retry_policy``.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from importer.journal.ledger.ledger_writes import UnderWay

SHORT: Final = 1000
"""Rows: up to this many, the reserve is released by halves, so that these rows have a reserve too. In more, they
are hardly poison, and each time that the answers of the others are waited for costs the run the time of an answer."""


class Sendable(NamedTuple):
    """A row to create, or whose user to update.

    Attributes:
        row: Its number.
        body: Of its request.
        doubt: Whether an earlier request may have left unanswered.
        freedom_id: Of the user to be updated; "": one to be created.
        prints: Of the fields, for the ledger once it is done (see ``Outcome``).
        replaces: The phone (hashed) that an update takes from the user; b"": none.
        before: Of an update: the prints that the ledger has, until a request leaves and once it is refused.
        marked: Of an update: the prints that it has in between.
    """

    row: int
    body: dict[str, str]
    doubt: bool = False
    freedom_id: str = ""
    prints: bytes = b""
    replaces: bytes = b""
    before: bytes = b""
    marked: bytes = b""

    @property
    def update(self) -> UnderWay | None:
        """What the ledger is to know of the row's user before a request leaves; None: it has none yet."""
        return UnderWay(self.freedom_id, self.marked, self.replaces) if self.freedom_id else None


class Feed:
    """Hands out the rows of ``batches``; the next batch is fetched when the one before is used up.

    ``take`` ends before the reserve, which is ``reserve`` rows at most; ``release`` lets it go on with them.
    """

    def __init__(self, reserve: int) -> None:
        self._most = reserve
        self._batches: AsyncIterator[list[Sendable]]
        self._stock: list[Sendable] = []
        self._reserve: list[Sendable] = []
        self._fetching = asyncio.Lock()
        self._handed_out = 0
        self._ended = False

    def begin(self, batches: AsyncIterator[list[Sendable]]) -> None:
        """Say where the rows come from; before the first ``take``."""
        self._batches = batches

    @property
    def exhausted(self) -> bool:
        """Whether the last row but the reserve has been handed out."""
        return self._ended and not self._stock

    @property
    def has_reserve(self) -> bool:
        """Whether a row is held back."""
        return bool(self._reserve)

    def close(self) -> None:
        """Hand out nothing more."""
        self._ended = True
        self._stock, self._reserve = [], []

    async def take(self) -> Sendable | None:
        """The next row, or None when only the reserve is left; errors of the iterator pass through, once."""
        while not self._stock:
            if self._ended:
                return None
            async with self._fetching:
                if not self._stock and not self._ended:
                    await self._fetch()
        if len(self._reserve) < self._most and not self._ended:
            self._hold_back()
        self._handed_out += 1
        return self._stock.pop()

    def take_reserve(self) -> Sendable | None:
        """A row from somewhere else in the file, or None when none is held back."""
        return self._reserve.pop() if self._reserve else None

    def release(self) -> bool:
        """Let ``take`` hand out the reserve, of a short file half of it; False: there is none left."""
        keep = len(self._reserve) // 2 if self._handed_out < SHORT else 0
        self._stock, self._reserve = self._reserve[keep:], self._reserve[:keep]
        return bool(self._stock)

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

    def _hold_back(self) -> None:
        """Make up what the reserve lacks: half of the stock at most, rows that no command has tried if any."""
        have = len(self._reserve)
        wanted = min(self._most, (len(self._stock) + have) // 2) - have
        if wanted <= 0:
            return
        places = [place for place, one in enumerate(self._stock) if not one.doubt] or range(len(self._stock))
        for place in sorted(random.sample(places, min(wanted, len(places))), reverse=True):
            self._reserve.append(self._stock.pop(place))
