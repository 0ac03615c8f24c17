"""What one volley of 429s says about the quota behind it, by arithmetic alone.

A volley is the first refused request and those that were on their way with it. All of them were sent before anybody
knew; everything between two volleys is a *stretch*. Two readings are exact, each for its kind of quota, because every
stretch begins after a second of silence:

* a window of a second (fixed or sliding) has let exactly its quota through in the last second: ``second``;
* a bucket was full, with a burst of a second's worth, and has drained: ``bucket`` = accepted / (1 + seconds), or
  less than 1 after a shorter silence.

The wrong one of the two errs upwards (a fixed window that began anew within the stretch counts twice; a bucket's last
second holds its burst), except ``bucket`` for windows, which errs downwards. What else tells them apart is
``trickle``: a bucket goes on letting single requests through while it refuses others, a window does not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

BEYOND_WINDOW: Final = 1.05
"""Seconds (with some jitter) that a window of a second cannot hold out against more than its quota."""

EXPECTED_TRICKLE: Final = 3.0
"""Requests that a bucket would have let through while the first 429 travelled: if none did, it is no bucket."""


@dataclass(frozen=True)
class Volley:
    """Readings of one volley: rates in requests/s, ``held`` (first sent until first refused) in seconds."""

    second: float
    bucket: float
    held: float
    count: int
    refused: int
    trickle: bool

    @property
    def drained(self) -> bool:
        """Whether it took longer than a window of a second can hold out."""
        return self.held > BEYOND_WINDOW

    def proves_window(self, latency: float) -> bool:
        """Whether a bucket is out of the question; ``latency`` in seconds."""
        return not self.trickle and self.second * latency >= EXPECTED_TRICKLE


def read_volley(
    refused: Collection[float], accepted: Collection[float], *, count: int, since: float, silence: float
) -> Volley:
    """Read a volley.

    Args:
        refused: When the refused requests were sent; at least one.
        accepted: When the accepted ones were sent: at least those of the last two seconds, in any order.
        count: How many were accepted in the stretch.
        since: When the stretch began.
        silence: Seconds without requests before it (at the start of a run: as if long). All
            times are seconds of one clock.
    """
    first, last = min(refused), max(refused)
    middle = sorted(refused)[len(refused) // 2]
    held = max(first - since, 1e-3)
    # Answers overtake each other: some requests sent after the first refused one reached the server before it. Hence
    # two ends for the last second, and only the second half of the volley counts as a trickle.
    second = max(trailing(accepted, first), trailing(accepted, last), 1)
    # Half a request: the bucket was between 0 and 1 short of the next one, which matters when the quota is 5/s.
    bucket = (max(count, 1) + 0.5) / (min(silence, 1.0) + held)
    return Volley(float(second), bucket, held, max(count, 1), len(refused), any(middle < at < last for at in accepted))


def trailing(accepted: Collection[float], end: float) -> int:
    """How many were sent in the second up to ``end``."""
    return sum(end - 1.0 < at <= end for at in accepted)


def close(one: float, other: float, share: float) -> bool:
    """Whether two readings agree within ``share`` of the larger."""
    return abs(one - other) <= share * max(one, other)
