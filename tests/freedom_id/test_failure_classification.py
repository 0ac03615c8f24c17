"""The table that judges failures."""

import asyncio
import errno
import socket
import ssl

import httpcore
import httpx
import pytest

from importer.freedom_id import AnswerKind
from importer.freedom_id.failures import FAILURES, TABLE, classify_failure
from importer.freedom_id.http1 import NotHttp
from importer.messages.text import Text, spoken

PUBLIC: set[type[Exception]] = {
    kind for name in dir(httpx) if isinstance(kind := getattr(httpx, name), type) and issubclass(kind, Exception)
}
NOT_OF_AN_ATTEMPT = {httpx.CookieConflict}
BASES = {
    httpx.RequestError,
    httpx.TransportError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.ProtocolError,
}
BY_THEIR_BASE = {
    httpx.TooManyRedirects: "unknown",
    httpx.HTTPStatusError: "unknown",
    httpx.StreamConsumed: "unread",
    httpx.StreamClosed: "unread",
    httpx.ResponseNotRead: "unread",
    httpx.RequestNotRead: "unread",
}
"""What a client of httpx raises, and no transport: judged all the same, by the class above."""


def made(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("POST", "https://api.example")
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500, request=request))
    if kind in (httpx.StreamConsumed, httpx.ResponseNotRead, httpx.RequestNotRead, httpx.StreamClosed):
        return kind()
    return kind("x")


def test_every_exception_class_of_httpx_stands_in_the_table() -> None:
    """A new one in a later httpx fails here, instead of being guessed at."""
    assert PUBLIC - BASES - NOT_OF_AN_ATTEMPT - set(BY_THEIR_BASE) == set(TABLE) & PUBLIC
    assert {httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError} < PUBLIC


@pytest.mark.parametrize("kind", sorted(PUBLIC - NOT_OF_AN_ATTEMPT, key=str))
def test_every_failure_is_caught_by_the_client_and_judged(kind: type[Exception]) -> None:
    assert issubclass(kind, FAILURES)
    answer = classify_failure(made(kind))
    assert answer.kind in (AnswerKind.RETRY, AnswerKind.MISROUTED)
    assert answer.unreachable
    assert answer.http_status == 0
    assert answer.code
    assert answer.message


@pytest.mark.parametrize("kind", BY_THEIR_BASE)
def test_what_no_transport_raises_may_have_created_the_user(kind: type[Exception]) -> None:
    answer = classify_failure(made(kind))
    assert (answer.kind, answer.maybe_created, answer.code) == (AnswerKind.RETRY, True, BY_THEIR_BASE[kind])


def test_only_these_failures_prove_that_the_request_never_left() -> None:
    proven = {
        kind for kind in (PUBLIC | {NotHttp}) - NOT_OF_AN_ATTEMPT if not classify_failure(made(kind)).maybe_created
    }
    assert proven == {
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    }


@pytest.mark.parametrize(
    "exc",
    [TimeoutError(), ConnectionResetError(104, "reset"), BrokenPipeError(), EOFError(), OSError("?"), KeyError("x")],
)
def test_a_failure_outside_httpx_s_tree_may_have_created_the_user(exc: Exception) -> None:
    assert classify_failure(exc).maybe_created


class ServerDisconnectedError(Exception):
    """As a foreign transport raises it after the server has read the whole request."""


ServerDisconnectedError.__module__ = "aiohttp.client_exceptions"


