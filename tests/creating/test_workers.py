"""Creating, in virtual time: what becomes of rows when the API works, fails, refuses or goes away."""

import asyncio
import random

import pytest
from support.bounds import bounds
from support.virtual_time import FakeApi, MemoryWriter, create, feed, in_virtual_time, nobody, rows

from importer.creating import Creator, Sendable, TakenPhone
from importer.creating.rate_control.pacing import Pacer
from importer.creating.resilience.breaker import CircuitBreaker
from importer.errors import ApiSilent, ApiUnavailable, Stopped, StorageFailed
from importer.freedom_id import Answer, AnswerKind, Classifier, NothingSent
from importer.model import Outcome

BESIDE = "eeca9287-d824-4f50-928b-450d2e46f874"


def broken(status=503, *, maybe=True, **more):
    return Answer(AnswerKind.RETRY, http_status=status, maybe_created=maybe, **more)


def refused_connection():
    return Answer(AnswerKind.RETRY, code="unreachable", unreachable=True, message="no connection")


def test_every_row_gets_the_id_of_its_own_phone():
    sendables = rows(500)
    made = create(sendables, FakeApi(), concurrency=32)
    for sendable in sendables:
        assert made.writer.outcomes[sendable.row].freedom_id == made.api.users[sendable.body["phone"]]
    assert made.statuses() == {"created": 500}


def test_a_row_is_durable_as_started_before_its_request_leaves():
    writer = MemoryWriter()
    seen = []

    class Watching(FakeApi):
        async def create(self, body):
            seen.append(next(row for row in writer.open if f"+7701{row:07d}" == body["phone"]))
            return await super().create(body)

    async def main():

        await Creator(Watching(), writer, bounds(concurrency=8), phone_owner=nobody).run(feed(rows(50)))

    in_virtual_time(main)
    assert sorted(seen) == list(range(2, 52))


def test_never_more_requests_at_once_than_allowed_and_as_many_where_the_api_is_slow():
    made = create(rows(6000), FakeApi(latency=0.1), concurrency=32)
    assert made.api.most_at_once == 32
    assert made.seconds < 6000 / 320 / 0.95


@pytest.mark.parametrize(("concurrency", "in_hand"), [(4, 8), (16, 20), (64, 80)])
def test_beside_those_that_may_send_a_quarter_as_many_rows_and_four_at_least_wait_for_the_disk(concurrency, in_hand):
    class SlowWriter(MemoryWriter):
        async def finished(self, row, outcome):
            await asyncio.sleep(100.0)
            await super().finished(row, outcome)

    api, found = FakeApi(), []

    async def looking(creator):
        await asyncio.sleep(50.0)
        found.append(len(api.requests))
        creator.drain()

    create(rows(200), api, writer=SlowWriter(), during=looking, concurrency=concurrency)
    assert found == [in_hand]


def test_random_faults_end_as_created_or_unconfirmed_and_unconfirmed_are_the_lost_answers():
    rng = random.Random(7)
    lost = set()

    def fault(api, body):
        if rng.random() < 0.05:
            if rng.random() < 0.5:
                if body["phone"] not in api.users:
                    lost.add(body["phone"])
                api.make(body)
            return broken(0, unreachable=True, code="reset")
        return None

    made = create(rows(2000), FakeApi(latency=0.05, fault=fault), concurrency=32)
    assert made.statuses() == {"created": 2000 - len(lost), "unconfirmed": len(lost)}
    assert len(lost) > 20
    assert max(made.api.tries.values()) <= 5


def test_a_taken_phone_exists_when_no_request_of_ours_can_have_made_it():
    api = FakeApi()
    api.users["+77010000002"] = "somebody"
    made = create(rows(3), api)
    assert made.statuses() == {"created": 2, "exists": 1}


def test_a_taken_phone_of_a_row_in_doubt_is_unconfirmed():
    api = FakeApi()
    api.users["+77010000002"] = "perhaps ours"
    made = create([Sendable(2, {"phone": "+77010000002"}, doubt=True)], api)
    assert made.statuses() == {"unconfirmed": 1}


def test_a_row_that_is_refused_after_a_lost_answer_is_rejected_and_in_doubt():
    def fault(api, body):
        if body["phone"] in api.users:
            return Answer(AnswerKind.REJECTED, http_status=422, message="The email has already been taken.")
        if body["phone"] != "+77010000003":
            return None
        api.make(body)
        return broken(0, unreachable=True, code="reset")

    made = create(rows(3), FakeApi(fault=fault))
    assert made.statuses() == {"created": 2, "rejected": 1}
    assert made.writer.outcomes[3].doubt
    assert "its answer was lost; requests sent " in made.writer.outcomes[3].note


