"""The table that judges answers, as a table: status, body, what it means."""

import encodings
import gzip
import itertools
import pkgutil
import time
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import UsageError
from importer.freedom_id import PAGE, Answer, AnswerKind, Classifier

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"
OTHER = "11111111-2222-4333-8444-555555555555"


def judge(status: int, body: Any = b"", rules: Any = (), clock: Any = lambda: 0.0, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Classifier(rules, clock)(status, named, content)


def error(**content: Any) -> dict[str, Any]:
    return {"error": content}


CREATED = [
    (200, {"freedom_id": UUID}),
    (201, {"freedom_id": UUID.upper()}),
    (200, {"freedom_id": f" {UUID}\n"}),
    (200, b"\xef\xbb\xbf" + orjson.dumps({"freedom_id": UUID})),
    (200, {"freedom_id": UUID, "message": "ok"}),
    (200, {"freedom_id": UUID, "error": None, "errors": []}),
    (200, {"data": {"freedom_id": UUID}}),
    (299, {"freedom_id": UUID}),
    (200, {"freedom_id": UUID, "success": True, "status": "ok", "code": 0, "error_code": 0}),
    (201, {"freedom_id": UUID, "created": True, "updated": False}),
    (200, {"data": {"freedom_id": UUID, "updated": 0}}),
    (200, {"freedom_id": UUID, "error_code": "00", "error_message": "OK"}),
    (200, {"freedom_id": UUID, "errorCode": "SUCCESS"}),
    (200, {"freedom_id": UUID, "pg_error_code": "NO_ERROR"}),
    (200, {"freedom_id": UUID, "error_code": 200}),
]


@pytest.mark.parametrize(("status", "body"), CREATED)
def test_a_2xx_with_a_uuid_and_no_error_is_created_in_lower_case(status: int, body: Any) -> None:
    answer = judge(status, body)
    assert (answer.kind, answer.freedom_id, answer.maybe_created) == (AnswerKind.CREATED, UUID, False)


NEVER_CREATED = [
    b"",
    b"null",
    b"[]",
    b"true",
    b"<html>Welcome</html>",
    b'{"freedom_id": "',
    {},
    {"freedom_id": None},
    {"freedom_id": ""},
    {"freedom_id": 17},
    {"freedom_id": "not-a-uuid"},
    {"freedom_id": UUID[:-1]},
    {"freedom_id": UUID + "0"},
    {"freedom_id": UUID.replace("-", "")},
    {"freedom_id": [UUID]},
    {"id": UUID},
    {"request_id": UUID, "status": "ok"},
    [{"freedom_id": UUID}],
    {"freedom_id": UUID, "error": {"message": "Something went wrong"}},
    {"freedom_id": UUID, "error": "Something went wrong"},
    {"freedom_id": UUID, "error": {"message": "x"}, "data": {"freedom_id": UUID}},
    {"freedom_id": UUID, "errors": {"phone": ["The phone is invalid."]}},
    {"freedom_id": UUID, "success": False},
    {"freedom_id": UUID, "ok": "false"},
    {"freedom_id": UUID, "status": "error"},
    {"freedom_id": UUID, "status": 422},
    {"freedom_id": UUID, "error_code": 5},
    {"data": {"freedom_id": UUID, "error": {"message": "x"}}},
]


@pytest.mark.parametrize("body", NEVER_CREATED)
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_2xx_without_a_uuid_or_with_an_error_is_never_created(status: int, body: Any) -> None:
    answer = judge(status, body)
    assert answer.kind is not AnswerKind.CREATED
    assert answer.freedom_id == ""


@pytest.mark.parametrize("body", [b"", b"<html>x</html>", {}, {"freedom_id": "x"}, b'{"freedom_id": "eec'])
def test_a_success_without_an_id_is_sent_again_and_may_have_created_the_user(body: Any) -> None:
    answer = judge(200, body)
    assert (answer.kind, answer.maybe_created) == (AnswerKind.RETRY, True)


def test_an_id_beside_an_error_says_that_there_may_be_a_user() -> None:
    answer = judge(200, {"freedom_id": UUID, "error": {"message": "The gender is odd"}})
    assert (answer.kind, answer.maybe_created) == (AnswerKind.REJECTED, True)


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("body", [{"freedom_id": UUID}, {"data": {"freedom_id": UUID}}])
def test_an_id_in_its_own_place_beside_a_refusal_is_not_lost(status, body):
    answer = judge(status, {"error": {"message": "The gender is odd"}, **body})
    assert (answer.kind, answer.maybe_created, answer.told_id) == (AnswerKind.REJECTED, True, UUID)


TAKEN = [
    (409, b""),
    (409, b"conflict"),
    (409, b"409 Conflict"),
    (409, b"Phone already exists"),
    (409, {}),
    (409, error(message="Whatever", code=17)),
    (422, {"message": "The phone has already been taken.", "errors": {"phone": ["The phone has already been taken."]}}),
    (422, {"errors": {"phone": ["taken"], "gender": ["The gender is invalid."]}}),
    (400, error(errors={"phone": ["Пользователь с таким номером уже существует."]})),
    (400, error(errors={"phone": ["Телефон занят"]})),
    (400, error(message="Пользователь уже зарегистрирован")),
    (400, error(message="User already exists", code="100101")),
    (400, error(message="The phone must be unique.")),
    (400, error(message="Error validating transmitted data.", errors={"phone": ["The Phone is not unique."]})),
    (400, error(message="Error validating transmitted data.", errors={"phone": ["Failed."]})),
    (400, error(errors=[{"field": "user.phone", "message": "Already in use"}])),
    (400, {"detail": [{"loc": ["body", "phone"], "msg": "phone exists"}]}),
    (400, {"error": "phone already exists"}),
    (400, b"Phone already exists"),
    (400, error(message="Invalid request: this phone is already registered")),
    (200, error(message="User already exists")),
    (200, error(message="conflict", code=409)),
    (400, error(message="conflict", code="409")),
    (422, {"message": "Бұл нөмір бұрыннан тіркелген"}),
    (200, {"success": False, "message": "The phone has already been taken."}),
    (200, {"status": "fail", "data": {"phone": "The phone is taken"}}),
    (200, {"status": 409, "title": "Conflict"}),
    (422, {"errors": "Phone already exists"}),
    (422, {"message": "The given data was invalid.", "errors": ["Phone already exists"]}),
    (422, {"errors": [{"code": "PHONE_TAKEN", "message": "Phone already exists"}]}),
    (422, {"errors": [{"code": "PHONE_TAKEN", "message": "invalid data"}]}),
    (422, error(message="Validation error", code="PHONE_ALREADY_EXISTS")),
    (422, error(message="Invalid data", code="phone_taken")),
    (422, error(message="x", code="PhoneAlreadyExists")),
    (422, error(message="x", code="phone-already-exists")),
    (422, {"error": "USER_EXISTS"}),
    (422, {"error": "phone_already_exists"}),
    (422, {"error": "user.phone_taken"}),
    (
        422,
        {"errors": [{"source": {"pointer": "/data/attributes/phone"}, "detail": "has already been taken"}]},
    ),
    (422, {"errors": [{"source": {"parameter": "phone"}, "detail": "has already been taken"}]}),
    (
        400,
        error(message="x", details=[{"code": "PhoneTaken", "target": "phone", "message": "Phone is already in use"}]),
    ),
    (200, {"pg_status": "error", "pg_error_code": 1, "pg_error_description": "User already exists"}),
]


@pytest.mark.parametrize(("status", "body"), TAKEN)
def test_a_taken_phone_is_recognised_in_each_envelope_and_language(status: int, body: Any) -> None:
    answer = judge(status, body)
    assert (answer.kind, answer.maybe_created) == (AnswerKind.TAKEN, False)


REJECTED = [
    (400, b""),
    (400, b"Bad request"),
    (400, {}),
    (400, error(message="Error validating transmitted data.", errors={"grants": ["The Grants field is required."]})),
    (400, error(message="Invalid authorization_code.", code=100101)),
    (422, {"message": "The phone format is invalid.", "errors": {"phone": ["The phone format is invalid."]}}),
    (422, {"errors": {"phone": ["The phone field is required."]}}),
    (422, {"errors": {"phone": ["Phone must match ^\\+\\d{10,15}$"]}}),
    (422, {"errors": {"phone": ["Неверный формат телефона"]}}),
    (422, {"errors": {"phone": ["Phone number does not exist"]}}),
    (422, {"errors": {"phone": ["Phone number doesn't exist"]}}),
    (422, {"errors": {"phone": ["Номер не существует"]}}),
    (422, {"message": "The email has already been taken.", "errors": {"email": ["The email has already been taken."]}}),
    (409, {"errors": {"identifier": ["already used"]}}),
    (400, error(message="E-mail already exists")),
    (400, error(message="The gender is mistaken")),
    (413, b"too large"),
    (404, error(message="Country not found in the directory", code=100404)),
    (404, error(message="x", errors={"country": ["not found"]})),
    (200, error(message="Error validating transmitted data.", errors={"gender": ["The gender is invalid."]})),
    (299, error(message="The gender is odd")),
    (422, {"message": "Пользователь с таким ИИН уже существует"}),
    (422, {"message": "Пользователь с таким номером ИИН уже существует"}),
    (422, {"message": "identifier already used"}),
    (422, {"message": "Duplicate request id"}),
    (422, {"message": "x", "code": "DUPLICATE_REQUEST"}),
    (422, {"message": "There exist errors in your request"}),
    (422, {"errors": "There exist errors in your request"}),
    (422, {"error": "EMAIL_ALREADY_EXISTS"}),
    (422, {"error": "IIN_EXISTS"}),
    (422, {"message": "x", "errors": ["The email has already been taken."]}),
    (422, {"errors": [{"code": "EMAIL_TAKEN", "message": "has already been taken"}]}),
    (422, {"errors": [{"source": {"pointer": "/data/attributes/email"}, "detail": "has already been taken"}]}),
    (400, error(message="x", details=[{"target": "identifier", "message": "already in use"}])),
    (200, {"success": False}),
    (200, {"status": "error", "message": "The gender is odd"}),
    (200, {"data": {"errors": {"gender": ["odd"]}}}),
    (200, {"error_code": 5, "error_message": "The gender is odd"}),
]


@pytest.mark.parametrize(("status", "body"), REJECTED)
def test_a_refusal_for_another_reason_is_rejected_and_not_taken(status: int, body: Any) -> None:
    answer = judge(status, body)
    assert (answer.kind, answer.maybe_created) == (AnswerKind.REJECTED, False)


RETRY = [
    (429, b"", False),
    (425, b"", False),
    (408, b"", True),
    (500, error(message="Server Error"), True),
    (500, error(message="Duplicate entry for phone already exists"), True),
    (502, b"<html><h1>502 Bad Gateway</h1></html>", True),
    (503, b"", True),
    (504, b"", True),
    (400, b"<html>Request blocked</html>", True),
    (422, b'{"errors": {"phone": ["The ph', True),
    (409, b"<html><title>DNS resolution error | Cloudflare</title></html>", True),
    (409, b"<html>Conflict: already exists</html>", True),
    (409, b"error code: 1001", True),
    (409, b'{"error": {"mess', True),
    (200, error(message="Too many requests", code=429), False),
    (200, error(message="Internal server error", code=500), True),
    (200, error(message="Service temporarily unavailable"), True),
    (199, {"freedom_id": UUID}, True),
    (599, b"", True),
    (600, b"", True),
    (999, b"", True),
]


@pytest.mark.parametrize(("status", "body", "maybe_created"), RETRY)
def test_trouble_of_the_server_is_sent_again(status: int, body: Any, maybe_created: bool) -> None:
    answer = judge(status, body)
    assert (answer.kind, answer.maybe_created) == (AnswerKind.RETRY, maybe_created)
    assert not answer.unreachable


STOPS = [
    (401, b"", AnswerKind.TOKEN_REFUSED),
    (401, error(message="phone already exists"), AnswerKind.TOKEN_REFUSED),
    (200, error(message="Unauthenticated."), AnswerKind.TOKEN_REFUSED),
    (200, error(message="x", code="401"), AnswerKind.TOKEN_REFUSED),
    (400, {"error": "invalid_token", "error_description": "The access token expired"}, AnswerKind.TOKEN_REFUSED),
    (403, b"<html>Forbidden</html>", AnswerKind.FORBIDDEN),
    (300, b"", AnswerKind.MISROUTED),
    (301, b"", AnswerKind.MISROUTED),
    (302, {"freedom_id": UUID}, AnswerKind.MISROUTED),
    (308, b"", AnswerKind.MISROUTED),
    (399, b"", AnswerKind.MISROUTED),
    (404, b"", AnswerKind.MISROUTED),
    (404, b"Not Found", AnswerKind.MISROUTED),
    (404, b"<html>nginx</html>", AnswerKind.MISROUTED),
    (404, {"message": "The route api/v1/oauth/user could not be found."}, AnswerKind.MISROUTED),
    (404, {"message": "Country not found in the directory"}, AnswerKind.MISROUTED),  # no error of the API
    (404, {"detail": "Not Found"}, AnswerKind.MISROUTED),
    (404, {"status": 404, "error": "Not Found", "path": "/x"}, AnswerKind.MISROUTED),
    (404, error(message="Not found.", code=404), AnswerKind.MISROUTED),
    (405, b"Method Not Allowed", AnswerKind.MISROUTED),
    (405, {"message": "The POST method is not supported for this route."}, AnswerKind.MISROUTED),
    (407, b"", AnswerKind.MISROUTED),
]


@pytest.mark.parametrize(("status", "body", "kind"), STOPS)
def test_what_concerns_every_row_spends_none(status: int, body: Any, kind: AnswerKind) -> None:
    answer = judge(status, body)
    assert (answer.kind, answer.maybe_created, answer.freedom_id) == (kind, False, "")


ADOPTED = [
    {"freedom_id": UUID},
    error(message="taken", freedom_id=UUID.upper()),
    error(message="taken", data={"user": {"freedomId": UUID}}),
    {"message": "taken", "data": [{"freedom_id": UUID}]},
    error(message=f"Phone is taken by freedom_id={UUID}"),
    {"freedom_id": UUID, "again": {"freedom_id": UUID}},
    {"freedom_id": f"{{{UUID.upper()}}}"},
    error(message="taken", data={"freedomId": f"urn:uuid:{UUID}"}),
    error(message=f"Phone is taken by freedom_id urn:uuid:{UUID}"),
]


@pytest.mark.parametrize("body", ADOPTED)
def test_a_freedom_id_anywhere_in_a_conflict_body_is_adopted(body: Any) -> None:
    assert judge(409, body).freedom_id == UUID


@pytest.mark.parametrize("spelt", [f"{{{UUID}}}", f" urn:uuid:{UUID.upper()} ", f"URN:UUID:{UUID}"])
def test_a_freedom_id_that_is_spelt_otherwise_is_no_success_but_told(spelt: str) -> None:
    answer = judge(201, {"freedom_id": spelt})
    assert (answer.kind, answer.maybe_created, answer.told_id) == (AnswerKind.RETRY, True, UUID)


NOT_ADOPTED = [
    {"request_id": UUID},
    error(message=f"trace {UUID}"),
    {"users": [{"freedom_id": UUID}, {"freedom_id": OTHER}]},
    {"freedom_id": "x"},
]


@pytest.mark.parametrize("body", NOT_ADOPTED)
def test_another_uuid_or_two_different_ids_are_not_adopted(body: Any) -> None:
    answer = judge(409, body)
    assert (answer.kind, answer.freedom_id) == (AnswerKind.TAKEN, "")


def test_the_api_s_own_words_are_kept() -> None:
    answer = judge(400, error(message="Data is bad.", code=100101, errors={"gender": ["is odd", "is rude"]}))
    assert (answer.message, answer.code) == ("Data is bad.", "100101")
    assert answer.field_errors == (("gender", "is odd"), ("gender", "is rude"))
    assert answer.http_status == 400


@pytest.mark.parametrize("code", [100101, "100101"])
def test_a_code_is_read_as_a_number_or_as_text(code: int | str) -> None:
    assert judge(400, error(message="x", code=code)).code == "100101"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (502, b"<html>Bad Gateway</html>", PAGE),
        (403, b"<html>Forbidden</html>", PAGE),
        (404, b"<html>nginx</html>", PAGE),
        (503, error(message="x", code=17), "17"),
    ],
)
def test_a_page_is_named_as_one_where_nothing_better_is_known(status: int, body: Any, code: str) -> None:
    assert judge(status, body).code == code


