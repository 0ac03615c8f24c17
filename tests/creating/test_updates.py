"""Updates, in virtual time: the same workers, retries, turnstile and breaker as creating, and no doubt of their own."""

import pytest
from support.virtual_time import FakeApi, create, rows

from importer.creating import Sendable
from importer.errors import ApiSilent, ApiUnavailable
from importer.freedom_id import Answer, AnswerKind


def updates(count, first=2):
    return [
        Sendable(row, {"freedom_id": f"id-{row}", "lastname": f"Name {row}"}, freedom_id=f"id-{row}", prints=b"sent")
        for row in range(first, first + count)
    ]


def broken(api, body):
    return Answer(AnswerKind.RETRY, http_status=503, maybe_created=True)


def test_rows_to_create_and_to_update_go_through_the_same_gate_and_each_gets_its_own_outcome():
    made = create([*rows(300), *updates(300, first=302)], FakeApi(), concurrency=16)
    assert made.statuses() == {"created": 300, "updated": 300}
    assert made.api.most_at_once == 16
    assert {body["freedom_id"] for body in made.api.updated} == {f"id-{row}" for row in range(302, 602)}
    for row in range(302, 602):
        outcome = made.writer.outcomes[row]
        assert (outcome.freedom_id, outcome.prints) == (f"id-{row}", b"sent")


def test_a_403_to_an_update_is_told_as_one():
    refused = Answer(AnswerKind.FORBIDDEN, http_status=403)
    made = create(updates(4), FakeApi(fault=lambda *_: refused), concurrency=1)
    assert str(made.error).startswith("the API forbids updating users (403, at row 2)")


def test_an_update_that_fails_at_first_is_sent_again_and_once_it_passes_says_nothing_of_it():
    def unlucky(api, body):
        return broken(api, body) if body["freedom_id"].endswith("7") and api.tries[body["freedom_id"]] < 3 else None

    made = create(updates(100), FakeApi(fault=unlucky))
    assert made.statuses() == {"updated": 100}
    assert made.api.tries["id-17"] == 3
    assert all(not outcome.note and not outcome.errors for outcome in made.writer.outcomes.values())


def test_a_poison_update_fails_by_itself_and_its_row_says_that_the_user_keeps_its_id():
    api = FakeApi(fault=lambda api, body: broken(api, body) if body["freedom_id"] == "id-7" else None)
    made = create(updates(200), api, attempts=3)
    assert made.statuses() == {"updated": 199, "failed": 1}
    outcome = made.writer.outcomes[7]
    assert outcome.freedom_id == ""
    assert "id-7" in outcome.note
    assert "may have created" not in outcome.note, "no doubt for the support's list: nobody can be there twice"


def test_a_refused_update_keeps_its_id():
    answer = Answer(AnswerKind.REJECTED, field_errors=(("email", "taken"),), http_status=422)
    made = create(updates(3), FakeApi(fault=lambda api, body: answer if body["freedom_id"] == "id-3" else None))
    assert made.statuses() == {"updated": 2, "rejected": 1}
    assert made.writer.outcomes[3].freedom_id == "id-3"
    assert made.writer.outcomes[3].prints == b"", "what was refused is not what the user has"


def test_a_refused_update_says_whether_an_earlier_request_for_it_may_have_been_carried_out():
    refused = Answer(AnswerKind.REJECTED, message="this phone is taken", http_status=409)

    def lost_at_first(api, body):
        is_first = body["freedom_id"] == "id-3" and api.tries["id-3"] < 2
        return broken(api, body) if is_first else refused if body["freedom_id"] in {"id-3", "id-4", "id-5"} else None

    sent = [one._replace(doubt=one.row == 5) for one in updates(40)]
    made = create(sent, FakeApi(fault=lost_at_first))
    assert made.statuses() == {"updated": 37, "rejected": 3}
    assert ["not known" in made.writer.outcomes[row].note for row in (3, 4, 5)] == [True, False, True]


def test_a_refusal_that_is_not_certain_does_not_say_that_the_user_is_as_before():
    answer = Answer(AnswerKind.REJECTED, message="Not found.", maybe_created=True, http_status=200)
    outcome = create(updates(1), FakeApi(fault=lambda api, body: answer)).writer.outcomes[2]
    assert (outcome.status, outcome.freedom_id) == ("rejected", "id-2")
    assert "not known" in outcome.note


def test_an_outage_stops_updates_as_it_stops_creating_and_no_row_is_spent():
    made = create(updates(60), FakeApi(fault=broken), outage_limit=120.0)
    assert isinstance(made.error, ApiSilent)
    assert made.statuses() == {}


@pytest.mark.parametrize("kind", [AnswerKind.FORBIDDEN, AnswerKind.MISROUTED])
def test_an_answer_about_all_rows_stops_the_run(kind):
    made = create(updates(5), FakeApi(fault=lambda api, body: Answer(kind, http_status=403)))
    assert isinstance(made.error, ApiUnavailable)
    assert made.statuses() == {}
    assert kind is AnswerKind.MISROUTED or "updating users" in str(made.error)