def test_a_row_of_a_killed_command_that_is_refused_is_rejected_and_in_doubt():
    refused = Answer(AnswerKind.REJECTED, http_status=400, message="bad request")
    sendables = [Sendable(2, {"phone": "+77010000002"}, doubt=True), *rows(1, first=3)]
    outcomes = create(sendables, FakeApi(fault=lambda *_: refused)).writer.outcomes
    assert [(outcomes[row].status, outcomes[row].doubt, bool(outcomes[row].note)) for row in (2, 3)] == [
        ("rejected", True, True),
        ("rejected", False, False),
    ]


def test_a_taken_phone_that_another_run_created_meanwhile_is_already_imported():
    api = FakeApi()
    api.users["+77010000002"] = "x"

    async def phone_owner(_sendable):
        return TakenPhone("the-id", doubt=False)

    made = create(rows(1), api, phone_owner=phone_owner)
    assert made.writer.outcomes[2] == Outcome("already_imported", freedom_id="the-id")


def test_a_poison_row_fails_alone_and_does_not_hold_up_its_neighbours():
    def fault(_api, body):
        return broken(500) if body["phone"] == "+77010000050" else None

    made = create(rows(400), FakeApi(fault=fault), concurrency=8)
    assert made.statuses() == {"created": 399, "failed": 1}
    assert made.api.tries["+77010000050"] == 5
    assert made.progress.outages == 0


@pytest.mark.parametrize("place", [2, 11, 21])
def test_a_poison_row_fails_wherever_it_stands_in_a_small_file(place):
    def fault(_api, body):
        return broken(500) if body["phone"] == f"+7701{place:07d}" else None

    made = create(rows(20), FakeApi(fault=fault), concurrency=32)
    assert made.statuses() == {"created": 19, "failed": 1}


def test_an_outage_pauses_everybody_and_no_row_is_spent():
    def fault(api, _body):
        return refused_connection() if 1.0 <= api.now < 31.0 else None

    made = create(rows(2000), FakeApi(latency=0.05, fault=fault), concurrency=32)
    assert made.statuses() == {"created": 2000}
    during = [at for at in made.api.requests if 1.5 <= at < 31.0]
    assert len(during) <= 10
    assert made.progress.outages == 1
    assert made.error is None


def test_a_lasting_outage_stops_the_run_with_its_rows_unspent():
    def fault(api, _body):
        return refused_connection() if api.now >= 1.0 else None

    made = create(rows(5000), FakeApi(latency=0.05, fault=fault), concurrency=32, outage_limit=60)
    assert isinstance(made.error, ApiUnavailable)
    assert set(made.statuses()) == {"created"}
    assert not made.writer.open
    assert 55 < made.seconds < 75


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("answer", [broken(503), refused_connection()])
def test_an_api_that_is_down_from_the_start_is_an_outage_however_small_the_file(count, answer):
    made = create(rows(count), FakeApi(fault=lambda _api, _body: answer), outage_limit=120)
    assert isinstance(made.error, ApiUnavailable)
    assert not made.writer.outcomes


def test_each_request_is_counted_once_whatever_became_of_it():
    made = create(rows(50), FakeApi(fault=lambda api, _body: broken(503) if len(api.requests) % 5 == 1 else None))
    assert made.progress.requests == len(made.api.requests) > 50


def test_a_sick_api_is_not_hammered():
    made = create(rows(5000), FakeApi(latency=0.01, fault=lambda _api, _body: broken(503)), outage_limit=300)
    assert len(made.api.requests) < 120
    assert not made.writer.outcomes


def test_retries_stay_within_their_share_of_all_requests():
    rng = random.Random(3)

    def fault(_api, _body):
        return broken(500) if rng.random() < 0.35 else None

    made = create(rows(4000), FakeApi(latency=0.02, fault=fault), concurrency=16, retry_share=0.1, attempts=50)
    assert made.statuses() == {"created": 4000}
    retries_while_fresh = len(made.api.requests) - 4000
    assert retries_while_fresh <= 100 + 0.1 * 4000 + 2 * made.seconds + 1


def test_a_refused_token_is_renewed_once_while_the_others_wait():
    class Expiring(FakeApi):
        def fault_of(self, _api, _body):
            return (
                Answer(AnswerKind.TOKEN_REFUSED, http_status=401)
                if self.renewals == 0 and len(self.users) >= 50
                else None
            )

    api = Expiring()
    api.fault = api.fault_of
    api.renewable = True
    made = create(rows(300), api, concurrency=16)
    assert made.statuses() == {"created": 300}
    assert made.api.renewals == 1


