"""A worker's part in the budget that many share: reports what it did, and keeps its turnstile to what it is granted.

While the record cannot be reached it goes on at its share until the lease runs out, and holds then.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress

from importer.creating.attempt import Attempts
from importer.creating.shared_budget.budget_terms import EVERY, LEASE, Grant, WorkerReport
from importer.creating.shared_budget.shared_outage import OutageReport
from importer.creating.shared_budget.shared_pacer import SharedPacer
from importer.creating.turnstile import OUTAGE
from importer.errors import ImporterError
from importer.messages.kept_sentences import heard, kept
from importer.settings import Settings

log = logging.getLogger("importer")

Exchange = Callable[[WorkerReport], Grant]


class BudgetExchange:
    """To be given to a Creator; one instance a Creator.

    Args:
        exchange: Exchanges a report for a grant with the record; it blocks, and raises ImporterError where the record
            cannot be reached.
        member: The worker's name, unlike any other's.
        call: Calls ``exchange`` without blocking the loop.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        member: str,
        call: Callable[[Exchange, WorkerReport], Awaitable[Grant]] = asyncio.to_thread,
    ) -> None:
        self._exchange, self._member, self._call = exchange, member, call
        self._hurry = asyncio.Event()
        self._number = 0
        self._in_outage = False
        self.pacer = SharedPacer(self._hurry.set)

    async def run(self, attempts: Attempts, settings: Settings) -> None:
        """Exchange again and again until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            self._hurry.clear()
            report, asked_at = self._report(attempts, settings, clock()), clock()
            try:
                grant = await self._call(self._exchange, report)
            except ImporterError:
                log.debug("no share of the budget could be asked for", exc_info=True)
            else:
                self._take(report, grant, attempts, asked_at, clock())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), EVERY)

    async def leave(self, attempts: Attempts, settings: Settings) -> None:
        """Give the share back to the others; where that fails they get it when the lease runs out."""
        report = self._report(attempts, settings, asyncio.get_running_loop().time(), leaving=True)
        with suppress(ImporterError, TimeoutError):
            await asyncio.wait_for(asyncio.ensure_future(self._call(self._exchange, report)), LEASE)

    def _report(self, attempts: Attempts, settings: Settings, now: float, *, leaving: bool = False) -> WorkerReport:
        ahead, breaker, pacer = self.pacer.ahead, attempts.breaker, self.pacer
        return WorkerReport(
            member=self._member,
            grant=self._number,
            cap=settings.rate,
            concurrency=settings.concurrency,
            sent=pacer.sent_lately(now),
            in_flight=attempts.turnstile.in_flight,
            waiting=attempts.turnstile.is_waited_at and not leaving,
            passed_at=pacer.passed_at + ahead,
            refusals=tuple(pacer.refusals),
            paused_until=pacer.silent_until,
            outage=OutageReport(
                is_open=not breaker.is_closed,
                since=(math.inf if breaker.trouble_since is None else breaker.trouble_since) + ahead,
                cause=kept(attempts.progress.cause),
                wait=breaker.wait,
                next_probe_at=breaker.next_probe_at + ahead,
                failed_probes=breaker.failed_probes,
                answered_at=breaker.passed_at + ahead,
            ),
            leaving=leaving,
        )

    def _take(self, report: WorkerReport, grant: Grant, attempts: Attempts, asked_at: float, now: float) -> None:
        self._number = grant.number
        self.pacer.take(grant, asked_at, now)
        del self.pacer.refusals[: len(report.refusals)]
        attempts.concurrency.bound(grant.slots)
        attempts.breaker.others_passed(grant.answered_at - self.pacer.ahead)
        self._keep_to_outage(report, grant, attempts, now)
        attempts.turnstile.wake()

    def _keep_to_outage(self, report: WorkerReport, grant: Grant, attempts: Attempts, now: float) -> None:
        """Wait while another worker probes, and take its word for it when the API answers again."""
        breaker, outage, ahead = attempts.breaker, grant.outage, self.pacer.ahead
        if outage is None:
            if self._in_outage and not breaker.is_closed:
                attempts.close_breaker()
            self._in_outage = False
            if report.outage.is_open or breaker.is_closed:  # else it opened after the report: the next grant tells
                attempts.turnstile.hold(held=False, why=OUTAGE)
            return
        if breaker.passed_at + ahead >= outage.opened_at:
            return  # answered since the report: it is for this worker to tell
        if breaker.failed_probes == report.outage.failed_probes:  # else this worker knows of a newer cause
            attempts.progress.cause = heard(outage.cause) or attempts.progress.cause
        if breaker.is_closed:
            attempts.open_breaker(now)
        if not self._in_outage:
            breaker.join(outage.since - ahead)
        breaker.follow(outage.wait, outage.next_probe_at - ahead)
        self._in_outage = True
        attempts.turnstile.hold(held=not grant.probes, why=OUTAGE)
