"""What of an answer may be shown to others: its shape and the API's own words, nothing of anybody's."""

import json

import orjson
import pytest

from importer.freedom_id.token_mask import TokenMask
from importer.operations.masked_answer import masked_body, masked_headers, secrets_of

BODY = {"phone": "+77011234567", "firstname": "Ann", "lastname": "Annikova", "gender": "F", "city": "Ош"}
SECRETS = secrets_of(BODY, "token-1")
MASK = TokenMask("token-1")


def test_the_longest_secrets_come_first_and_single_letters_are_none():
    assert sorted(SECRETS, key=len, reverse=True) == SECRETS
    assert set(SECRETS) == {"token-1", "+77011234567", "77011234567", "Ann", "Annikova", "Ош"}


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ({"message": "Ann is known"}, {"message": "*** is known"}),
        ({"message": "Annikova, Annual"}, {"message": "***, Annual"}),  # whole words only
        ({"message": "ANN has 77011234567"}, {"message": "*** has ***"}),
        ({"message": "ask a.b@c.kz"}, {"message": "ask ***"}),
        ({"message": "row 1234"}, {"message": "row 1234"}),
        ({"message": "row 12345"}, {"message": "row ***"}),
        ({"MESSAGE": "taken"}, {"MESSAGE": "taken"}),
        ({"errors": {"phone": ["is taken", {"x": "by Ann"}]}}, {"errors": {"phone": ["is taken", {"x": "by ***"}]}}),
        ({"user": {"name": "Berik"}}, {"user": {"name": "***"}}),
        ({"user": ["Berik", None, True, 7]}, {"user": ["***", None, True, "***"]}),
        ({"Ann": None}, {"***": None}),
        ({"a@b.kz": False}, {"***": False}),
        ({"code": "A1234567890123456789"}, {"code": "A1234567890123456789"}),  # twenty characters
        ({"code": "A12345678901234567890"}, {"code": "A***"}),
        ({"code": "no: 12345"}, {"code": "no: ***"}),
        ({"code": 100205, "status_code": 409}, {"code": 100205, "status_code": 409}),
        ({"balance": 100205}, {"balance": "***"}),
        ({"status_code": "a sentence"}, {"status_code": "***"}),
        ("Ann is known", "*** is known"),
        (["Berik"], ["***"]),
    ],
)
def test_of_json_only_the_words_of_the_api_are_shown(content, shown):
    assert json.loads(masked_body(orjson.dumps(content), SECRETS, MASK)) == shown


def test_what_is_no_json_is_shown_as_its_words():
    assert masked_body(b"<h1>Ann, 502</h1>", SECRETS, MASK) == "<h1>***, 502</h1>"
    assert masked_body(b"\xffx", [], MASK) == "\ufffdx"


@pytest.mark.parametrize(("letters", "end"), [(3_984, "\n}"), (3_985, "…")])
def test_four_thousand_characters_of_a_body_are_shown(letters, end):
    text = masked_body(orjson.dumps({"text": "x" * letters}), [], MASK)
    assert text.endswith(end)
    assert len(text) == 4_000 + (end == "…")
    assert len(masked_body(b"x" * 5_000, [], MASK)) == 4_000


def test_only_telling_headers_are_shown_without_what_was_sent():
    headers = {"X-Request-ID": "12345678", "Set-Cookie": "a", "X-RateLimit-Left": "3", "x-rate-limit": "9", "Date": "d"}
    shown = masked_headers(headers, SECRETS, MASK)
    assert shown == {"x-request-id": "12345678", "x-ratelimit-left": "3", "x-rate-limit": "9", "date": "d"}
    location = masked_headers({"Location": "/users/77011234567?of=Annikova&" + "x" * 300}, SECRETS, MASK)["location"]
    assert location == ("/users/***?of=***&" + "x" * 300)[:200]