@pytest.mark.parametrize(
    ("status", "body", "is_known"),
    [
        (200, {"freedom_id": UUID}, True),
        (300, {"freedom_id": UUID}, False),
        (200, {"freedom_id": UUID, "error": "x"}, False),
        (200, {"freedom_id": "x"}, False),
        (200, [UUID], False),
        (200, {}, False),
    ],
)
def test_the_documented_success_and_nothing_else_is_known_without_reading_on(
    status: int, body: Any, is_known: bool
) -> None:
    found = Classifier().plain_success(status, orjson.dumps(body))
    assert found == (Answer(AnswerKind.CREATED, UUID, http_status=status) if is_known else None)


def test_a_page_is_kept_as_its_text() -> None:
    answer = judge(502, b"<html><style>p {}</style><h1>Bad  Gateway</h1>\n<p>nginx</p></html>")
    assert answer.message == "Bad Gateway nginx"


def test_words_in_cp1251_are_readable() -> None:
    assert judge(400, "Неверные данные".encode("cp1251")).message == "Неверные данные"


def test_whatever_charset_a_server_declares_its_answer_is_judged() -> None:
    """A page that a script puts together says "charset=undefined", which is one of Python's codecs."""
    for charset in ("no-such", *(module.name for module in pkgutil.iter_modules(encodings.__path__))):
        answer = judge(502, b"<p>\xcf\xf0\xe8 away</p>", content_type=f"text/html; charset={charset}")
        assert (answer.kind, answer.http_status) == (AnswerKind.RETRY, 502), charset


