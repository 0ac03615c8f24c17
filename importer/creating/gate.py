"""The one gate every request passes: slots, rate, Retry-After, outage. Whoever is held waits in order.

Concurrency is additive increase, multiplicative decrease (AIMD) between 1 and the operator's limit, with a
doubling start; after a 429 it stays above what the accepted rate needs, because the quota sets the pace. A pause and an
outage hold everybody; during an outage one row at a time is let through to probe.
"""

import asyncio
import math
from collections import deque
from typing import Final

from importer.creating.budget import RetryBudget
from importer.creating.health import Health
from importer.creating.quota import Quota

FIRST_SLOTS: Final = 2.0
SLACK: Final = 0.01
SLACK_REQUESTS: Final = 1.0
"""What a late timer may catch up, in seconds and in requests: less would lose rate to the loop's own jitter, more
would be a burst that --rate forbids and a window of a second refuses."""


class Draining(Exception):  # noqa: N818 (an event, not a fault: nothing new may be sent)
    """The run is ending: this row stays as it is."""


class Gate:
    """Lets requests through one by one; belongs to one event loop."""

    def __init__(self, *, concurrency: int, rate: float | None, health: Health, budget: RetryBudget) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._most = float(concurrency)
        self._slots = min(FIRST_SLOTS, self._most)
        self._starting = True
        self._decreased_at = -math.inf
        self._in_flight = 0
        self._probing = False
        self._next_at = now
        self._paused_until = 0.0
        self._fresh: deque[asyncio.Future[bool]] = deque()
        self._retries: deque[asyncio.Future[bool]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self._draining = False
        self._held = False
        self._broken: Exception | None = None
        self.health = health
        self.budget = budget
        self.quota = Quota(cap=rate, most=concurrency, now=now)

    async def turn(self, *, retry: bool) -> bool:
        """Wait for the right to send one request; True when it is a probe. ``leave`` must follow.

        Raises:
            Draining: nothing new may be sent any more.
        """
        if self._broken is not None:
            raise self._broken
        if self._draining:
            raise Draining
        if not retry and not self._fresh and not self._retries and self._may_pass(self._loop.time()):
            self.budget.first_attempt()
            self._enter()
            return False
        waiter: asyncio.Future[bool] = self._loop.create_future()
        (self._retries if retry else self._fresh).append(waiter)
        self._pump()
        return await waiter

    def leave(self, *, probe: bool, worked: bool) -> None:
        """The request has ended; ``worked`` when the API answered as a working one does."""
        self._in_flight -= 1
        if probe:
            self._probing = False
        if worked and self._slots < self._most:
            step = 1.0 if self._starting else 1.0 / self._slots
            self._slots = min(self._most, self._slots + step)
        if self._fresh or self._retries:
            self._pump()

    def pause(self, seconds: float) -> None:
        """Hold everybody for ``seconds`` (Retry-After)."""
        self._paused_until = max(self._paused_until, self._loop.time() + seconds)
        self._next_at = max(self._next_at, self._paused_until)

    def hold(self, *, held: bool) -> None:
        """Hold everybody until told otherwise (the token is being renewed)."""
        self._held = held
        if not held:
            self._pump()

    def congested(self, *, needed: float = 1.0) -> None:
        """Multiplicative decrease, once a second at most, but not below what is ``needed``."""
        now = self._loop.time()
        self._starting = False
        if now - self._decreased_at >= 1.0:
            self._decreased_at = now
            self._slots = max(min(needed, self._slots), 1.0, self._slots / 2)

    def outage_began(self) -> None:
        """The breaker has opened: afterwards start with few, as at the beginning."""
        self._slots = min(FIRST_SLOTS, self._most)
        self._starting = True

    def wake(self) -> None:
        """Something changed (an outage ended): look at the queue again. Runs as a callback of the loop."""
        try:
            self._pump()
        except Exception as exc:  # noqa: BLE001 (nobody awaits a callback: a defect has to reach those who wait here)
            self._broken = exc
            self._send_home(exc)

    def drain(self) -> None:
        """Let nobody through any more; whoever waits is sent home."""
        self._draining = True
        if self._timer is not None:
            self._timer.cancel()
        self._send_home(Draining())

    @property
    def in_flight(self) -> int:
        """Requests on their way now."""
        return self._in_flight

    @property
    def slots(self) -> int:
        """How many may be on their way at once, as adapted."""
        return int(self._slots)

    def _send_home(self, why: Exception) -> None:
        for waiter in (*self._fresh, *self._retries):
            if not waiter.done():
                waiter.set_exception(why)
        self._fresh.clear()
        self._retries.clear()

    def _may_pass(self, now: float) -> bool:
        if self._held or self.health.is_open or self._in_flight >= int(self._slots) or now < self._paused_until:
            return False
        self.quota.advance(now)
        return self.quota.rate is None or now >= self._next_at

    def _enter(self) -> None:
        self._in_flight += 1
        rate = self.quota.rate
        if rate is not None:
            now = self._loop.time()
            self._next_at = max(self._next_at, now - min(SLACK, SLACK_REQUESTS / rate)) + 1.0 / rate

    def _pump(self) -> None:
        while (self._fresh or self._retries) and not self._draining:
            now = self._loop.time()
            if self._held:
                return
            if self.health.is_open:
                if self._probing or not self._probe(now):
                    return
                continue
            if not self._may_pass(now):
                self._wait_for(now)
                return
            if self._retries and self.budget.take(now):
                self._admit(self._retries)
            elif self._fresh:
                self.budget.first_attempt()
                self._admit(self._fresh)
            else:
                self._call_at(now + 0.25)
                return

    def _probe(self, now: float) -> bool:
        if now < max(self.health.next_probe_at, self._paused_until):
            self._call_at(max(self.health.next_probe_at, self._paused_until))
            return False
        self._probing = True
        self._admit(self._fresh or self._retries, probe=True)
        return True

    def _admit(self, queue: deque[asyncio.Future[bool]], *, probe: bool = False) -> None:
        waiter = queue.popleft()
        if waiter.done():
            self._probing = self._probing and not probe
            return
        self._enter()
        waiter.set_result(probe)

    def _wait_for(self, now: float) -> None:
        if self._in_flight >= int(self._slots):
            return
        due = self._paused_until
        if self.quota.rate is not None:
            due = max(due, self._next_at)
        self._call_at(max(due, now + 0.0005))

    def _call_at(self, when: float) -> None:
        if self._timer is not None and not self._timer.cancelled() and self._timer_at <= when:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = when
        self._timer = self._loop.call_at(when, self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer, self._timer_at = None, math.inf
        self.wake()
