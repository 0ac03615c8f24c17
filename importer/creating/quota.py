"""Finding an undocumented request quota from the server's own 429s, and staying just below it.

Each volley of 429s costs a second of silence and a share of refused requests, so a quota has to be known after two.
The phases, and what ends each:

    RAMP   the rate grows with each answer, so that few are in flight at the first refusal      a volley → TEST or HOLD
    TEST   twice the first estimate, after a second of silence: a second reading                a volley → HOLD
           nothing refused: the first was a small bucket running dry; double until it is
    HOLD   evenly, just below the estimate; after CALM without a refusal a few steps upwards    a volley → corrected

``refusals.py`` says what the volleys tell. A window that explains them all is believed before a bucket: to be too fast
for a bucket costs single requests (it fills up again while we wait), for a window a pause each second.
"""

import math
from collections import deque
from enum import StrEnum
from typing import Final

from importer.creating.ramp import FIRST_RATE, Ramp
from importer.creating.refusals import Volley, close, read_bucket, read_volley, read_window, trailing
from importer.creating.starvation import KNOCK, PAUSE, Starvation

MARGIN: Final = 0.985
"""How far below a window's quota to pace: network jitter moves requests across the window's edge."""

LONG: Final = 3.5
"""Seconds: a longer Retry-After is a window of its own (per minute). For one of a second a date may name 3: it is
rounded up, and counts from the answer's own Date, which is rounded down and may be a second old."""

DEAR: Final = 1.2
"""Seconds: after a longer Retry-After the first estimate has to do, because TEST costs another such pause."""

TEST_STEP: Final = 1.3
"""Seconds at a tested rate without a refusal: a window of a second has refused by 1.0, a full bucket by then too."""

TRICKLE_STEP: Final = 2.0
"""The same for a known bucket, whose first reading is up to a fifth low."""

STEP: Final = 2.0
"""Seconds between steps upwards in HOLD: a whole window of a second lies within, wherever it begins."""

CALM, LONGEST_CALM = 60.0, 900.0
"""Seconds without a refusal before a found rate is doubted, and up to what each failed try doubles them: a try costs
one to two seconds, 2 % of CALM."""

EARLY: Final = 5.0
"""Seconds: a refusal sooner than this means that the rate was wrong, a later one jitter or a slow drain."""

MUCH, LITTLE = 0.975, 0.99
"""By how much a pace is cut that was refused early, or late, where no reading explains it: then it is jitter."""

MEMORY: Final = 3
"""Volleys that are read together: more would hold on to a quota that has changed."""


class Phase(StrEnum):
    """What the quota is doing; see the module's text."""

    RAMP = "ramp"
    TEST = "test"
    HOLD = "hold"


