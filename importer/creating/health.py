"""Whether the API works: one breaker over all workers, and the question whose fault a failure is.

An outage belongs to the run: it opens the breaker, everybody waits, one row at a time probes. A row that fails
while others pass is to blame itself. States and edges:

    CLOSED → OPEN     THRESHOLD failures in a row, of several rows, nobody passing in between
    OPEN   → CLOSED   any row gets an answer that only a working API gives
    OPEN   → stopped  open for longer than the outage limit: the run ends and can be resumed
"""

from dataclasses import dataclass
from typing import Final

THRESHOLD: Final = 8
"""Failures in a row that open the breaker; at 5 % random faults this happens once in 10^10 requests."""

SUSPECTS: Final = 3
"""Distinct rows that must be among those failures: one row alone proves nothing about the others."""

LONGEST_PROBE: Final = 30
"""The longest wait between probes, in first waits; each doubles the one before."""


@dataclass(frozen=True)
class Blame:
    """What the failures of one row so far say; times are seconds of the loop's clock."""

    row: int
    first_failed_at: float
    unreachable: bool


class Health:
    """The breaker's state; told of every answer, asked before every request."""

    def __init__(self, *, outage_limit: float, first_probe: float = 1.0) -> None:
        self._outage_limit = outage_limit
        self._first_probe = first_probe
        self._failures = 0
        self._suspects: set[int] = set()
        self._trouble_since: float | None = None
        self._passed_ever = False
        self._last_passed = float("-inf")
        self._wait = self._first_probe
        self._opened_at = 0.0
        self.is_open = False
        self.next_probe_at = 0.0
        self.outages = 0

    def passed(self, now: float, *, sent_at: float) -> bool:
        """An answer came that only a working API gives; True when this ends an outage.

        A request that left before the outage was told says nothing about its end.
        """
        if self.is_open and sent_at < self._opened_at:
            return False
        self._last_passed = now
        if self._failures == 0 and self._passed_ever and self._trouble_since is None:
            return False
        self._passed_ever = True
        self._failures = 0
        self._suspects.clear()
        self._trouble_since = None
        ended, self.is_open = self.is_open, False
        self._wait = self._first_probe
        return ended

    def failed(self, row: int, now: float) -> bool:
        """A request failed in a way that may be the API's fault; True when this opens the breaker."""
        self._failures += 1
        self._suspects.add(row)
        self._trouble_since = self._trouble_since if self._trouble_since is not None else now
        if self.is_open:
            return False
        if self._failures >= THRESHOLD and len(self._suspects) >= SUSPECTS:
            self.open(now)
            return True
        return False

    def refused(self, now: float) -> None:
        """A 429: the API works but takes nothing; counts towards the outage limit only."""
        self._trouble_since = self._trouble_since if self._trouble_since is not None else now

    def open(self, now: float) -> None:
        """Pause everybody; the first probe follows after ``first_probe`` seconds."""
        if not self.is_open:
            self.outages += 1
            self._wait = self._first_probe
            self._opened_at = now
        self.is_open = True
        self.next_probe_at = now + self._wait

    def probe_failed(self, now: float) -> None:
        """The probing row got no answer either: wait twice as long as before."""
        self._wait = min(self._wait * 2, LONGEST_PROBE * self._first_probe)
        self.next_probe_at = now + self._wait

    def outage_exceeded(self, now: float) -> bool:
        """Whether nothing has passed for longer than the outage limit."""
        return self._trouble_since is not None and now - self._trouble_since >= self._outage_limit

    def deadline(self) -> float | None:
        """When the outage limit runs out, on the loop's clock; None while all is well."""
        return None if self._trouble_since is None else self._trouble_since + self._outage_limit

    def row_is_to_blame(self, blame: Blame, *, fresh_rows_left: bool) -> bool:
        """Whether a row whose attempts are used up has failed by itself.

        It has when others passed since its first failure. At the end of a file there may be nobody left to
        compare with: then one or two rows that got answers of their own are to blame, an unreachable API never.
        """
        if self._last_passed > blame.first_failed_at:
            return True
        if blame.unreachable or fresh_rows_left:
            return False
        return self._passed_ever and len(self._suspects) < SUSPECTS
