"""The way through a proxy that is spoken to by SOCKS or over TLS: httpx's own transport, one for each request."""

import ssl

import httpx

from importer.freedom_id.bounded_body import read_bounded
from importer.freedom_id.connect_errors import is_of_the_way
from importer.freedom_id.failures import causes_of
from importer.freedom_id.http1 import ReadLimits
from importer.freedom_id.keepalive_transport import NEW_CONNECTION


class SingleUseTransport(httpx.AsyncBaseTransport):
    """No connection is used twice: httpcore takes what comes behind an answer for the next one's (see ``tunnel``).

    TLS in TLS is not our own: asyncio before Python 3.13 raises a TypeError where the inner handshake fails.

    Raises from ``handle_async_request`` what httpx raises; the answer is read whole, its body as sent.

    Args:
        proxy: Where requests go; its credentials stay inside.
        ssl_context: For https beyond the proxy.
        limits: Bounds of an answer's body (its head is bounded by httpx).
    """

    def __init__(
        self, proxy: httpx.Proxy, ssl_context: ssl.SSLContext | None = None, limits: ReadLimits | None = None
    ) -> None:
        self._proxy = proxy
        # one for all: loading the certificates takes tens of milliseconds
        self._context = httpx.create_ssl_context() if ssl_context is None else ssl_context
        self._limits = limits or ReadLimits()
        self._busy: set[httpx.AsyncHTTPTransport] = set()
        # made at once: a scheme that httpx cannot use is the configuration's fault, not a request's
        self._connection()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request over a connection of its own."""
        connection = self._connection()
        request.extensions[NEW_CONNECTION] = True
        self._busy.add(connection)
        try:
            response = await connection.handle_async_request(request)
            body = await read_bounded(response, self._limits.body)
        except httpx.RequestError as exc:
            exc.request = request
            if isinstance(exc, httpx.ConnectError) and is_of_the_way(causes_of(exc)):
                raise httpx.ProxyError(str(exc), request=request) from exc  # what is behind it, the proxy looks up
            raise
        finally:
            self._busy.discard(connection)
            await connection.aclose()
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in tuple(self._busy):
            await connection.aclose()

    def _connection(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(verify=self._context, proxy=self._proxy, trust_env=False)
