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
        (202, {"status": "accepted"}),
        (204, b""),
        (200, b""),
    ],
)
def test_a_success_without_an_error_is_an_update(status, body):
    assert judge(status, body).kind is AnswerKind.UPDATED


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
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
