"""One keep-alive HTTP/1.1 connection: one exchange at a time.

What failed is told by httpx's exceptions, and each of them is raised after bytes may have left: a connection that could
not be made, or was gone before anything was written, is the transport's to tell.
"""

import asyncio
import re
import select
from collections.abc import Callable
from typing import Final

import httpx

from importer.freedom_id.http1 import AnswerReader, RawAnswer, ReadLimits
from importer.freedom_id.tls import ReadingTls
from importer.messages.text import Text

_NO_ANSWER: Final = re.compile(rb"[\r\n]*(\Z|HTTP/1\.[01] 408\b)")
"""What some servers send on an idle connection and is no answer to a request of ours: blank lines, and the notice that
they have waited long enough (408, RFC 9110 section 15.5.9)."""


_MOST_ANSWERS: Final = 1000
"""Answers over one connection: what may have to be taken back stays bounded. Common servers close theirs then, too."""


class Connection(asyncio.Protocol):
    """The protocol of one connection; made by ``loop.create_connection``.

    Args:
        limits: Bounds of an answer.
        on_unasked: Called once when an answer comes that nobody asked for. Then the ones before it may have been
            other requests': ``exchange`` raises if it has not returned yet; what is ``believed`` of those that it gave
            before is handed over.

    Attributes:
        believed: FreedomIDs that the answers before told; who reads an answer enters them, before anything else runs.
        closed: Nothing more can be sent.
        idle_since: For the transport to keep.
    """

    def __init__(self, limits: ReadLimits, on_unasked: Callable[[list[str]], None]) -> None:
        self._limits = limits
        self._on_unasked = on_unasked
        self._transport: asyncio.Transport | None = None
        self._poll: select.poll | None = None
        self._reader: AnswerReader | None = None
        self._waiter: asyncio.Future[RawAnswer] | None = None
        self._unasked = False
        self._answers = 0
        self.believed: list[str] = []
        self.closed = False
        self.idle_since = 0.0

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
        loop = asyncio.get_running_loop()
        self._reader, self._waiter = AnswerReader(self._limits), loop.create_future()
        # Up one turn of the loop later: after SIGSTOP and SIGCONT epoll tells only then of what came meanwhile.
        up = None if seconds is None else loop.call_later(seconds, loop.call_later, 0.0, self._time_is_up, self._waiter)
        try:
            self._transport.write(data)
            answer = await self._waiter
        except BaseException:
            self.abort()
            raise
        finally:
            self._waiter = None
            if up is not None:
                up.cancel()
        if self._unasked:
            self.abort()
            # which of the answers is ours cannot be told
            raise httpx.RemoteProtocolError(Text("the server sent more than one answer"))
        self._answers += 1
        return answer

    @property
    def spent(self) -> bool:
        """Whether it gave as many answers as may have to be taken back."""
        return self._answers >= _MOST_ANSWERS

    def _time_is_up(self, waiter: asyncio.Future[RawAnswer]) -> None:
        if self._transport is None or waiter.done():
            return
        if self._transport.get_write_buffer_size():
            waiter.set_exception(httpx.WriteTimeout(Text("the server does not take the request")))
        else:
            waiter.set_exception(httpx.ReadTimeout(Text("no whole answer in time")))

    def abort(self) -> None:
        """Close at once, without a farewell that a stuck peer could hang."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

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
        """Read on; bytes that nobody asked for end the connection, and are never a next answer."""
        reader = self._reader
        if self._waiter is None or self._waiter.done() or reader is None:
            self.abort()
            if not _NO_ANSWER.match(data):
                self._doubt()
            return
        try:
            reader.feed(data)
        except httpx.TransportError as exc:
            self._fail(exc)
        else:
            self._hand_over(reader)
        tls = self._transport and self._transport.get_extra_info("ssl_object")
        if isinstance(tls, ReadingTls) and tls.failure is not None:
            self._fail(_broke(tls.failure))

    def eof_received(self) -> None:
        """An answer without a length ends here."""
        if self._waiter is None or self._waiter.done() or self._reader is None:
            return
        try:
            self._reader.feed_end()
        except httpx.TransportError:
            self._fail(httpx.RemoteProtocolError(Text("the server cut its answer")))
            return
        self._hand_over(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the one who waits what the loss means for the request."""
        self.closed = True
        if exc is None:
            begun = self._reader is not None and self._reader.begun
            text = (
                Text("the server cut its answer")
                if begun
                else Text("the server closed the connection without an answer")
            )
            lost: httpx.TransportError = httpx.RemoteProtocolError(text)
        elif isinstance(exc, BrokenPipeError):
            lost = httpx.WriteError(Text("the server closed the connection while the request was written"))
        else:
            lost = _broke(exc)
        lost.__cause__ = exc
        self._fail(lost)

    def _hand_over(self, reader: AnswerReader) -> None:
        if self._waiter is None or reader.answer is None:
            return
        if reader.unasked:
            self._doubt()
        self._waiter.set_result(reader.answer)

    def _doubt(self) -> None:
        if self._reader is not None and not self._unasked:
            self._unasked = True
            self._on_unasked(self.believed)

    def _fail(self, error: httpx.TransportError) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.abort()


def _broke(why: Exception) -> httpx.ReadError:
    lost = httpx.ReadError(Text("the connection broke while waiting for the answer"))
    lost.__cause__ = why
    return lost
