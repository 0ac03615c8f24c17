"""The start of a run: a rate that grows with each answer, so that few requests are in flight at the first 429."""

from typing import Final

FIRST_RATE: Final = 10.0
"""Requests/s before any answer has come: at 200 ms two in flight, which a quota of 5/s bears."""

GENTLE: Final = 0.5
STEEP: Final = 1.0
EARLY_ANSWERS: Final = 24
"""Growth of the allowed requests in flight per answer: GENTLE for the first answers. At the first 429 as many are
refused as are in flight, so half of a small quota; later the number of workers bounds it, and doubling each round
trip loses less where there is no quota."""

SHORTEST: Final = 0.001
"""Seconds: no latency counts as shorter, so that the rate stays finite."""


class Ramp:
    """The growing rate and the latency that it learns; ``most`` requests may be in flight."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._allowed = 1.0
        self._answers = 0
        self.latency = 0.0

    def answered(self, seconds: float) -> None:
        """An accepted request took ``seconds``."""
        self.latency += (0.1 if self.latency else 1.0) * (seconds - self.latency)

    def grow(self) -> float | None:
        """The rate after one more answer, requests/s; None when the workers are the limit."""
        self._answers += 1
        self._allowed += GENTLE if self._answers <= EARLY_ANSWERS else STEEP
        if self._allowed >= self._most:
            return None
        return max(FIRST_RATE, self._allowed / max(self.latency, SHORTEST))
