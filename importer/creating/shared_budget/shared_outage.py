"""An outage of the whole: everybody waits, and one worker at a time probes.

It begins with the first worker whose circuit breaker opens, unless another one has been answered since that one's
trouble began: then it is the worker's own network. Who probes has that as a lease; it goes to the next one after each
probe that failed, so that a worker whose own network is down does not keep all waiting. An answer to whatever left
after it began ends it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True)
class OutageReport:
    """What a worker's circuit breaker says; times as in ``budget_terms.WorkerReport``.

    Attributes:
        is_open: Whether nothing passes.
        since: When its trouble began.
        cause: Why, as ``messages.kept_sentences`` keeps it.
        wait: Seconds between probes now; ``next_probe_at``: when the next one may leave.
        failed_probes: How many have failed since the worker began.
        answered_at: When the latest request that a working API answered left.
    """

    is_open: bool = False
    since: float = math.inf
    cause: str = ""
    wait: float = 0.0
    next_probe_at: float = -math.inf
    failed_probes: int = 0
    answered_at: float = -math.inf


@dataclass(frozen=True)
class Outage:
    """An outage of the whole.

    Attributes:
        opened_at: When it was noticed.
        since: When the trouble began: the outage limit counts from there.
        cause: See OutageReport; ``wait`` and ``next_probe_at`` too.
        prober: Who probes, until ``until``.
    """

    opened_at: float
    since: float
    cause: str
    wait: float
    next_probe_at: float
    prober: str
    until: float


class Reporting(Protocol):
    """A worker, as far as outages go."""

    waiting: bool
    answered_at: float
    failed_probes: int


def after_report(
    outage: Outage | None, name: str, report: OutageReport, members: Mapping[str, Reporting], now: float, until: float
) -> Outage | None:
    """Give the outage as it is after a worker has reported; ``until``: when a lease that begins now ends.

    ``members`` are as they stood before this report.
    """
    member = members[name]
    probe_failed = report.failed_probes > member.failed_probes
    answered = max(report.answered_at, *(one.answered_at for one in members.values()))
    if outage is None and report.is_open and answered <= report.since:
        return Outage(now, report.since, report.cause, report.wait, report.next_probe_at, name, until)
    if outage is None or report.answered_at >= outage.opened_at:
        return None
    if outage.prober == name:
        if probe_failed:
            outage = replace(outage, cause=report.cause, wait=report.wait, next_probe_at=report.next_probe_at)
        stays = member.waiting and not probe_failed
        return replace(outage, prober=name if stays else _next(name, members), until=until)
    if outage.until <= now or outage.prober not in members:
        return replace(outage, prober=name, until=until)
    return outage


def _next(name: str, members: Mapping[str, Reporting]) -> str:
    """Whose turn it is after ``name``'s: of those who have a row to probe with."""
    names = list(members)
    at = names.index(name) + 1
    return next((one for one in (*names[at:], *names[:at]) if members[one].waiting), name)