class Quota:
    """The rate to keep to; belongs to one gate. All times are seconds of one monotonic clock.

    ``cap`` is the operator's own limit (--rate), ``most`` the requests that may be in flight. ``needed``: how many of
    those TEST takes, to send twice what was accepted before the last refusal.
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
        self._volleys: deque[Volley] = deque(maxlen=MEMORY)
        self._doubled = False
        self._calm, self._step, self._growth = CALM, TEST_STEP, 1.04
        self._ceiling = math.inf
        self._safe: float | None = None
        self._sure, self._passed = False, 0.0
        self.needed = 1.0
        self._silence, self._starvation = PAUSE, Starvation()

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
        while self._accepted and self._accepted[0] < now - 4.0:  # a slow answer may itself be that old
            self._accepted.popleft()
        self._ramp.answered(now - sent_at)
        if self._phase is Phase.RAMP and self._pace is not None and not self._refused:
            self._pace = self._ramp.grow()

    def refused(self, now: float, *, sent_at: float, retry_after: float | None) -> float:
        """A 429 came; returns for how many seconds nobody may send."""
        if sent_at < self._since:
            return retry_after or 0.0  # of a volley whose wait was shorter than the way of its answers
        news = not self._refused
        if news:
            self.needed = 1.0 + 3.0 * trailing(self._accepted, now) * self._ramp.latency
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
        if period > LONG and self._volleys:
            self._period = max(self._period, period)
            self._hold(now, MARGIN * self._volleys[-1].count / (self._volleys[-1].held + period))
        self._since, self._count = now, 0

    def _conclude(self, now: float) -> None:
        if self._count == 0 and self._volleys:
            # No rate explains this. What is refused next is only to tell when the wait is over.
            self._starvation.begin(now - self._silence, self._pace)
            self._pace, self._step_at, self._since = KNOCK, math.inf, now
            self._refused.clear()
            return
        volley = read_volley(
            self._refused,
            self._accepted,
            count=self._count,
            since=self._since,
            silence=self._silence,
            steady=not self._doubled,
        )
        self._silence = now - min(self._refused)
        self._refused.clear()
        self._since, self._count = now, 0
        self._volleys.append(volley)
        if self._pause > LONG:
            self._period = max(self._period, self._pause)
            self._hold(now, MARGIN * volley.count / (volley.held + self._pause))
        elif self._phase is Phase.RAMP:
            self._ramped(now, volley)
        elif self._phase is Phase.TEST:
            self._tested(now, volley)
        else:
            self._correct(now, volley, self._pace or FIRST_RATE)

    def _ramped(self, now: float, volley: Volley) -> None:
        window = read_window(self._volleys)
        if volley.trickle and volley.held < 1.0:
            self._test(now, volley.bucket, TRICKLE_STEP)
        elif window is not None and self._pause > DEAR:
            self._hold(now, MARGIN * window.likely, sure=window.sure)
        else:
            self._test(now, volley.second)

    def _tested(self, now: float, volley: Volley) -> None:
        window = read_window(self._volleys)
        if self._doubled:
            self._hold(now, (self._passed + (self._pace or 0)) / 2, sure=False)
        elif window is not None:
            self._hold(now, MARGIN * window.likely, sure=window.sure)
        else:
            self._hold(now, read_bucket(self._volleys) or volley.bucket, sure=False)

    def _correct(self, now: float, volley: Volley, pace: float) -> None:
        """A volley in HOLD."""
        if self._safe is not None:
            self._calm = min(2 * self._calm, LONGEST_CALM)
            self._hold(now, self._safe, calm=self._calm)
            return
        self._ceiling = min(self._ceiling, pace)
        if volley.thin:
            self._volleys.pop()
            self._hold(now, MUCH * pace)
            return
        window = read_window(self._volleys)
        if window is None and len(self._volleys) == MEMORY:
            window = read_window(list(self._volleys)[1:])
        if window is None or (window.likely < 0.95 * self._passed and not self._sure):
            self._hold(now, *self._drained(volley, pace))
        elif MARGIN * window.likely < 0.995 * pace:
            self._hold(now, MARGIN * window.likely)
        else:
            self._hold(now, pace * (MUCH if volley.held < EARLY else LITTLE))

    def _drained(self, volley: Volley, pace: float) -> tuple[float, bool]:
        """The next pace for a bucket, and whether it is sure."""
        rate = read_bucket(self._volleys)
        if self._sure or volley.held >= EARLY:
            return max(0.5 * pace, min(rate or volley.bucket, 0.99 * pace)), True
        if rate is None:
            return (max(self._passed, volley.bucket) + pace) / 2, False
        return min(max(rate, 0.75 * self._passed), 0.99 * pace), close(rate, pace, 0.1)

    def _test(self, now: float, estimate: float, step: float = TEST_STEP) -> None:
        self._phase, self._doubled, self._passed = Phase.TEST, False, 0.0
        self._pace, self._ceiling = 2 * estimate, math.inf
        self._step, self._step_at = step, now + step
        self._since, self._count, self._silence = now, 0, 1.0

    def _hold(self, now: float, pace: float, sure: bool = True, calm: float = CALM) -> None:
        self._phase, self._pace, self._sure, self._safe = Phase.HOLD, max(pace, 0.02), sure, None
        self._doubled = False
        # 60 periods: a window per minute is tried once an hour, because a failed try costs all of its minute.
        self._step_at = now + (max(calm, 60 * self._period) if sure else STEP)

    def _go_up(self, now: float, pace: float) -> None:
        self._step_at = now + (self._step if self._phase is Phase.TEST else STEP)
        if trailing(self._accepted, now - self._ramp.latency) < 0.8 * pace - 1:
            return  # the rate was not used up, so that it passed proves nothing
        self._passed = pace
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
            self._doubled = True
