"""The one table that says what a failed attempt means: no answer came back, or not a whole one.

The rule: the user may exist, unless the request is proven never to have left. Transports disguise the one as
the other (some raise ConnectError after the server has read the whole POST), so that "could not connect" is
believed only where its cause is known to belong to connecting.
"""

from typing import Final, NamedTuple

import httpx

from importer.freedom_id.answer import Answer, AnswerKind
from importer.freedom_id.api_text import words
from importer.freedom_id.connect_errors import obstacle
from importer.freedom_id.http1 import NotHttp
from importer.freedom_id.token_mask import TokenMask
from importer.messages.text import Text

FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, EOFError)
"""What a transport may raise for a fault of the API or the network; anything else is a defect of ours."""

_CONNECTING: Final = frozenset({"builtins", "socket", "ssl", "asyncio", "httpcore", "anyio", "httpx"})
"""Modules whose exceptions, as the cause of "could not connect", are known to belong to connecting."""


class KnownFailure(NamedTuple):
    """One line of the table.

    ``left``: whether the request may have left this machine. ``code``: a word for it in ``Answer.code``, the
    same for all that an operator would treat alike: timeout, unreachable, reset, cut, proxy, address …
    """

    kind: AnswerKind
    left: bool
    code: str
    text: str


TABLE: Final[dict[type[Exception], KnownFailure]] = {
    # never left
    httpx.ConnectError: KnownFailure(AnswerKind.RETRY, False, "unreachable", Text("no connection")),
    httpx.ConnectTimeout: KnownFailure(AnswerKind.RETRY, False, "timeout", Text("no connection in time")),
    httpx.PoolTimeout: KnownFailure(AnswerKind.RETRY, False, "timeout", Text("no free connection in time")),
    httpx.ProxyError: KnownFailure(
        AnswerKind.RETRY, False, "proxy", Text("the proxy does not let the connection through")
    ),
    httpx.UnsupportedProtocol: KnownFailure(
        AnswerKind.MISROUTED, False, "address", Text("the address is not http or https")
    ),
    httpx.InvalidURL: KnownFailure(AnswerKind.MISROUTED, False, "address", Text("the address is not valid")),
    httpx.LocalProtocolError: KnownFailure(
        AnswerKind.MISROUTED, True, "request", Text("the request is not valid HTTP")
    ),
    # may have arrived
    httpx.ReadError: KnownFailure(
        AnswerKind.RETRY, True, "reset", Text("the connection broke before the whole answer")
    ),
    httpx.ReadTimeout: KnownFailure(AnswerKind.RETRY, True, "timeout", Text("no whole answer in time")),
    httpx.WriteError: KnownFailure(AnswerKind.RETRY, True, "reset", Text("the connection broke while sending")),
    httpx.WriteTimeout: KnownFailure(
        AnswerKind.RETRY, True, "timeout", Text("the server did not take the request in time")
    ),
    httpx.CloseError: KnownFailure(AnswerKind.RETRY, True, "reset", Text("the connection broke while closing")),
    NotHttp: KnownFailure(AnswerKind.RETRY, True, "not_http", Text("what answers there does not speak HTTP")),
    httpx.RemoteProtocolError: KnownFailure(AnswerKind.RETRY, True, "cut", Text("no whole HTTP answer")),
    httpx.DecodingError: KnownFailure(AnswerKind.RETRY, True, "cut", Text("the answer's compression is broken")),
    # outside httpx's tree: a transport that lets them through; asyncio's own timeout is the total one
    TimeoutError: KnownFailure(AnswerKind.RETRY, True, "timeout", Text("no whole answer in time")),
    OSError: KnownFailure(AnswerKind.RETRY, True, "reset", Text("the connection broke")),
    EOFError: KnownFailure(AnswerKind.RETRY, True, "cut", Text("the answer was cut")),
    # the bases of httpx's tree, for what no transport raises, and a class that a later version adds below them
    httpx.StreamError: KnownFailure(AnswerKind.RETRY, True, "unread", Text("the answer could not be read")),
    httpx.HTTPError: KnownFailure(AnswerKind.RETRY, True, "unknown", Text("no answer")),
    Exception: KnownFailure(AnswerKind.RETRY, True, "unknown", Text("no answer")),
}


def classify_failure(exc: Exception, mask: TokenMask | None = None) -> Answer:
    """Judge an attempt that ended in ``exc`` instead of an answer; never "not sent" without proof.

    ``mask`` hides our own token: a library's words may quote a header that it finds illegal, or a server's line.
    """
    known = next(TABLE[kind] for kind in type(exc).__mro__ if kind in TABLE)
    causes = causes_of(exc)
    proven = not known.left and all(type(cause).__module__.split(".")[0] in _CONNECTING for cause in causes)
    precise = obstacle(causes) if proven else None
    kind, code, text = precise or (known.kind, known.code, known.text)
    detail = ""
    if precise is None and isinstance(exc, httpx.HTTPError):
        ours = next((told for told in exc.args if isinstance(told, Text)), "")  # in ``str(exc)`` it would be English
        detail = ours or words(str(exc) if mask is None else mask(str(exc)))
    told = Text("{what} ({detail})", what=text, detail=detail) if detail else text
    return Answer(kind, code=code, message=told, reason=text, maybe_created=not proven, unreachable=True)


def causes_of(exc: BaseException) -> list[BaseException]:
    """The chain of causes and contexts behind ``exc``, itself first; of a group, those of all its members."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [exc]
    while waiting:
        current = waiting.pop(0)
        if current is None or current in chain:
            continue
        chain.append(current)
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        waiting.append(current.__cause__ or current.__context__)
    return chain
