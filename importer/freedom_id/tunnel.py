"""The way through an HTTP proxy: CONNECT, then TLS with who is behind it.

Our own for the same reasons as ``keepalive_transport``, and for one more: httpcore takes what comes behind an answer,
in the same packet, for the answer to the next request over that connection, and so gives a row another row's FreedomID.
"""

import asyncio
import base64
import ssl

import h11
import httpx

from importer.freedom_id.http1_request import Origin, origin_of
from importer.freedom_id.http_connection import Connection
from importer.messages.text import Text

_SUCCESS = range(200, 300)
_CLOSED = Text("the proxy does not let the connection through")


async def tunnelled(connection: Connection, proxy: httpx.Proxy, origin: Origin, context: ssl.SSLContext) -> None:
    """Make ``connection`` one with ``origin``, through the proxy.

    Raises:
        httpx.ProxyError: the proxy cannot be reached, or lets nothing through.
        OSError: what is behind it does not speak TLS as we do, or is another than it should be.
    """
    loop = asyncio.get_running_loop()
    address = origin_of(proxy.url)
    try:
        transport, asking = await loop.create_connection(
            _Connect, address.host, address.port, happy_eyeballs_delay=0.25
        )
    except (OSError, UnicodeError) as exc:
        raise httpx.ProxyError(_CLOSED) from exc
    try:
        transport.write(asking.request(proxy, origin))
        await asking.open
        inner = await _over_tls(transport, connection, origin, context)
    except BaseException:
        transport.abort()
        raise
    connection.connection_made(inner)
    if connection.closed:
        connection.abort()


async def _over_tls(
    transport: asyncio.Transport, connection: Connection, origin: Origin, context: ssl.SSLContext
) -> asyncio.Transport:
    try:
        inner = await asyncio.get_running_loop().start_tls(transport, connection, context, server_hostname=origin.host)
    except ConnectionError as exc:
        raise httpx.ProxyError(_CLOSED) from exc
    if inner is None:  # closed while TLS began
        raise httpx.ProxyError(_CLOSED)
    return inner


class _Connect(asyncio.Protocol):
    """Asks a proxy for a way, and reads what it says to that.

    Attributes:
        open: Done once there is a way; its exception is an httpx.ProxyError, which begins with the status, or an
            ssl.SSLError where somebody speaks before TLS does.
    """

    def __init__(self) -> None:
        self._transport: asyncio.BaseTransport | None = None
        self._connection = h11.Connection(h11.CLIENT)
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # an exception counts as told also where nobody waits any more
        self.open.add_done_callback(lambda told: told.cancelled() or told.exception())

    def request(self, proxy: httpx.Proxy, origin: Origin) -> bytes:
        """The bytes of the request."""
        host = origin.host.encode("ascii")
        target = b"%b:%d" % (b"[%b]" % host if b":" in host else host, origin.port)
        headers = [(b"Host", target), *proxy.headers.raw]
        if proxy.raw_auth is not None:
            headers.append((b"Proxy-Authorization", b"Basic " + base64.b64encode(b":".join(proxy.raw_auth))))
        return self._connection.send(h11.Request(method="CONNECT", target=target, headers=headers)) or b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on, until the status is known."""
        if self.open.done():
            return
        try:
            self._connection.receive_data(data)
            while isinstance(said := self._connection.next_event(), h11.InformationalResponse):
                pass
        except h11.ProtocolError:
            self.open.set_exception(httpx.ProxyError(_CLOSED))
            return
        if not isinstance(said, h11.Response):
            return
        if said.status_code in _SUCCESS and self._connection.trailing_data[0]:
            self.open.set_exception(ssl.SSLError("what is behind the proxy speaks first"))
        elif said.status_code in _SUCCESS:
            if isinstance(self._transport, asyncio.Transport):
                self._transport.pause_reading()  # what comes from here on, its end included, is TLS's
            self.open.set_result(None)
        else:
            self.open.set_exception(httpx.ProxyError(f"{said.status_code} {said.reason.decode('latin-1')}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes."""
        if not self.open.done():
            lost = httpx.ProxyError(_CLOSED)
            lost.__cause__ = exc
            self.open.set_exception(lost)