def test_words_lose_control_characters_and_are_bounded() -> None:
    answer = judge(400, error(message="a\x00b\x1b[31m\r\nc\u202ed " + "x" * 5000, errors={"f\x07": ["\u200by" * 900]}))
    assert answer.message.startswith("ab[31m cd xxx")
    assert len(answer.message) == 500
    assert answer.field_errors[0][0] == "f"
    assert len(answer.field_errors[0][1]) == 500


def test_a_thousand_field_errors_are_bounded() -> None:
    answer = judge(400, error(errors={f"field{number}": ["bad"] for number in range(1000)}))
    assert len(answer.field_errors) == 20


RETRY_AFTER = [
    ("7", 7.0),
    ("0", 0.0),
    ("1.5", 1.5),
    ("99999999", 3600.0),
    ("-5", None),
    ("soon", None),
    ("", None),
    ("nan", None),
    ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ("Fri, 01 Jan 2100 00:00:00 GMT", 3600.0),
    ("Thu, 99 Jan 1970 00:00:00 GMT", None),
]


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER)
def test_retry_after_is_read_as_seconds_or_date_and_bounded(value: str, seconds: float | None) -> None:
    assert judge(429, clock=lambda: 100.0, retry_after=value).retry_after == seconds


@pytest.mark.parametrize("zone", ["Asia/Almaty", "America/New_York", "UTC"])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Thu Jan  1 00:00:30 2026", 30.0),  # asctime
        ("Thursday, 01-Jan-26 00:00:30 GMT", 30.0),  # RFC 850
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 00:00:30 -0000", 30.0),
        ("Thu, 01 Jan 2026 05:00:30 +0500", 30.0),
        ("Wed Dec 31 23:59:00 2025", 0.0),  # over already: now
        ("Thu Jan  1 00:00:30", None),
        ("Thu Foo 99 00:00:30 2026", None),
    ],
)
def test_a_date_without_a_zone_is_utc_wherever_we_are(
    monkeypatch: pytest.MonkeyPatch, zone: str, value: str, seconds: float | None
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for date in ("Thu, 01 Jan 2026 00:00:00 GMT", "Thu Jan  1 00:00:00 2026"):
            assert judge(429, retry_after=value, date=date, clock=lambda: 0.0).retry_after == seconds
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_retry_after_date_counts_from_the_server_s_own_date() -> None:
    answer = judge(
        503, retry_after="Thu, 01 Jan 2026 00:00:30 GMT", date="Thu, 01 Jan 2026 00:00:00 GMT", clock=lambda: 0.0
    )
    assert answer.retry_after == 30.0


@pytest.mark.parametrize(("ours_is_ahead_by", "seconds"), [(0.0, 3.0), (0.6, 2.4), (1.9, 1.1), (2.1, 3.0), (-0.1, 3.0)])
def test_a_retry_after_date_counts_from_our_clock_while_it_agrees_with_the_server_s(
    ours_is_ahead_by: float, seconds: float
) -> None:
    answer = judge(
        429,
        retry_after="Thu, 01 Jan 2026 00:00:03 GMT",
        date="Thu, 01 Jan 2026 00:00:00 GMT",
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC).timestamp() + ours_is_ahead_by,
    )
    assert answer.retry_after == pytest.approx(seconds, abs=1e-3)


