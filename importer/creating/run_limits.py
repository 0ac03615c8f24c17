"""The operator's bounds of a run."""

from dataclasses import dataclass

from importer.settings import Settings


@dataclass(frozen=True)
class Limits:
    """The operator's bounds; what holds where nothing is said stands in ``settings.options`` alone.

    Attributes:
        concurrency: Requests at once.
        rate: Requests per second; None: as the API takes them.
        attempts: Attempts of one row while others pass.
        outage_limit: Seconds without any row passing, after which the run stops.
        retry_share: Retries as a share of all requests.
        backoff: Seconds before a first retry; a probe of an outage waits twice as long.
    """

    concurrency: int
    rate: float | None
    attempts: int
    outage_limit: float
    retry_share: float
    backoff: float


def limits_of(settings: Settings) -> Limits:
    """The bounds that the settings name."""
    return Limits(
        concurrency=settings.concurrency,
        rate=settings.rate,
        attempts=settings.attempts,
        outage_limit=settings.outage_limit,
        retry_share=settings.retry_share,
        backoff=settings.backoff,
    )
