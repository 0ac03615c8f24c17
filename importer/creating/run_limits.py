"""The operator's bounds of a run."""

from dataclasses import dataclass

from importer.settings import Settings


@dataclass(frozen=True)
class Limits:
    """The operator's bounds.

    Attributes:
        concurrency: Requests at once.
        rate: Requests per second; None: as the API takes them.
        attempts: Attempts of one row while others pass.
        outage_limit: Seconds without any row passing, after which the run stops.
        retry_share: Retries as a share of all requests.
        backoff: Seconds before a first retry; a probe of an outage waits twice as long.
    """

    concurrency: int = 32
    rate: float | None = None
    attempts: int = 5
    outage_limit: float = 900.0
    retry_share: float = 0.2
    backoff: float = 0.5


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