RULES = [
    ({"status": 409, "verdict": "rejected"}, 409, {}, AnswerKind.REJECTED),
    ({"status": 409, "verdict": "rejected"}, 400, {}, AnswerKind.REJECTED),
    ({"status": "5xx", "verdict": "rejected"}, 503, {}, AnswerKind.REJECTED),
    ({"status": [418, 400], "verdict": "retry"}, 418, {}, AnswerKind.RETRY),
    ({"code": "100101", "verdict": "taken"}, 400, error(code=100101), AnswerKind.TAKEN),
    ({"code": 100101, "verdict": "taken"}, 400, error(code="100101"), AnswerKind.TAKEN),
    ({"code": "100101", "verdict": "taken"}, 400, error(code=100102), AnswerKind.REJECTED),
    ({"message": "gone fish", "verdict": "forbidden"}, 400, error(message="We're Gone fishing"), AnswerKind.FORBIDDEN),
    ({"message": "^уже.*ЕСТЬ\\Z", "verdict": "taken"}, 400, error(message="Уже, увы, есть"), AnswerKind.TAKEN),
    ({"message": r"(^|\s)занят[\pL]*", "verdict": "taken"}, 418, error(message="он Занята"), AnswerKind.TAKEN),
    ({"message": r"\bgone\b", "verdict": "forbidden"}, 400, error(message="it's gone!"), AnswerKind.FORBIDDEN),
    ({"message": "(a+)+$", "verdict": "taken"}, 400, error(message="a" * 400 + "!"), AnswerKind.REJECTED),
    ({"message": "(a|aa)*b|(.*)*x", "verdict": "taken"}, 400, error(message="a" * 400), AnswerKind.REJECTED),
    ({"field": "phone", "verdict": "rejected"}, 409, error(errors={"phone": ["taken"]}), AnswerKind.REJECTED),
    ({"field": "phone", "verdict": "rejected"}, 409, error(errors={"x": ["taken"]}), AnswerKind.TAKEN),
    ({"status": 409, "code": "1", "verdict": "rejected"}, 409, error(code=2), AnswerKind.TAKEN),
    ({"status": 200, "verdict": "taken"}, 200, error(message="x"), AnswerKind.TAKEN),
    ({"status": 200, "verdict": "rejected"}, 200, {"freedom_id": UUID}, AnswerKind.CREATED),
]


