"""What volleys of 429s say about the quota behind them, by arithmetic alone.

A volley is the first refused request and those that were on their way with it. All of them were sent before anybody
knew; everything between two volleys is a *stretch*. Quotas are of two sorts, and a volley is read for both:

* **windows** of a second, fixed on the server's clock, begun by the first request, or sliding. Where the window lies is
  not known, so each place it may have is a hypothesis: a refusal in it says that the window was full, and no window
  ever holds more than the quota. The places where all volleys name one number tell the quota, exactly;
* a **bucket**, full after a silence of a second: it lets its burst through and what flows in until it is dry, and then
  single requests between refused ones (a *trickle*), which a window never does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PLACES: Final = 200
"""Places tried for a window fixed on the server's clock: 5 ms, less than an answer's way varies."""

EARLIER: Final = 3
"""Windows before the refused one that are looked at: they show what the quota is at the least."""

LIKELY: Final = 0.75
"""Which of the places is believed, as a quantile of their quotas: a pace that is too high costs a pause and is then
known exactly, one that is too low costs its difference for some seconds."""

LONGER, MORE = 0.5, 5
"""Seconds and requests by which two stretches must differ, so that their difference is a rate."""


@dataclass(frozen=True)
class Volley:
    """Readings of one volley: rates in requests/s, times in seconds.

    ``second`` is what was accepted in the second up to it, ``bucket`` the rate of a bucket with a second's burst,
    ``held`` the time from the first request of the stretch to the first refused, ``count`` what was accepted in it.
    ``full`` and ``most`` hold, for each place of the window, how many requests the refused window and the fullest
    of the earlier ones had accepted; ``wrong`` what contradicts the place. ``steady``: one pace throughout; ``thin``:
    the stretch and the silence before it were too short to tell anything.
    """

    second: float
    bucket: float
    held: float
    count: int
    trickle: bool
    steady: bool
    thin: bool
    full: NDArray[np.int64]
    most: NDArray[np.int64]
    wrong: NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """What the volleys say if the quota is a window: requests in a second, likely, and whether all places agree."""

    likely: float
    sure: bool


def read_volley(
    refused: Collection[float], accepted: Collection[float], *, count: int, since: float, silence: float, steady: bool
) -> Volley:
    """Read a volley.

    Args:
        refused: When the refused requests were sent; at least one.
        accepted: When the accepted ones were: those of the last seconds, in any order.
        count: How many were accepted in the stretch.
        since: When the stretch began.
        silence: Seconds without requests before it (at the start of a run: as if long). All
            times are seconds of one clock.
        steady: Whether the pace was the same throughout the stretch.
    """
    at = np.sort(np.fromiter((moment for moment in accepted if moment > since - 1.0), dtype=float))
    first, middle = min(refused), sorted(refused)[len(refused) // 2]
    held = max(first - since, 1e-3)
    begun = at[at >= since]
    anchor = begun[0] if len(begun) else since
    fixed = first - np.mod(first - np.arange(PLACES) / PLACES, 1.0)
    starts = np.append(fixed, [anchor + np.floor(max(first - anchor, 0.0)), first - 1.0])
    ends = starts + 1.0
    full = _between(at, starts, ends)
    most = np.max([_between(at, starts - back, ends - back) for back in range(1, EARLIER + 1)], axis=0)
    most[-1] = np.max(np.arange(1, len(at) + 1) - np.searchsorted(at, at - 1.0, side="right"), initial=0)
    # Answers overtake each other, hence only what was accepted after the first half of the volley is a trickle.
    late = np.full(len(starts), middle)
    # And who is refused after the window's end meets a new one that is not full.
    too_late = np.sum(np.fromiter(refused, dtype=float)[:, None] > ends, axis=0)
    return Volley(
        second=float(max(full[-1], 1)),
        # Half a request: the bucket was between 0 and 1 short of the next one, which matters when the quota is 5/s.
        bucket=(max(count, 1) + 0.5) / (min(silence, 1.0) + held),
        held=held,
        count=max(count, 1),
        steady=steady,
        thin=silence + held < 1.0,
        trickle=bool(np.any((at > middle) & (at < max(refused)))),
        full=full,
        most=np.maximum(most, full),
        wrong=_between(at, late, ends) + too_late,
    )


def read_window(volleys: Sequence[Volley]) -> Window | None:
    """The quota of a window that explains all ``volleys``; None when none does."""
    full = np.min([volley.full for volley in volleys], axis=0)
    gap = np.max([volley.most for volley in volleys], axis=0) - full
    gap = gap + np.max([volley.wrong for volley in volleys], axis=0)
    least = gap.min()
    # The ways of the requests vary, so that one in thirty may lie on the wrong side of the window's edge.
    best = full[gap <= least + np.minimum(1.0 + 0.01 * full, 0.05 * full)]
    if least > 1.5 + 0.03 * np.median(best) or best.max() < 1:
        return None
    low, likely, high = np.quantile(best, (0.2, LIKELY, 0.9), method="nearest")
    return Window(max(float(likely), 1.0), bool(high - low <= 2 + 0.05 * high))


def read_bucket(volleys: Sequence[Volley]) -> float | None:
    """The rate of a bucket, requests/s, if the last volley and an earlier one agree on it."""
    last = volleys[-1]
    others = [volley for volley in list(volleys)[:-1] if volley.steady]
    if any(close(last.bucket, other.bucket, 0.05 + 0.5 / other.count) for other in others):
        return last.bucket
    for other in others:
        # A burst smaller than a second's worth is what both stretches have in common.
        longer, more = last.held - other.held, last.count - other.count
        if longer >= LONGER and more >= MORE:
            return more / longer
    return None


def _between(at: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.int64]:
    inside: NDArray[np.int64] = np.maximum(np.searchsorted(at, ends) - np.searchsorted(at, starts), 0)
    return inside


def trailing(accepted: Collection[float], end: float) -> int:
    """How many were accepted in the second up to ``end``."""
    return sum(end - 1.0 < at <= end for at in accepted)


def close(one: float, other: float, share: float) -> bool:
    """Whether two readings agree within ``share`` of the larger."""
    return abs(one - other) <= share * max(one, other)
