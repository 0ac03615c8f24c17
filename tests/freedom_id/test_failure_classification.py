"""The table that judges failures."""

import ssl

import httpx
import pytest

from importer.freedom_id import AnswerKind, classify_failure
from importer.freedom_id.failures import FAILURES, TABLE

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


def made(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("POST", "https://api.example")
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500, request=request))
    if kind in (httpx.StreamConsumed, httpx.ResponseNotRead, httpx.RequestNotRead, httpx.StreamClosed):
        return kind()
    return kind("x")


def test_every_exception_class_of_httpx_stands_in_the_table() -> None:
    """A new one in a later httpx fails here, instead of being guessed at."""
    assert PUBLIC - BASES - NOT_OF_AN_ATTEMPT - set(TABLE) == set()
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


def test_only_these_failures_prove_that_the_request_never_left() -> None:
    proven = {kind for kind in PUBLIC - NOT_OF_AN_ATTEMPT if not classify_failure(made(kind)).maybe_created}
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


@pytest.mark.parametrize("cause", [ConnectionRefusedError(111, "refused"), TimeoutError(), ssl.SSLError("handshake")])
def test_could_not_connect_is_believed_with_a_cause_of_connecting(cause: Exception) -> None:
    exc = httpx.ConnectError("could not connect")
    exc.__cause__ = cause
    assert not classify_failure(exc).maybe_created


def test_timeouts_have_a_code_of_their_own() -> None:
    assert {
        classify_failure(kind("x")).code
        for kind in (httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout, TimeoutError)
    } == {"timeout"}
