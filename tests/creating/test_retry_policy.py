"""When a row is tried again and when it has failed for good: every row of the decision table, and what counts."""

import math
from dataclasses import replace

import pytest
from support.virtual_time import in_virtual_time

from importer.creating.resilience.retry_policy import (
    ASIDE,
    FEW,
    LONG_ENOUGH,
    LONGEST_GAP,
    OWN_QUOTA,
    PROVEN,
    Decision,
    Failures,
    Others,
    Refusals,
    counts,
    decide,
    decide_refused,
    needs_retry,
    retrying,
)
from importer.creating.workers import SPARE
from importer.freedom_id import Answer, AnswerKind
from importer.settings import Settings

NOW = 1000.0
SPENT = Failures(attempts=5, first_at=900.0, last_at=950.0)
"""A row whose attempts are used up; it has failed for longer than LONG_ENOUGH."""
EARLY = Others(
    attempts=5,
    rows_left=True,
    in_reserve=True,
    others_retry=True,
    others_refused=False,
    in_trouble=4,
    passed_at=-math.inf,
    outage=False,
    last_rows=False,
)
"""Rows are still handed out, none has passed."""
LATE = replace(EARLY, rows_left=False)
"""The last rows, with others that may tell."""
ALONE = replace(LATE, in_reserve=False, others_retry=False, in_trouble=FEW, passed_at=100.0)
"""The last rows, and nobody left to tell; some had passed before."""

TABLE = [
    # the row                                       the others                                    decision
    (replace(SPENT, attempts=4), EARLY, Decision.RETRY),
    (replace(SPENT, attempts=4), ALONE, Decision.RETRY),
    (SPENT, replace(EARLY, passed_at=900.0), Decision.GIVE_UP),
    (SPENT, replace(EARLY, passed_at=899.9), Decision.OPEN_BREAKER),
    (SPENT, replace(EARLY, passed_at=899.9, outage=True), Decision.RETRY),
    (replace(SPENT, after_proof=True), EARLY, Decision.OPEN_BREAKER),
    (replace(SPENT, after_proof=True), LATE, Decision.GIVE_UP),
    (replace(SPENT, after_proof=True), replace(LATE, outage=True), Decision.GIVE_UP),
    (SPENT, replace(LATE, passed_at=950.0), Decision.RETRY),
    (SPENT, replace(LATE, passed_at=949.9), Decision.WAIT),
    (SPENT, replace(LATE, outage=True), Decision.RETRY),
    (SPENT, replace(LATE, in_reserve=False), Decision.WAIT),
    (SPENT, replace(LATE, others_retry=False), Decision.PROBE),
    (replace(SPENT, proven=PROVEN), LATE, Decision.WAIT),
    (replace(SPENT, proven=PROVEN), replace(ALONE, in_trouble=9), Decision.GIVE_UP),
    (replace(SPENT, proven=PROVEN + 1), replace(ALONE, in_trouble=9), Decision.GIVE_UP),
    (replace(SPENT, proven=PROVEN - 1), replace(ALONE, in_trouble=9), Decision.OPEN_BREAKER),
    (SPENT, replace(ALONE, in_trouble=9, last_rows=True), Decision.GIVE_UP),
    (replace(SPENT, no_answer=True), replace(ALONE, last_rows=True), Decision.GIVE_UP),
    (replace(SPENT, no_answer=True, nobody_there=True), replace(ALONE, last_rows=True), Decision.OPEN_BREAKER),
    (SPENT, ALONE, Decision.GIVE_UP),
    (replace(SPENT, first_at=NOW - LONG_ENOUGH), ALONE, Decision.GIVE_UP),
    (replace(SPENT, first_at=NOW - LONG_ENOUGH + 0.1), ALONE, Decision.OPEN_BREAKER),
    (SPENT, replace(ALONE, in_trouble=FEW + 1), Decision.OPEN_BREAKER),
    (replace(SPENT, no_answer=True), ALONE, Decision.OPEN_BREAKER),
    (SPENT, replace(ALONE, passed_at=-math.inf), Decision.OPEN_BREAKER),
    (SPENT, replace(ALONE, passed_at=-0.5), Decision.OPEN_BREAKER),
    (SPENT, replace(ALONE, passed_at=0.0), Decision.GIVE_UP),
    (SPENT, replace(ALONE, in_trouble=FEW + 1, outage=True), Decision.RETRY),
]


@pytest.mark.parametrize(("row", "others", "decision"), TABLE)
def test_each_row_of_the_decision_table(row, others, decision):
    assert decide(row, others, NOW) is decision


def test_a_row_has_proven_nothing_at_first():
    assert (SPENT.proven, SPENT.attempts) == (0, 5)


def test_up_to_two_rows_left_alone_may_be_poison_for_a_minute():
    assert (FEW, LONG_ENOUGH, PROVEN) == (2, 60.0, 2)


