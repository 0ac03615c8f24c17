"""One request of one row: through the gate, to the API, and what the answer teaches gate, quota and breaker."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from importer.creating.budget import RetryBudget
from importer.creating.feed import Sendable
from importer.creating.gate import Gate
from importer.creating.health import Blame, Health
from importer.errors import ApiUnavailable
from importer.freedom_id import Answer, AnswerKind
from importer.model import Status

TOO_MANY: Final = 429
OVERLOADED: Final = frozenset({408, 503, 504})
AWAY: Final = frozenset({502, 503, 504})
"""Answers of something in front of the API: nobody behind it is at work."""


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


class Client(Protocol):
    """What the workers need of the API client."""

    async def create(self, body: dict[str, str]) -> Answer:
        """Send one user; never raises for a fault of the API."""
        ...

    async def renew_token(self) -> bool:
        """Get a token that the API may accept; False when there is none."""
        ...


@dataclass
class Progress:
    """Counters that a progress display reads while the workers run."""

    done: Counter[Status] = field(default_factory=Counter)
    requests: int = 0
    refused: int = 0
    retries: int = 0
    outages: int = 0
    in_outage: bool = False
    slots: int = 0
    rate: float | None = None


@dataclass(eq=False)
class Trial:
    """One row on its way: whether it may exist already, how many attempts it has spent, how it last failed.

    ``vouched``: its last attempt came right after a proof that the API works. ``convicted``: how many such failed.
    """

    sendable: Sendable
    doubt: bool
    spent: int = 0
    first_failed_at: float = 0.0
    last_failed_at: float = 0.0
    vouched: bool = False
    convicted: int = 0
    answer: Answer | None = None

    @property
    def blame(self) -> Blame:
        """What its failures say; only after one."""
        answer = self.answer or Answer(AnswerKind.RETRY)
        gateway = answer.http_status in AWAY
        return Blame(
            self.first_failed_at,
            unreachable=answer.unreachable or gateway,
            nobody_there=gateway or (answer.unreachable and not answer.maybe_created),
            vouched=self.vouched,
            convicted=self.convicted,
        )


class Attempts:
    """Sends rows and learns from the answers; shared by all workers of a run."""

    def __init__(
        self,
        client: Client,
        limits: Limits,
        *,
        tell: Callable[[str], None],
        defect: Callable[[Exception], None],
        progress: Progress,
        last_ones: bool = False,
    ) -> None:
        self._client, self._tell = client, tell
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        first_probe = 2 * limits.backoff
        self.health = Health(outage_limit=limits.outage_limit, first_probe=first_probe, last_ones=last_ones)
        budget = RetryBudget(share=limits.retry_share, now=now)
        self.gate = Gate(concurrency=limits.concurrency, rate=limits.rate, health=self.health, budget=budget)
        self.progress = progress
        self._defect = defect
        self._renewing = asyncio.Lock()
        self._renewed_at = now

    async def send(self, trial: Trial, *, retry: bool) -> Answer:
        """One attempt; after a 401 it returns when the token has been renewed. An answer of the row is never lost.

        Raises:
            Draining: nothing may be sent any more; the row was not sent by this call.
            ApiUnavailable: there is no token that the API accepts.
        """
        probe = await self.gate.turn(retry=retry)
        sent_at = self._loop.time()
        trial.vouched = retry and self.health.proven_since(trial.last_failed_at)
        self.progress.requests += 1
        self.progress.retries += retry
        try:
            answer = await self._client.create(trial.sendable.body)
        except BaseException:
            self.gate.leave(probe=probe, worked=False)
            raise
        try:
            self.gate.leave(probe=probe, worked=self._learn(trial, answer, sent_at=sent_at, probe=probe))
        except Exception as exc:  # noqa: BLE001 (a defect in pacing stops the run, but must not lose this row's answer)
            self._defect(exc)
        if answer.kind is AnswerKind.TOKEN_REFUSED:
            await self._renew(sent_at)
        return answer

    def show(self) -> None:
        """Bring what the progress display shows of gate and breaker up to date."""
        self.progress.in_outage = self.health.is_open
        self.progress.outages = self.health.outages
        self.progress.slots = self.gate.slots
        self.progress.rate = self.gate.quota.rate

    def _learn(self, trial: Trial, answer: Answer, *, sent_at: float, probe: bool) -> bool:
        """Tell quota and breaker of an answer; True when the API answered as a working one does."""
        now = self._loop.time()
        if answer.kind is not AnswerKind.RETRY:
            self.gate.quota.accepted(now, sent_at=sent_at)
            if answer.kind in {AnswerKind.CREATED, AnswerKind.TAKEN, AnswerKind.REJECTED}:
                self._passed(sent_at)
                return True
            if answer.kind is AnswerKind.TOKEN_REFUSED and sent_at >= self._renewed_at:
                # Before the gate lets the next one through; a run that gets no new token ends held.
                self.gate.hold(held=True)
        elif answer.http_status == TOO_MANY:
            self._refused(answer, now, sent_at=sent_at, probe=probe)
        else:
            self._failed(trial, answer, now, probe=probe)
        return False

    def _passed(self, sent_at: float) -> None:
        if self.health.passed(sent_at=sent_at):
            self._tell("the API answers again")
            self._loop.call_soon(self.gate.wake)

    def _refused(self, answer: Answer, now: float, *, sent_at: float, probe: bool) -> None:
        self.progress.refused += 1
        if probe:
            self._passed(sent_at)
        self.health.refused(now)
        self.gate.pause(self.gate.quota.refused(now, sent_at=sent_at, retry_after=answer.retry_after))
        self.gate.congested(needed=self.gate.quota.needed)

    def _failed(self, trial: Trial, answer: Answer, now: float, *, probe: bool) -> None:
        trial.doubt = trial.doubt or answer.maybe_created
        trial.first_failed_at, trial.last_failed_at = trial.first_failed_at or now, now
        trial.answer = answer
        trial.convicted += trial.vouched
        if answer.retry_after:
            self.gate.pause(answer.retry_after)
        if answer.http_status in OVERLOADED or answer.code == "timeout":
            self.gate.congested()
        if probe:
            self.health.probe_failed(now)
        if self.health.last_ones or self.health.alone or not (probe or self.health.is_open):
            trial.spent += 1
        if self.health.failed(trial.sendable.row, now, vouched=trial.vouched):
            self.gate.outage_began()
            self._tell("the API does not answer: all workers wait, one row at a time probes")

    async def _renew(self, sent_at: float) -> None:
        async with self._renewing:
            if sent_at < self._renewed_at:
                return
            if not await self._client.renew_token():
                raise ApiUnavailable("the API refuses the token (401): replace it and run the same command again")
            self._renewed_at = self._loop.time()
            self.gate.hold(held=False)
            self._tell("the token was renewed")
