"""Answers that are not as they should be on the wire, read as httpx and curl read them, over real sockets."""

import gzip
import zlib
from typing import Any

import httpx
import pytest

from importer.freedom_id import Answer, AnswerKind, FreedomId, Timeout, TokenSource
from importer.freedom_id.keepalive_transport import KeepAliveTransport
from tests.freedom_id.faulty import BODY, UUID, Peer, answer, serving

ROW = {"phone": "+77010000001"}
SIZE = len(BODY)


def head(*lines: str, end: str = "\r\n", status: str = "HTTP/1.1 200 OK") -> bytes:
    return (end.join([status, *lines]) + end + end).encode("utf-8")


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


LENGTH = f"Content-Length: {SIZE}"
CHUNKED = "Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (SIZE, BODY)

CLEAN: dict[str, bytes] = {
    "no space behind the colon": head(f"Content-Length:{SIZE}") + BODY,
    "white space around a value": head("X-A: \t one \t ", LENGTH) + BODY,
    "names in any case": head(f"cONTENT-lENGTH: {SIZE}") + BODY,
    "no reason phrase": head(LENGTH, status="HTTP/1.1 200") + BODY,
    "a reason phrase in Russian": head(LENGTH, status="HTTP/1.1 200 Хорошо") + BODY,
    "chunk extensions": head(CHUNKED) + b'%x;a=b;c="d e"\r\n%b\r\n0;last\r\n\r\n' % (SIZE, BODY),
    "trailers": head(CHUNKED) + CHUNKS[:-2] + b"X-Trailer: x\r\n\r\n",
    "an offer of HTTP/2": head("Upgrade: h2,h2c", "Connection: Upgrade, Keep-Alive", LENGTH) + BODY,
    "an interim answer": head("Link: </x>", status="HTTP/1.1 103 Early Hints") + answer(),
    "HTTP/1.0 that keeps the connection": head("Connection: keep-alive", LENGTH, status="HTTP/1.0 200 OK") + BODY,
}
ODD: dict[str, bytes] = {
    "lines end with LF": head(LENGTH, end="\n") + BODY,
    "the status line ends with LF": head(LENGTH).replace(b"OK\r\n", b"OK\n") + BODY,
    "the head ends with LF": head(LENGTH)[:-2] + b"\n" + BODY,
    "two equal lengths": head(LENGTH, LENGTH) + BODY,
    "two equal lengths in one line": head(f"Content-Length: {SIZE}, {SIZE}") + BODY,
    "a length beside chunks": head("Content-Length: 5", CHUNKED) + CHUNKS,
    "a folded header": head("X-A: one", "  two", LENGTH) + BODY,
    "a header folded by a tab": head("X-A: one", "\ttwo", LENGTH) + BODY,
    "a space behind a chunk's size": head(CHUNKED) + b"%x \r\n%b\r\n0 \r\n\r\n" % (SIZE, BODY),
    "a version to come": head(LENGTH, status="HTTP/1.2 200 OK") + BODY,
    "a control character in a header": head("X-A: a\x01b", LENGTH) + BODY,
    "an interim answer with LF": head(status="HTTP/1.1 100 Continue", end="\n") + head(LENGTH, end="\n") + BODY,
}
NO_ANSWER: dict[str, bytes] = {
    "two unequal lengths": head(LENGTH, "Content-Length: 5") + BODY,
    "two unequal lengths in one line": head(f"Content-Length: {SIZE}, 5") + BODY,
    "a negative length": head("Content-Length: -1") + BODY,
    "a length that is no number": head("Content-Length: abc") + BODY,
    "a header without a colon": head("garbage", LENGTH) + BODY,
    "a NUL in a header": head("X-A: a\x00b", LENGTH) + BODY,
    "a status of two digits": head(LENGTH, status="HTTP/1.1 20 OK") + BODY,
    "a body without a head": BODY,
}


async def said(data: bytes, times: int = 1) -> tuple[list[Answer], int]:
    """What the client makes of ``data`` as the answer to each of its requests; and the connections it took."""

    async def behave(peer: Peer) -> None:
        while True:
            await peer.read_request()
            await peer.send(data)

    async with serving(behave) as server:
        api = FreedomId(server.url, TokenSource.from_text("secret"), KeepAliveTransport(), timeout=Timeout(10.0, 10.0))
        try:
            return [await api.create(ROW) for _ in range(times)], server.connections
        finally:
            await api.aclose()


@pytest.mark.parametrize("form", CLEAN)
def test_a_lawful_answer_is_read_and_its_connection_used_again(run: Any, form: str) -> None:
    answers, connections = run(said(CLEAN[form], 3))
    assert [(one.kind, one.freedom_id) for one in answers] == [(AnswerKind.CREATED, UUID)] * 3
    assert connections == 1


@pytest.mark.parametrize("form", ODD)
def test_an_odd_answer_is_read_and_its_connection_closed(run: Any, form: str) -> None:
    answers, connections = run(said(ODD[form], 3))
    assert [(one.kind, one.freedom_id) for one in answers] == [(AnswerKind.CREATED, UUID)] * 3
    assert connections == 3