@pytest.mark.parametrize(
    ("others", "in_outage", "counted"),
    [
        (EARLY, False, True),
        (EARLY, True, False),
        (LATE, True, False),
        (ALONE, True, True),
        (replace(ALONE, in_trouble=FEW + 1), True, False),
        (replace(ALONE, in_reserve=True), True, False),
        (replace(ALONE, rows_left=True), True, False),
        (replace(LATE, last_rows=True), True, True),
    ],
)
def test_a_failure_in_an_outage_counts_against_a_row_only_where_nobody_else_can_tell(others, in_outage, counted):
    assert counts(others, in_outage=in_outage) is counted


async def waits_of(attempts, draw, monkeypatch):
    """The waits before each retry, where chance draws ``draw`` of the bound."""
    monkeypatch.setattr("random.uniform", lambda low, high: low + draw * (high - low))
    waits, tries = [], []

    async def sleep(seconds):
        waits.append(seconds)

    async def attempt():
        tries.append(1)
        return Answer(AnswerKind.RETRY, http_status=500)

    answer = await retrying(failed_for_good=lambda: len(tries) == attempts, sleep=sleep, backoff=0.5)(attempt)
    assert answer.http_status == 500
    return waits


def test_backoff_is_drawn_from_nothing_to_a_bound_that_doubles_up_to_sixty_first_waits(monkeypatch):
    waits = in_virtual_time(lambda: waits_of(12, 1.0, monkeypatch))
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0, 30.0]
    assert in_virtual_time(lambda: waits_of(12, 0.0, monkeypatch)) == [0.0] * 11


@pytest.mark.parametrize("verdict", [AnswerKind.CREATED, AnswerKind.TAKEN, AnswerKind.REJECTED, AnswerKind.FORBIDDEN])
def test_an_answer_of_the_row_itself_is_not_retried(verdict):
    assert not needs_retry(Answer(verdict))
    assert needs_retry(Answer(AnswerKind.RETRY))
    assert needs_retry(Answer(AnswerKind.TOKEN_REFUSED))


REFUSED = Refusals(last_at=950.0, proven=0, asked=5.0, times=1)

OF_THE_QUOTA = [
    (replace(REFUSED, times=4), EARLY, Decision.RETRY),
    (replace(REFUSED, times=5), replace(EARLY, in_trouble=ASIDE), Decision.WAIT),
    (replace(REFUSED, times=5), replace(EARLY, in_trouble=ASIDE + 1), Decision.RETRY),
    (replace(REFUSED, proven=OWN_QUOTA), EARLY, Decision.RETRY),
    (replace(REFUSED, proven=OWN_QUOTA), LATE, Decision.GIVE_UP),
    (replace(REFUSED, proven=OWN_QUOTA - 1), LATE, Decision.PROBE),
    (REFUSED, replace(LATE, passed_at=995.1), Decision.WAIT),
    (REFUSED, replace(LATE, passed_at=995.0), Decision.RETRY),
    (replace(REFUSED, asked=None, proven=2), replace(LATE, passed_at=996.1), Decision.WAIT),
    (replace(REFUSED, asked=None, proven=2), replace(LATE, passed_at=996.0), Decision.RETRY),
    (REFUSED, replace(LATE, passed_at=950.0), Decision.RETRY),
    (REFUSED, replace(LATE, passed_at=949.9), Decision.PROBE),
    (REFUSED, replace(LATE, others_refused=True), Decision.WAIT),
    (replace(REFUSED, proven=2), ALONE, Decision.GIVE_UP),
    (replace(REFUSED, proven=1), ALONE, Decision.RETRY),
    (replace(REFUSED, proven=2), replace(ALONE, others_retry=True), Decision.RETRY),
    (replace(REFUSED, asked=None, proven=4), ALONE, Decision.RETRY),
    (replace(REFUSED, asked=None, proven=5), ALONE, Decision.GIVE_UP),
]


@pytest.mark.parametrize(("row", "others", "decision"), OF_THE_QUOTA)
def test_what_is_done_with_a_row_that_the_quota_refused(row, others, decision):
    assert decide_refused(row, others, NOW) is decision


@pytest.mark.parametrize(
    ("proven", "asked", "gap"),
    [(0, None, 1.0), (1, None, 2.0), (5, None, 32.0), (6, None, 60.0), (9, None, 60.0), (9, 7.0, 7.0), (0, 0.2, 1.0)],
)
def test_another_row_is_why_for_as_long_as_was_asked_or_for_a_time_that_doubles_up_to_a_minute(proven, asked, gap):
    assert replace(REFUSED, proven=proven, asked=asked).gap == gap
    assert LONGEST_GAP == 60.0


def test_a_quota_of_a_rows_own_takes_as_many_refusals_as_there_are_rows_in_reserve():
    assert Settings.model_fields["attempts"].default + SPARE == OWN_QUOTA
