"""What would make a run faster, where it is not the API that limits it."""

from typing import Final

from importer.creating.counters import Progress
from importer.messages.text import Text

ENOUGH: Final = 4
"""Times --concurrency: as many requests must have left before anything is said."""

MOSTLY: Final = 0.5
"""Share of the requests that left as the last one allowed: then others were waiting for them."""

BUSY: Final = 0.7
"""Share of a processor's time beyond which it is this machine that limits."""

MOST: Final = 1024
"""The highest --concurrency."""


def advice_for(progress: Progress, concurrency: int, seconds: float, busy: float) -> str:
    """A sentence where --concurrency is what limited a run, else "".

    Args:
        progress: What came of it; a rate that is known is the API's limit, or --rate.
        concurrency: The operator's.
        seconds: How long it was sending.
        busy: How many of these the processor was at work for it.
    """
    enough = progress.requests >= ENOUGH * concurrency and progress.full >= MOSTLY * progress.requests
    if not enough or progress.rate is not None or progress.outages or concurrency >= MOST or busy > BUSY * seconds:
        return ""
    pace = progress.requests / max(seconds, 0.001)
    return Text(
        "{concurrency} requests at once were the limit ({pace:,.3g} a second), not the API: --concurrency {more} may "
        "be faster",
        concurrency=concurrency,
        pace=pace,
        more=min(MOST, 2 * concurrency),
    )
