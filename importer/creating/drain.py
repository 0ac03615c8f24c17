"""Ending a run early: nothing new is sent, waits end at once, what is on its way gets its time."""

import asyncio
import contextlib
from collections.abc import Collection
from typing import Any, Final

from importer.creating.turnstile import Draining

LONGEST: Final = 10.0
"""Seconds that requests on their way may still take once the run is to end."""


class Drain:
    """Whether the run is to end; belongs to one event loop."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()
        self._ends_at = 0.0

    @property
    def begun(self) -> bool:
        """Whether nothing new may be sent."""
        return self._begun.is_set()

    def begin(self) -> None:
        """The run is to end."""
        self._ends_at = asyncio.get_running_loop().time() + LONGEST
        self._begun.set()

    async def sleep(self, seconds: float) -> None:
        """Wait. Raises Draining at once when the run is to end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._begun.wait(), seconds)
            raise Draining

    async def finish(self, tasks: Collection[asyncio.Task[None]]) -> None:
        """Wait for ``tasks``, whatever they end with; LONGEST at most once the run is to end."""
        if not tasks:
            return
        begun = asyncio.create_task(self._begun.wait())
        together = asyncio.gather(*tasks, return_exceptions=True)
        both: set[asyncio.Future[Any]] = {begun, together}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not together.done():
                left = self._ends_at - asyncio.get_running_loop().time()
                await asyncio.wait({together}, timeout=max(0.0, left))
        finally:
            begun.cancel()
