"""An unknown quota, in virtual time against servers of several kinds: how much of it is used, and at what price.

Numbers are shares of quota x time accepted and of requests answered 429. Latency varies by 10 % on each leg; the
request is counted when it arrives, so jitter moves requests across the windows' edges.
"""

import asyncio
import math
import random
from bisect import bisect_left
from collections import deque

import pytest
from support.virtual_time import FakeApi, create, rows

from importer.creating.quota import Quota
from importer.freedom_id import Answer, AnswerKind


class Bucket:
    def __init__(self, quota, burst=None):
        self.quota, self.burst = quota, burst or quota
        self.level, self.at = self.burst, 0.0

    def take(self, now):
        self.level = min(self.burst, self.level + (now - self.at) * self.quota)
        self.at = now
        if self.level >= 1 - 1e-9:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.quota


class Window:
    def __init__(self, quota, seconds=1.0, phase=0.0):
        self.quota, self.seconds, self.phase = quota * seconds, seconds, phase
        self.number, self.used = None, 0

    def take(self, now):
        number = math.floor(now / self.seconds + self.phase)
        if number != self.number:
            self.number, self.used = number, 0
        if self.used < self.quota:
            self.used += 1
            return 0.0
        return (number + 1 - self.phase) * self.seconds - now


class Sliding:
    def __init__(self, quota, seconds=1.0):
        self.quota, self.seconds, self.times = quota * seconds, seconds, deque()

    def take(self, now):
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        if len(self.times) < self.quota:
            self.times.append(now)
            return 0.0
        return self.times[0] + self.seconds - now


class Unlimited:
    def take(self, _now):
        return 0.0


RETRY_AFTER = {
    "seconds": lambda _now, wait: float(max(1, math.ceil(wait))),
    "date": lambda now, wait: float(math.ceil(now + wait) - math.floor(now)),  # both in whole seconds
    "old_date": lambda now, wait: float(math.ceil(now + wait) - math.floor(now - 0.7)),
    "exact": lambda _now, wait: wait,
    "missing": lambda _now, _wait: None,
}


class Limited(FakeApi):
    """An API behind a quota; ``later`` = (second, quota) replaces it."""

    def __init__(self, quota, latency=0.02, retry_after="seconds", later=None, seed=1):
        super().__init__(latency)
        self.quota, self.retry_after, self.later = quota, RETRY_AFTER[retry_after], later
        self.random = random.Random(seed)
        self.taken, self.refused = [], []
        self.silent_until, self.disobeyed = 0.0, 0

    def leg(self):
        return asyncio.sleep(self.latency / 2 * self.random.uniform(0.9, 1.1))

    async def create(self, body):
        self.requests.append(self.now)
        self.disobeyed += self.now < self.silent_until - 1e-6
        await self.leg()
        if self.later and self.now >= self.later[0]:
            self.quota, self.later = self.later[1], None
        wait = self.quota.take(self.now)
        if not wait:
            self.taken.append(self.now)
            await self.leg()
            return self.make(body)
        self.refused.append(self.now)
        answer = Answer(AnswerKind.RETRY, http_status=429, retry_after=self.retry_after(self.now, wait))
        await self.leg()
        if answer.retry_after:
            self.silent_until = max(self.silent_until, self.now + answer.retry_after)
        return answer


def run(api, seconds, most, **limits):
    """Offer more rows than ``most`` requests/s could take for ``seconds``."""

    async def end(creator):
        await asyncio.sleep(seconds)
        creator.drain()

    create(rows(int(most * seconds * 1.2) + 300), api, during=end, **{"concurrency": 32, **limits})
    return api


def between(times, start, end):
    return sum(start < at <= end for at in times)


def used(api, quota, start, end):
    return between(api.taken, start, end) / (quota * (end - start))


def refused_share(api, seconds):
    refused = between(api.refused, 0, seconds)
    return refused / (refused + between(api.taken, 0, seconds))


KINDS = {"bucket": Bucket, "window": Window, "sliding": Sliding}


CELLS = [(kind, wait) for kind in KINDS for wait in RETRY_AFTER if kind == "bucket" or "date" not in wait]


@pytest.mark.parametrize("quota", [10, 50, 100])
@pytest.mark.parametrize(("kind", "retry_after"), [cell for cell in CELLS if cell != ("bucket", "old_date")])
def test_of_an_unknown_quota_at_least_95_percent_are_used_at_the_price_of_2_percent_429(kind, quota, retry_after):
    api = run(Limited(KINDS[kind](quota), retry_after=retry_after), 60, quota)
    assert used(api, quota, 0, 60) >= 0.95
    assert refused_share(api, 60) <= 0.02
    assert used(api, quota, 0, 20) >= 0.90
    assert refused_share(api, 20) <= 0.05
    assert api.disobeyed == 0


@pytest.mark.parametrize("quota", [10, 50, 100])
@pytest.mark.parametrize("retry_after", ["date", "old_date"])
@pytest.mark.parametrize("kind", ["window", "sliding"])
def test_a_date_costs_a_window_of_a_second_two_or_three_but_is_not_mistaken_for_a_long_quota(kind, quota, retry_after):
    # Below the 95 % that other waits leave: what a date names in excess is obeyed (here without a clock to tell it).
    api = run(Limited(KINDS[kind](quota), retry_after=retry_after), 60, quota)
    assert used(api, quota, 0, 60) >= 0.87
    assert refused_share(api, 60) <= 0.02
    assert api.disobeyed == 0


