"""How many requests at once: additive increase, multiplicative decrease, in arithmetic alone."""

from itertools import pairwise

import pytest

from importer.creating.rate_control.concurrency import Concurrency


def grown(most, answers=200, seconds=0.1):
    concurrency = Concurrency(most)
    for _ in range(answers):
        concurrency.answered(seconds)
    return concurrency


def test_it_starts_with_two_and_grows_by_half_each_round_trip_up_to_the_operators_limit():
    concurrency, limits = Concurrency(8), []
    for _ in range(5):
        limits.append(concurrency.limit)
        for _ in range(concurrency.limit):
            concurrency.answered(0.1)
    assert limits == [2, 3, 4, 6, 8]
    assert grown(8).limit == 8
    assert Concurrency(1).limit == 1


def test_after_congestion_it_grows_by_one_each_round_trip():
    concurrency = grown(64)
    concurrency.congested(0.0)
    assert concurrency.limit == 32
    for _ in range(33):
        concurrency.answered(0.1)
    assert concurrency.limit == 33


def test_it_halves_once_a_second_at_most_and_never_below_one():
    concurrency, limits = grown(8), []
    for now in (0.0, 0.5, 0.99, 1.0, 2.0, 3.0, 4.0):
        concurrency.congested(now)
        limits.append(concurrency.limit)
    assert limits == [4, 4, 4, 2, 1, 1, 1]


@pytest.mark.parametrize(("pace", "limit"), [(None, 32), (10.0, 32), (200.0, 41), (1000.0, 64)])
def test_after_a_429_twice_as_many_stay_as_the_pace_needs(pace, limit):
    concurrency = grown(64, seconds=0.1)
    concurrency.congested(0.0, pace=pace)
    assert concurrency.limit == limit


def test_a_429_never_lets_more_through_than_before():
    concurrency = grown(64, seconds=0.1)
    concurrency.congested(0.0)
    concurrency.congested(2.0, pace=200.0)
    assert concurrency.limit == 32


def test_after_an_outage_it_starts_again_with_two():
    concurrency = grown(64)
    concurrency.congested(0.0)
    concurrency.no_room(0.0, 20)
    concurrency.restart()
    assert concurrency.limit == 2
    concurrency.answered(0.1)
    concurrency.answered(0.1)
    assert concurrency.limit == 3
    for _ in range(2):  # those of before do not count
        concurrency.no_room(0.0, 2)
    assert concurrency.limit == 3
    concurrency.no_room(0.0, 2)
    assert concurrency.limit == 1


def test_a_worker_that_had_a_share_of_one_starts_with_one_after_an_outage_however_its_share_grows_then():
    concurrency = Concurrency(8)
    concurrency.bound(1)
    concurrency.restart()
    concurrency.bound(8)
    assert concurrency.limit == 1


def test_three_new_connections_in_a_row_without_an_answer_show_that_there_is_no_room():
    concurrency = grown(32)
    for _ in range(5):  # chance, or a row's own fault: others that are new are answered
        concurrency.no_room(0.0, 20)
        concurrency.no_room(0.0, 20)
        concurrency.connected()
    assert concurrency.limit == 32
    for in_flight in range(9, 4, -1):
        concurrency.no_room(0.0, in_flight)
    assert concurrency.limit == 4


def test_one_more_connection_is_tried_after_a_rest_that_doubles():
    concurrency, now, rests = grown(32), 0.0, []
    for _ in range(3):
        concurrency.no_room(now, 5)
    for _ in range(8):
        began = now
        while concurrency.limit < 5:
            now += 0.5
            concurrency.answered(0.1, now)
        rests.append(round(now - began))
        concurrency.no_room(now, 5)
        assert concurrency.limit == 4
    assert rests[0] in range(5, 8)
    assert all(later >= 1.6 * earlier for earlier, later in pairwise(rests[:6]))
    assert rests == sorted(rests)
    assert rests[-1] in range(300, 306)


def test_the_longest_rest_is_five_minutes():
    concurrency, now = grown(32), 0.0
    for _ in range(12):
        now += 1000.0
        concurrency.no_room(now, 5)
    for after, limit in ((299.9, 4), (300.0, 5)):
        for _ in range(5):
            concurrency.answered(0.1, now + after)
        assert concurrency.limit == limit


def test_a_429_whose_pace_needs_just_what_is_on_its_way_ends_no_start():
    concurrency = Concurrency(64)
    concurrency.answered(0.5)
    concurrency.answered(0.5)
    concurrency.congested(0.0, pace=2.0)  # 1 + 2 x 2.0 x 0.5: the limit, 3
    for _ in range(4):
        concurrency.answered(0.5)
    assert concurrency.limit == 5, "half as many again"


def test_one_slow_answer_moves_the_mean_latency_by_a_tenth():
    concurrency = Concurrency(64)
    concurrency.answered(0.5)
    concurrency.answered(5.5)
    concurrency.congested(0.0, pace=0.5)  # 1 + 2 x 0.5 x 1.0, and not 1 + 2 x 0.5 x 5.5: the limit is cut
    assert concurrency.limit == 2
