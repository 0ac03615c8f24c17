"""Figures as drawings that a style sheet colours: SVG, without inline style, each with a table beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

WIDTH: Final = 1000
HEIGHT: Final = 120


@dataclass(frozen=True)
class Part:
    """A part of a bar: its status, how many, where it begins and how wide it is (of WIDTH)."""

    status: str
    count: int
    start: float
    width: float


def bar_of(counts: Mapping[str, int], order: Sequence[str]) -> list[Part]:
    """The parts of one bar, in order; what is zero has none."""
    total, parts, start = sum(counts.values()), [], 0.0
    for status in order:
        if count := counts.get(status, 0):
            width = WIDTH * count / total
            parts.append(Part(status, count, round(start, 1), round(width, 1)))
            start += width
    return parts


@dataclass(frozen=True)
class ThroughputLine:
    """A line of throughput: ``points`` of a polyline, the most rows a second, how many seconds it spans."""

    points: str
    most: float
    seconds: float


def line_of(samples: Sequence[Sequence[float]]) -> ThroughputLine | None:
    """Rows a second over time, from [seconds, rows done]; None where there are too few to draw."""
    moved = [
        (later[0], (later[1] - earlier[1]) / (later[0] - earlier[0]))
        for earlier, later in pairwise(samples)
        if later[0] > earlier[0]
    ]
    if len(moved) < 3:  # noqa: PLR2004 (two points are no course)
        return None
    first, last, most = moved[0][0], moved[-1][0], max(pace for _, pace in moved) or 1.0
    points = " ".join(
        f"{WIDTH * (at - first) / (last - first):.0f},{HEIGHT - HEIGHT * pace / most:.0f}" for at, pace in moved
    )
    return ThroughputLine(points, most, last)