def test_a_new_token_that_is_refused_at_once_is_renewed_again():
    def fault(api, _body):
        return Answer(AnswerKind.TOKEN_REFUSED, http_status=401) if api.renewals < 2 else None

    api = FakeApi(fault=fault)
    api.renewable = True
    made = create(rows(20), api, concurrency=4)
    assert made.statuses() == {"created": 20}
    assert made.api.renewals == 2


def test_a_token_that_cannot_be_renewed_stops_the_run_within_the_requests_on_their_way():
    def fault(api, _body):
        return Answer(AnswerKind.TOKEN_REFUSED, http_status=401) if len(api.users) >= 50 else None

    made = create(rows(1000), FakeApi(fault=fault), concurrency=16)
    assert isinstance(made.error, ApiUnavailable)
    assert len(made.api.requests) <= len(made.api.users) + 16
    assert not made.writer.open


def test_a_token_that_is_refused_while_the_run_ends_is_not_renewed_and_its_row_is_as_before():
    async def stop(creator):
        await asyncio.sleep(0.25)
        creator.drain()

    api = FakeApi(latency=0.5, fault=lambda _api, _body: Answer(AnswerKind.TOKEN_REFUSED, http_status=401))
    api.renewable = True
    made = create(rows(100), api, concurrency=8, during=stop)
    assert (made.error, api.renewals) == (None, 0)
    assert 0 < len(api.requests) <= 8
    assert not made.writer.open


def test_forbidden_stops_the_run_and_spends_no_row():
    made = create(rows(100), FakeApi(fault=lambda _api, _body: Answer(AnswerKind.FORBIDDEN, http_status=403)))
    assert isinstance(made.error, ApiUnavailable)
    assert not made.writer.outcomes
    assert not made.writer.open


def test_a_drain_lets_what_is_on_its_way_end_and_sends_nothing_new():
    async def stop(creator):
        await asyncio.sleep(1.05)
        creator.drain()

    made = create(rows(1000), FakeApi(latency=0.5), concurrency=8, during=stop)
    assert made.error is None
    assert not made.writer.open
    assert len(made.writer.outcomes) == len(made.api.users) == len(made.api.requests)
    assert made.seconds < 2


def test_a_drain_waits_ten_seconds_at_most_and_leaves_hanging_rows_in_doubt():
    async def stop(creator):
        await asyncio.sleep(1)
        creator.drain()

    made = create(rows(100), FakeApi(latency=1000), concurrency=4, during=stop)
    assert 10 <= made.seconds <= 12
    assert made.writer.open


@pytest.mark.parametrize("beside", ["", BESIDE])
def test_a_row_that_waits_for_a_new_token_when_the_drain_ends_is_as_before_if_the_api_knows_nothing_of_it(beside):
    refused = Answer(AnswerKind.TOKEN_REFUSED, http_status=401, maybe_created=bool(beside), told_id=beside)

    class Silent(FakeApi):
        async def renew_token(self):
            return await asyncio.sleep(1000)

    async def stop(creator):
        await asyncio.sleep(1)
        creator.drain()

    made = create(rows(100), Silent(fault=lambda _api, _body: refused), concurrency=4, during=stop)
    assert 10 <= made.seconds <= 12
    assert bool(made.writer.open) is bool(beside)


def test_a_row_whose_request_was_given_up_before_it_left_is_as_before():
    class Due(FakeApi):
        """One request waits for a token that is due, and one is on its way."""

        async def create(self, body):
            if body["phone"] == "+77010000003":
                try:
                    await asyncio.sleep(1000)
                except asyncio.CancelledError as exc:
                    raise NothingSent from exc
            return await asyncio.sleep(1000)

    async def stop(creator):
        await asyncio.sleep(1)
        creator.drain()

    made = create(rows(2), Due(), concurrency=4, last_rows=True, during=stop)
    assert made.writer.open == {2}


def test_a_drain_waits_ten_seconds_at_most_for_retries_that_hang_too():
    class Hanging(FakeApi):
        """Of 25 rows one hangs at once, and one at the second attempt."""

        async def create(self, body):
            place = int(body["phone"]) % 25
            if place == 0 or (place == 1 and self.tries[body["phone"]]):
                return await asyncio.sleep(1000)
            self.tries[body["phone"]] += 1
            return broken(500) if place == 1 else await super().create(body)

    async def stop(creator):
        await asyncio.sleep(3)
        creator.drain()

    made = create(rows(100), Hanging(), concurrency=16, during=stop)
    assert made.seconds <= 13.1
    assert len(made.writer.open) == 8