@pytest.mark.parametrize("form", ODD)
def test_an_odd_answer_is_read_in_pieces_of_any_size(run: Any, form: str) -> None:
    async def behave(peer: Peer) -> None:
        await peer.read_request()
        for byte in ODD[form]:
            await peer.send(bytes((byte,)))
            if byte in b"\r\n":
                await peer.pause()

    async def scenario() -> None:
        async with serving(behave) as server:
            api = FreedomId(server.url, TokenSource.from_text("secret"), KeepAliveTransport())
            assert (await api.create(ROW)).freedom_id == UUID
            await api.aclose()

    run(scenario())


@pytest.mark.parametrize("form", NO_ANSWER)
def test_what_is_no_answer_is_told_at_once_and_may_have_created_the_user(run: Any, form: str) -> None:
    ((one,), _) = run(said(NO_ANSWER[form]))
    code = "not_http" if form == "a body without a head" else "cut"
    assert (one.kind, one.code, one.maybe_created, one.freedom_id) == (AnswerKind.RETRY, code, True, "")


def test_trailers_are_no_headers(run: Any) -> None:
    trailers = head(CHUNKED, status="HTTP/1.1 503 Away") + b"2\r\n{}\r\n0\r\nRetry-After: 99\r\n\r\n"
    ((one,), _) = run(said(trailers))
    assert (one.http_status, one.retry_after) == (503, None)


def test_headers_of_an_interim_answer_are_not_the_final_one_s(run: Any) -> None:
    early = head("Retry-After: 99", status="HTTP/1.1 103 Early Hints")
    ((one,), _) = run(said(early + head("Content-Length: 0", status="HTTP/1.1 503 Away")))
    assert (one.http_status, one.retry_after) == (503, None)


@pytest.mark.parametrize("behind", [answer(b"", "429 Slow", "Retry-After: 99"), b"garbage"])
def test_a_refusal_with_another_answer_behind_it_is_no_refusal_of_this_row(run: Any, behind: bytes) -> None:
    ((one,), _) = run(said(answer(b'{"message": "The phone is invalid"}', "422 Unprocessable") + behind))
    assert (one.kind, one.maybe_created, one.retry_after) == (AnswerKind.RETRY, True, None)


@pytest.mark.parametrize("first", [answer(BODY, "200 OK", "Connection: close"), *ODD.values()])
def test_an_odd_answer_with_another_one_behind_it_is_not_believed(run: Any, first: bytes) -> None:
    ((one,), _) = run(said(first + answer()))
    assert (one.kind, one.maybe_created, one.freedom_id) == (AnswerKind.RETRY, True, "")


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("UTF-8", bytes),
        ("utf8", bytes),
        ("identity", bytes),
        ("none", bytes),
        ("", bytes),
        ("aws-chunked", bytes),
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("identity, gzip", gzip.compress),
        ("gzip, UTF-8", gzip.compress),
        ("gzip, deflate", lambda body: zlib.compress(gzip.compress(body))),
        ("gzip, gzip", lambda body: gzip.compress(gzip.compress(body))),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
    ],
)
@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [(BODY, "200 OK", AnswerKind.CREATED), (b'{"message": "Unauthenticated."}', "401 No", AnswerKind.TOKEN_REFUSED)],
)
def test_a_content_encoding_that_nobody_asked_for_is_undone_or_none_at_all(
    run: Any, encoding: str, pack: Any, body: bytes, status: str, expected: AnswerKind
) -> None:
    ((one,), _) = run(said(answer(pack(body), status, f"Content-Encoding: {encoding}")))
    assert one.kind is expected


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip"])
def test_a_compression_that_cannot_be_undone_tells_nothing_of_the_row(run: Any, encoding: str) -> None:
    ((one,), _) = run(said(answer(b"\x00\x01", "400 Bad", f"Content-Encoding: {encoding}")))
    assert (one.kind, one.maybe_created) == (AnswerKind.RETRY, True)


def test_an_empty_body_is_of_no_encoding(run: Any) -> None:
    ((one,), _) = run(said(answer(b"", "401 Unauthorized", "Content-Encoding: gzip")))
    assert one.kind is AnswerKind.TOKEN_REFUSED


@pytest.mark.parametrize("length", ["", "Content-Length: 0", f"Content-Length: {SIZE}"])
def test_an_answer_without_a_body_ends_with_its_head(run: Any, length: str) -> None:
    lines = [length] if length else []
    ((one,), _) = run(said(head(*lines, status="HTTP/1.1 204 No Content")))
    assert (one.kind, one.http_status, one.maybe_created) == (AnswerKind.RETRY, 204, True)


@pytest.mark.parametrize("form", sorted(CLEAN) + sorted(ODD))
def test_httpx_itself_reads_all_that_is_read_here(run: Any, form: str) -> None:
    async def scenario() -> bytes:
        data = (CLEAN | ODD)[form]

        async def behave(peer: Peer) -> None:
            await peer.read_request()
            await peer.send(data)

        async with serving(behave) as server, httpx.AsyncClient(trust_env=False) as client:
            return (await client.post(server.url, content=b"{}")).content

    assert run(scenario()) == BODY
