"""Whether the API works: one breaker over all workers, and the question whose fault a failure is.

An outage belongs to the run: it opens the breaker, everybody waits, one row at a time probes. A row that fails
while others pass is to blame itself: a poison row. What tells the two is proof that the API works, and the only
proof is that somebody else passes, with a request sent after the row's failure:

    rows are being handed out     one since its first failure is enough: in an outage the others fail too, and the
                                  breaker opens before the row's attempts are used up
    the row is one of the last    nobody would notice an outage, so its last attempt must directly follow a proof: a
                                  witness (a row held back, see ``feed``) is sent when all rows in trouble have used
                                  up their attempts, and if it passes each of them has one attempt more
    there is no witness left      two earlier attempts that directly followed a proof must do. Else one or two rows
                                  that the application itself answered for LONG_ENOUGH are to blame. Three and more
                                  look like an outage for good: the run waits out its limit and ends with exit 4. The
                                  next command, if it begins with no others than these and they are few among those
                                  that had an answer, takes them for poison unless nobody is there at all: 502, 503,
                                  504, no connection (``last_ones``)

States and edges:

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

CONVICTED: Final = 2
"""Failures right after a proof that make a row a poison row even if the last one was none: chance seldom does so."""

LONG_ENOUGH: Final = 60.0
"""Seconds for which the very last rows must have failed: short outages end within."""

LONGEST_PROBE: Final = 30
"""The longest wait between probes, in first waits; each doubles the one before."""


@dataclass(frozen=True)
class Blame:
    """What the failures of one row so far say.

    Attributes:
        first_failed_at: On the loop's clock.
        unreachable: Whether the last time no application answered; ``nobody_there``: nor read the request.
        vouched: Whether its last attempt came right after a proof that the API works.
        convicted: How many attempts that came so have failed.
    """

    first_failed_at: float
    unreachable: bool
    nobody_there: bool
    vouched: bool
    convicted: int


class Health:
    """The breaker's state; told of every answer, asked before every request."""

    def __init__(self, *, outage_limit: float, first_probe: float = 1.0, last_ones: bool = False) -> None:
        self._outage_limit = outage_limit
        self._first_probe = first_probe
        self._failures = 0
        self._suspects: set[int] = set()
        self._trouble_since: float | None = None
        self._passed_ever = False
        self._proven_at = float("-inf")
        self._wait = self._first_probe
        self._opened_at = 0.0
        self.is_open = False
        self.next_probe_at = 0.0
        self.outages = 0
        self.last_ones = last_ones
        self.alone = False
        """Whether one or two rows are left, and nobody who could tell whether it is their fault."""
        self.ending = False
        """Whether all rows but the witnesses have had their first attempt: see ``failed``."""

    def passed(self, *, sent_at: float) -> bool:
        """An answer came that only a working API gives; True when this ends an outage.

        A request that left before the outage was told says nothing about its end.
        """
        if self.is_open and sent_at < self._opened_at:
            return False
        self._proven_at = max(self._proven_at, sent_at)
        if self._failures == 0 and self._passed_ever and self._trouble_since is None:
            return False
        self._passed_ever = True
        self._failures = 0
        self._suspects.clear()
        self._trouble_since = None
        ended, self.is_open = self.is_open, False
        self._wait = self._first_probe
        return ended

    def failed(self, row: int, now: float, *, vouched: bool = False) -> bool:
        """A request failed in a way that may be the API's fault; True when this opens the breaker.

        ``vouched``: the row had failed before and a proof came in between. Among the last rows that says nothing
        about the API: else many poison rows would open the breaker again after each witness.
        """
        self._failures += not (self.ending and vouched)
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

    def proven_since(self, moment: float) -> bool:
        """Whether a request that left then or later has passed."""
        return self._proven_at >= moment

    def row_is_to_blame(self, blame: Blame, now: float, *, fresh_rows_left: bool, help_left: bool) -> bool:
        """Whether a row whose attempts are used up has failed by itself; the module's text says when.

        ``help_left``: whether a proof may still come from another row.
        """
        if fresh_rows_left:
            return self.proven_since(blame.first_failed_at)
        if blame.vouched:
            return True
        if help_left:
            return False
        if blame.convicted >= CONVICTED:
            return True
        if self.last_ones:
            return not blame.nobody_there
        long_enough = now - blame.first_failed_at >= LONG_ENOUGH
        return self.alone and self._passed_ever and long_enough and not blame.unreachable