def test_a_defect_in_pacing_stops_the_run_and_loses_no_answer(monkeypatch):
    def breaking(_self, sent_at):
        if sent_at > 1.0:
            raise LookupError

    monkeypatch.setattr(Pacer, "passed", breaking)
    made = create(rows(500), FakeApi(), concurrency=8)
    assert isinstance(made.error, Stopped)
    assert "LookupError" in str(made.error)
    assert len(made.writer.outcomes) == len(made.api.users) < 500


def test_a_defect_in_the_watch_over_the_run_stops_it(monkeypatch):
    def breaking(_self, _now):
        raise LookupError

    monkeypatch.setattr(CircuitBreaker, "outage_exceeded", breaking)
    made = create(rows(100), FakeApi(fault=lambda _api, _body: refused_connection()))
    assert "LookupError" in str(made.error)


@pytest.mark.parametrize("situation", ["outage", "backoff", "pause"])
def test_a_drain_ends_a_wait_at_once(situation):
    answers = {
        "outage": refused_connection(),
        "backoff": broken(500),
        "pause": Answer(AnswerKind.RETRY, http_status=429, retry_after=500.0),
    }

    async def stop(creator):
        await asyncio.sleep(3)
        creator.drain()

    made = create(rows(100), FakeApi(fault=lambda _api, _body: answers[situation]), during=stop)
    assert made.seconds < 3.5
    assert not made.writer.outcomes


def test_a_journal_that_cannot_be_written_stops_sending_at_once():
    class Full(MemoryWriter):
        async def finished(self, row, outcome):
            if len(self.outcomes) >= 20:
                raise StorageFailed("no space")
            await super().finished(row, outcome)

    async def main():

        api, writer = FakeApi(), Full()
        creator = Creator(api, writer, bounds(concurrency=4), phone_owner=nobody)
        with pytest.raises(StorageFailed):
            await creator.run(feed(rows(500)))
        return api

    api = in_virtual_time(main)
    assert len(api.requests) <= 20 + 4 + 9


def test_a_rejected_row_keeps_the_words_of_the_api():
    answer = Answer(
        AnswerKind.REJECTED, code="100", message="bad", field_errors=(("email", "not good"),), http_status=422
    )
    made = create(rows(1), FakeApi(fault=lambda _api, _body: answer))
    outcome = made.writer.outcomes[2]
    assert outcome.status == "rejected"
    assert outcome.errors[0].field == "email"
    assert "not good" in outcome.errors[0].message


def beside(_api, _body):
    return Classifier()(200, {}, b'{"freedom_id": "%s", "error": {"message": "no mail"}}' % BESIDE.encode())


def test_of_a_row_refused_with_a_freedom_id_beside_the_error_the_id_is_not_lost():
    outcome = create(rows(1), FakeApi(fault=beside)).writer.outcomes[2]
    assert (outcome.status, outcome.freedom_id) == ("rejected", "")
    assert "no mail" in outcome.errors[0].message
    assert f"(HTTP 200, FreedomID {BESIDE})" in outcome.note


def test_a_token_refused_with_a_freedom_id_beside_it_leaves_a_doubt():
    """The row is sent again with the new token, and its phone is taken then."""
    refused = Answer(AnswerKind.TOKEN_REFUSED, http_status=200, maybe_created=True, told_id=BESIDE)
    answers = [Answer(AnswerKind.TAKEN, http_status=409), refused]
    api = FakeApi(fault=lambda _api, _body: answers.pop())
    api.renewable = True
    outcome = create(rows(1), api).writer.outcomes[2]
    assert outcome.status == "unconfirmed"
    assert BESIDE in outcome.note


def test_an_answer_to_a_request_from_before_the_outage_does_not_end_it():
    class Slow(FakeApi):
        """One request of the time before takes longer than the outage needs to be noticed."""

        async def create(self, body):
            if body["phone"] == "+77010000005":
                await asyncio.sleep(2.0)
            return await super().create(body)

    def fault(api, body):
        return refused_connection() if 1.0 <= api.now < 31.0 and body["phone"] != "+77010000005" else None

    made = create(rows(2000), Slow(latency=0.05, fault=fault), concurrency=32)
    assert made.statuses() == {"created": 2000}
    assert made.progress.outages == 1


