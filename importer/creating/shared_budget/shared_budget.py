"""One budget for all workers that send to one API, so that it sees one client that behaves well.

Each worker exchanges a report for a grant, some five times a second; whoever keeps the record (``journal.budgets``)
lets one at a time, and gives the time: what the machines' clocks say does not matter. The pace of the whole is found by
the same search as on one machine. Of it, and of --concurrency, each worker with work gets an equal share, as a lease.
A share that is given to another counts as taken until its holder is known to have given it up, or its lease has run
out; and a second longer, so that --rate holds for any second also while workers join and die.
"""

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Final

from importer.creating.rate_control.quota_search import PaceSearch
from importer.creating.shared_budget.budget_terms import LEASE, BudgetView, Grant, WorkerReport
from importer.creating.shared_budget.shared_outage import Outage, after_report

WINDOW: Final = 1.0
"""Seconds, those of which --rate speaks: what left in the last one still counts after a share was given up."""

SHORT_OF: Final = 1e-6
"""As much may a sum of fractions lack of a whole number."""


@dataclass
class Lease:
    """A share that a worker may still be using, or has used in the last second."""

    number: int
    share: float
    slots: int
    until: float


@dataclass
class Member:
    """A worker, as it was when it reported last."""

    cap: float | None
    concurrency: int
    seen_at: float
    sent: int = 0
    in_flight: int = 0
    waiting: bool = False
    answered_at: float = -math.inf
    failed_probes: int = 0
    leases: list[Lease] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether it has use for a share."""
        return self.waiting or self.sent > 0

    @property
    def share(self) -> float:
        """The share that counts as taken."""
        return max((lease.share for lease in self.leases), default=0.0)

    @property
    def slots(self) -> int:
        """Requests at once, likewise."""
        return max((lease.slots for lease in self.leases), default=0)


@dataclass
class SharedBudget:
    """The record of one API.

    Its time is the server's, ahead of it by as much as that clock has been set back: else what was to end then would
    end hours later.

    Attributes:
        number: Of the latest grant.
        at: When that was, in its own time; ``ahead``: how much that is ahead of the server's.
    """

    search: PaceSearch = field(default_factory=PaceSearch)
    paused_until: float = -math.inf
    outage: Outage | None = None
    members: dict[str, Member] = field(default_factory=dict)
    number: int = 0
    at: float = -math.inf
    ahead: float = 0.0

    @classmethod
    def from_json(cls, text: str) -> "SharedBudget":
        """The record as it was kept; "" for a new one."""
        if not text:
            return cls()
        kept = json.loads(text)
        leases = {name: [Lease(**lease) for lease in one.pop("leases")] for name, one in kept["members"].items()}
        return cls(
            PaceSearch(**kept["search"]),
            kept["paused_until"],
            Outage(**kept["outage"]) if kept["outage"] else None,
            {name: Member(**one, leases=leases[name]) for name, one in kept["members"].items()},
            kept["number"],
            kept.get("at", -math.inf),
            kept.get("ahead", 0.0),
        )

    def to_json(self) -> str:
        """The record, to be kept; never is in it as -Infinity."""
        return json.dumps(asdict(self))

    def exchange(self, report: WorkerReport, now: float) -> Grant:
        """Take a report in at the server's time ``now``; what the worker may do from now on."""
        self.ahead = max(self.ahead, self.at - now)
        self.at = now = now + self.ahead
        self._forget_the_dead(now)
        if not self.members:  # nobody knows any more what the API takes; that it asked for silence still stands
            self.search, self.outage = PaceSearch(), None
        member = self._note(report, now)
        self._take_in(report, member, now)
        self.outage = after_report(self.outage, report.member, report.outage, self.members, now, now + LEASE)
        member.answered_at = max(member.answered_at, report.outage.answered_at)
        member.failed_probes = report.outage.failed_probes
        self.number += 1
        sharing = self._sharing()
        lease = self._lease(report.member, sharing, now)
        if report.leaving:
            member.waiting, member.sent = False, 0
        else:
            _lend(member, lease)
        return self._grant(report.member, lease, sharing, now)

    def view(self, now: float) -> BudgetView:
        """What the whole does, at the server's time ``now``."""
        now = max(now + self.ahead, self.at)
        self._forget_the_dead(now)
        return BudgetView(
            len(self.members),
            sum(member.slots for member in self.members.values()),
            self.search.rate,
            ((self.outage.cause or "?") if self.outage else ""),
        )

    def _forget_the_dead(self, now: float) -> None:
        for member in self.members.values():
            member.leases = [lease for lease in member.leases if lease.until > now]
        alive = {name: one for name, one in self.members.items() if one.leases or one.seen_at + LEASE > now}
        self.members = alive

    def _note(self, report: WorkerReport, now: float) -> Member:
        new = Member(report.cap, report.concurrency, now)
        member = self.members.setdefault(report.member, new)
        member.cap, member.concurrency, member.seen_at = report.cap, report.concurrency, now
        member.sent, member.in_flight, member.waiting = report.sent, report.in_flight, report.waiting
        for lease in member.leases:
            if lease.number < report.grant or report.leaving:
                lease.until = min(lease.until, now + WINDOW)
        return member

    def _take_in(self, report: WorkerReport, member: Member, now: float) -> None:
        self.search.cap = min((one.cap for one in self.members.values() if one.cap is not None), default=None)
        self.search.passed(report.passed_at)
        others = sum(one.sent for one in self.members.values() if one is not member)
        for refusal in report.refusals:
            if refusal.knew < self.search.slowed_at:  # it left before its worker had heard of the one before
                self.paused_until = max(self.paused_until, refusal.at + (refusal.retry_after or 0.0))
                continue
            # what the others told is up to EVERY old: where all have just begun, it is too few
            before = max(refusal.before + others, round(refusal.before / (member.share or 1.0)))
            pause = self.search.refused(
                refusal.at, sent_at=refusal.sent_at, before=before, retry_after=refusal.retry_after
            )
            self.paused_until = max(self.paused_until, refusal.at + pause)
        self.paused_until = max(self.paused_until, report.paused_until)
        if self.search.may_speed_up:
            self.search.speed_up(now, others + member.sent)

    @property
    def _per_second(self) -> int | None:
        """Requests in any second that --rate allows."""
        return None if self.search.cap is None else math.ceil(self.search.cap)

    @property
    def _concurrency(self) -> int:
        return min(member.concurrency for member in self.members.values())

    def _sharing(self) -> list[str]:
        """Who gets a share: those with work, the first ones where --rate or --concurrency is less than one for each."""
        active = [name for name, member in self.members.items() if member.active] or list(self.members)
        return active[: min(self._concurrency, self._per_second or self._concurrency)]

    def _lease(self, name: str, sharing: list[str], now: float) -> Lease:
        """An equal share, as far as the others have left it."""
        lease = Lease(self.number, 0.0, 0, now + LEASE + WINDOW)
        if name not in sharing:
            return lease
        among, place, concurrency = len(sharing), sharing.index(name), self._concurrency
        others = [member for each, member in self.members.items() if each != name]
        free_slots = concurrency - sum(max(one.slots, one.in_flight) for one in others)
        lease.slots = min(_part(concurrency, among, place), max(0, free_slots))
        fair, free = 1.0 / among, max(0.0, 1.0 - sum(one.share for one in others))
        if self._per_second is not None:  # whole requests: rounded up for each, they would come to more
            fair = _part(self._per_second, among, place) / self._per_second
            free = math.floor(free * self._per_second + SHORT_OF) / self._per_second
        lease.share = min(fair, free)
        return lease

    def _grant(self, name: str, lease: Lease, sharing: list[str], now: float) -> Grant:
        rate, share = self.search.rate, lease.share
        if share and self.search.cap is not None and rate is not None and rate < self.search.cap:
            share = 1.0 / len(sharing)  # a pace that was found is kept to evenly; --rate is what ``most`` sees to
        return Grant(
            number=self.number,
            now=now,
            until=now + LEASE,
            share=share,
            rate=rate,
            most=None if self._per_second is None else round(lease.share * self._per_second),
            slots=lease.slots,
            phase=sharing.index(name) / len(sharing) if name in sharing else 0.0,
            paused_until=self.paused_until,
            slowed_at=self.search.slowed_at,
            outage=self.outage,
            probes=self.outage is not None and self.outage.prober == name,
            answered_at=max(one.answered_at for one in self.members.values()),
        )


def _part(whole: int, among: int, place: int) -> int:
    return whole // among + (place < whole % among)


def _lend(member: Member, lease: Lease) -> None:
    """Note a grant; one that only goes on takes the place of the one before."""
    last = member.leases[-1] if member.leases else None
    if last is not None and (last.share, last.slots) == (lease.share, lease.slots):
        member.leases.pop()
    member.leases.append(lease)
