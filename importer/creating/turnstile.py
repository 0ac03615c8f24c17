"""The one turnstile every request passes: concurrency, pace, Retry-After, outage, retry budget.

Whoever is held waits in order, retries before new rows. During an outage nobody passes but one probe at a time.
"""

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.creating.rate_control.concurrency import Concurrency
from importer.creating.resilience.breaker import CircuitBreaker, State
from importer.creating.resilience.retry_budget import RetryBudget

if TYPE_CHECKING:  # the budget knows attempts and turnstile, and gives each its pacer
    from importer.creating.rate_control.pacing import Pacer
    from importer.creating.shared_budget.shared_pacer import SharedPacer

LOOK_AGAIN: Final = 0.25
"""Seconds after which the retry budget is asked again."""

SHORTEST: Final = 0.0005
"""Seconds: a timer may fire a little early, and must not be set for now again."""


OUTAGE: Final = "outage"
"""Why a turnstile is held while another worker probes."""


class Draining(Exception):  # noqa: N818 (an event, not a fault: nothing new may be sent)
    """The run is ending: this row stays as it is."""


class Passage(NamedTuple):
    """The right to send one request, to be given back by ``leave``.

    Attributes:
        sent_at: When it was given, on the loop's clock.
        before: How many were given in the second before.
        probe: Whether it probes an outage.
    """

    sent_at: float
    before: int
    probe: bool


class Turnstile:
    """Lets requests through one by one; belongs to one event loop.

    ``full`` counts the requests that left as the last one that --concurrency allows, ``in_flight`` those on their way;
    ``draining``: the run is ending.
    """

    def __init__(
        self,
        *,
        concurrency: Concurrency,
        pacer: "Pacer | SharedPacer",
        breaker: CircuitBreaker,
        budget: RetryBudget,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.concurrency, self.pacer, self.breaker, self.budget = concurrency, pacer, breaker, budget
        self.in_flight = 0
        self.full = 0
        self._fresh: deque[asyncio.Future[Passage]] = deque()
        self._retries: deque[asyncio.Future[Passage]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.draining = False
        self._held: set[str] = set()
        self._broken: Exception | None = None

    @property
    def is_waited_at(self) -> bool:
        """Whether a request waits that nothing but pace, slots or an outage keeps."""
        return bool(self._fresh or self._retries) and not self._held - {OUTAGE}

    async def enter(self, *, retry: bool) -> Passage:
        """Wait for the right to send one request. ``leave`` must follow.

        Raises:
            Draining: nothing new may be sent any more.
        """
        if self._broken is not None:
            raise self._broken
        if self.draining:
            raise Draining
        if not (retry or self._fresh or self._retries or self._held) and self.breaker.is_closed:
            now = self._loop.time()
            if self.in_flight < self.concurrency.limit and self.pacer.due(now) <= now:
                self.budget.first_attempt()
                return self._pass(now)
        waiter: asyncio.Future[Passage] = self._loop.create_future()
        (self._retries if retry else self._fresh).append(waiter)
        self._pump()
        return await waiter

    def leave(self, passage: Passage) -> None:
        """The request has ended; what its answer says has been told to pacer, concurrency and breaker before."""
        self.in_flight -= 1
        if passage.probe:
            self.breaker.probe_ended()
        if self._fresh or self._retries:
            self._pump()

    def pause(self, seconds: float) -> None:
        """Hold everybody for ``seconds`` (Retry-After)."""
        self.pacer.pause(self._loop.time() + seconds)

    def hold(self, *, held: bool, why: str = "token") -> None:
        """Hold everybody until told otherwise, for each reason: the token is being renewed, the run is paused."""
        if held:
            self._held.add(why)
        else:
            self._held.discard(why)
            self._pump()

    def wake(self) -> None:
        """Something changed (an outage ended, time has passed): look at the queue again. A callback of the loop."""
        try:
            self._pump()
        except Exception as exc:  # noqa: BLE001 (nobody awaits a callback: a defect has to reach those who wait here)
            self._broken = exc
            self._send_home(exc)

    def drain(self) -> None:
        """Let nobody through any more; whoever waits is sent home."""
        self.draining = True
        self._look_again_at(math.inf)
        self._send_home(Draining())

    def _send_home(self, why: Exception) -> None:
        for waiter in (*self._fresh, *self._retries):
            if not waiter.done():
                waiter.set_exception(why)
        self._fresh.clear()
        self._retries.clear()

    def _pass(self, now: float, *, probe: bool = False) -> Passage:
        self.in_flight += 1
        self.full += self.in_flight >= self.concurrency.most
        return Passage(now, self.pacer.send(now), probe)

    def _pump(self) -> None:
        """Let through whoever may pass now; set a timer for the next one if it is time that keeps him."""
        while (self._fresh or self._retries) and not self.draining and not self._held:
            now = self._loop.time()
            due = self._due(now)
            if due > now:
                self._look_again_at(due)
                return
            if not self.breaker.is_closed:
                self._admit(self._fresh or self._retries, now, probe=True)
            elif self._retries and self.budget.take(now):
                self._admit(self._retries, now)
            elif self._fresh:
                self.budget.first_attempt()
                self._admit(self._fresh, now)
            else:
                self._look_again_at(now + LOOK_AGAIN)
                return

    def _due(self, now: float) -> float:
        """From when on the next request may pass; inf: not before something else has happened."""
        due = self.pacer.due(now)
        if self.breaker.state is State.OPEN:
            return max(due, self.breaker.next_probe_at)
        if self.breaker.state is State.HALF_OPEN or self.in_flight >= self.concurrency.limit:
            return math.inf
        return due

    def _admit(self, queue: deque[asyncio.Future[Passage]], now: float, *, probe: bool = False) -> None:
        waiter = queue.popleft()
        if waiter.done():
            return
        if probe:
            self.breaker.probe()
        waiter.set_result(self._pass(now, probe=probe))

    def _look_again_at(self, when: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
            self._timer = None
        if when < math.inf:
            self._timer = self._loop.call_at(max(when, self._loop.time() + SHORTEST), self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer = None
        self.wake()