@pytest.mark.parametrize("disguise", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_could_not_connect_is_not_believed_with_a_foreign_cause(disguise: type[httpx.TransportError]) -> None:
    exc = disguise("could not connect")
    exc.__cause__ = ServerDisconnectedError()
    assert classify_failure(exc).maybe_created


@pytest.mark.parametrize(
    "cause",
    [
        ConnectionRefusedError(111, "refused"),
        TimeoutError(),
        ssl.SSLError("handshake"),
        httpcore.ConnectError("x"),
        asyncio.IncompleteReadError(b"", 5),
    ],
)
def test_could_not_connect_is_believed_with_a_cause_of_connecting(cause: Exception) -> None:
    exc = httpx.ConnectError("could not connect")
    exc.__cause__ = cause
    assert not classify_failure(exc).maybe_created


def unconnected(cause: BaseException) -> Exception:
    exc = httpx.ConnectError("could not connect")
    exc.__cause__ = cause
    return exc


def untrusted() -> ssl.SSLCertVerificationError:
    exc = ssl.SSLCertVerificationError()
    exc.verify_message = "self-signed certificate"
    return exc


ANONYMOUS = OSError("All connection attempts failed")
ANONYMOUS.__cause__ = ExceptionGroup("several", [OSError(errno.ECONNREFUSED, "x"), OSError(errno.ENETUNREACH, "x")])


@pytest.mark.parametrize(
    ("exc", "kind", "code", "reason"),
    [
        (unconnected(ConnectionRefusedError(errno.ECONNREFUSED, "x")), "retry", "refused", "connection refused"),
        (unconnected(OSError("Multiple exceptions: [Errno 111] a, [Errno 99] b")), "retry", "refused", "refused"),
        (unconnected(ANONYMOUS), "retry", "refused", "connection refused"),
        (unconnected(OSError(errno.EMFILE, "x")), "retry", "files", "ulimit -n"),
        (unconnected(OSError(errno.ENFILE, "x")), "retry", "files", "--concurrency"),
        (unconnected(OSError(errno.EHOSTUNREACH, "x")), "retry", "unreachable", "no route"),
        (unconnected(socket.gaierror(socket.EAI_NONAME, "x")), "retry", "name", "unknown host name"),
        (unconnected(socket.gaierror(socket.EAI_AGAIN, "x")), "retry", "lookup", "at the moment"),
        (unconnected(ssl.SSLError(1, "WRONG_VERSION_NUMBER")), "retry", "tls", "TLS"),
        (unconnected(untrusted()), "misrouted", "certificate", "self-signed certificate"),
        (httpx.ProxyError("407 Proxy Authentication Required"), "misrouted", "proxy", "password (407)"),
        (httpx.ProxyError("403 Forbidden"), "misrouted", "proxy", "(403)"),
        (httpx.ProxyError("502 Bad Gateway"), "retry", "proxy", "(502)"),
        (httpx.ProxyError("429 Too Many Requests"), "retry", "proxy", "(429)"),
        (httpx.ProxyError("Proxy Server could not connect: Host unreachable."), "retry", "proxy", "the proxy"),
        (NotHttp("x"), "retry", "not_http", "does not speak HTTP"),
        (httpx.ReadTimeout("x"), "retry", "timeout", "no whole answer in time"),
    ],
)
def test_a_failure_says_its_cause_and_whether_waiting_can_heal_it(
    exc: Exception, kind: str, code: str, reason: str
) -> None:
    answer = classify_failure(exc)
    assert (answer.kind, answer.code) == (kind, code)
    assert reason in answer.cause


@pytest.mark.parametrize(
    ("exc", "message"),
    [
        (httpx.ReadTimeout("after 3 s"), "no whole answer in time (after 3 s)"),
        (httpx.ReadTimeout(""), "no whole answer in time"),
        (httpx.ReadTimeout(Text("after {count} s", count=3)), "no whole answer in time (after 3 s)"),
        (OSError("what the system says"), "the connection broke"),
        (unconnected(ConnectionRefusedError(errno.ECONNREFUSED, "x")), "connection refused"),
    ],
)
def test_what_a_library_says_stands_beside_a_cause_that_says_no_more_itself(exc: Exception, message: str) -> None:
    assert str(classify_failure(exc).message) == message


def test_what_our_own_transport_says_is_told_in_the_reader_s_language() -> None:
    answer = classify_failure(httpx.RemoteProtocolError(Text("not an HTTP answer")))
    assert spoken(answer.message, "ru") == "полного ответа HTTP нет (это не ответ HTTP)"


def test_timeouts_have_a_code_of_their_own() -> None:
    assert {
        classify_failure(kind("x")).code
        for kind in (httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout, TimeoutError)
    } == {"timeout"}
