"""Finding an undocumented request quota from the server's own 429s, and staying just below it.

The API documents no rate limit. Two numbers bound it each time it refuses: how much was accepted between two
refusals (exact for a token bucket, too low for a fixed window that a pause cut in two) and how much was
accepted in the last second (exact for a fixed window, too high for a bucket that was still full). The search
goes on between the two until they agree.
"""

import math
from collections import deque
from typing import Final

MARGIN: Final = 0.975
"""How far below an estimate to pace: what clocks and network jitter may add up within a window of a second."""

SETTLE: Final = 2.0
"""Seconds without a refusal after which a rate counts as accepted."""

HOLD: Final = 30.0
"""Seconds without a refusal after which the known ceiling is tried again, 2 % higher."""


class Quota:
    """The rate (requests/s) that the server is believed to accept; None while it never refused.

    ``cap`` is the operator's own limit (--rate). All times are seconds of one monotonic clock.
    """

    def __init__(self, *, cap: float | None, now: float) -> None:
        self._cap = cap
        self._found: float | None = None
        self._ceiling = math.inf
        self._accepted: deque[float] = deque()
        self._since = now
        self._count = 0
        self._last_event = -math.inf
        self._last_change = now
        self._previous_between: float | None = None

    @property
    def rate(self) -> float | None:
        """Requests per second to keep to; None: no limit is known."""
        if self._found is None:
            return self._cap
        return self._found if self._cap is None else min(self._found, self._cap)

    def accepted(self, now: float) -> None:
        """The server took a request (whatever it answered)."""
        self._count += 1
        self._accepted.append(now)
        self._forget(now)
        if self._found is not None and now - self._last_change >= SETTLE:
            self._grow(now)

    def refused(self, now: float, *, sent_at: float) -> bool:
        """A 429 came; True when it is news, False when it answers a request sent before the last correction."""
        if sent_at <= self._last_event:
            return False
        self._forget(now)
        last_second = float(max(1, len(self._accepted)))
        between = self._count / max(1.0, now - self._since)
        if self._found is None:
            self._ceiling = last_second
            self._found = MARGIN * last_second
        else:
            self._correct(between, last_second)
        self._since, self._count = now, 0
        self._last_event = self._last_change = now
        return True

    def _correct(self, between: float, last_second: float) -> None:
        before = self._found or last_second
        agreed = self._previous_between is not None and abs(between / self._previous_between - 1) < 0.08
        self._previous_between = max(between, 0.01)
        if agreed:
            self._ceiling = between
            self._found = MARGIN * between
            return
        self._ceiling = min(before, last_second)
        middle = math.sqrt(max(between, 0.01) * self._ceiling)
        self._found = max(0.1, min(middle, MARGIN * before))

    def _grow(self, now: float) -> None:
        found = self._found or 0.1
        if found < 0.95 * self._ceiling:
            self._found = (
                (found + MARGIN * self._ceiling) / 2 if found < 0.9 * self._ceiling else MARGIN * self._ceiling
            )
        elif found < 0.985 * self._ceiling:
            self._found = found * 1.003
        elif now - self._last_event > HOLD:
            self._ceiling *= 1.02
            self._last_event = now
        self._last_change = now

    def _forget(self, now: float) -> None:
        recent = self._accepted
        while recent and recent[0] < now - 1.0:
            recent.popleft()
        if self._found is None and now - self._since > 10:
            self._since, self._count = now - 5, self._count // 2
