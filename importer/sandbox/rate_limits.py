"""Kinds of quota: each takes a moment and says 0 (accepted) or how many seconds to wait."""

from collections import deque
from dataclasses import dataclass, field
from math import floor

from importer.sandbox.server_options import SandboxOptions


class RateLimit:
    """A count of requests against a limit. Times are seconds of a monotonic clock."""

    def take(self, now: float) -> float:
        """0.0 when the request is accepted, else seconds until one would be."""
        raise NotImplementedError

    def release(self) -> None:
        """A request that was accepted has ended; most limits count none of these."""


@dataclass
class TokenBucket(RateLimit):
    """``rate`` tokens a second flow into a bucket of ``burst``; a request takes one."""

    rate: float
    burst: float
    counts_refused: bool = False
    _level: float = field(default=0.0, init=False)
    _since: float | None = field(default=None, init=False)

    def take(self, now: float) -> float:
        """See RateLimit."""
        if self._since is None:
            self._level, self._since = self.burst, now
        self._level = min(self.burst, self._level + (now - self._since) * self.rate)
        self._since = now
        if self._level >= 1:
            self._level -= 1
            return 0.0
        if self.counts_refused:
            self._level = max(self._level - 1, -self.burst)
        return (1 - self._level) / self.rate


@dataclass
class FixedWindow(RateLimit):
    """``limit`` requests in each window of ``seconds``; windows stand on whole multiples of the clock."""

    limit: float
    seconds: float
    _window: int = field(default=-1, init=False)
    _used: int = field(default=0, init=False)

    def take(self, now: float) -> float:
        """See RateLimit."""
        window = floor(now / self.seconds)
        if window != self._window:
            self._window, self._used = window, 0
        if self._used + 1 <= self.limit:
            self._used += 1
            return 0.0
        return (window + 1) * self.seconds - now


@dataclass
class SlidingWindow(RateLimit):
    """``limit`` requests within the last ``seconds``, whenever one looks."""

    limit: float
    seconds: float
    counts_refused: bool = False
    _times: deque[float] = field(default_factory=deque, init=False)

    def take(self, now: float) -> float:
        """See RateLimit."""
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        accepted = len(self._times) + 1 <= self.limit
        if accepted or self.counts_refused:
            self._times.append(now)
        if accepted:
            return 0.0
        return max(self._times[-max(1, floor(self.limit))] + self.seconds - now, 0.001)


@dataclass
class Concurrent(RateLimit):
    """``limit`` requests at the same time."""

    limit: float
    _running: int = field(default=0, init=False)

    def take(self, now: float) -> float:
        """See RateLimit; how long to wait isn't known, so it says one second."""
        del now
        if self._running + 1 <= self.limit:
            self._running += 1
            return 0.0
        return 1.0

    def release(self) -> None:
        """See RateLimit."""
        self._running = max(0, self._running - 1)


def make_rate_limit(options: SandboxOptions) -> RateLimit | None:
    """The quota that is ordered, or None. A window's limit is requests per second times its seconds."""
    if not options.quota:
        return None
    if options.quota_kind == "window":
        return FixedWindow(options.quota * options.quota_window, options.quota_window)
    if options.quota_kind == "sliding":
        limit = options.quota * options.quota_window
        return SlidingWindow(limit, options.quota_window, options.quota_counts_refused)
    if options.quota_kind == "concurrent":
        return Concurrent(options.quota)
    burst = float(options.quota_burst) or max(1.0, options.quota)
    return TokenBucket(options.quota, burst, options.quota_counts_refused)
