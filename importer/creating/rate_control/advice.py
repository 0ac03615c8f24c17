"""What would make a run faster, where it is not the API that limits it."""

from typing import Final

from importer.creating.send_progress import SendProgress
from importer.messages.text import Text

ENOUGH: Final = 4
"""Times --concurrency: as many requests must have left before anything is said."""

MOSTLY: Final = 0.5
"""Share of the requests that left as the last one allowed: then others were waiting for them."""

BUSY: Final = 0.7
"""Share of a processor's time beyond which it is this machine that limits."""

NEAR: Final = 0.8
"""Share of --rate that the pace comes to where it is the rate that limits: the start is slower."""

MOST: Final = 1024
"""The highest --concurrency."""


def advice_for(progress: SendProgress, concurrency: int, seconds: float, busy: float) -> str:
    """A sentence where --concurrency is what limited a run, else ""; after a refusal (429) it was the API that limited.

    ``seconds``: how long it was sending; ``busy``: how many of these the processor was at work for it.
    """
    enough = progress.requests >= ENOUGH * concurrency and progress.full >= MOSTLY * progress.requests
    pace = progress.requests / max(seconds, 0.001)
    by_rate = progress.refused or (progress.rate is not None and pace >= NEAR * progress.rate)
    if not enough or by_rate or progress.outages or concurrency >= MOST or busy > BUSY * seconds:
        return ""
    return Text(
        "{concurrency} requests at once were the limit ({pace:,.3g} a second), not the API: --concurrency {more} may "
        "be faster",
        concurrency=concurrency,
        pace=pace,
        more=min(MOST, 2 * concurrency),
    )
