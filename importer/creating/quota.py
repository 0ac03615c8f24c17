"""Finding an undocumented request quota from the server's own 429s, and staying just below it.

Each volley of 429s costs a second of silence and a share of refused requests, so a quota has to be known after two.
The phases, and what ends each:

    RAMP   the rate grows with each answer, so that few are in flight at the first refusal      a volley → TEST or HOLD
    TEST   twice the first estimate, after a second of silence, to make two readings of one kind      a volley → HOLD
           nothing refused: the first was a small bucket running dry; double until it is
    HOLD   evenly, just below the estimate; after CALM without a refusal a few steps upwards      a volley → corrected

``refusals.py`` says what a volley tells. Where readings differ the smaller wins for windows (too fast costs a pause
each second), and the rate over the stretch for buckets.
"""

import math
from collections import deque
from enum import StrEnum
from typing import Final

from importer.creating.ramp import FIRST_RATE, Ramp
from importer.creating.refusals import Volley, close, read_volley, trailing
from importer.creating.starvation import KNOCK, PAUSE, Starvation

MARGIN: Final = 0.985
"""How far below a window's quota to pace: network jitter moves requests across the window's edge."""

LONG: Final = 3.5
"""Seconds: a longer Retry-After is a window of its own (per minute). For one of a second a date may name 3: it is
rounded up, and counts from the answer's own Date, which is rounded down and may be a second old."""

TEST_LATENCY: Final = 0.12
"""Seconds of latency up to which TEST pays at once: each volley also costs two round trips."""

TEST_STEP: Final = 1.3
"""Seconds at a tested rate without a refusal: a window of a second has refused by 1.0, a full bucket by then too."""

TRICKLE_STEP: Final = 2.0
"""The same for a known bucket, whose first reading is up to a fifth low."""

STEP: Final = 2.0
"""Seconds between steps upwards in HOLD: a whole window of a second lies within, wherever it begins."""

CALM: Final = 60.0
"""Seconds without a refusal before a found rate is doubted: a failed try costs one to two seconds, 2 % of this."""

DOUBT, LONGEST_CALM = 25.0, 900.0
"""The same when the two readings disagreed, and up to what each failed try doubles it."""

EARLY: Final = 5.0
"""Seconds: a refusal sooner than this means that the rate was wrong, a later one jitter or a slow drain."""

TOO_EARLY: Final = 0.75
"""Seconds: sooner than this not even three quarters of the pace fit into a window, so it is measured anew."""

MANY: Final = 6
"""Refused at once: the quota is at least ten, and its reading can't be off by one request in five."""

CUTS: Final = (0.975, 0.93, 0.85)
"""By how much a pace that was refused early is cut, at the least: jitter needs little; what goes on is no jitter."""


class Phase(StrEnum):
    """What the quota is doing; see the module's text."""

    RAMP = "ramp"
    TEST = "test"
    HOLD = "hold"


