"""One request of one row: through the turnstile, to the API; what the answer tells pacer, concurrency and breaker."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from importer.creating.rate_control.concurrency import Concurrency
from importer.creating.rate_control.pacing import Pacer
from importer.creating.resilience.asked_wait import AskedWait
from importer.creating.resilience.breaker import CircuitBreaker
from importer.creating.resilience.retry_budget import RetryBudget
from importer.creating.rows.row import Row
from importer.creating.send_progress import SendProgress
from importer.creating.turnstile import OUTAGE, Draining, Passage, Turnstile
from importer.errors import TokenRefused
from importer.freedom_id import PAGE, Answer, AnswerKind, FreedomId, NothingSent
from importer.messages.text import Text
from importer.settings import Settings

if TYPE_CHECKING:  # the budget knows attempts and turnstile, and gives each its pacer
    from importer.creating.shared_budget.shared_pacer import SharedPacer

TOO_MANY: Final = 429
"""The quota is used up: the pace is searched for (``quota_search``), and the row pays no attempt."""

SLOWING: Final = frozenset({408, 503, 504})
"""Answers of a server that has too much to do, as a timeout is; 500 and 502 tell of defects."""

TROUBLE: Final = range(500, 600)
"""A page with such a status is of a gateway whose API is down: an outage. With another it is of a wrong address."""

WORKING: Final = frozenset({AnswerKind.CREATED, AnswerKind.UPDATED, AnswerKind.TAKEN, AnswerKind.REJECTED})
"""What only an API that works answers."""

AT_FIRST_CONTACT: Final = frozenset({"name", "proxy_name", "tls", "not_http"})
"""Failures that, before anything has answered at all, are a wrong address; later on they are an outage."""


class Attempts:
    """Sends rows and learns from the answers; shared by all workers of a run.

    ``tell`` gets sentences for the log, ``defect`` what went wrong in learning; ``shared``: one of several pacers;
    ``worked``: whether the address has answered an earlier command of the run.
    """

    def __init__(
        self,
        client: FreedomId,
        settings: Settings,
        *,
        tell: Callable[[str], None],
        defect: Callable[[Exception], None],
        progress: SendProgress,
        shared: "SharedPacer | None" = None,
        worked: bool = False,
    ) -> None:
        self._worked = worked
        self._client, self._tell, self._defect = client, tell, defect
        self._loop = asyncio.get_running_loop()
        self._answered = False
        self._renewing, self._renewed_at = asyncio.Lock(), self._loop.time()
        self.breaker = CircuitBreaker(outage_limit=settings.outage_limit, first_probe=2 * settings.backoff)
        self._asked_wait = AskedWait(settings.outage_limit, tell)
        self.concurrency, self.pacer = Concurrency(settings.concurrency), shared or Pacer(settings.rate)
        self._waits_for_others = shared is not None
        self.turnstile = Turnstile(
            concurrency=self.concurrency,
            pacer=self.pacer,
            breaker=self.breaker,
            budget=RetryBudget(share=settings.retry_share, now=self._renewed_at),
        )
        self.progress = progress

    async def send(self, row: Row, *, retry: bool) -> Answer:
        """One attempt; after a 401 it returns when the token has been renewed. An answer of the row is never lost.

        Raises:
            Draining: nothing may be sent any more; the row was not sent by this call, or refused for its token.
            TokenRefused: there is no token that the API accepts.
            NothingSent: it was cancelled, and nothing of this call can have created the user.
        """
        passage = await self.turnstile.enter(retry=retry)
        after_proof = retry and self.breaker.passed_at >= row.last_failed_at
        self.progress.requests += 1
        at = time.time()
        try:
            request = self._client.update if row.sendable.freedom_id else self._client.create
            answer = await request(row.sendable.body)
            if answer.maybe_created or answer.kind is AnswerKind.TAKEN:
                row.sent.append((at, answer))
            answer = self._in_context(answer)
            row.doubt = row.doubt or (answer.maybe_created and answer.kind is not AnswerKind.TAKEN)
            try:
                self._take_in(row, answer, passage, after_proof=after_proof)
                if self._is_wrong_address(answer):
                    answer = answer._replace(kind=AnswerKind.MISROUTED)
            except Exception as exc:  # noqa: BLE001 (a defect here stops the run, but must not lose this row's answer)
                self._defect(exc)
        finally:
            self.turnstile.leave(passage)
        if answer.kind is AnswerKind.TOKEN_REFUSED:
            try:
                await self._renew(passage.sent_at)
            except asyncio.CancelledError as exc:
                raise NothingSent from exc
        return answer

    def _in_context(self, answer: Answer) -> Answer:
        """The answer; but a 404 or 405 in JSON from an address that has worked may be about its row alone.

        Sent again, it shows: other rows pass meanwhile, or nobody does.
        """
        worked = self._worked or self.breaker.passed_at >= 0
        may_be_its_own = answer.kind is AnswerKind.MISROUTED and answer.is_not_found and worked
        return answer._replace(kind=AnswerKind.RETRY) if may_be_its_own else answer

    def show(self) -> None:
        """Bring what the progress display shows of turnstile and breaker up to date."""
        self.progress.in_outage = not self.breaker.is_closed or self._asked_wait.lasts(self._loop.time())
        self.progress.outages = self.breaker.outages
        self.progress.slots = self.concurrency.limit
        self.progress.rate = self.pacer.rate
        self.progress.full = self.turnstile.full

    def open_breaker(self, now: float) -> None:
        """The API fails: everybody waits."""
        self.breaker.open(now)
        self._outage_began()

    def close_breaker(self) -> None:
        """The API answers another worker."""
        self.breaker.end()
        self._tell(Text("the API answers again"))

    def _is_wrong_address(self, answer: Answer) -> bool:
        """Whether a failure is one that no waiting heals: nothing but such has ever come from that address."""
        if answer.kind is not AnswerKind.RETRY:
            return False
        if answer.code in AT_FIRST_CONTACT and not self._answered:
            return True
        return (
            answer.code == PAGE
            and answer.http_status not in TROUBLE
            and not self.breaker.is_closed
            and self.breaker.passed_at < 0
        )

    def _take_in(self, row: Row, answer: Answer, passage: Passage, *, after_proof: bool) -> None:
        now = self._loop.time()
        self._answered = self._answered or bool(answer.http_status)
        if answer.new_connection and answer.http_status:
            self.concurrency.connected()
        if answer.kind in WORKING:
            self.pacer.passed(passage.sent_at)
            self.concurrency.answered(now - passage.sent_at, now)
            self._passed(passage.sent_at)
        elif answer.kind is not AnswerKind.RETRY:
            self.pacer.passed(passage.sent_at)
            if answer.kind is AnswerKind.TOKEN_REFUSED and passage.sent_at >= self._renewed_at:
                # Before the turnstile lets the next one through; a run that gets no new token ends held.
                self.turnstile.hold(held=True)
        elif answer.http_status == TOO_MANY:
            row.refused_by_quota(answer, now, passed_at=self.breaker.passed_at, before=passage.before)
            self._refused(answer, now, passage)
        else:
            no_room = self._may_lack_room(answer)
            in_outage = passage.probe or not self.breaker.is_closed
            row.failed(answer, now, after_proof=after_proof, in_outage=in_outage, no_room=no_room)
            self._failed(row, answer, now, passage)

    def _passed(self, sent_at: float) -> None:
        if self.breaker.passed(sent_at=sent_at):
            self._tell(Text("the API answers again"))
            self._loop.call_soon(self.turnstile.wake)

    def _refused(self, answer: Answer, now: float, passage: Passage) -> None:
        self.progress.refused += 1
        if passage.probe:
            self._passed(passage.sent_at)
        self.progress.cause = self._asked_wait.cause_of(answer, now, self.breaker.deadline())
        self.breaker.refused(now)
        sent_at, before = passage.sent_at, passage.before
        self.turnstile.pause(self.pacer.refused(now, sent_at=sent_at, before=before, retry_after=answer.retry_after))
        self.concurrency.congested(now, pace=self.pacer.rate)

    def _failed(self, row: Row, answer: Answer, now: float, passage: Passage) -> None:
        if self.turnstile.draining:
            return  # what is broken off then says nothing about the API
        cause = self._asked_wait.cause_of(answer, now, self.breaker.deadline())
        changed, self.progress.cause = cause != self.progress.cause, cause
        if answer.retry_after:
            self.turnstile.pause(answer.retry_after)
        if answer.http_status in SLOWING or answer.code == "timeout":
            self.concurrency.congested(now)
        if passage.probe:
            self.breaker.probe_failed(now)
            if changed:
                self._tell(Text("the API still does not answer: {cause}", cause=cause))
        if row.no_room:
            self.concurrency.no_room(now, self.turnstile.in_flight)
        elif self.breaker.failed(row.sendable.row, now, suspicious=row.after_proof):
            self._outage_began()

    def _may_lack_room(self, answer: Answer) -> bool:
        """Whether the API may work for those who are connected, and take no more: a row is not failed for that."""
        others_at_work = self.turnstile.in_flight > 1 and self.breaker.is_closed and self.breaker.passed_at >= 0
        return answer.unreachable and answer.new_connection and others_at_work

    def _outage_began(self) -> None:
        self.concurrency.restart()
        self.turnstile.hold(held=self._waits_for_others, why=OUTAGE)  # until it is known whose turn it is to probe
        self._tell(
            Text(
                "the API does not answer ({cause}): all workers wait, one row at a time probes",
                cause=self.progress.cause or Text("no answer"),
            )
        )

    async def _renew(self, sent_at: float) -> None:
        async with self._renewing:
            if sent_at < self._renewed_at:
                return
            if self.turnstile.draining:
                raise Draining  # no row would be sent with it
            if not await self._client.renew_token():
                raise TokenRefused(Text("the API refuses the token (401): replace it and run the same command again"))
            self._renewed_at = self._loop.time()
            self.turnstile.hold(held=False)
            self._tell(Text("the token was renewed"))