@pytest.mark.parametrize(("rule", "status", "body", "kind"), RULES)
def test_a_user_s_rule_is_asked_before_the_table(rule: Any, status: int, body: Any, kind: AnswerKind) -> None:
    assert judge(status, body, rules=[rule]).kind is kind


@pytest.mark.parametrize(
    ("verdict", "status", "body", "perhaps"),
    [
        ("retry", 500, {}, True),  # trouble after the request was read
        ("retry", 302, {}, True),
        ("retry", 399, {}, True),
        ("retry", 400, {}, False),
        ("retry", 499, {}, False),
        ("rejected", 500, {}, False),
        ("rejected", 200, error(freedom_id=UUID), True),  # an ID beside an error
        ("rejected", 200, error(message="x"), False),
    ],
)
def test_a_user_s_rule_leaves_the_doubt_whether_the_user_was_created(
    verdict: str, status: int, body: Any, perhaps: bool
) -> None:
    assert judge(status, body, rules=[{"status": status, "verdict": verdict}]).maybe_created is perhaps


def test_the_first_rule_that_applies_decides() -> None:
    rules = [{"status": 400, "verdict": "retry"}, {"status": 400, "verdict": "taken"}]
    assert judge(400, {}, rules=rules).kind is AnswerKind.RETRY


