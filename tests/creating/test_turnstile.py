"""The turnstile, in virtual time: who may send, and when."""

import asyncio
import itertools

import pytest
from support.virtual_time import FakeApi, create, in_virtual_time, rows

from importer.creating.rate_control.concurrency import Concurrency
from importer.creating.rate_control.pacing import Pacer
from importer.creating.resilience.breaker import CircuitBreaker
from importer.creating.resilience.retry_budget import RESERVE, RetryBudget
from importer.creating.turnstile import Draining, Turnstile
from importer.errors import Stopped
from importer.freedom_id import Answer, AnswerKind


def make_gate(concurrency=8, rate=None):
    return Turnstile(
        concurrency=Concurrency(concurrency),
        pacer=Pacer(rate),
        breaker=CircuitBreaker(outage_limit=900, first_probe=1.0),
        budget=RetryBudget(share=0.2, now=0.0),
    )


def in_gate(steps, **options):
    """Run ``steps(turnstile, clock)`` on a turnstile in virtual time."""

    async def main():
        return await steps(make_gate(**options), asyncio.get_running_loop().time)

    return in_virtual_time(main)


async def pass_through(turnstile, clock, times, *, retry=False, lasting=0.1):
    passage = await turnstile.enter(retry=retry)
    times.append(clock())
    await asyncio.sleep(lasting)
    turnstile.concurrency.answered(lasting)
    turnstile.leave(passage)


def test_nobody_passes_during_a_pause_whoever_asks():
    async def steps(turnstile, clock):
        turnstile.pause(5.0)
        times = []
        await asyncio.gather(*(pass_through(turnstile, clock, times, retry=number % 2 == 0) for number in range(6)))
        return times

    assert min(in_gate(steps)) >= 5.0


def test_a_shorter_pause_does_not_end_a_longer_one():
    async def steps(turnstile, clock):
        turnstile.pause(5.0)
        turnstile.pause(1.0)
        times = []
        await pass_through(turnstile, clock, times)
        return times

    assert in_gate(steps)[0] >= 5.0


def test_who_waits_for_a_late_probe_passes_as_soon_as_the_outage_is_over_and_the_pause_too():
    async def steps(turnstile, clock):
        turnstile.breaker.open(0.0)
        turnstile.breaker.follow(30.0, 30.0)
        times = []
        waiting = asyncio.create_task(pass_through(turnstile, clock, times))
        await asyncio.sleep(1.0)
        turnstile.breaker.end()
        turnstile.pause(2.0)
        turnstile.wake()
        await waiting
        return times

    assert in_gate(steps)[0] == pytest.approx(3.0, abs=0.01)


def test_after_a_pause_there_is_no_burst():
    async def steps(turnstile, clock):
        turnstile.pause(3.0)
        times = []
        await asyncio.gather(*(pass_through(turnstile, clock, times, lasting=0.01) for _ in range(20)))
        return times

    times = in_gate(steps, rate=100.0)
    assert times[0] == pytest.approx(3.0, abs=0.005)
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.0099


def test_requests_leave_evenly_at_the_rate():
    async def steps(turnstile, clock):
        times = []
        await asyncio.gather(*(pass_through(turnstile, clock, times, lasting=0.01) for _ in range(50)))
        return times

    times = in_gate(steps, rate=25.0)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times[3:])]
    assert min(gaps) == pytest.approx(0.04, abs=0.005)
    assert max(gaps) == pytest.approx(0.04, abs=0.005)


def test_latency_does_not_limit_the_rate_while_workers_are_left():
    times = create(rows(6000), FakeApi(0.25), concurrency=32, rate=100.0).api.requests
    # The doubling start takes its second; from then on the rate is whole.
    assert sum(10 < at <= 50 for at in times) == pytest.approx(4000, rel=0.01)


def test_of_what_32_workers_can_do_at_100_ms_at_least_95_percent_is_done():
    made = create(rows(9600), FakeApi(0.1), concurrency=32)
    assert 9600 / made.seconds >= 0.95 * 320
    assert made.api.most_at_once == 32


def test_a_429_takes_no_slot_that_the_accepted_rate_needs():
    refusals = iter([Answer(AnswerKind.RETRY, http_status=429, retry_after=1.0)])
    slots = []

    async def watch(creator):
        while True:
            await asyncio.sleep(0.5)
            slots.append(creator.progress.slots)

    api = FakeApi(0.1, lambda api, _body: next(refusals, None) if api.now > 2 else None)
    create(rows(2000), api, during=watch, concurrency=8)
    assert min(slots[4:]) == 8


