"""The circuit breaker: each edge of its table, and no other."""

import math

import pytest

from importer.creating.resilience.breaker import SEVERAL, THRESHOLD, CircuitBreaker, State, should_open


def failing(count=THRESHOLD, rows=SEVERAL, **options):
    """A breaker that has seen so many failures, at second 10, of so many rows; and what the last one told."""
    breaker = CircuitBreaker(outage_limit=900, first_probe=1.0)
    told = [breaker.failed(number % rows, 10.0, **options) for number in range(count)]
    return breaker, told


@pytest.mark.parametrize(
    ("state", "failures", "rows", "opens"),
    [
        (State.CLOSED, THRESHOLD, SEVERAL, True),
        (State.CLOSED, THRESHOLD + 1, SEVERAL + 1, True),
        (State.CLOSED, THRESHOLD - 1, SEVERAL, False),
        (State.CLOSED, THRESHOLD, SEVERAL - 1, False),
        (State.OPEN, THRESHOLD, SEVERAL, False),
        (State.HALF_OPEN, THRESHOLD, SEVERAL, False),
    ],
)
def test_what_opens_a_breaker(state, failures, rows, opens):
    assert should_open(state, failures, rows) is opens


def test_eight_failures_in_a_row_of_three_rows_open_it():
    assert (THRESHOLD, SEVERAL) == (8, 3)
    breaker, told = failing()
    assert told == [False] * 7 + [True]
    assert breaker.state is State.OPEN
    assert breaker.next_probe_at == 11.0
    assert breaker.outages == 1


@pytest.mark.parametrize(
    ("count", "rows", "suspicious"), [(THRESHOLD - 1, SEVERAL, False), (50, SEVERAL - 1, False), (50, SEVERAL, True)]
)
def test_fewer_or_of_fewer_rows_or_of_suspicious_rows_do_not(count, rows, suspicious):
    breaker, _told = failing(count, rows, suspicious=suspicious)
    assert breaker.is_closed


def test_one_that_passes_in_between_lets_the_count_begin_again():
    breaker, _told = failing(THRESHOLD - 1)
    assert breaker.passed(sent_at=9.0) is False
    assert breaker.passed_at == 9.0
    assert not any(breaker.failed(number, 11.0) for number in range(THRESHOLD - 1))
    assert breaker.failed(99, 11.0) is True


def test_a_probe_that_passes_closes_it():
    breaker, _told = failing()
    breaker.probe()
    assert breaker.state is State.HALF_OPEN
    assert breaker.passed(sent_at=11.0) is True
    assert breaker.state is State.CLOSED


def test_a_request_from_before_the_outage_does_not_close_it():
    breaker, _told = failing()
    breaker.probe()
    assert breaker.passed(sent_at=9.9) is False
    assert breaker.state is State.HALF_OPEN
    assert breaker.passed_at == -math.inf
    assert breaker.passed(sent_at=10.0) is True


def test_more_failures_than_needed_open_it_as_soon_as_several_rows_have_failed():
    breaker, told = failing(THRESHOLD + 3, SEVERAL - 1)
    assert not any(told)
    assert breaker.failed(99, 10.0) is True


def test_what_passes_while_all_is_well_ends_no_outage():
    breaker = CircuitBreaker(outage_limit=900, first_probe=1.0)
    assert breaker.passed(sent_at=5.0) is False
    assert breaker.passed_at == 5.0
    assert breaker.is_closed


def test_each_probe_that_fails_doubles_the_wait_up_to_thirty_first_waits():
    breaker, _told = failing()
    waits = []
    for _ in range(7):
        breaker.probe()
        breaker.probe_failed(20.0)
        assert breaker.state is State.OPEN
        waits.append(breaker.next_probe_at - 20.0)
    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert breaker.failed_probes == 7
    quick = CircuitBreaker(outage_limit=900, first_probe=0.5)
    for _ in range(7):
        quick.probe_failed(20.0)
    assert quick.next_probe_at - 20.0 == 15.0


def test_a_probe_that_says_nothing_is_followed_by_the_next_at_once():
    breaker, _told = failing()
    breaker.probe()
    breaker.probe_ended()
    assert breaker.state is State.OPEN
    assert breaker.next_probe_at == 11.0


def test_the_end_of_a_probe_that_passed_changes_nothing():
    breaker, _told = failing()
    breaker.probe()
    breaker.passed(sent_at=12.0)
    breaker.probe_ended()
    assert breaker.is_closed


def test_a_second_outage_starts_with_the_first_wait_again():
    breaker, _told = failing()
    breaker.probe()
    breaker.probe_failed(11.0)
    breaker.passed(sent_at=13.0)
    breaker.open(20.0)
    assert breaker.next_probe_at == 21.0
    assert breaker.outages == 2


def test_the_limit_runs_from_the_first_failure_or_refusal_after_the_last_that_passed():
    breaker = CircuitBreaker(outage_limit=900, first_probe=1.0)
    assert not breaker.outage_exceeded(1e9)
    breaker.refused(50.0)
    breaker.failed(2, 60.0)
    assert breaker.deadline() == 950.0
    assert not breaker.outage_exceeded(949.9)
    assert breaker.outage_exceeded(950.0)
    assert breaker.outage_exceeded(950.1)
    breaker.passed(sent_at=100.0)
    assert breaker.deadline() == math.inf


@pytest.mark.parametrize(
    ("troubled", "is_open", "others_at", "deadline"),
    [
        (True, False, 30.0, 930.0),  # the API was not silent before that
        (True, False, 5.0, 910.0),  # it has been since
        (True, True, 30.0, 910.0),  # an outage ends by a probe
        (False, False, 30.0, math.inf),  # all is well
    ],
)
def test_what_passes_for_another_worker_puts_the_limit_off_while_the_breaker_is_closed(
    troubled, is_open, others_at, deadline
):
    breaker = CircuitBreaker(outage_limit=900, first_probe=1.0)
    if troubled:
        breaker.refused(10.0)
    if is_open:
        breaker.open(10.0)
    breaker.others_passed(others_at)
    assert breaker.deadline() == deadline


def test_seconds_in_which_the_process_was_stopped_do_not_count_towards_the_limit():
    breaker = CircuitBreaker(outage_limit=900, first_probe=1.0)
    breaker.slept(50.0)
    assert breaker.deadline() == math.inf
    breaker.refused(10.0)
    breaker.slept(50.0)
    assert breaker.deadline() == 960.0


def test_a_worker_that_follows_probes_no_sooner_than_the_others_and_no_sooner_than_itself():
    breaker, _told = failing()
    assert (breaker.wait, breaker.next_probe_at) == (1.0, 11.0)
    breaker.follow(4.0, 9.0)
    assert (breaker.wait, breaker.next_probe_at) == (4.0, 11.0)
    breaker.follow(2.0, 15.0)
    assert (breaker.wait, breaker.next_probe_at) == (4.0, 15.0)


def test_an_outage_that_another_worker_ended_is_over_and_proves_nothing_about_a_row():
    breaker, _told = failing()
    breaker.end()
    assert breaker.is_closed
    assert breaker.deadline() == math.inf
    assert breaker.passed_at == -math.inf
    assert not any(breaker.failed(row, 20.0) for row in range(THRESHOLD - 1))
    assert breaker.failed(THRESHOLD, 20.0)
