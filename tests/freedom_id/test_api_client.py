"""The client: what it sends, and that every attempt ends in an Answer."""

import gzip
import json
import tracemalloc
from typing import Any

import httpx
import orjson
import pytest

from importer.errors import UsageError
from importer.freedom_id import Answer, AnswerKind, FreedomId, TokenSource
from tests.freedom_id.faulty import BODY, UUID

REJECTED = AnswerKind.REJECTED
URL = "https://api.example"
ROW = {"phone": "+77010000001", "firstname": "Әсел"}


def client(handler: Any, token: str = "secret/token") -> FreedomId:
    return FreedomId(URL, TokenSource.from_text(token), httpx.MockTransport(handler))


def test_it_posts_the_documented_request_without_empty_fields(run: Any) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=BODY)

    answer = run(client(handler).create({**ROW, "email": "", "gender": ""}))
    (request,) = seen
    assert (answer.kind, answer.freedom_id) == (AnswerKind.CREATED, UUID)
    assert (request.method, str(request.url)) == ("POST", f"{URL}/api/v1/oauth/user")
    assert orjson.loads(request.content) == ROW
    assert request.headers["authorization"] == "Bearer secret/token"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(request.content))
    assert request.headers["host"] == "api.example"
    assert request.headers["user-agent"].startswith("freedom-id-importer/")


def test_a_body_of_another_length_has_another_content_length(run: Any) -> None:
    lengths: list[tuple[str, int]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        lengths.append((request.headers["content-length"], len(request.content)))
        return httpx.Response(200, content=BODY)

    async def scenario() -> None:
        api = client(handler)
        for name in ("A", "Abc", "A"):
            await api.create({"phone": "+77010000001", "firstname": name})

    run(scenario())
    assert [told for told, _ in lengths] == [str(true) for _, true in lengths]


@pytest.mark.parametrize(
    "exc",
    [
        httpx.ConnectError("x"),
        httpx.ReadError("x"),
        httpx.DecodingError("x"),
        OSError(5, "x"),
        TimeoutError(),
        EOFError(),
    ],
)
def test_a_fault_of_api_or_network_is_an_answer_and_no_exception(run: Any, exc: Exception) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise exc

    assert run(client(handler).create(ROW)).kind is AnswerKind.RETRY


def test_a_defect_of_ours_is_no_outage(run: Any) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise KeyError("a defect")

    with pytest.raises(KeyError):
        run(client(handler).create(ROW))


@pytest.mark.parametrize("encoding", ["gzip", "GZip", "x-gzip"])
def test_a_compressed_answer_is_read_though_nobody_asked_for_it(run: Any, encoding: str) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        stream = httpx.ByteStream(gzip.compress(BODY))
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=stream)

    assert run(client(handler).create(ROW)).freedom_id == UUID


def test_a_compressed_answer_in_several_members_is_read_whole(run: Any) -> None:
    packed = gzip.compress(BODY[:20]) + gzip.compress(b"") + gzip.compress(BODY[20:])
    cut = gzip.compress(BODY[:20]) + gzip.compress(BODY[20:])[:-4]
    many = gzip.compress(b" " * 600_000) * 2

    def answer_to(content: bytes) -> Any:
        def handler(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(content))

        return run(client(handler).create(ROW))

    assert answer_to(packed).freedom_id == UUID
    assert "cut" in answer_to(cut).message
    assert "more than" in answer_to(many).message


def test_a_gzip_bomb_is_bounded_and_maybe_created(run: Any) -> None:
    bomb = gzip.compress(b" " * 100_000_000, 9)

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    tracemalloc.start()
    answer = run(client(handler).create(ROW))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.kind, answer.maybe_created) == (AnswerKind.RETRY, True)
    assert peak < 20_000_000


