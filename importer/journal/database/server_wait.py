"""How long a server that was lost is waited for, the same wherever that is done."""

import time
from typing import Final

from importer.journal.database.database_errors import is_lost

RECONNECTING: Final = 60.0
"""Seconds until a server that answered before is given up: a restart or a failover takes less."""

_PAUSE: Final = 0.5
"""Seconds between two attempts to reach it again."""


class ServerWait:
    """One wait, which began when it was made; ``patient``: False where nobody waits at all.

    tenacity has the same words; it loads asyncio, and a command that only looks has to start at once.
    """

    def __init__(self, *, patient: bool = True) -> None:
        self._until = time.monotonic() + (RECONNECTING if patient else 0)

    def is_over(self) -> bool:
        """Whether the server was waited for long enough."""
        return time.monotonic() >= self._until

    def goes_on(self) -> bool:
        """Whether to try once more; a moment passes first."""
        if self.is_over():
            return False
        time.sleep(_PAUSE)
        return True

    def outlasts(self, failure: BaseException | None) -> bool:
        """As ``goes_on``, where a failure says that the server was lost; anything else is not waited for."""
        return failure is not None and is_lost(failure) and self.goes_on()