BAD_RULES = [
    ({"status": 409}, "verdict None must be one of"),
    ({"status": 409, "verdict": "created"}, "verdict 'created' must be one of"),
    ({"verdict": "taken"}, "needs a condition"),
    ({"states": 409, "verdict": "taken"}, "unknown key 'states'"),
    ({"status": 42, "verdict": "taken"}, "status 42 must be"),
    ({"status": "many", "verdict": "taken"}, "status 'many' must be"),
    ({"message": "(", "verdict": "taken"}, "not a regular expression"),
    ({"message": "a" * 1_001, "verdict": "taken"}, "longer than 1,000 characters"),
    ({"message": "(?=taken)", "verdict": "taken"}, "no look-around"),
    ({"message": r"(a)\1", "verdict": "taken"}, "no back-references"),
    ({"message": r"\bзанят", "verdict": "taken"}, "Latin letters only"),
    ("taken", "expected a table"),
]


@pytest.mark.parametrize(("rule", "words"), BAD_RULES)
def test_a_bad_rule_is_a_usage_error_that_names_it(rule: Any, words: str) -> None:
    with pytest.raises(UsageError, match=f"classification rule 2: .*{words}"):
        Classifier([{"status": 400, "verdict": "taken"}, rule])


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "message", "code", "freedom_id", "data", "phone", "detail", "field"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(status=st.integers(100, 599), body=json_values.map(orjson.dumps) | st.binary(max_size=200))
def test_any_answer_whatever_is_judged_without_an_exception(status: int, body: bytes) -> None:
    answer = judge(status, body)
    assert (answer.kind is AnswerKind.CREATED) <= (200 <= status < 300 and bool(answer.freedom_id))
    texts = itertools.chain([answer.message, answer.code], *answer.field_errors)
    assert all(len(text) <= 500 and text.isprintable() for text in texts)


def test_packed_bytes_are_no_words_of_the_api() -> None:
    assert judge(200, gzip.compress(orjson.dumps({"freedom_id": UUID}))).kind is AnswerKind.RETRY
