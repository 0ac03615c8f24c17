"""Draft."""

import math
from collections import deque
from enum import StrEnum
from typing import Final

FIRST_RATE: Final = 10.0
FIRST_WINDOW: Final = 1.0
MARGIN: Final = 0.985
PAUSE: Final = 1.0
LONG: Final = 2.5
TEST: Final = 2.0
TEST_STEP: Final = 1.3
CALM: Final = 60.0
CREEP: Final = 2.0
EARLY: Final = 5.0


class Phase(StrEnum):
    RAMP = "ramp"
    TEST = "test"
    HOLD = "hold"


class Quota:
    def __init__(self, *, cap: float | None, most: int, now: float) -> None:
        self._cap, self._most = cap, most
        self._phase = Phase.RAMP
        self._window = FIRST_WINDOW
        self._latency = 0.0
        self._pace: float | None = FIRST_RATE
        self._accepted: deque[float] = deque()
        self._refused: list[float] = []
        self._resume_at = now
        self._since = now
        self._count = 0
        self._step_at = now
        self._first = 0.0
        self._doubled = False
        self._sure = False
        self._calm = CALM
        self._safe: float | None = None
        self._period = 0.0
        self._pause = 0.0
        self._ceiling = math.inf
        self._back = 0.9
        self._early = 0
        self._n = self._b = 0.0
        self._bucket = False
        self._small = False
        self._provisional = False

    @property
    def rate(self) -> float | None:
        if self._cap is None or self._pace is None:
            return self._cap if self._pace is None else self._pace
        return min(self._cap, self._pace)

    def accepted(self, now: float, *, sent_at: float) -> None:
        self._count += 1
        self._accepted.append(sent_at)
        while self._accepted[0] < now - 4.0:
            self._accepted.popleft()
        seconds = now - sent_at
        self._latency = 0.9 * self._latency + 0.1 * seconds if self._latency else seconds
        if self._phase is Phase.RAMP and self._pace is not None and not self._refused:
            self._window += 0.5 if self._count <= 24 else 1.0
            self._pace = max(FIRST_RATE, self._window / max(self._latency, 1e-3)) if self._window < self._most else None

    def refused(self, now: float, *, sent_at: float, retry_after: float | None) -> float:
        news = not self._refused
        self._refused.append(sent_at)
        pause = retry_after if retry_after is not None else (PAUSE if news else 0.0)
        if news and self._phase is not Phase.HOLD:
            pause = max(pause, PAUSE)
        self._resume_at = max(self._resume_at, now + pause)
        self._pause = self._resume_at - now
        return pause

    def advance(self, now: float) -> None:
        if self._refused:
            if now >= self._resume_at:
                self._settle(now)
        elif now >= self._step_at:
            self._step(now)

    def _trailing(self, end: float) -> int:
        return sum(end - 1.0 < at <= end for at in self._accepted)

    def _settle(self, now: float) -> None:
        first, last = min(self._refused), max(self._refused)
        middle = sorted(self._refused)[len(self._refused) // 2]
        mixed = sum(middle < at < last for at in self._accepted) > 0
        many = len(self._refused) >= 6
        held = max(first - self._since, 0.001)
        n = float(max(1, self._trailing(first), self._trailing(last)))
        count = max(1, self._count)
        b = (count + 0.5) / (1.0 + held)
        if self._pause > LONG:
            self._period = max(self._period, self._pause)
            self._hold(now, MARGIN * count / (held + self._pause), sure=True)
        elif self._phase is Phase.RAMP:
            if mixed:
                self._start_test(now, b)
            elif self._latency <= 0.06:
                self._start_test(now, n)
            else:
                self._hold(now, MARGIN * n, sure=False, wait=60.0 if many else 20.0)
                self._provisional = True
        elif self._phase is Phase.TEST:
            self._tested(now, n, b, mixed, many, held)
        else:
            self._correct(now, n, b, held)
            n, b = self._n, self._b
        self._n, self._b = n, b
        self._refused.clear()
        self._since, self._count = now, 0

    def _tested(self, now: float, n: float, b: float, mixed: bool, many: bool, held: float) -> None:
        if self._doubled:
            self._small = True
            self._hold(now, MARGIN * n, sure=False)
        elif mixed:
            self._hold(now, b, sure=close(b, self._b, 0.08), bucket=True)
        elif n < 0.5 * self._n:
            self._small = True
            self._hold(now, MARGIN * self._n, sure=False)
        elif held >= 0.9 and not many:
            self._hold(now, max(b, MARGIN * self._n), sure=close(b, self._b, 0.08), bucket=True)
        else:
            self._hold(now, MARGIN * min(n, self._n), sure=True)

    def _start_test(self, now: float, n: float) -> None:
        self._phase, self._doubled = Phase.TEST, False
        self._pace = TEST * n
        self._ceiling = math.inf
        self._step_at = now + TEST_STEP

    def _hold(self, now: float, pace: float, *, sure: bool, bucket: bool = False, wait: float = CREEP) -> None:
        self._phase, self._pace, self._sure, self._bucket = Phase.HOLD, max(pace, 0.05), sure, bucket
        self._safe = None
        self._provisional = False
        self._step_at = now + (max(self._calm, 60 * self._period) if sure else wait)

    def _correct(self, now: float, n: float, b: float, held: float) -> None:
        pace = self._pace or 0.0
        if self._safe is not None:
            self._calm = min(2 * self._calm, 900.0)
            self._hold(now, self._safe, sure=True, bucket=self._bucket)
            return
        self._ceiling = min(self._ceiling, pace)
        if close(b, self._b, 0.04) and not self._small:
            self._hold(now, b, sure=True, bucket=True)
        elif held >= EARLY:
            self._back, self._early = 0.9, 0
            self._hold(now, max(0.9 * pace, min(b, 0.98 * pace)), sure=self._sure, bucket=self._bucket)
        elif self._sure and self._early < 2 and held > 0.75:
            self._early += 1
            self._hold(now, 0.975 * pace, sure=True, bucket=self._bucket)
        elif self._sure:
            self._early = 0
            self._start_test(now, min(max(b, 0.3 * pace), 0.75 * pace))
            n = math.inf
        elif self._provisional:
            self._start_test(now, min(max(b, 0.3 * pace), 0.75 * pace))
            n = self._n
        else:
            self._hold(now, max(self._back * pace, MARGIN * b), sure=False)
            self._back *= 0.8
        self._n, self._b = n, b

    def _step(self, now: float) -> None:
        pace = self._pace
        if pace is None or self._phase is Phase.RAMP:
            return
        self._step_at = now + (TEST_STEP if self._phase is Phase.TEST else CREEP)
        if self._trailing(now - self._latency) < 0.8 * pace - 1:
            return
        if self._phase is Phase.TEST:
            self._pace, self._doubled = 2 * pace, True
        elif not self._sure and not self._provisional:
            self._pace = min(1.08 * pace, 0.97 * self._ceiling)
            if self._pace <= pace:
                self._sure, self._pace = True, pace
                self._step_at = now + CALM
        elif self._safe is None:
            self._safe, self._pace = pace, 1.05 * pace
        elif pace < 1.4 * self._safe:
            self._pace = self._safe + 2 * (pace - self._safe)
        else:
            self._start_test(now, pace)


def close(one: float, other: float, share: float) -> bool:
    return abs(one - other) <= share * max(one, other)
