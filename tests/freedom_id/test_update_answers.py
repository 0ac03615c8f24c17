"""What an answer to an update means: any success without an error is one, and what is taken is only refused."""

import orjson
import pytest

from importer.freedom_id import AnswerKind, Classifier

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"
OTHER = "11111111-2222-4333-8444-555555555555"


def judge(status, body=b"", rules=(), **headers):
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Classifier(rules).update(status, headers, content, UUID)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"freedom_id": UUID}),
        (200, {"freedom_id": UUID.upper(), "firstname": "Алия"}),
        (200, {"freedom_id": f"{{{UUID}}}"}),
        (200, {"freedom_id": f"urn:uuid:{UUID}"}),
        (200, {"data": {"freedom_id": UUID}}),
        (200, {}),
        (200, []),
        (200, {"message": "Updated.", "error": None}),
        (200, {"message": "Updated, no errors.", "code": 0}),
        (200, {"code": 1}),
        (200, {"status": "ok", "message": "Success: 0 errors"}),
        (202, {"status": "accepted"}),
        (204, b""),
        (200, b""),
    ],
)
def test_a_success_without_an_error_is_an_update(status, body):
    assert judge(status, body).kind is AnswerKind.UPDATED


@pytest.mark.parametrize(
    "body",
    [
        {"message": "The phone has already been taken."},
        {"message": "Пользователь не найден"},
        {"code": 100101, "message": "Invalid"},
        {"code": "100101"},
        {"detail": "Not found."},
        "User not found",
        ["Nothing was changed"],
    ],
)
def test_a_success_in_whose_words_something_is_wrong_is_no_update_and_no_proof_that_there_was_none(body):
    answer = judge(200, body)
    assert (answer.kind, answer.maybe_created) == (AnswerKind.REJECTED, True)


@pytest.mark.parametrize("words", ["Too many requests", "Unauthenticated."])
def test_a_success_that_asks_for_patience_or_a_token_is_sent_again(words):
    assert judge(200, {"message": words}).kind is AnswerKind.RETRY


def test_a_success_that_names_the_user_is_an_update_whatever_its_words():
    answer = judge(200, {"freedom_id": UUID, "message": "Updated; the e-mail must be confirmed", "code": 1000})
    assert answer.kind is AnswerKind.UPDATED


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"success": False}, AnswerKind.REJECTED),
        (200, {"status": "error"}, AnswerKind.REJECTED),
        (200, {"status": "fail", "freedom_id": UUID}, AnswerKind.REJECTED),
        (200, {"data": {"error": {"message": "The gender is odd."}}}, AnswerKind.REJECTED),
        (200, {"updated": 0}, AnswerKind.REJECTED),
        (200, {"freedom_id": UUID, "updated": False}, AnswerKind.REJECTED),
        (200, {"data": {"updated": "false"}}, AnswerKind.REJECTED),
        (200, {"updated": False, "error": {"message": "Unauthenticated."}}, AnswerKind.TOKEN_REFUSED),
        (200, False, AnswerKind.REJECTED),
        (200, {"status": 401, "title": "x"}, AnswerKind.TOKEN_REFUSED),
        (200, {"freedom_id": OTHER}, AnswerKind.RETRY),  # another request's answer
        (200, {"freedom_id": f"{{{OTHER.upper()}}}"}, AnswerKind.RETRY),
        (200, {"data": {"freedomId": f"urn:uuid:{OTHER}"}}, AnswerKind.RETRY),
        (200, b"<html>Welcome</html>", AnswerKind.RETRY),
        (200, b'{"freedom_id": ', AnswerKind.RETRY),
        (200, {"error": {"message": "The email has already been taken.", "code": 1}}, AnswerKind.REJECTED),
        (409, {"error": {"message": "User with this phone already exists."}}, AnswerKind.REJECTED),
        (422, {"message": "The given data was invalid.", "errors": {"phone": ["taken"]}}, AnswerKind.REJECTED),
        (422, {"errors": {"email": ["The email has already been taken."]}}, AnswerKind.REJECTED),
        (404, {"error": {"message": "Not found."}}, AnswerKind.REJECTED),
        (404, {"message": "User not found", "code": 100404}, AnswerKind.REJECTED),
        (404, b"<html>404</html>", AnswerKind.MISROUTED),
        (405, {"message": "The PUT method is not supported for this route."}, AnswerKind.MISROUTED),
        (401, b"", AnswerKind.TOKEN_REFUSED),
        (403, b"", AnswerKind.FORBIDDEN),
        (429, b"", AnswerKind.RETRY),
        (500, {"error": {"message": "Server Error"}}, AnswerKind.RETRY),
        (307, b"", AnswerKind.MISROUTED),
    ],
)
def test_what_is_no_update_is_judged_as_of_a_create_but_nothing_is_taken(status, body, kind):
    answer = judge(status, body)
    assert answer.kind is kind
    assert answer.freedom_id == ""


@pytest.mark.parametrize(
    ("status", "body", "perhaps"),
    [
        (200, {}, False),
        (200, {"updated": 0}, False),
        (404, {"error": {"message": "Not found."}}, False),
        (200, {"freedom_id": OTHER}, True),
        (500, b"", True),
    ],
)
def test_an_update_or_its_refusal_leaves_no_doubt_and_another_s_answer_does(status, body, perhaps):
    assert judge(status, body).maybe_created is perhaps


def test_an_operators_rule_speaks_of_updates_too_and_none_can_call_one_a_success():
    rules = [{"status": 400, "code": "77", "verdict": "taken"}]
    assert judge(400, {"error": {"code": 77, "message": "x"}}, rules).kind is AnswerKind.REJECTED
