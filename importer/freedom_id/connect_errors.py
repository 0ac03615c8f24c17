"""Why no connection came to be: what the system says, as a code and words of ours."""

import errno
import re
import socket
import ssl
from collections.abc import Sequence
from typing import Final, NamedTuple

import httpx

from importer.freedom_id.answer import AnswerKind
from importer.freedom_id.api_text import words
from importer.messages.text import Text


class Obstacle(NamedTuple):
    """What was in the way. ``kind``: MISROUTED where waiting cannot heal it, else RETRY."""

    kind: AnswerKind
    code: str
    text: str


_FILES: Final = Text("too many open files: raise the limit (ulimit -n) or lower --concurrency")
_BY_ERRNO: Final = {
    errno.ECONNREFUSED: Obstacle(AnswerKind.RETRY, "refused", Text("connection refused")),
    errno.ECONNRESET: Obstacle(AnswerKind.RETRY, "reset", Text("the connection was reset while it was made")),
    errno.EHOSTUNREACH: Obstacle(AnswerKind.RETRY, "unreachable", Text("no route to the host")),
    errno.ENETUNREACH: Obstacle(AnswerKind.RETRY, "unreachable", Text("the network is not reachable")),
    errno.EMFILE: Obstacle(AnswerKind.RETRY, "files", _FILES),
    errno.ENFILE: Obstacle(AnswerKind.RETRY, "files", _FILES),
}
_NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_UNKNOWN_NAME: Final = Obstacle(AnswerKind.RETRY, "name", Text("unknown host name"))
_NO_LOOKUP: Final = Obstacle(AnswerKind.RETRY, "lookup", Text("the host name cannot be looked up at the moment"))
_NO_TLS: Final = Obstacle(
    AnswerKind.RETRY, "tls", Text("no TLS connection: what answers there does not speak TLS as we do")
)
_ON_THE_WAY: Final = frozenset({"name", "lookup", "refused", "unreachable"})
_ERRNO: Final = re.compile(r"\[Errno (\d+)\]")
_PROXY_STATUS: Final = re.compile(r"([1-5]\d\d)\b")
_TRANSIENT: Final = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses of a proxy that may be others later; any other one is its rules, or a password."""


def obstacle(causes: Sequence[BaseException]) -> Obstacle | None:
    """What kept a connection from being made, by the exceptions of one failure; None where they do not tell."""
    for at, cause in enumerate(causes):
        behind = obstacle(causes[at + 1 :]) if isinstance(cause, httpx.ProxyError) else None
        if found := _unreached(behind) if behind else _of(cause):
            return found
    return None


def is_of_the_way(causes: Sequence[BaseException]) -> bool:
    """Whether the next host could not be looked up or reached: nothing was spoken with it."""
    found = obstacle(causes)
    return found is not None and found.code in _ON_THE_WAY


def _unreached(proxy: Obstacle) -> Obstacle:
    """What keeps the proxy itself from being reached."""
    text = Text("the proxy cannot be reached: {why}", why=proxy.text)
    return Obstacle(proxy.kind, "proxy_name" if proxy.code == _UNKNOWN_NAME.code else "proxy", text)


def _of(cause: BaseException) -> Obstacle | None:
    found = None
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = words(cause.verify_message)
        text = Text("the server's TLS certificate is not trusted: {why}", why=why)
        found = Obstacle(AnswerKind.MISROUTED, "certificate", text)
    elif isinstance(cause, httpx.ProxyError):
        found = _of_proxy(cause)
    elif isinstance(cause, socket.gaierror):
        found = _UNKNOWN_NAME if cause.errno in _NO_SUCH_NAME else _NO_LOOKUP
    elif isinstance(cause, ssl.SSLError):
        found = _NO_TLS
    elif isinstance(cause, OSError):
        found = _BY_ERRNO.get(_errno(cause))
    return found


def _errno(exc: OSError) -> int:
    """Of several addresses that all failed, asyncio keeps the errors' texts only."""
    found = _ERRNO.search(str(exc)) if exc.errno is None else None
    return int(found[1]) if found else exc.errno or 0


def _of_proxy(exc: httpx.ProxyError) -> Obstacle:
    """An HTTP proxy's answer to CONNECT begins with its status; SOCKS has words alone."""
    found = _PROXY_STATUS.match(str(exc))
    status = int(found[1]) if found else 0
    if status == 407:  # noqa: PLR2004 (Proxy Authentication Required)
        text = Text("the proxy wants another user name or password (407)")
    elif status:
        text = Text("the proxy does not let the connection through ({status})", status=status)
    else:
        text = Text("the proxy does not let the connection through")
    lasting = bool(status) and status not in _TRANSIENT
    return Obstacle(AnswerKind.MISROUTED if lasting else AnswerKind.RETRY, "proxy", text)