class Quota:
    """The rate to keep to; belongs to one gate. All times are seconds of one monotonic clock.

    ``cap`` is the operator's own limit (--rate), ``most`` the requests that may be in flight.
    """

    def __init__(self, *, cap: float | None, most: int, now: float) -> None:
        self._cap = cap
        self._ramp = Ramp(most=most)
        self._phase = Phase.RAMP
        self._pace: float | None = FIRST_RATE if cap is None else None
        self._accepted: deque[float] = deque()
        self._refused: list[float] = []
        self._resume_at = self._since = self._step_at = now
        self._count, self._pause, self._period = 0, 0.0, 0.0
        self._before: Volley | None = None
        self._calm, self._step, self._growth, self._back = CALM, TEST_STEP, 1.04, 0.9
        self._ceiling = math.inf
        self._safe: float | None = None
        self._sure = self._doubled = self._small = self._windowed = self._again = False
        self._silence, self._starvation = PAUSE, Starvation()
        self._corrections = 0

    @property
    def rate(self) -> float | None:
        """Requests per second to keep to; None: no limit is known."""
        if self._cap is None or self._pace is None:
            return self._cap if self._pace is None else self._pace
        return min(self._cap, self._pace)

    def accepted(self, now: float, *, sent_at: float) -> None:
        """The server took a request (whatever it answered)."""
        if sent_at >= self._since:
            if self._starvation.since is not None and not self._refused:
                self._fed(now)
            self._count += 1
        self._accepted.append(sent_at)
        while self._accepted[0] < now - 4.0:
            self._accepted.popleft()
        self._ramp.answered(now - sent_at)
        if self._phase is Phase.RAMP and self._pace is not None and not self._refused:
            self._pace = self._ramp.grow()

    def refused(self, now: float, *, sent_at: float, retry_after: float | None) -> float:
        """A 429 came; returns for how many seconds nobody may send."""
        if sent_at < self._since:
            return retry_after or 0.0  # of a volley whose wait was shorter than the way of its answers
        news = not self._refused
        self._refused.append(sent_at)
        pause = retry_after if retry_after is not None else self._starvation.patience * news
        if news and self._phase is not Phase.HOLD:
            # While measuring: a window of a second is empty after it and a bucket full, so the next reading is exact.
            pause = max(pause, PAUSE)
        self._resume_at = max(self._resume_at, now + pause)
        self._pause = self._resume_at - now
        return pause

    def advance(self, now: float) -> None:
        """Time has passed and nothing holds the gate: draw the conclusions of a volley, or take the next step."""
        if self._refused:
            if now >= self._resume_at:
                self._conclude(now)
        elif now >= self._step_at and self._phase is not Phase.RAMP:
            self._go_up(now, self._pace or FIRST_RATE)

    def _fed(self, now: float) -> None:
        period = self._starvation.end(now)
        self._pace, self._step_at = self._starvation.pace, now + STEP
        if period > LONG and self._before is not None:
            self._period = max(self._period, period)
            self._hold(now, MARGIN * self._before.count / (self._before.held + period))
        self._since, self._count = now, 0

    def _conclude(self, now: float) -> None:
        if self._count == 0 and self._before is not None:
            # No rate explains this. What is refused next is only to tell when the wait is over.
            self._starvation.begin(now - self._silence, self._pace)
            self._pace, self._step_at, self._since = KNOCK, math.inf, now
            self._refused.clear()
            return
        volley = read_volley(self._refused, self._accepted, count=self._count, since=self._since, silence=self._silence)
        self._silence = now - min(self._refused)
        self._refused.clear()
        self._since, self._count = now, 0
        if self._pause > LONG:
            self._period = max(self._period, self._pause)
            self._hold(now, MARGIN * volley.count / (volley.held + self._pause))
        elif self._phase is Phase.RAMP:
            self._ramped(now, volley)
        elif self._phase is Phase.TEST:
            self._tested(now, volley, self._before or volley)
        else:
            self._correct(now, volley, self._pace or FIRST_RATE)
        self._before = volley

    def _ramped(self, now: float, volley: Volley) -> None:
        self._windowed = volley.proves_window(self._ramp.latency)
        if volley.trickle and volley.held < 1.0:
            self._test(now, volley.bucket, TRICKLE_STEP)
        elif self._ramp.latency <= TEST_LATENCY:
            self._test(now, volley.second)
        else:
            self._hold(now, MARGIN * volley.second, calm=CALM if volley.refused >= MANY else DOUBT)

    def _tested(self, now: float, volley: Volley, before: Volley) -> None:
        if self._again:
            self._hold(now, volley.bucket if volley.drained or volley.trickle else MARGIN * volley.second)
        elif self._doubled or (volley.second < 0.5 * before.second and not volley.trickle):
            # A small bucket: its rate is what a second of overload let through, less the bucket itself.
            self._small = True
            self._hold(now, 0.94 * (volley if self._doubled else before).second, sure=False)
        elif volley.trickle:
            self._hold(now, volley.bucket, sure=close(volley.bucket, before.bucket, 0.08))
        elif volley.drained:
            self._hold(now, max(volley.bucket, MARGIN * before.second), sure=False)
        else:
            agreed = close(volley.second, before.second, 0.06)
            self._hold(now, MARGIN * min(volley.second, before.second), calm=CALM if agreed else DOUBT)

    def _correct(self, now: float, volley: Volley, pace: float) -> None:
        """A volley in HOLD."""
        if self._safe is not None:
            self._calm = min(2 * self._calm, LONGEST_CALM)
            self._hold(now, self._safe, calm=self._calm)
            return
        self._ceiling = min(self._ceiling, pace)
        # Windows agree by chance, always far below the pace: a pause of a second weighs most in a short stretch.
        again = close(volley.bucket, (self._before or volley).bucket, 0.02 + 0.3 / volley.second)
        bucket = volley.trickle or (again and volley.bucket > 0.6 * pace)
        if bucket and not (self._small or self._windowed):
            self._hold(now, volley.bucket)
        elif volley.held >= EARLY:
            self._back, self._corrections, self._growth = 0.9, 0, 1.01
            slower = 0.96 * pace if self._small else max(0.9 * pace, min(volley.bucket, 0.98 * pace))
            self._hold(now, slower, sure=self._sure)
        elif not self._sure:
            self._hold(now, max(self._back * pace, MARGIN * volley.bucket), sure=False)
            self._back, self._growth = 0.8 * self._back, 1.01
        elif self._corrections < len(CUTS) and volley.held > TOO_EARLY:
            # One refused is jitter. More are the excess of one window, or all of a round trip, if that is shorter.
            cut = CUTS[self._corrections]
            self._corrections += 1
            cut_short = volley.refused > 0.8 * max(3.0, pace * self._ramp.latency)
            excess = (volley.refused - 1) * (1.5 if cut_short else 1.0)
            self._hold(now, max(0.5 * pace, min(cut * pace, pace - excess)))
        else:
            self._corrections, self._windowed = 0, False
            self._test(now, 0.5 * pace, 60.0)
            self._again = True

    def _test(self, now: float, estimate: float, step: float = TEST_STEP) -> None:
        self._phase, self._doubled, self._small, self._again = Phase.TEST, False, False, False
        self._pace, self._ceiling = 2 * estimate, math.inf
        self._step, self._step_at = step, now + step
        self._since, self._count, self._silence = now, 0, 1.0

    def _hold(self, now: float, pace: float, *, sure: bool = True, calm: float = CALM) -> None:
        self._phase, self._pace, self._sure, self._safe = Phase.HOLD, max(pace, 0.02), sure, None
        # 60 periods: a window per minute is tried once an hour, because a failed try costs all of its minute.
        self._step_at = now + (max(calm, 60 * self._period) if sure else STEP)

    def _go_up(self, now: float, pace: float) -> None:
        self._step_at = now + (self._step if self._phase is Phase.TEST else STEP)
        if trailing(self._accepted, now - self._ramp.latency) < 0.8 * pace - 1:
            return  # the rate was not used up, so that it passed proves nothing
        if self._phase is Phase.TEST:
            self._pace, self._doubled, self._step = 2 * pace, True, TEST_STEP
        elif not self._sure:
            self._pace = min(self._growth * pace, 0.97 * self._ceiling)
            self._growth = min(1.1, 1.5 * self._growth - 0.5)
            if self._pace <= pace:
                self._hold(now, pace)
        elif self._safe is None:
            self._safe, self._pace = pace, 1.05 * pace
        elif pace < 1.4 * self._safe:
            self._pace = self._safe + 2 * (pace - self._safe)
        else:
            # In doubling steps; as no silence precedes, only the last second will be readable.
            self._test(now, pace)
            self._windowed, self._doubled = False, True
