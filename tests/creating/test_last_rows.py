"""The last rows of a run, in virtual time: when nobody else is left, what is poison and what is an outage."""

import random

import pytest
from support.virtual_time import FakeApi, create, feed, in_virtual_time, rows

from importer.creating import Sendable
from importer.creating.resilience.retry_policy import FEW, LONG_ENOUGH
from importer.creating.rows.row_feed import Feed
from importer.errors import ApiUnavailable
from importer.freedom_id import Answer, AnswerKind

KINDS = {
    "500": Answer(AnswerKind.RETRY, http_status=500, maybe_created=True),
    "503": Answer(AnswerKind.RETRY, http_status=503, maybe_created=True),
    "reset": Answer(AnswerKind.RETRY, code="reset", unreachable=True, maybe_created=True),
    "refused": Answer(AnswerKind.RETRY, code="unreachable", unreachable=True),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def poisoned(numbers, kind):
    phones = {f"+7701{number:07d}" for number in numbers}
    return lambda _api, body: KINDS[kind] if body["phone"] in phones else None


@kinds
@pytest.mark.parametrize("count", [1, 2, 3, 10, 30])
@pytest.mark.parametrize("seed", range(2))
def test_poison_rows_at_the_end_of_a_file_fail_and_the_run_finishes(kind, count, seed):
    last = range(502 - count, 502)
    made = create(rows(500), FakeApi(latency=0.05, fault=poisoned(last, kind)), concurrency=32, seed=seed)
    assert made.error is None
    assert made.statuses() == {"created": 500 - count, "failed": count}
    assert {row for row, outcome in made.writer.outcomes.items() if outcome.status == "failed"} == set(last)


@pytest.mark.parametrize("kind", ["500", "reset"])
@pytest.mark.parametrize("place", range(2, 22))
def test_a_poison_row_of_a_small_file_fails_wherever_it_stands(kind, place):
    made = create(rows(20), FakeApi(fault=poisoned([place], kind)), seed=place)
    assert made.statuses() == {"created": 19, "failed": 1} or (made.error and kind == "reset")


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("seed", range(16))
def test_some_rows_of_a_small_file_may_be_poison(count, seed):
    poison = random.Random(seed).sample(range(2, 32), count)
    made = create(rows(30), FakeApi(fault=poisoned(poison, "500")), seed=seed)
    assert made.statuses() == {"created": 30 - count, "failed": count}


@kinds
@pytest.mark.parametrize("seconds", [2.0, 12.0, 50.0, 400.0])
@pytest.mark.parametrize("seed", range(6))
def test_an_outage_among_the_last_rows_spends_none_of_them(kind, seconds, seed):
    """Whenever it begins, also when a few rows have failed by chance just before."""
    rng = random.Random(seed)
    count = rng.choice([3, 12, 40, 150])
    usual = create(rows(count), FakeApi(latency=0.05), concurrency=32, seed=seed).seconds
    begins = usual * rng.uniform(0.0, 1.3)

    def fault(api, _body):
        if begins <= api.now < begins + seconds:
            return KINDS[kind]
        return KINDS["500"] if rng.random() < 0.03 else None

    made = create(rows(count), FakeApi(latency=0.05, fault=fault), concurrency=32, seed=seed)
    assert made.error is None
    if kind == "500" and seconds > LONG_ENOUGH:  # the very last rows, and the application itself says 500 for so long
        assert made.statuses()["failed"] <= FEW
    else:
        assert made.statuses() == {"created": count}


@kinds
@pytest.mark.parametrize("seed", range(8))
def test_an_outage_for_good_among_the_last_rows_stops_the_run_and_spends_none_of_them(kind, seed):
    rng = random.Random(seed)
    count = rng.choice([12, 40, 150])
    usual = create(rows(count), FakeApi(latency=0.05), concurrency=32, seed=seed).seconds
    begins = usual * rng.uniform(0.2, 0.7)  # later, two rows are left, which may be poison

    def fault(api, _body):
        return KINDS[kind] if begins <= api.now else None

    made = create(rows(count), FakeApi(latency=0.05, fault=fault), concurrency=32, seed=seed, outage_limit=120)
    assert isinstance(made.error, ApiUnavailable)
    assert set(made.statuses()) == {"created"}
    assert len(made.api.requests) < len(made.writer.outcomes) + 32 + 40


def test_poison_rows_fail_although_an_outage_came_between():
    poison = poisoned([30, 199, 200, 201], "500")

    def fault(api, body):
        return KINDS["refused"] if 0.8 <= api.now < 40.0 else poison(api, body)

    made = create(rows(200), FakeApi(latency=0.05, fault=fault), concurrency=32)
    assert made.statuses() == {"created": 196, "failed": 4}


def left_over(count):
    return [Sendable(one.row, one.body, doubt=True) for one in rows(count)]


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("kind", ["500", "reset"])
def test_rows_left_over_that_fail_again_are_an_outage_the_first_time_and_poison_the_next(count, kind):
    fault = poisoned(range(2, 2 + count), kind)
    made = create(left_over(count), FakeApi(fault=fault))
    assert isinstance(made.error, ApiUnavailable)
    assert not made.writer.outcomes
    made = create(left_over(count), FakeApi(fault=fault), last_rows=True)
    assert made.error is None
    assert made.statuses() == {"failed": count}


@pytest.mark.parametrize("kind", ["503", "refused"])
def test_rows_left_over_are_never_poison_while_nobody_is_there(kind):
    made = create(left_over(3), FakeApi(fault=poisoned(range(2, 5), kind)), last_rows=True)
    assert isinstance(made.error, ApiUnavailable)
    assert not made.writer.outcomes


def test_rows_left_over_are_created_when_the_api_answers_again():
    made = create(left_over(3), FakeApi(fault=lambda api, _body: KINDS["500"] if api.now < 5 else None), last_rows=True)
    assert made.statuses() == {"created": 3}


@pytest.mark.parametrize(("count", "released"), [(200, [4, 2, 1, 1]), (1007, [4, 4]), (1008, [8])])
def test_the_rows_held_back_are_let_go_by_halves_in_a_short_file_and_together_in_a_long_one(count, released):
    async def stretches():
        handed_out = Feed(8)
        handed_out.begin(feed(rows(count)))
        found, more = [], True
        while more:
            taken = 0
            while await handed_out.take():
                taken += 1
            found.append(taken)
            more = handed_out.release()
        return found

    assert in_virtual_time(stretches) == [count - 8, *released]
