"""The lines of the benchmark's table, and how they are shown."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        what: What was measured.
        measured: The importer's figure.
        peer: The peer's figure, "" without one.
        ratio: Of the two, or of two figures of the importer's own.
        target: What it should be; "" where there is no target.
        ok: Whether it is; None where there is no target.
    """

    what: str
    measured: str
    peer: str = ""
    ratio: float | None = None
    target: str = ""
    ok: bool | None = None

    @classmethod
    def bounded(cls, what: str, value: float, limit: float, measured: str, unit: str) -> Self:
        """A figure with a limit of its own."""
        return cls(what, measured, target=f"<= {limit:,g} {unit}", ok=value <= limit)

    @classmethod
    def fast(cls, what: str, rate: float, least: float, measured: str) -> Self:
        """A rate that should be ``least``, where that is not 0."""
        return cls(
            what, measured, target=f">= {least:,.0f} rows/s" if least else "", ok=rate >= least if least else None
        )

    @classmethod
    def at_most(cls, what: str, ratio: float, most: float, measured: str, peer: str) -> Self:
        """A ratio of costs."""
        return cls(what, measured, peer, round(ratio, 2), f"<= {most:g} x", ratio <= most)

    @classmethod
    def at_least(cls, what: str, ratio: float, least: float, measured: str, peer: str) -> Self:
        """A ratio of rates."""
        return cls(what, measured, peer, round(ratio, 2), f">= {least:g} x", ratio >= least)

    def __str__(self) -> str:
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} x"
        return _row(self.what, self.measured, self.peer, ratio, self.target, _VERDICT[self.ok])


_VERDICT = {None: "", True: "yes", False: "NO"}


def _row(*cells: str) -> str:
    widths = (56, 34, 18, 9, 18, 3)
    return " ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


HEAD = _row("what", "importer", "peer", "ratio", "target", "met")
