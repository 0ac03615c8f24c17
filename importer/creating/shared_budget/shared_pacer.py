"""The pacer of one worker among several: it keeps to its share of the whole's rate, and sends only while it has one."""

import math
from collections.abc import Callable

from importer.creating.rate_control.pacing import Spacing
from importer.creating.shared_budget.budget_terms import EVERY, Grant, Refusal


class SharedPacer:
    """Takes the place of ``Pacer``; times are seconds of the worker's own clock.

    ``hurry`` is called when the others should hear of something at once.

    Attributes:
        ahead: By how many seconds the record's clock is ahead of the worker's.
        passed_at: When the latest request that was not refused left.
        refusals: What has not been reported yet, in the record's time.
        silent_until: Until when this worker was asked for silence, in the record's time. What it hears from the others
            is not told back: the clocks' difference is known to some milliseconds, and a silence would grow by these.
    """

    def __init__(self, hurry: Callable[[], None]) -> None:
        self._hurry, self._spacing = hurry, Spacing()
        self._grant: Grant | None = None
        self._lease_ends = self._sent_at = self._heard_at = -math.inf
        self.ahead = 0.0
        self.passed_at = self.silent_until = -math.inf
        self.refusals: list[Refusal] = []

    @property
    def rate(self) -> float | None:
        """Requests/s to keep to; None: no limit is known."""
        if self._grant is None or self._grant.rate is None:
            return None
        return self._grant.rate * self._grant.share

    def take(self, grant: Grant, asked_at: float, now: float) -> None:
        """Keep to a grant that was asked for at ``asked_at`` and came ``now``."""
        if self._grant is None or grant.slowed_at > self._grant.slowed_at:
            self._heard_at = now
        self._grant = grant
        # each bound to the safe side: the lease ends early, a pause ends late
        self._lease_ends, self.ahead = asked_at + grant.until - grant.now, grant.now - now
        self._spacing.pause(grant.paused_until - self.ahead)
        if self.rate:
            self._spacing.hasten(self._sent_at + 1.0 / self.rate)
            self._spacing.align(1.0 / self.rate, grant.phase / self.rate - self.ahead)

    def due(self, now: float) -> float:
        """From when on the next request may leave; inf: not before another grant."""
        if self._grant is None or not self._grant.share or now >= self._lease_ends:
            return math.inf
        return self._spacing.due(self.rate, self._grant.most)

    def send(self, now: float) -> int:
        """A request leaves now; returns how many of this worker did in the second before it."""
        self._sent_at = now
        return self._spacing.send(now, self.rate)

    def sent_lately(self, now: float) -> int:
        """How many of this worker left in the last second."""
        return self._spacing.sent_lately(now)

    def pause(self, until: float) -> None:
        """Nobody may send before ``until``, whoever asks; the others hear of it."""
        self.silent_until = max(self.silent_until, until + self.ahead)
        # of a little more the others hear before the silence that they know of ends
        if until > self._spacing.paused_until + EVERY:
            self._hurry()
        self._spacing.pause(until)

    def passed(self, sent_at: float) -> None:
        """A request that left then was not refused, whatever it was answered."""
        self.passed_at = max(self.passed_at, sent_at)

    def refused(self, now: float, *, sent_at: float, before: int, retry_after: float | None) -> float:
        """A request was answered 429; returns for how many seconds nobody may send, as far as is known here."""
        knew = self._grant.slowed_at if self._grant is not None and sent_at >= self._heard_at else -math.inf
        self.refusals.append(Refusal(now + self.ahead, sent_at + self.ahead, before, retry_after, knew))
        if sent_at >= self._heard_at:
            self._hurry()
        return EVERY if retry_after is None else retry_after
