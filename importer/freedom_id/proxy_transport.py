"""The way through a proxy: httpx's own transport, one for each request under way at once."""

import ssl

import httpx

from importer.freedom_id.answer_body import read_bounded
from importer.freedom_id.connecting import is_of_the_way
from importer.freedom_id.failures import causes_of
from importer.freedom_id.http1 import ReadLimits
from importer.freedom_id.keepalive_transport import NEW_CONNECTION

_ONE: httpx.Limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)


class ProxyTransport(httpx.AsyncBaseTransport):
    """Slots of one connection each, so that no request pays for another's connections (see ``keepalive_transport``).

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
        # one for all slots: loading the certificates takes tens of milliseconds
        self._context = httpx.create_ssl_context() if ssl_context is None else ssl_context
        self._limits = limits or ReadLimits()
        # made at once: a scheme that httpx cannot use is the configuration's fault, not a request's
        self._free = [self._slot()]
        self._busy: set[httpx.AsyncHTTPTransport] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request through a free slot; one in which anything went wrong is thrown away.

        httpcore 1.0 keeps a tunnel whose TLS handshake failed as if it were in use: that slot would never work again.
        """
        slot = self._free.pop() if self._free else None
        if slot is None:
            slot, request.extensions[NEW_CONNECTION] = self._slot(), True
        self._busy.add(slot)
        try:
            response = await slot.handle_async_request(request)
            body = await read_bounded(response, self._limits.body)
        except BaseException as exc:
            await slot.aclose()
            if isinstance(exc, httpx.RequestError):
                exc.request = request
            if isinstance(exc, httpx.ConnectError) and is_of_the_way(causes_of(exc)):
                raise httpx.ProxyError(str(exc), request=request) from exc  # what is behind it, the proxy looks up
            raise
        finally:
            self._busy.discard(slot)
        self._free.append(slot)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))

    async def aclose(self) -> None:
        """Close every connection, in use or idle."""
        for slot in (*self._free, *self._busy):
            await slot.aclose()
        self._free.clear()

    def _slot(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(verify=self._context, proxy=self._proxy, limits=_ONE, trust_env=False)
