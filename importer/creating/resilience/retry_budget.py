"""The retry budget: retries are a share of all requests, so that a sick API is not hammered."""

from typing import Final

RESERVE: Final = 100.0
"""Retries that are always possible at the start: a small file with bad luck must not crawl."""

MOST: Final = 100 * RESERVE
"""Retries that can be saved up. Fewer, and rows at the end of a large file pay for a bad minute with failures that it
could afford; without a bound, an API that falls sick after millions of rows would be hammered for hours."""

TRICKLE: Final = 2.0
"""Retries per second that are possible even when nothing new is sent: the tail of a file must end."""


class RetryBudget:
    """Tokens: each first attempt pays in ``share``, each retry takes one out."""

    def __init__(self, *, share: float, now: float) -> None:
        self._share = share
        self._tokens = RESERVE
        self._trickled_at = now

    def first_attempt(self) -> None:
        """A row was sent for the first time."""
        self._tokens = min(self._tokens + self._share, MOST)

    def take(self, now: float) -> bool:
        """Take one retry out; False when there is none now."""
        self._tokens += max(0.0, now - self._trickled_at) * TRICKLE if self._tokens < RESERVE else 0.0
        self._trickled_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
