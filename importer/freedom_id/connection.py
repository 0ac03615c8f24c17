"""One keep-alive HTTP/1.1 connection: one exchange at a time, every answer bounded.

What failed is told by httpx's exceptions, and each of them is raised after bytes may have left: a connection
that could not be made, or was gone before anything was written, is the transport's to tell.
"""

import asyncio
import math
import select
from dataclasses import dataclass
from typing import Final, NamedTuple

import httptools
import httpx

_NO_LENGTH: Final = frozenset({b"content-length", b"transfer-encoding"})
_BODILESS: Final = frozenset({204, 304})
_FINAL: Final = 200
"""Statuses below are interim: the answer is still to come."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an answer is read before it is given up, in bytes."""

    head: int = 65_536
    body: int = 1_048_576


class RawAnswer(NamedTuple):
    """A whole answer: ``body`` as sent (maybe compressed), ``reusable``: the connection may go on."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    reusable: bool


class Connection(asyncio.Protocol):
    """The protocol of one connection; made by ``loop.create_connection``."""

    __slots__ = (
        "_body",
        "_deadline",
        "_framed",
        "_headers",
        "_headers_done",
        "_limits",
        "_loop",
        "_parser",
        "_poll",
        "_received",
        "_timer",
        "_transport",
        "_waiter",
        "closed",
        "idle_since",
    )

    def __init__(self, limits: Limits, loop: asyncio.AbstractEventLoop) -> None:
        self._limits = limits
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._poll: select.poll | None = None
        self._waiter: asyncio.Future[RawAnswer] | None = None
        self._deadline = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self.closed = False
        self.idle_since = 0.0
        self._reset()

    def _reset(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._received = 0
        self._headers_done = False
        self._framed = False

    def usable(self) -> bool:
        """Whether the server has neither closed the connection nor sent anything unasked."""
        if self.closed:
            return False
        # the kernel may know of a close that the event loop has not come round to
        return self._poll is None or not self._poll.poll(0)

    async def exchange(self, data: bytes, seconds: float | None) -> RawAnswer:
        """Write one whole request and read its whole answer within ``seconds``.

        Raises:
            httpx.TransportError: WriteError, WriteTimeout, ReadError, ReadTimeout or RemoteProtocolError; the
                request may have arrived. The connection is closed then, as when the caller is cancelled.
        """
        if self._transport is None:
            raise RuntimeError("exchange() before the connection was made")
        self._reset()
        waiter: asyncio.Future[RawAnswer] = self._loop.create_future()
        self._waiter = waiter
        self._deadline = math.inf if seconds is None else self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._watch()
        try:
            self._transport.write(data)
            return await waiter
        except BaseException:
            self.abort()
            raise
        finally:
            self._waiter = None

    def abort(self) -> None:
        """Close at once, without a farewell that a stuck peer could hang."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        """Have one timer look at the deadline; it stays over many exchanges, since a timer each costs."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if self._deadline == math.inf else self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._deadline:
            self._watch()
            return
        unsent = self._transport is not None and self._transport.get_write_buffer_size() > 0
        if unsent:
            self._fail(httpx.WriteTimeout("the server does not take the request"))
        else:
            self._fail(httpx.ReadTimeout("no whole answer in time"))

    def _fail(self, error: httpx.TransportError) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.abort()

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and a poll object that can look past the event loop."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream transport is expected")
        self._transport = transport
        sock = transport.get_extra_info("socket")
        if sock is not None and hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(sock.fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; bytes that nobody asked for make the connection unusable, never a next answer."""
        if self._waiter is None or self._waiter.done():
            self.abort()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(httpx.RemoteProtocolError("the server wants to switch protocols"))
        except httptools.HttpParserError:
            self._fail(httpx.RemoteProtocolError("not an HTTP answer"))
        limit = self._limits.head + (self._limits.body if self._headers_done else 0)
        if self._received > limit and not self._waiter.done():
            self._fail(httpx.RemoteProtocolError(f"the answer is longer than {limit} bytes"))

    def eof_received(self) -> None:
        """An answer without a length ends here."""
        if self._headers_done and not self._framed:
            self._finish(reusable=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the one who waits what the loss means for the request."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._waiter is None or self._waiter.done():
            return
        lost: httpx.TransportError
        if exc is None and not self._received:
            lost = httpx.RemoteProtocolError("the server closed the connection without an answer")
        elif exc is None:
            lost = httpx.RemoteProtocolError("the server cut its answer")
        elif isinstance(exc, BrokenPipeError):
            lost = httpx.WriteError("the server closed the connection while the request was written")
        else:
            lost = httpx.ReadError("the connection broke while waiting for the answer")
        lost.__cause__ = exc
        self._waiter.set_exception(lost)

    # what httptools calls

    def on_message_begin(self) -> None:
        """A second answer in the same bytes belongs to no request."""
        if self._waiter is None or self._waiter.done():
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and remember whether the answer tells its own end."""
        self._headers.append((name, value))
        if name.lower() in _NO_LENGTH:
            self._framed = True

    def on_headers_complete(self) -> None:
        """From here on the limit of the body counts."""
        status = self._parser.get_status_code()
        self._headers_done = status >= _FINAL
        self._framed = self._framed or status in _BODILESS

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over, unless it is an interim one (1xx)."""
        if self._parser.get_status_code() < _FINAL:
            self._headers = []
            self._framed = False
            return
        self._finish(reusable=self._parser.should_keep_alive())

    def _finish(self, *, reusable: bool) -> None:
        if self._waiter is None or self._waiter.done():
            return
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        status = self._parser.get_status_code()
        self._waiter.set_result(RawAnswer(status, self._headers, body, reusable))
