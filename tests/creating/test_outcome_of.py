"""What an answer means for a row: the table of outcomes, word by word where a person acts on the word."""

import pytest

from importer.creating.outcomes.outcome_of import (
    BESIDE,
    LOST,
    TakenPhone,
    created,
    failed,
    rejected,
    taken,
    update_failed,
    updated,
)
from importer.creating.rows.row_feed import Sendable
from importer.freedom_id import Answer, AnswerKind
from importer.model import Outcome, Status

ID = "0b9ae0f1-6a38-4bd8-9c3b-1a2b3c4d5e6f"
OURS = "11111111-6a38-4bd8-9c3b-1a2b3c4d5e6f"


def test_a_new_user_is_created_with_its_id():
    outcome = created(Answer(AnswerKind.CREATED, freedom_id=ID))
    assert (outcome.status, outcome.freedom_id, outcome.errors, outcome.note) == (Status.CREATED, ID, (), "")


@pytest.mark.parametrize(
    ("told", "ours", "doubt", "status", "freedom_id", "code"),
    [
        ("", "", False, Status.EXISTS, "", "phone_exists"),
        (ID, "", False, Status.EXISTS, ID, ""),
        ("", "", True, Status.UNCONFIRMED, "", "phone_unconfirmed"),
        (ID, "", True, Status.UNCONFIRMED, ID, ""),
        ("", OURS, False, Status.ALREADY_IMPORTED, OURS, ""),
        ("", OURS, True, Status.ALREADY_IMPORTED, OURS, ""),
        (ID, OURS, True, Status.ALREADY_IMPORTED, OURS, ""),
    ],
)
def test_a_taken_phone(told, ours, doubt, status, freedom_id, code):
    outcome = taken(Answer(AnswerKind.TAKEN, freedom_id=told, message="taken"), TakenPhone(ours, doubt))
    assert (outcome.status, outcome.freedom_id) == (status, freedom_id)
    assert [error.code for error in outcome.errors] == ([code] if code else [])
    assert all(error.message.endswith("The API says: taken") for error in outcome.errors)


def test_a_taken_phone_of_somebody_else_gives_the_row_no_freedom_id():
    outcome = taken(Answer(AnswerKind.TAKEN, freedom_id=ID), TakenPhone(OURS, doubt=True, other_person=True))
    assert (outcome.status, outcome.freedom_id) == (Status.DUPLICATE, "")
    assert [error.code for error in outcome.errors] == ["phone_of_another_person"]


def test_only_an_unconfirmed_row_without_an_id_is_told_to_ask_for_it():
    without = taken(Answer(AnswerKind.TAKEN), TakenPhone("", doubt=True))
    assert "ask Freedom Pay for its ID" in without.errors[0].message
    with_id = taken(Answer(AnswerKind.TAKEN, freedom_id=ID), TakenPhone("", doubt=True))
    assert with_id.errors == ()
    assert "ask" not in with_id.note
    assert with_id.note == without.note
    assert "The API says" not in without.errors[0].message
    assert with_id.note == "an earlier request for this phone got no answer and may have created the user"


def test_a_refused_row_keeps_every_field_error_or_the_message_or_the_status():
    many = Answer(
        AnswerKind.REJECTED, code="7", message="bad", field_errors=(("email", "a"), ("", "b")), http_status=422
    )
    assert [(error.field, error.code) for error in rejected(many).errors] == [("email", "api_7"), ("", "api_7")]
    assert [error.message for error in rejected(many).errors] == ["email: the API says: a", "row: the API says: b"]
    assert rejected(Answer(AnswerKind.REJECTED, message="bad", http_status=400)).errors[0].code == "api_400"
    assert rejected(many).note == ""
    assert "HTTP 413 without an explanation" in rejected(Answer(AnswerKind.REJECTED, http_status=413)).errors[0].message


@pytest.mark.parametrize(
    ("lost", "doubt", "told", "note"),
    [
        (False, False, False, ""),
        (True, True, False, LOST),
        (False, True, False, BESIDE),
        (False, True, True, BESIDE),
        (True, True, True, f"{LOST}; {BESIDE}"),
    ],
)
def test_a_refused_row_that_may_exist_all_the_same_is_in_doubt_and_says_why(lost, doubt, told, note):
    answer = Answer(AnswerKind.REJECTED, message="bad", http_status=422, maybe_created=told)
    outcome = rejected(answer, lost=lost, doubt=doubt)
    assert (outcome.status, outcome.doubt, str(outcome.note)) == (Status.REJECTED, doubt, note)


@pytest.mark.parametrize(("doubt", "note"), [(False, ""), (True, "one of the requests may have created the user")])
def test_a_row_that_failed_says_how_often_and_whether_it_may_exist(doubt, note):
    outcome = failed(Answer(AnswerKind.RETRY, http_status=500), 5, doubt=doubt)
    assert outcome.status is Status.FAILED
    assert "failed 5 times" in outcome.errors[0].message
    assert "HTTP 500" in outcome.errors[0].message
    assert outcome.note.startswith(note)
    assert bool(outcome.note) is doubt


def test_an_update_that_was_taken_keeps_its_users_id():
    assert updated(Answer(AnswerKind.UPDATED), Sendable(2, {}, freedom_id=ID)) == Outcome(Status.UPDATED, ID)


@pytest.mark.parametrize("names_it", [False, True])
def test_an_update_that_was_refused_leaves_the_user_with_its_id_and_says_so(names_it):
    answer = Answer(AnswerKind.REJECTED, message="bad", http_status=400, maybe_created=names_it)
    outcome = updated(answer, Sendable(2, {}, freedom_id=ID))
    assert (outcome.status, outcome.freedom_id, outcome.note) == (Status.REJECTED, ID, "its user is as before")
    assert not outcome.doubt, "an update creates nobody"
    assert [error.code for error in outcome.errors] == ["api_400"]


def test_an_update_that_was_refused_after_a_lost_answer_may_have_been_made():
    outcome = updated(Answer(AnswerKind.REJECTED, message="taken"), Sendable(2, {}, freedom_id=ID), doubt=True)
    assert (outcome.status, outcome.freedom_id) == (Status.REJECTED, ID)
    assert outcome.note == update_failed(Answer(AnswerKind.RETRY), 1, ID).note
    assert "not known" in outcome.note


def test_an_update_that_kept_failing_leaves_no_doubt_about_its_user():
    outcome = update_failed(Answer(AnswerKind.RETRY, message="busy"), 1, ID)
    assert (outcome.status, outcome.freedom_id) == (Status.FAILED, "")
    assert "failed 1 time while" in outcome.errors[0].message
    assert "the last time: busy;" in outcome.errors[0].message
    assert ID in outcome.note
    assert LOST not in outcome.note
