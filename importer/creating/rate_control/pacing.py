"""Pacing: requests leave evenly, at the pace that ``quota_search`` finds. Nothing is limited before the first 429."""

import math
from collections import deque
from typing import Final

from importer.creating.rate_control.quota_search import PaceSearch

SLACK: Final = 0.01
"""Seconds that a late timer may catch up, one request at most: else the pace would lose the event loop's own delays."""


class Spacing:
    """Requests that leave evenly. Times are seconds of one monotonic clock, a rate of None is no limit."""

    def __init__(self) -> None:
        self.next_at = self.paused_until = -math.inf
        self._last_second: deque[float] = deque()

    def due(self, rate: float | None, most: int | None) -> float:
        """From when on the next request may leave, at ``rate`` requests/s.

        ``most``: requests in any second, also after a late timer; None: as many as there are.
        """
        due = self.paused_until if rate is None else max(self.paused_until, self.next_at)
        if most is not None and len(self._last_second) >= most:
            due = max(due, self._last_second[-most] + 1.0)
        return due

    def send(self, now: float, rate: float | None) -> int:
        """A request leaves now; returns how many did in the second before it."""
        count = self.sent_lately(now)
        self._last_second.append(now)
        if rate is not None:
            late = now - self.next_at <= min(SLACK, 1.0 / rate)
            self.next_at = (self.next_at if late else now) + 1.0 / rate
        return count

    def pause(self, until: float) -> None:
        """Nobody may send before ``until``."""
        self.paused_until = max(self.paused_until, until)
        self.next_at = max(self.next_at, self.paused_until)

    def hasten(self, next_at: float) -> None:
        """The next one may leave at ``next_at`` already: the rate has risen."""
        self.next_at = max(self.paused_until, min(self.next_at, next_at))

    def align(self, interval: float, offset: float) -> None:
        """Move the next one, by half an interval at most, to a whole number of intervals after ``offset``."""
        if self.next_at > -math.inf:
            aligned = round((self.next_at - offset) / interval) * interval + offset
            self.next_at = aligned if aligned >= self.paused_until else aligned + interval

    def sent_lately(self, now: float) -> int:
        """How many left in the last second."""
        sent = self._last_second
        while sent and sent[0] <= now - 1.0:
            sent.popleft()
        return len(sent)


class Pacer:
    """When the next request may leave. Times are seconds of one monotonic clock; ``cap`` is the operator's --rate."""

    def __init__(self, cap: float | None = None) -> None:
        self._most = None if cap is None else math.ceil(cap)
        self._search, self._spacing = PaceSearch(cap), Spacing()

    @property
    def rate(self) -> float | None:
        """Requests/s to keep to; None: no limit is known."""
        return self._search.rate

    def due(self, now: float) -> float:
        """From when on the next request may leave: at once if that is not after ``now``."""
        if self._search.may_speed_up:
            self._speed_up(now)
        return self._spacing.due(self._search.rate, self._most)

    def send(self, now: float) -> int:
        """A request leaves now; returns how many did in the second before it, to be handed to ``refused``."""
        return self._spacing.send(now, self._search.rate)

    def pause(self, until: float) -> None:
        """Nobody may send before ``until``, whoever asks."""
        self._spacing.pause(until)

    def passed(self, sent_at: float) -> None:
        """A request that left then was not refused, whatever it was answered."""
        self._search.passed(sent_at)

    def refused(self, now: float, *, sent_at: float, before: int, retry_after: float | None) -> float:
        """A request was answered 429; see ``PaceSearch.refused``."""
        return self._search.refused(now, sent_at=sent_at, before=before, retry_after=retry_after)

    def _speed_up(self, now: float) -> None:
        self._search.speed_up(now, self._spacing.sent_lately(now))