def test_congestion_halves_the_slots_once_a_second_and_never_below_one():
    async def steps(turnstile, clock):
        times = []
        await asyncio.gather(*(pass_through(turnstile, clock, times) for _ in range(60)))
        seen = [turnstile.concurrency.limit]
        for _ in range(3):
            turnstile.concurrency.congested(clock())
            turnstile.concurrency.congested(clock())
            seen.append(turnstile.concurrency.limit)
            await asyncio.sleep(1.1)
        turnstile.concurrency.congested(clock())
        await asyncio.sleep(1.1)
        turnstile.concurrency.congested(clock())
        return [*seen, turnstile.concurrency.limit]

    assert in_gate(steps) == [8, 4, 2, 1, 1]


def test_after_a_429_as_many_stay_as_the_accepted_rate_needs():
    async def steps(turnstile, clock):
        times = []
        await asyncio.gather(*(pass_through(turnstile, clock, times) for _ in range(60)))
        turnstile.concurrency.congested(clock(), pace=27.5)
        return turnstile.concurrency.limit

    assert in_gate(steps) == 6


def test_a_429_halves_the_requests_in_flight_that_the_pace_does_not_need():
    slots = []

    async def watch(creator):
        for _ in range(40):
            await asyncio.sleep(0.05)
            slots.append(creator.progress.slots)

    def refuse_once(api, _body):
        return Answer(AnswerKind.RETRY, http_status=429, retry_after=1.0) if 1.0 < api.now < 1.01 else None

    create(rows(4000), FakeApi(0.005, refuse_once), during=watch, concurrency=32, rate=400.0)
    assert max(slots[:19]) == 32
    assert 16 <= min(slots[21:]) < 32


def test_a_defect_in_a_timer_reaches_those_who_wait_and_those_who_come_later():
    async def steps(turnstile, clock):
        turnstile.pause(1.0)
        waiting = asyncio.create_task(turnstile.enter(retry=False))
        await asyncio.sleep(0.5)
        turnstile.pacer = None
        for turn in (waiting, turnstile.enter(retry=True)):
            with pytest.raises(AttributeError):
                await asyncio.wait_for(turn, 5.0)
        return clock()

    assert in_gate(steps) < 2.0


def test_a_defect_of_the_pacer_ends_the_run_with_its_rows_safe(monkeypatch):
    def refuse(api, _body):
        return Answer(AnswerKind.RETRY, http_status=429, retry_after=1.0) if 1 <= api.now <= 1.06 else None

    monkeypatch.setattr(Pacer, "_speed_up", lambda *_: 1 / 0)
    made = create(rows(2000), FakeApi(0.05, refuse), concurrency=8)
    assert isinstance(made.error, Stopped)
    assert "ZeroDivisionError" in str(made.error)
    assert 0 < len(made.writer.outcomes) < 2000


def test_while_the_token_is_renewed_nobody_passes():
    async def steps(turnstile, clock):
        turnstile.hold(held=True)
        times = []
        waiting = asyncio.create_task(pass_through(turnstile, clock, times))
        await asyncio.sleep(2)
        turnstile.hold(held=False)
        await waiting
        return times

    assert in_gate(steps)[0] >= 2.0


def test_whoever_waits_is_sent_home_when_the_run_ends():
    async def steps(turnstile, _clock):
        turnstile.pause(100)
        waiting = [asyncio.create_task(turnstile.enter(retry=bool(number % 2))) for number in range(4)]
        await asyncio.sleep(1)
        turnstile.drain()
        with pytest.raises(Draining):
            await turnstile.enter(retry=False)
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert all(isinstance(ended, Draining) for ended in in_gate(steps))


def test_a_retry_that_nobody_is_before_waits_for_the_retry_budget_all_the_same():
    async def steps(turnstile, clock):
        times = []
        for _ in range(102):
            await pass_through(turnstile, clock, times, retry=True, lasting=0.0)
        return times

    times = in_gate(steps)
    assert times[99] == 0.0, "as many are always possible at the start"
    assert times[101] >= 0.75, "then two in a second"


def test_retries_go_before_new_rows():
    async def steps(turnstile, clock):
        turnstile.pause(1)
        order = []

        async def queue(name, *, retry):
            passage = await turnstile.enter(retry=retry)
            order.append(name)
            turnstile.leave(passage)

        await asyncio.gather(queue("new", retry=False), queue("again", retry=True))
        return order

    assert in_gate(steps, concurrency=1) == ["again", "new"]


def test_a_long_wait_adds_nothing_to_a_reserve_of_retries_that_is_full():
    budget = RetryBudget(share=0.2, now=0.0)
    assert sum(budget.take(3600.0) for _ in range(2 * int(RESERVE))) == RESERVE


def test_those_that_left_as_the_last_one_allowed_are_counted():
    async def steps(turnstile, clock):
        counts = [turnstile.full]
        for together in (1, 2, 1):
            await asyncio.gather(*(pass_through(turnstile, clock, []) for _ in range(together)))
            counts.append(turnstile.full)
        return counts

    assert in_gate(steps, concurrency=2) == [0, 0, 1, 1]
