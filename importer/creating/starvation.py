"""A server that lets nothing through: not a rate but a wait, of which it has not said how long it is."""

from dataclasses import dataclass
from typing import Final

PAUSE: Final = 1.0
"""Seconds of silence after a 429 that names none."""

LONGEST_PATIENCE: Final = 30.0
"""Seconds to which that silence doubles while nothing passes: two requests a minute harm nobody."""

KNOCK: Final = 1.0
"""Requests/s between two silences: one, and no second one before it is answered."""


@dataclass
class Starvation:
    """Whether nothing passes, since when (seconds of a monotonic clock), and the pace to come back to."""

    patience: float = PAUSE
    since: float | None = None
    pace: float | None = None

    def begin(self, since: float, pace: float | None) -> None:
        """Another volley came without anything accepted since the last, which came at ``since``."""
        if self.since is None:
            self.since, self.pace = since, pace
        self.patience = min(2 * self.patience, LONGEST_PATIENCE)

    def end(self, now: float) -> float:
        """Something passed; returns for how many seconds nothing had."""
        period = now - (now if self.since is None else self.since)
        self.since, self.patience = None, PAUSE
        return period
