"""A token of any characters, in any spelling that an API, a proxy or a library may give it."""

import html
import json
import urllib.parse

import httpx
import pytest

from importer.freedom_id.classification import Classifier
from importer.freedom_id.failures import classify_failure
from importer.freedom_id.token_mask import MASK, TokenMask
from importer.operations.masked_answer import masked_body, masked_headers, secrets_of

ODD = (
    'sec"ret\\tok%41en',
    r"C:\new\token",
    "o'clock&amp;<b>more",
    'sec"ret\\tok<b>behind',
    "%41%42%43%44",
    "a+b/c==\"'",
    r"\u0041bcdefg",
)
SHORT = ('a\\"', "\\'%", "<>/")

SPELLINGS = {
    "as it is": str,
    "as JSON": json.dumps,
    "as JSON in JSON": lambda token: json.dumps(json.dumps(token)),
    "as JavaScript": lambda token: json.dumps(token).replace("/", "\\/").replace("<", "\\u003C"),
    "as Python prints bytes": lambda token: repr(token.encode()),
    "as HTML": html.escape,
    "percent-encoded": lambda token: urllib.parse.quote(token, safe=""),
    "percent-encoded JSON": lambda token: urllib.parse.quote(json.dumps(token)),
}
FRAMES = {
    "a page": ("text/html", lambda told: f"<html><script>var t = 1</script><p>no: {told}</p></html>"),
    "plain text": ("text/plain", lambda told: f"no: {told}"),
    "JSON": ("application/json", lambda told: json.dumps({"error": {"message": f"no: {told}"}})),
    "cut JSON": ("application/json", lambda told: json.dumps({"error": {"message": f"no: {told}"}})[:-2]),
}


def traces(token: str) -> set[str]:
    """What must not be left of a token: itself, its spellings, and what stands beside something like a tag in it."""
    return {*token.split("<b>"), token, *(spell(token) for spell in SPELLINGS.values())}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("token", [*ODD, *SHORT])
def test_a_token_of_odd_characters_is_masked_in_every_spelling(token: str, frame: str) -> None:
    content_type, framed = FRAMES[frame]
    mask = TokenMask(token)
    for name, spell in SPELLINGS.items():
        told = framed(spell(token))
        answer = Classifier()(400, {"content-type": content_type}, told.encode(), mask)
        shown = masked_body(told.encode(), secrets_of({}, token), mask)
        for text in (answer.message, shown):
            assert not [trace for trace in traces(token) if trace in text], (name, text)


def test_a_token_of_digits_is_masked_where_json_has_it_as_a_number() -> None:
    body = b'{"error": {"code": 1234567890123, "message": "no"}}'
    mask = TokenMask("1234567890123")
    assert Classifier()(400, {}, body, mask).code == MASK
    assert "1234567890123" not in masked_body(body, [], mask)


def test_a_token_that_several_keys_spell_together_is_masked() -> None:
    body = b'{"errors": {"abc": {"def": {"ghi": ["no"]}}}}'
    assert Classifier()(400, {}, body, TokenMask("abc.def.ghi")).field_errors == ((MASK, "no"),)


def test_a_token_in_the_id_of_a_request_is_masked_before_it_is_cut() -> None:
    token = "t" * 90 + "oken" * 10
    answer = Classifier()(503, {"x-request-id": f"id-{token}"}, b"", TokenMask(token))
    assert answer.request_id == f"id-{MASK}"


def test_a_long_token_in_a_library_s_words_is_masked_before_they_are_cut() -> None:
    token = "t" * 700
    answer = classify_failure(httpx.RemoteProtocolError(f"illegal line: b'Bearer {token}'"), TokenMask(token))
    assert "tttt" not in answer.message


def test_headers_that_try_api_shows_hold_the_token_in_no_spelling() -> None:
    headers = {"location": "https://x/?t=sandbox%2Dtoken", "www-authenticate": 'Bearer id="c2FuZGJveC10b2tlbg=="'}
    assert set(masked_headers(headers, [], TokenMask("sandbox-token")).values()) == {MASK}


def test_a_few_characters_that_a_freedom_id_has_by_chance_are_no_token() -> None:
    freedom_id = "eeca9287-d824-4f50-928b-450d2e46f874"
    body = json.dumps({"data": {"freedom_id": freedom_id}, "took": 9287}).encode()
    assert Classifier()(200, {}, body, TokenMask("928")).freedom_id == freedom_id
    assert Classifier()(200, {}, body, TokenMask(freedom_id)).freedom_id == ""


@pytest.mark.parametrize("text", ["the phone is taken", r"C:\temp 50%25 &lt;b&gt;", "abc de f", "7365 63"])
@pytest.mark.parametrize("token", ["abcd", "sandbox-token", 'a"b\\c'])
def test_words_without_the_token_stay_as_they_are(text: str, token: str) -> None:
    assert TokenMask(token)(text) == text
