"""The circuit breaker over all workers: an outage belongs to the run, not to rows.

CLOSED    → OPEN       THRESHOLD failures in a row, of several rows, nobody passing in between; or rows whose attempts
                       are used up, where nobody can tell any more whether it is their fault (see ``retry_policy``)
OPEN      → HALF_OPEN  the wait is over: one request, the probe, is let through
HALF_OPEN → CLOSED     an answer that only a working API gives (a 429 is one)
HALF_OPEN → OPEN       the probe failed: twice the wait; or it ended without saying anything: the same wait
OPEN      → CLOSED     another worker of the run was answered (``end``)
any       → stopped    nothing has passed for the outage limit: the run ends and can be resumed
"""

import math
from enum import Enum, auto
from typing import Final

THRESHOLD: Final = 8
"""Failures in a row that open the breaker; at 5 % random faults this happens once in 10^10 requests."""

SEVERAL: Final = 3
"""Distinct rows that must be among those failures: one or two prove nothing about the others."""

LONGEST_PROBE: Final = 30
"""The longest wait between probes, in first waits; each doubles the one before."""


class State(Enum):
    """Who may send."""

    CLOSED = auto()
    """Everybody."""
    OPEN = auto()
    """Nobody, until the wait is over."""
    HALF_OPEN = auto()
    """Nobody: a probe is on its way."""


def should_open(state: State, failures: int, rows: int) -> bool:
    """Whether so many failures in a row, of so many rows, open a breaker."""
    return state is State.CLOSED and failures >= THRESHOLD and rows >= SEVERAL


class CircuitBreaker:
    """Counts failures in a row, pauses everybody, says when to probe. Times are seconds of one monotonic clock.

    Attributes:
        state: Who may send now.
        next_probe_at: In OPEN: when a probe may leave.
        passed_at: When the latest request that a working API answered was sent; -inf if none was.
        outages: How often it has opened; ``failed_probes``: how many probes have failed.
        trouble_since: When the trouble began, since which nothing has passed; None while all is well.
        wait: Seconds before the next probe.
    """

    def __init__(self, *, outage_limit: float, first_probe: float) -> None:
        self._outage_limit, self._first_probe = outage_limit, first_probe
        self._failures = 0
        self._rows: set[int] = set()
        self.trouble_since: float | None = None
        self.wait = first_probe
        self._opened_at = self.next_probe_at = 0.0
        self.state = State.CLOSED
        self.passed_at = -math.inf
        self.outages = self.failed_probes = 0

    @property
    def is_closed(self) -> bool:
        """Whether everybody may send."""
        return self.state is State.CLOSED

    def passed(self, *, sent_at: float) -> bool:
        """An answer came that only a working API gives; True when this ends an outage.

        A request that left before the outage was noticed says nothing about its end.
        """
        if not self.is_closed and sent_at < self._opened_at:
            return False
        self.passed_at = max(self.passed_at, sent_at)
        if self.trouble_since is None:
            return False
        self._failures, self.trouble_since = 0, None
        self._rows.clear()
        ended, self.state = not self.is_closed, State.CLOSED
        return ended

    def failed(self, row: int, now: float, *, suspicious: bool = False) -> bool:
        """Count a request that failed in a way that may be the API's fault, and open when that is enough: then True.

        ``suspicious``: the row had failed before and another one passed in between. That says nothing about the API:
        else many poison rows at the end of a file would open the breaker again and again.
        """
        self._failures += not suspicious
        self._rows.add(row)
        self.refused(now)
        opens = should_open(self.state, self._failures, len(self._rows))
        if opens:
            self.open(now)
        return opens

    def refused(self, now: float) -> None:
        """Nothing passes at the moment: a failure, or a 429, which counts towards the outage limit only."""
        if self.trouble_since is None:
            self.trouble_since = now

    def open(self, now: float) -> None:
        """CLOSED → OPEN."""
        self.outages += 1
        self.wait, self._opened_at = self._first_probe, now
        self.state, self.next_probe_at = State.OPEN, now + self.wait

    def probe(self) -> None:
        """OPEN → HALF_OPEN: the probe leaves."""
        self.state = State.HALF_OPEN

    def probe_failed(self, now: float) -> None:
        """HALF_OPEN → OPEN, with twice the wait."""
        self.failed_probes += 1
        self.wait = min(self.wait * 2, LONGEST_PROBE * self._first_probe)
        self.state, self.next_probe_at = State.OPEN, now + self.wait

    def probe_ended(self) -> None:
        """HALF_OPEN → OPEN, if the probe has said nothing; the next one may leave at once."""
        if self.state is State.HALF_OPEN:
            self.state = State.OPEN

    def join(self, since: float) -> None:
        """Count the outage from when the trouble began for the first of several workers."""
        self.trouble_since = since

    def follow(self, wait: float, next_probe_at: float) -> None:
        """Probe no sooner than other workers, of whom one at a time does, have left to do."""
        self.wait, self.next_probe_at = max(self.wait, wait), max(self.next_probe_at, next_probe_at)

    def end(self) -> None:
        """OPEN → CLOSED: another worker was answered. That proves nothing about any row of this one."""
        self._failures, self.trouble_since, self.state = 0, None, State.CLOSED
        self._rows.clear()

    def others_passed(self, at: float) -> None:
        """A request that another worker sent then was answered: the API was not silent before."""
        if self.is_closed and self.trouble_since is not None:
            self.trouble_since = max(self.trouble_since, at)

    def outage_exceeded(self, now: float) -> bool:
        """Whether nothing has passed for longer than the outage limit."""
        return now >= self.deadline()

    def slept(self, seconds: float) -> None:
        """The process was stopped for so long: the API had no chance in that time."""
        if self.trouble_since is not None:
            self.trouble_since += seconds

    def deadline(self) -> float:
        """When the outage limit runs out; inf while all is well."""
        return math.inf if self.trouble_since is None else self.trouble_since + self._outage_limit
