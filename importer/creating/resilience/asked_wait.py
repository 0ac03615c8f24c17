"""A wait that the API asks for and that outlasts what is left of the outage limit.

It is told at once, and until it is over it is why nothing passes, whatever else comes back meanwhile.
"""

import math
from collections.abc import Callable

from importer.freedom_id import Answer
from importer.messages.text import Text


class AskedWait:
    """Whether the API asks a run to wait for longer than it may; times as in ``breaker``.

    ``tell`` gets a sentence for the log.
    """

    def __init__(self, outage_limit: float, tell: Callable[[str], None]) -> None:
        self._outage_limit, self._tell = outage_limit, tell
        self._until, self._cause = -math.inf, ""

    def lasts(self, now: float) -> bool:
        """Whether such a wait is not over."""
        return now < self._until

    def cause_of(self, answer: Answer, now: float, deadline: float) -> str:
        """Why nothing passes, after an answer that says so; ``deadline``: when the outage limit runs out."""
        seconds, left = answer.retry_after or 0.0, min(deadline - now, self._outage_limit)
        if seconds > left and not self.lasts(now):
            self._until, cause = now + seconds, answer.cause
            self._cause = Text("{cause}, asks to wait at least {seconds:,.0f} s", cause=cause, seconds=seconds)
            self._tell(_told(cause, seconds, max(left, 0.0)))
        return self._cause if self.lasts(now) else answer.cause


def _told(cause: str, seconds: float, left: float) -> Text:
    return Text(
        "the API asks to wait at least {seconds:,.0f} s ({cause}), but this run ends in {left:,.0f} s if nothing "
        "passes before (--outage-limit): run the same command after that wait, or with a longer --outage-limit",
        seconds=seconds,
        cause=cause,
        left=left,
    )
