"""Which pace an API accepts that does not tell its quota: found, and kept just below it.

Nothing is limited before the first 429. From then on requests leave evenly, at a pace found as congestion control finds
a bandwidth: after a refusal a little below what was accepted (BBR's delivery rate, taken as there from the request
itself: each knows how many left in the second before it; the "measured send rate" of the AWS SDKs' adaptive retries),
then towards the pace that was refused and a long rest just below it (CUBIC's plateau below its last maximum,
RFC 9438), and seldom beyond. Seldom, because here a failed probe costs more than a lost packet: everybody waits out the
Retry-After, a second at least. So a probe that failed is repeated after a longer and longer rest, and only after it.

No kind of quota is told from another: buckets, fixed and sliding windows differ in what a refusal shows (up to twice
the quota, where two windows meet), and a few refusals bring the pace down to each of them.
"""

import math
from dataclasses import dataclass
from typing import Final

CUT: Final = 0.9
"""After a refusal, of the pace that was refused: between the 0.7 of the AWS SDKs, which a quota of even seconds would
leave unused, and 1; what is cut too much, the plateau brings back within three steps."""

STEP: Final = 0.05
"""How near to the refused pace the plateau lies, and the first step beyond it; the steps double while they pass."""

LARGEST_STEP: Final = 1.0
"""Where no refused pace is known, a step doubles the pace at most, as in TCP's slow start: larger ones would go far
beyond the quota, and all wait the Retry-After out; smaller ones would take minutes to a quota that was raised."""

SETTLE: Final = 2.0
"""Seconds after which a request must have passed for a pace to count as accepted, however long its answer takes: a
whole window of a second lies within them, wherever it begins."""

CALM, LONGEST_CALM, CALMER = 5.0, 900.0, 4.0
"""Seconds of rest below a refused pace before the first probe beyond it, and at most; each failed probe makes them
four times as long: three probes fail in the first two minutes, then one in five, then one in fifteen."""

USED: Final = 0.8
"""Share of the pace that must have been used: else that it was accepted proves nothing."""

SILENCE, LONGEST_SILENCE = 1.0, 30.0
"""Seconds of silence after a 429 that names none; doubled while nothing at all passes, as a retry's backoff is."""

PROBE_RATE: Final = 1.0
"""Requests/s while nothing at all passes: no pace explains that, so the one found before is kept for afterwards."""


@dataclass
class PaceSearch:
    """The pace that is kept to, and what is known of the quota. Times are seconds of one clock.

    Attributes:
        cap: The operator's --rate, in requests/s.
        passed_at: When the latest request that was not refused was sent.
        slowed_at: When the pace was cut last.
    """

    cap: float | None = None
    found: float | None = None
    refused_pace: float = math.inf
    accepted_pace: float | None = None
    step: float = STEP
    step_at: float = math.inf
    calm: float = CALM
    slowed_at: float = -math.inf
    passed_at: float = -math.inf
    blocked: bool = False
    silence: float = SILENCE

    @property
    def rate(self) -> float | None:
        """Requests/s to keep to; None: no limit is known."""
        if self.found is None:
            return self.cap
        found = min(self.found, PROBE_RATE) if self.blocked else self.found
        return found if self.cap is None else min(self.cap, found)

    @property
    def may_speed_up(self) -> bool:
        """Whether the pace has been kept to for long enough, and was accepted."""
        return self.passed_at >= self.step_at

    def passed(self, sent_at: float) -> None:
        """A request that left then was not refused, whatever it was answered."""
        self.passed_at = max(self.passed_at, sent_at)
        if self.passed_at >= self.slowed_at:
            self.blocked, self.silence = False, SILENCE

    def refused(self, now: float, *, sent_at: float, before: int, retry_after: float | None) -> float:
        """A request was answered 429; returns for how many seconds nobody may send.

        Args:
            now: When the answer came.
            sent_at: When the request left.
            before: How many had left in the second before it.
            retry_after: Seconds that the answer names, or None.
        """
        if sent_at < self.slowed_at:
            return retry_after or 0.0  # it left before anybody knew: the pace is cut once for all of these
        pause = self.silence if retry_after is None else retry_after
        if retry_after is None:
            self.silence = min(2 * self.silence, LONGEST_SILENCE)
        rest, self.blocked = SETTLE, self.passed_at < self.slowed_at
        if not self.blocked:
            self.refused_pace = min(self.rate or math.inf, before + 1.0)
            if self.accepted_pace is not None and self.accepted_pace < self.refused_pace:
                self.found, rest = self.accepted_pace, self._failed_probe()
            else:
                self.found = CUT * self.refused_pace
        self.accepted_pace = None
        self.slowed_at, self.step_at = now, now + pause + rest
        return pause

    def speed_up(self, now: float, sent_lately: int) -> None:
        """The pace was accepted: go half way to the refused one, rest just below it, then go beyond, step by step.

        ``sent_lately``: how many left in the last second.
        """
        pace = self.found or PROBE_RATE
        self.step_at = now + SETTLE
        if sent_lately < USED * pace - 1:  # one may lie just beyond the edge of the second
            return
        self.accepted_pace = pace
        if self.refused_pace == math.inf:
            self.found, self.step = pace * (1 + self.step), min(2 * self.step, LARGEST_STEP)
        elif self.refused_pace > (1 + STEP) * pace:
            self.found = (pace + self.refused_pace) / 2
        else:
            self.refused_pace, self.step, self.step_at = math.inf, STEP, now + self.calm

    def _failed_probe(self) -> float:
        """Forget it, and rest longer; returns for how many seconds."""
        rest, self.calm = self.calm, min(CALMER * self.calm, LONGEST_CALM)
        self.refused_pace, self.step = math.inf, STEP
        return rest
