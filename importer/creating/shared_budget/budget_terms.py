"""What a worker and the budget that it shares tell each other. Times are the record's, in seconds since 1970."""

import math
from dataclasses import dataclass, field
from typing import Final

from importer.creating.shared_budget.shared_outage import Outage, OutageReport

EVERY: Final = 0.2
"""Seconds between two exchanges of a worker: as long do the others not hear of a 429."""

LEASE: Final = 2.0
"""Seconds that a share is good for without another exchange: the commits of a busy database take less."""


@dataclass(frozen=True)
class Refusal:
    """A 429.

    Attributes:
        at: When it came; ``sent_at``: when its request left.
        before: How many of this worker had left in the second before that.
        retry_after: Seconds that it names, or None.
        knew: The latest cut of the pace that this worker knew of when the request left (``Grant.slowed_at``).
    """

    at: float
    sent_at: float
    before: int
    retry_after: float | None
    knew: float = -math.inf


@dataclass(frozen=True)
class WorkerReport:
    """What a worker tells; -inf stands for never.

    Attributes:
        grant: Number of the last grant that it has received; 0 for none.
        cap: The whole run's --rate; ``concurrency``: its --concurrency.
        sent: Requests that left in the last second; ``in_flight``: on their way.
        waiting: Whether a row waits to be sent.
        passed_at: When the latest request that was not refused left.
        refusals: Those since the last exchange.
        paused_until: Until when the API asked for silence in another way.
        outage: What its circuit breaker says.
        leaving: Whether it has ended.
    """

    member: str
    grant: int
    cap: float | None
    concurrency: int
    sent: int = 0
    in_flight: int = 0
    waiting: bool = False
    passed_at: float = -math.inf
    refusals: tuple[Refusal, ...] = ()
    paused_until: float = -math.inf
    outage: OutageReport = field(default_factory=OutageReport)
    leaving: bool = False


@dataclass(frozen=True)
class Grant:
    """What a worker may do.

    Attributes:
        number: Counts up.
        now: The record's time.
        until: When the lease runs out.
        share: Of the whole's rate, to be kept to; 0: it may not send.
        rate: The whole's, in requests/s; None: no limit is known.
        most: Requests in any second; None: as many as there are.
        slots: Requests at once.
        phase: Where in the cycle of all workers it stands, from 0 to 1: requests of all leave evenly.
        paused_until: Nobody may send before.
        slowed_at: When the pace was cut last.
        outage: Of the whole; None: the API answers. ``probes``: whether this worker probes it.
        answered_at: When the latest request of anybody that a working API answered left.
    """

    number: int
    now: float
    until: float
    share: float
    rate: float | None
    most: int | None
    slots: int
    phase: float
    paused_until: float
    slowed_at: float
    outage: Outage | None
    probes: bool
    answered_at: float


@dataclass(frozen=True)
class BudgetView:
    """What the whole does, to be shown.

    Attributes:
        workers: How many take part.
        slots: Requests at once that they have.
        rate: Requests/s that the API, or --rate, allows; None: no bound is known.
        outage: Why nothing passes, as ``messages.kept_sentences`` keeps it; "" while rows pass.
    """

    workers: int
    slots: int
    rate: float | None
    outage: str
