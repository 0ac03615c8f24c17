"""One HTTP/1.1 answer: bytes in, the whole answer out.

llhttp (by httptools) reads it, strictly. An answer that llhttp refuses, or that only the end of the connection ends, is
read again from its first byte by h11, the parser of httpx itself: so lines that end with LF alone, folded headers, two
equal Content-Lengths and the like are read here as httpx and curl read them, and what h11 refuses as well is no answer.

Why two: llhttp takes 1 to 4 µs for an answer, h11 90 to 110 µs, where the whole way of one row takes some 150 µs. Why
not llhttp's lenient switches: they refuse equal Content-Lengths all the same, and do not tell that they were needed.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import h11
import httptools
import httpx

from importer.freedom_id.bounded_body import MAX_BODY
from importer.messages.text import Text

Headers = list[tuple[bytes, bytes]]

_FINAL: Final = 200
"""Statuses below are interim: the answer is still to come."""
_WAITED: Final = 408
"""A notice that the server has waited long enough for a next request; a process that slept reads it with its answer."""
_ANY_POST: Final = h11.Request(method="POST", target="/", headers=[("Host", "any")])
"""h11 reads an answer only after a request; that it was a POST is all that matters."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of an answer is read before it is given up, in bytes."""

    head: int = 65_536
    body: int = MAX_BODY


class NotHttp(httpx.RemoteProtocolError):
    """What came is not even the beginning of an HTTP answer."""


class RawAnswer(NamedTuple):
    """A whole answer: ``body`` as sent (maybe compressed), ``reusable``: the connection may go on."""

    status: int
    headers: Headers
    body: bytes
    reusable: bool


class AnswerReader:
    """Reads the one answer to one request, within ``limits``.

    Attributes:
        answer: The answer once it is whole, else None.
        begun: Whether any byte of it has come.
        unasked: Whether more than blank lines, or a notice, came behind it, which no request asked for.
    """

    def __init__(self, limits: ReadLimits) -> None:
        self.answer: RawAnswer | None = None
        self.unasked = self._doubted = False
        self._limits = limits
        self._strict = httptools.HttpResponseParser(self)
        self._tolerant: _TolerantReader | None = None
        self._received: list[bytes] = []
        self._size = 0
        self._headers: Headers = []
        self._in_body = False
        self._body: list[bytes] = []

    @property
    def begun(self) -> bool:
        """See the class."""
        return self._size > 0

    def feed(self, data: bytes) -> None:
        """Read on, until ``answer`` is there.

        Raises:
            httpx.RemoteProtocolError: It is no HTTP answer, or is longer than the limits.
        """
        self._size += len(data)
        if self._tolerant is not None:
            self._take(self._tolerant, data)
        else:
            self._received.append(data)
            try:
                self._strict.feed_data(data)
            except httptools.HttpParserUpgrade as exc:
                raise httpx.RemoteProtocolError(Text("the server wants to switch protocols")) from exc
            except httptools.HttpParserError:
                if self.answer is None:
                    self._read_again()
                else:
                    self.unasked = True
        if self.answer is not None:
            # asyncio reads into 256 KB that are shrunk: pieces that are kept cost 80 µs each in fresh pages
            self._received.clear()
            del self._strict  # each refers to the other: of every answer the cycle collector would have to clear both
            return
        limit = self._limits.head + (self._limits.body if self._in_body else 0)
        if self._size > limit:
            raise httpx.RemoteProtocolError(Text("the answer is longer than {limit} bytes", limit=limit))

    def feed_end(self) -> None:
        """The server has ended the connection, which ends an answer without a length; raises as ``feed``."""
        if self.answer is None and self.begun:
            self._take(self._tolerant or self._read_again(), b"")
            if self.answer is not None:
                del self._strict  # as in ``feed``

    def _read_again(self) -> "_TolerantReader":
        received = b"".join(self._received).lstrip(b"\r\n")
        if not received.startswith(b"HTTP/"):
            # h11 would wait for the end of its first line
            raise NotHttp(Text("not an HTTP answer"))
        self._tolerant = _TolerantReader(self._limits)
        self._take(self._tolerant, received)
        self._received.clear()
        return self._tolerant

    def _take(self, tolerant: "_TolerantReader", data: bytes) -> None:
        self.answer = tolerant.feed(data)
        self._in_body = tolerant.in_body
        self.unasked = tolerant.unasked

    # what httptools calls; of whatever follows the answer, nothing may enter it

    def on_message_begin(self) -> None:
        """A second answer belongs to no request."""
        self._doubted, self.unasked = self.unasked, self.answer is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; one behind the body is a trailer, which nobody here asks for."""
        if not self._in_body:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """From here on the limit of the body counts; the headers of an interim answer are forgotten."""
        if self.answer is not None and self._strict.get_status_code() == _WAITED:
            self.answer, self.unasked = self.answer._replace(reusable=False), self._doubted
        self._in_body = self._in_body or self._strict.get_status_code() >= _FINAL
        if not self._in_body:
            self._headers = []

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it is an interim one (1xx)."""
        status = self._strict.get_status_code()
        if self.answer is None and status >= _FINAL:
            self.answer = RawAnswer(status, self._headers, b"".join(self._body), self._strict.should_keep_alive())


class _TolerantReader:
    """The same by h11, for an answer that is somehow odd: its connection is not used again."""

    def __init__(self, limits: ReadLimits) -> None:
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.head)
        self._connection.send(_ANY_POST)
        self._connection.send(h11.EndOfMessage())
        self._response: h11.Response | None = None
        self._body: list[bytes] = []
        self.unasked = False

    @property
    def in_body(self) -> bool:
        """Whether the head is whole."""
        return self._response is not None

    def feed(self, data: bytes) -> RawAnswer | None:
        """Read on; ``b""`` is the end of the connection. The answer once it is whole."""
        try:
            self._connection.receive_data(data)
            while not isinstance(event := self._connection.next_event(), h11.EndOfMessage):
                if isinstance(event, h11.Response):
                    self._response = event
                elif isinstance(event, h11.Data):
                    self._body.append(bytes(event.data))
                elif event is h11.NEED_DATA:
                    return None
        except h11.ProtocolError as exc:
            raise httpx.RemoteProtocolError(Text("not an HTTP answer")) from exc
        return self._whole()

    def _whole(self) -> RawAnswer:
        rest, _ = self._connection.trailing_data
        self.unasked = bool(rest.strip(b"\r\n"))
        if self._response is None:
            raise httpx.RemoteProtocolError(Text("not an HTTP answer"))
        headers = list(self._response.headers.raw_items())
        return RawAnswer(self._response.status_code, headers, b"".join(self._body), reusable=False)
