"""An httpx transport that knows whether a request may have left, and whose cost does not grow with its connections.

Why our own: only here is it known that nothing was written (other fast transports were seen to raise ConnectError after
the server had read the whole POST). And it takes about 40 µs for a request, however many are under way; where 32 are,
one httpx transport for each takes 608 µs, httpx's pool, which looks at every connection for every request, 2,294 µs.
The whole way of a row takes some 150 µs. Idle connections stand on a stack per origin; the last one used is the first
one taken. HTTP/1.1 only, no redirects, no cookies, no silent second attempt: a POST that may have arrived is the
caller's to judge.
"""

import asyncio
import logging
import ssl
import time
from typing import TYPE_CHECKING, Any, Final

import httpx

from importer.freedom_id.http1 import RawAnswer, ReadLimits
from importer.freedom_id.http1_request import Origin, encode_head, origin_of, with_body
from importer.freedom_id.http_connection import Connection
from importer.freedom_id.tls import ReadingTls
from importer.freedom_id.tunnel import tunnelled
from importer.messages.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

KEEPALIVE_EXPIRY: Final = 4.0
"""Seconds a connection may idle; common servers close theirs after 5 or more."""
NEW_CONNECTION: Final = "new_connection"
"""Set among a request's extensions where it was not sent over a connection that had answered before."""
BELIEVED: Final = "believed"
"""Set among a request's extensions once it has its answer: a list, into which goes at once the FreedomID that was
believed, so that it can be taken back."""
LINGER: Final = 0.1
"""Seconds until a connection that is not used again is closed."""

_log = logging.getLogger(__name__)


class KeepAliveTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over a stack of keep-alive connections; belongs to one event loop.

    As many connections are opened as requests are under way at once: callers bound that number. Timeouts are
    taken from ``request.extensions["timeout"]`` as httpx sets them: ``connect``, and ``read``, which here
    bounds the whole time from the call to the last byte read.

    Args:
        ssl_context: For https; its default verifies as httpx does (SSL_CERT_FILE, SSL_CERT_DIR, certifi).
        limits: Bounds of an answer.
        keepalive_expiry: Seconds after which an idle connection is not used again.
        proxy: An http proxy through which https goes; its credentials stay inside.

    Attributes:
        proxy: See Args.
        on_distrust: Called with the FreedomIDs (see BELIEVED) of earlier answers that may have been another request's.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        limits: ReadLimits | None = None,
        keepalive_expiry: float = KEEPALIVE_EXPIRY,
        proxy: httpx.Proxy | None = None,
    ) -> None:
        self.proxy = proxy
        self._ssl_context = ssl_context
        self._limits = limits or ReadLimits()
        self._expiry = keepalive_expiry
        self._distrusted = False
        self.on_distrust: Callable[[list[str]], None] = lambda _believed: None
        self._idle: dict[Origin, list[Connection]] = {}
        self._open: set[Connection] = set()
        self._connecting: set[asyncio.Future[Connection]] = set()
        self._ending = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer is read whole, its body as sent.

        Raises:
            httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.LocalProtocolError: No
                byte of the request was written.
            httpx.TransportError: Any other; the request may have arrived.
        """
        try:
            data = with_body(encode_head(request), await request.aread())
            answer = await self.exchange(origin_of(request.url), data, request.extensions)
        except httpx.RequestError as exc:
            exc.request = request
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))

    async def exchange(self, origin: Origin, data: bytes, extensions: dict[str, Any]) -> RawAnswer:
        """Send one request that is encoded already, whole; the answer is read whole, its body as sent.

        Without httpx's request and response, which took a quarter of what the event loop has to do for a row.
        ``extensions``: as httpx's; NEW_CONNECTION is set among them where it applies, and BELIEVED.

        Raises:
            httpx.TransportError: As ``handle_async_request``; without a ``request``.
        """
        timeouts = extensions.get("timeout", {})
        idle = self._idle.setdefault(origin, [])
        seconds = timeouts.get("read")
        connection = self._take(idle)
        if connection is None:
            loop = asyncio.get_running_loop()
            began = loop.time()
            extensions[NEW_CONNECTION] = True
            connection = await self._connect(origin, timeouts.get("connect"))
            seconds = None if seconds is None else max(seconds - (loop.time() - began), 0.001)
        try:
            answer = await connection.exchange(data, seconds)
        except BaseException:
            self._open.discard(connection)
            raise
        extensions[BELIEVED] = connection.believed
        if answer.reusable and not (connection.closed or connection.spent or self._distrusted):
            connection.idle_since = _waking_and_sleeping()
            idle.append(connection)
        else:
            self._drop(connection)
        return answer

    def stop_connecting(self) -> None:
        """Make no more connections; who is waiting for one, or for its look-up, gets ConnectError at once."""
        self._ending = True
        for connecting in self._connecting:
            connecting.cancel()

    async def aclose(self) -> None:
        """Close every connection, in use or idle."""
        connections, self._open, self._idle = self._open, set(), {}
        for connection in connections:
            connection.abort()
        # one turn of the loop, in which asyncio closes the sockets
        await asyncio.sleep(0)

    def _take(self, idle: list[Connection]) -> Connection | None:
        while idle:
            connection = idle.pop()
            age = _waking_and_sleeping() - connection.idle_since
            if age < self._expiry and connection.usable():
                return connection
            # not at once: what has come in meanwhile may be an answer that nobody asked for, and is looked at first
            asyncio.get_running_loop().call_later(LINGER, self._drop, connection)
        return None

    def _drop(self, connection: Connection) -> None:
        connection.abort()
        self._open.discard(connection)

    def _distrust(self, believed: list[str]) -> None:
        """From now on each request gets a connection of its own: no answer can be mistaken for another's there.

        ``believed``: what the answers over the connection told before; any may have been another request's.
        """
        self.on_distrust(believed)
        if not self._distrusted:
            self._distrusted = True
            _log.warning(
                "%s",
                Text(
                    "the server sent an answer that no request asked for, so those before it may have been another's: "
                    "connections are not used twice any more"
                ),
            )
        for idle in self._idle.values():
            while idle:
                self._drop(idle.pop())

    async def _connect(self, origin: Origin, seconds: float | None) -> Connection:
        connecting = asyncio.ensure_future(self._made(origin))
        self._connecting.add(connecting)
        try:
            if self._ending:
                connecting.cancel()
            async with asyncio.timeout(seconds):
                connection = await connecting
        except TimeoutError as exc:
            raise httpx.ConnectTimeout(Text("no connection in time")) from exc
        except (OSError, UnicodeError) as exc:
            raise httpx.ConnectError(Text("no connection: {why}", why=_reason(exc))) from exc
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise httpx.ConnectError(Text("the run is ending")) from None
        finally:
            self._connecting.discard(connecting)
        # waking up from the task took a turn of the loop, in which asyncio read what the server says before it is asked
        if connection.closed:
            raise httpx.ConnectError(Text("the server closed the connection before the request was written"))
        self._open.add(connection)
        return connection

    async def _made(self, origin: Origin) -> Connection:
        context = self._context_for(origin)
        if self.proxy is not None and context is not None:
            connection = Connection(self._limits, self._distrust)
            await tunnelled(connection, self.proxy, origin, context)
            return connection
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._limits, self._distrust),
            origin.host,
            origin.port,
            ssl=context,
            happy_eyeballs_delay=0.25,
        )
        return connection

    def _context_for(self, origin: Origin) -> ssl.SSLContext | None:
        if origin.scheme == "http":
            return None
        if origin.scheme != "https":
            raise httpx.UnsupportedProtocol(
                Text("the address begins with {scheme}: use https", scheme=repr(origin.scheme))
            )
        if self._ssl_context is None:
            self._ssl_context = httpx.create_ssl_context()
            self._ssl_context.set_alpn_protocols(["http/1.1"])
        self._ssl_context.sslobject_class = ReadingTls
        return self._ssl_context


def _waking_and_sleeping() -> float:
    """Seconds of a clock that goes on while the machine sleeps, where there is one: the server's does."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _reason(exc: Exception) -> str:
    """What the system says, without addresses (asyncio's own text repeats them once per attempt)."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return Text("the TLS certificate is not trusted ({why})", why=exc.verify_message)
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return type(exc).__name__