@pytest.mark.parametrize("latency", [4.5, 30.0, 120.0])
def test_answers_that_take_long_are_answers(latency):
    made = create(rows(60), FakeApi(latency=latency), concurrency=8)
    assert made.error is None
    assert made.statuses() == {"created": 60}


def test_time_for_which_the_process_was_stopped_is_no_outage():
    """The clock goes on by an hour in the midst of an outage, and the API is back a few seconds after that."""

    async def stopped(_creator):
        await asyncio.sleep(10)
        asyncio.get_running_loop()._jumping.now += 3600

    def fault(api, _body):
        return refused_connection() if 1.0 <= api.now < 3620 else None

    made = create(rows(500), FakeApi(latency=0.05, fault=fault), concurrency=8, outage_limit=60, during=stopped)
    assert made.error is None
    assert made.statuses() == {"created": 500}


@pytest.mark.parametrize("count", [0, 60])
def test_a_run_that_is_paused_when_all_has_been_sent_has_its_end(count):
    def pause_at_the_last(api, _body):
        if len(api.tries) == count:
            creators[0].pause(paused=True)

    creators, writer = [], MemoryWriter()

    async def main():
        creators.append(Creator(FakeApi(fault=pause_at_the_last), writer, bounds(), phone_owner=nobody))
        creators[0].pause(paused=not count)
        await asyncio.wait_for(creators[0].run(feed(rows(count))), 600)

    in_virtual_time(main)
    assert len(writer.outcomes) == count


def test_a_run_that_is_paused_starts_no_row_and_leaves_all_as_they_are_when_it_is_to_end():
    async def main():
        api, writer = FakeApi(), MemoryWriter()
        creator = Creator(api, writer, bounds(concurrency=8), phone_owner=nobody)
        creator.pause(paused=True)
        running = asyncio.create_task(creator.run(feed(rows(60))))
        await asyncio.sleep(60)
        assert not api.tries
        assert not writer.log
        creator.drain()
        await asyncio.wait_for(running, 600)
        return writer

    writer = in_virtual_time(main)
    assert not writer.log
    assert not writer.outcomes


def refused(seconds=1.0):
    return Answer(AnswerKind.RETRY, http_status=429, retry_after=seconds, message="Too many attempts for this phone")


@pytest.mark.parametrize("place", [2, 7, 41])
@pytest.mark.parametrize(("count", "concurrency"), [(40, 8), (400, 8), (40, 1)])
def test_a_row_with_a_quota_of_its_own_fails_alone_and_ends_no_run(place, count, concurrency):
    """It kept up to eight others from being sent, and ended every command as an outage."""
    own = f"+7701{place:07d}"
    api = FakeApi(fault=lambda _api, body: refused() if body["phone"] == own else None)
    made = create(rows(count), api, concurrency=concurrency, outage_limit=8.0)
    assert made.error is None
    assert made.statuses() == {"created": count - 1, "failed": 1}
    assert "while other rows went through; the last time: Too many" in made.writer.outcomes[place].errors[0].message
    assert made.progress.outages == 0


def test_two_rows_with_quotas_of_their_own_and_a_poison_row_fail_beside_each_other():
    def fault(_api, body):
        number = int(body["phone"][-4:])
        return refused() if number in {10, 20} else broken(500) if number == 30 else None

    made = create(rows(400), FakeApi(fault=fault), outage_limit=60.0)
    assert (made.error, made.statuses()) == (None, {"created": 397, "failed": 3})


@pytest.mark.parametrize("seconds", [None, 5.0])
@pytest.mark.parametrize(("most", "window"), [(1, 5.0), (2, 5.0), (10, 60.0)])
def test_a_general_quota_however_small_uses_up_no_row(most, window, seconds):
    def fault(api, _body):
        in_window = [at for at in api.passed if at // window == api.now // window]
        if len(in_window) >= most:
            return refused(seconds and window - api.now % window)
        api.passed.append(api.now)
        return None

    api = FakeApi(fault=fault)
    api.passed = []
    made = create(rows(40), api, outage_limit=900.0)
    assert (made.error, made.statuses()) == (None, {"created": 40})


def test_a_quota_that_is_used_up_for_good_at_the_end_fails_nobody():
    api = FakeApi(fault=lambda api, _body: refused(5.0) if len(api.users) >= 30 else None)
    made = create(rows(40), api, outage_limit=120.0)
    assert isinstance(made.error, ApiSilent)
    assert made.statuses().keys() == {"created"}