@pytest.mark.parametrize("quota", [30, 40, 100])
@pytest.mark.parametrize("kind", ["window", "sliding"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_window_is_found_at_60_ms_as_well_wherever_requests_fall_over_its_edge(kind, quota, seed):
    server = Window(quota, phase=seed / 3.3) if kind == "window" else Sliding(quota)
    api = run(Limited(server, latency=0.06, seed=seed), 60, quota)
    assert used(api, quota, 0, 60) >= 0.95
    assert refused_share(api, 60) <= 0.02
    assert used(api, quota, 0, 20) >= 0.90
    assert refused_share(api, 20) <= 0.05


@pytest.mark.parametrize("phase", [0.15, 0.35, 0.55, 0.75, 0.95])
def test_it_does_not_matter_where_the_servers_window_begins(phase):
    api = run(Limited(Window(50, phase=phase)), 60, 50)
    assert used(api, 50, 0, 60) >= 0.95
    assert refused_share(api, 60) <= 0.02


@pytest.mark.parametrize("quota", [5, 500])
@pytest.mark.parametrize("latency", [0.005, 0.05])
def test_a_bucket_of_5_and_one_of_500_a_second_are_used_as_well(quota, latency):
    api = run(Limited(Bucket(quota), latency), 30, quota)
    assert used(api, quota, 0, 30) >= 0.90
    # Of so few requests as 5/s allow, one more or less is a percent: six in twenty seconds.
    assert between(api.refused, 0, 30) <= max(6, 0.05 * quota * 20)


def test_a_wait_shorter_than_the_answers_way_is_no_reason_to_slow_down():
    api = run(Limited(Bucket(150), latency=0.1, retry_after="exact", seed=2), 60, 150)
    assert used(api, 150, 0, 60) >= 0.95
    assert refused_share(api, 60) <= 0.02


@pytest.mark.parametrize("quota", [50, 100])
def test_a_bucket_with_a_small_burst_is_used_to_85_percent(quota):
    api = run(Limited(Bucket(quota, burst=quota / 10)), 60, quota)
    assert used(api, quota, 0, 60) >= 0.85
    assert refused_share(api, 60) <= 0.02


@pytest.mark.parametrize("server", [Window, Sliding])
@pytest.mark.parametrize("retry_after", ["seconds", "date"])
def test_a_quota_per_minute_is_refused_once_and_then_spread_over_the_minutes(server, retry_after):
    api = run(Limited(server(5, seconds=60.0), retry_after=retry_after), 240, 5)
    assert used(api, 5, 0, 240) >= 0.95
    assert between(api.refused, 60, 240) == 0
    assert len(api.refused) <= 32
    assert api.disobeyed == 0


def test_a_quota_per_minute_that_names_no_wait_is_knocked_at_in_growing_intervals():
    api = run(Limited(Window(5, seconds=60.0), retry_after="missing"), 240, 5)
    knocks = between(api.refused, 6, 60)
    assert knocks <= 40
    assert used(api, 5, 60, 240) >= 0.90
    assert between(api.refused, 65, 240) <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_quota_that_halves_is_followed_within_40_seconds(kind):
    api = run(Limited(KINDS[kind](60), later=(40, KINDS[kind](30))), 140, 60)
    assert used(api, 30, 80, 140) >= 0.90
    assert len(api.refused) <= 0.02 * len(api.requests)


@pytest.mark.parametrize("kind", KINDS)
def test_a_quota_that_doubles_is_found_again_after_the_calm(kind):
    api = run(Limited(KINDS[kind](25), later=(40, KINDS[kind](50))), 240, 50)
    assert used(api, 50, 180, 240) >= 0.90


@pytest.mark.parametrize("rate", [3, 10, 33, 100, 400])
def test_an_operators_rate_is_met_within_1_percent_and_never_passed_by_more_than_two_requests_a_second(rate):
    sent = run(Limited(Unlimited()), 30, rate, rate=rate).requests
    assert len(sent) == pytest.approx(rate * 30, rel=0.01, abs=1)
    assert max(bisect_left(sent, at + 1) - number for number, at in enumerate(sent)) <= rate + 2


def test_an_operators_rate_below_the_quota_is_never_refused():
    api = run(Limited(Window(50)), 30, 45, rate=45)
    assert not api.refused
    assert used(api, 45, 1, 30) >= 0.98


def test_an_operators_rate_above_the_quota_leaves_the_quota_to_be_found():
    api = run(Limited(Bucket(30)), 60, 200, rate=200)
    assert used(api, 30, 0, 60) >= 0.95
    assert refused_share(api, 60) <= 0.02


def test_an_operators_rate_also_caps_a_found_quota_that_grows():
    api = run(Limited(Bucket(20), later=(30, Bucket(100))), 150, 40, rate=30)
    assert used(api, 30, 120, 150) >= 0.95
    assert max(bisect_left(api.requests, at + 1) - number for number, at in enumerate(api.requests)) <= 32


def test_refusals_of_one_volley_are_one_event():
    quota = Quota(cap=None, most=32, now=0.0)
    for number in range(10):
        quota.accepted(0.1 + number / 100, sent_at=number / 100)
    assert quota.refused(0.2, sent_at=0.11, retry_after=None) == 1.0
    assert quota.refused(0.21, sent_at=0.12, retry_after=None) == 0.0
    assert quota.refused(0.22, sent_at=0.13, retry_after=7.0) == 7.0
