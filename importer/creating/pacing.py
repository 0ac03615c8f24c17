"""Pacing: finding the quota of an API that does not tell it, and keeping just below it.

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
from collections import deque
from typing import Final

CUT: Final = 0.9
"""After a refusal, of the pace that was refused: between the 0.7 of the AWS SDKs, which a quota of even seconds would
leave unused, and 1; what is cut too much, the plateau brings back within three steps."""

STEP: Final = 0.05
"""How near to the refused pace the plateau lies, and the first step beyond it; the steps double while they pass."""

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

KNOCK: Final = 1.0
"""Requests/s while nothing at all passes: no pace explains that, so the one found before is kept for afterwards."""

SLACK: Final = 0.01
"""Seconds that a late timer may catch up, one request at most: else the pace would lose the event loop's own delays."""


class Pacer:
    """When the next request may leave. Times are seconds of one monotonic clock; ``cap`` is the operator's --rate."""

    def __init__(self, cap: float | None = None) -> None:
        self._cap = cap
        self._found: float | None = None
        self._refused_pace = math.inf
        self._accepted_pace: float | None = None
        self._step, self._step_at, self._calm = STEP, math.inf, CALM
        self._slowed_at = self._passed_at = -math.inf
        self._blocked, self._silence = False, SILENCE
        self._next_at = self._paused_until = -math.inf
        self._last_second: deque[float] = deque()

    @property
    def rate(self) -> float | None:
        """Requests/s to keep to; None: no limit is known."""
        if self._found is None:
            return self._cap
        found = min(self._found, KNOCK) if self._blocked else self._found
        return found if self._cap is None else min(self._cap, found)

    def due(self, now: float) -> float:
        """From when on the next request may leave: at once if that is not after ``now``."""
        if self._passed_at >= self._step_at:
            self._speed_up(now)
        due = self._paused_until if self.rate is None else max(self._paused_until, self._next_at)
        if self._cap is not None and len(self._last_second) >= (most := math.ceil(self._cap)):
            due = max(due, self._last_second[-most] + 1.0)  # --rate holds for any second, also after a late timer
        return due

    def send(self, now: float) -> int:
        """A request leaves now; returns how many did in the second before it, to be handed to ``refused``."""
        count = self._sent_lately(now)
        self._last_second.append(now)
        rate = self.rate
        if rate is not None:
            late = now - self._next_at <= min(SLACK, 1.0 / rate)
            self._next_at = (self._next_at if late else now) + 1.0 / rate
        return count

    def pause(self, until: float) -> None:
        """Nobody may send before ``until``, whoever asks."""
        self._paused_until = max(self._paused_until, until)
        self._next_at = max(self._next_at, self._paused_until)

    def passed(self, sent_at: float) -> None:
        """A request that left then was not refused, whatever it was answered."""
        self._passed_at = max(self._passed_at, sent_at)
        if self._passed_at >= self._slowed_at:
            self._blocked, self._silence = False, SILENCE

    def refused(self, now: float, *, sent_at: float, before: int, retry_after: float | None) -> float:
        """A request was answered 429; returns for how many seconds nobody may send.

        Args:
            now: When the answer came.
            sent_at: When the request left.
            before: How many had left in the second before it, as ``send`` said.
            retry_after: Seconds that the answer names, or None.
        """
        if sent_at < self._slowed_at:
            return retry_after or 0.0  # it left before anybody knew: the pace is cut once for all of these
        pause = self._silence if retry_after is None else retry_after
        if retry_after is None:
            self._silence = min(2 * self._silence, LONGEST_SILENCE)
        rest, self._blocked = SETTLE, self._passed_at < self._slowed_at
        if not self._blocked:
            self._refused_pace = min(self.rate or math.inf, before + 1.0)
            if self._accepted_pace is not None and self._accepted_pace < self._refused_pace:
                self._found, rest = self._accepted_pace, self._failed_probe()
            else:
                self._found = CUT * self._refused_pace
        self._accepted_pace = None
        self._slowed_at, self._step_at = now, now + pause + rest
        return pause

    def _failed_probe(self) -> float:
        """Forget it, and rest longer; returns for how many seconds."""
        rest, self._calm = self._calm, min(CALMER * self._calm, LONGEST_CALM)
        self._refused_pace, self._step = math.inf, STEP
        return rest

    def _speed_up(self, now: float) -> None:
        """The pace was accepted: go half way to the refused one, rest just below it, then go beyond, step by step."""
        pace = self._found or KNOCK
        self._step_at = now + SETTLE
        if self._sent_lately(now) < USED * pace - 1:
            return
        self._accepted_pace = pace
        if self._refused_pace == math.inf:
            self._found, self._step = pace * (1 + self._step), min(2 * self._step, 1.0)
        elif self._refused_pace > (1 + STEP) * pace:
            self._found = (pace + self._refused_pace) / 2
        else:
            self._refused_pace, self._step, self._step_at = math.inf, STEP, now + self._calm

    def _sent_lately(self, now: float) -> int:
        sent = self._last_second
        while sent and sent[0] <= now - 1.0:
            sent.popleft()
        return len(sent)