QUOTED: dict[str, tuple[bytes, Answer | None]] = {
    "in the message": (b'{"message": "bad secret/token"}', Answer(REJECTED, message="bad ***")),
    "as PHP writes it": (rb'{"message": "bad secret\/token"}', Answer(REJECTED, message="bad ***")),
    "in plain text": (b"bad secret/token", Answer(REJECTED, message="bad ***")),
    "twice": (b"secret/token is not secret/token", Answer(REJECTED, message="*** is not ***")),
    "with its scheme": (b'{"message": "Bearer secret/token?"}', Answer(REJECTED, message="Bearer ***?")),
    "as the code": (b'{"error": {"code": "secret/token", "message": "x"}}', Answer(REJECTED, code="***", message="x")),
    "at a field": (
        b'{"message": "x", "errors": {"email": ["secret/token"]}}',
        Answer(REJECTED, message="x", field_errors=(("email", "***"),)),
    ),
    "as a field": (
        b'{"message": "x", "errors": {"secret/token": ["y"]}}',
        Answer(REJECTED, message="x", field_errors=(("***", "y"),)),
    ),
    "as JSON escapes": (rb'{"message": "bad \u0073\u0065cret\u002Ftoken"}', Answer(REJECTED, message="bad ***")),
    "as JSON in JSON": (rb'{"message": "got {\"t\":\"\\u0073ecret\\/token\"}"}', Answer(REJECTED, message="***")),
    "percent-encoded": (b'{"message": "bad secret%2Ftoken"}', Answer(REJECTED, message="***")),
    "percent-encoded whole": (b'{"message": "%73%65%63%72%65%74%2f%74%6f%6B%65%6e"}', Answer(REJECTED, message="***")),
    "percent-encoded twice": (b'{"message": "bad secret%252Ftoken"}', Answer(REJECTED, message="***")),
    "as HTML entities": (b'{"message": "bad &#115;ecret&#x2F;token"}', Answer(REJECTED, message="***")),
    "in base64": (b'{"message": "bad c2VjcmV0L3Rva2Vu"}', Answer(REJECTED, message="***")),
    "in base64, behind its scheme": (b'{"message": "QmVhcmVyIHNlY3JldC90b2tlbg=="}', Answer(REJECTED, message="***")),
    "in base64, one aside": (b'{"message": "IHNlY3JldC90b2tlbiE="}', Answer(REJECTED, message="***")),
    "in base64, two aside, over lines": (b'{"message": "ICBzZWNy\\nZXQvdG9r\\nZW4="}', Answer(REJECTED, message="***")),
    "in hex": (b'{"message": "7365637265742F746F6B656E"}', Answer(REJECTED, message="***")),
    "in capitals": (b'{"message": "bad SECRET/TOKEN"}', Answer(REJECTED, message="***")),
    "in full width": ('{"message": "bad ｓｅｃｒｅｔ／ｔｏｋｅｎ"}'.encode(), Answer(REJECTED, message="***")),
    "between tags": (b"<html>bad se<b>cret/</b>token</html>", Answer(AnswerKind.RETRY, "", "page", "***")),
    "with what cannot be seen": ('{"message": "sec\u200bret/to\u00adken"}'.encode(), Answer(REJECTED, message="***")),
    "as a nested key": (
        rb'{"message": "x", "errors": {"data": {"secret\u002ftoken": ["y"]}}}',
        Answer(REJECTED, message="x", field_errors=(("data.***", "y"),)),
    ),
    "in a list": (rb'["secret\u002Ftoken"]', Answer(REJECTED, message="***", field_errors=(("", "***"),))),
    "behind much else": (
        b'{"message": "' + b"x" * 495 + rb'secret\u002Ftoken"}',
        Answer(REJECTED, message="x" * 495 + "***"),
    ),
    "nothing of it": (b'{"message": "50%25 of c2VjcmV0IQ== &amp; secret"}', None),
    "all but a character": (b"bad secret/toke", Answer(REJECTED, message="bad secret/toke")),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("where", QUOTED)
def test_a_token_that_the_api_quotes_does_not_come_into_the_answer(run: Any, where: str, packed: bool) -> None:
    body, expected = QUOTED[where]

    def handler(_: httpx.Request) -> httpx.Response:
        content, headers = (gzip.compress(body), {"Content-Encoding": "gzip"}) if packed else (body, {})
        return httpx.Response(400, headers=headers, stream=httpx.ByteStream(content))

    if expected is None:
        expected = Answer(REJECTED, message=json.loads(body)["message"])
    found = run(client(handler).create(ROW))
    assert found._replace(maybe_created=False, as_json=False) == expected._replace(http_status=400)


def test_a_token_that_a_library_quotes_does_not_come_into_the_answer(run: Any) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'Bearer secret/token'")

    answer = run(client(handler).create(ROW))
    assert answer.message == "the request is not valid HTTP (Illegal header value b'Bearer ***')"


def test_the_token_shows_in_no_repr(run: Any) -> None:
    api = client(lambda _: httpx.Response(401, json={"message": "Bearer secret/token"}))
    answer = run(api.create(ROW))
    assert answer.kind is AnswerKind.TOKEN_REFUSED
    assert "secret" not in f"{api!r} {answer!r} {api._tokens!r}"


def test_a_refused_token_that_cannot_be_renewed_is_told(run: Any) -> None:
    async def scenario() -> bool:
        api = client(lambda _: httpx.Response(401))
        await api.create(ROW)
        return await api.renew_token()

    assert run(scenario()) is False


def test_after_a_refused_token_the_renewed_one_is_sent(run: Any, tmp_path: Any) -> None:
    path = tmp_path / "token"
    path.write_text("old")

    def handler(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(200, content=BODY)
            if request.headers["authorization"] == "Bearer new"
            else httpx.Response(401)
        )

    async def scenario() -> None:
        api = FreedomId(URL, TokenSource.from_file(path), httpx.MockTransport(handler))
        assert (await api.create(ROW)).kind is AnswerKind.TOKEN_REFUSED
        path.write_text("new")
        assert await api.renew_token() is True
        assert (await api.create(ROW)).kind is AnswerKind.CREATED

    run(scenario())


def test_a_token_goes_to_no_plain_http_address() -> None:
    with pytest.raises(UsageError, match="plain http"):
        FreedomId("http://api.example", TokenSource.from_text("x"), httpx.MockTransport(lambda _: httpx.Response(200)))


def test_a_token_that_is_a_uuid_is_never_taken_for_a_freedom_id(run: Any) -> None:
    token = "eeca9287-d824-4f50-928b-450d2e46f874"
    body = b'{"freedom_id": "%s"}' % token.upper().encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(body)))
    answer = run(FreedomId("https://api.example", TokenSource.from_text(token), transport).create(ROW))
    assert (answer.kind, answer.freedom_id) == (AnswerKind.RETRY, "")
