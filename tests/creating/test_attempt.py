"""What each answer teaches: which slow the requests, which pause all, which count against the row."""

import asyncio

import pytest
from support.bounds import bounds
from support.virtual_time import FakeApi, create, in_virtual_time, rows

from importer.creating import SendProgress
from importer.creating.attempt import Attempts
from importer.creating.rows.row import Row
from importer.freedom_id import Answer, AnswerKind, Classifier

SLOWING = {408, 429, 503, 504}
"""Of the statuses that are retried: these say that it is too much."""


def taught(answer):
    """Forty rows pass, the next gets ``answer``: limits of concurrency before and after, and that row."""

    async def main():
        answers = iter([Answer(AnswerKind.CREATED)] * 40 + [answer])

        class Client(FakeApi):
            async def create(self, _body):
                await asyncio.sleep(0.1)
                return next(answers)

        attempts = Attempts(
            Client(), bounds(concurrency=16), tell=lambda _: None, defect=_raise, progress=SendProgress()
        )
        for sendable in rows(40):
            await attempts.send(Row(sendable, doubt=False), retry=False)
        before, row = attempts.concurrency.limit, Row(rows(1)[0], doubt=False)
        await attempts.send(row, retry=False)
        loop = asyncio.get_running_loop()
        return before, attempts.concurrency.limit, max(0.0, attempts.pacer.due(loop.time()) - loop.time()), row

    return in_virtual_time(main)


def _raise(exc):
    raise exc


def test_an_outage_that_another_worker_noticed_without_a_cause_is_told_in_words():
    told = []

    async def main():
        Attempts(FakeApi(), bounds(), tell=told.append, defect=_raise, progress=SendProgress()).open_breaker(0.0)

    in_virtual_time(main)
    assert told == ["the API does not answer (no answer): all workers wait, one row at a time probes"]


def of_status(status, **headers):
    return Classifier()(status, headers, b"{}")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 507, 520, 599])
def test_each_of_these_statuses_is_retried_and_408_429_503_and_504_slow_down(status):
    answer = of_status(status)
    assert answer.kind is AnswerKind.RETRY
    assert answer.maybe_created is (status not in {425, 429})
    before, after, _pause, row = taught(answer)
    assert before == 16
    assert after == (8 if status in SLOWING else 16)
    assert (row.answer is None) is (status == 429)
    assert row.doubt is answer.maybe_created


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 415, 422, 451])
def test_no_other_status_of_a_client_error_is_retried(status):
    body = b'{"error": {"code": 7, "message": "no"}}'
    assert Classifier()(status, {}, body).kind is not AnswerKind.RETRY


@pytest.mark.parametrize(("code", "slows"), [("timeout", True), ("reset", False), ("unreachable", False)])
def test_of_the_answers_that_never_came_a_timeout_slows(code, slows):
    _before, after, _pause, row = taught(Answer(AnswerKind.RETRY, code=code, unreachable=True, maybe_created=True))
    assert after == (8 if slows else 16)
    assert row.failures.no_answer
    assert not row.failures.nobody_there


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_retry_after_pauses_all_whatever_it_stands_under(status):
    assert taught(of_status(status, **{"retry-after": "7"}))[2] == pytest.approx(7.0)


@pytest.mark.parametrize(("status", "away"), [(500, False), (501, False), (502, True), (503, True), (504, True)])
def test_502_503_and_504_come_from_something_in_front_of_the_api(status, away):
    row = taught(of_status(status))[3]
    assert row.failures.no_answer is away
    assert row.failures.nobody_there is away


def test_a_connection_that_never_was_shows_that_nobody_is_there():
    assert taught(Answer(AnswerKind.RETRY, code="unreachable", unreachable=True))[3].failures.nobody_there


def test_a_rows_failures_tell_when_the_first_one_was_and_when_the_last():
    row = Row(rows(1)[0], doubt=False)
    for now in (100.0, 130.0, 150.0):
        row.failed(of_status(500), now, after_proof=False, in_outage=False)
    assert (row.failures.first_at, row.failures.last_at) == (100.0, 150.0)


def test_a_row_that_is_refused_by_the_quota_after_its_last_failure_has_not_failed_again():
    """One failure less than its attempts, then 429 for long, then it passes."""

    def fault(api, body):
        if body["phone"] != "+77010000009":
            return None
        tried = api.tries[body["phone"]]
        if tried <= 4:
            return Answer(AnswerKind.RETRY, http_status=500, maybe_created=True)
        return Answer(AnswerKind.RETRY, http_status=429, retry_after=1.0) if tried <= 12 else None

    made = create(rows(300), FakeApi(fault=fault), concurrency=8)
    assert made.statuses() == {"created": 300}
