"""httpx's own transport, for requests through a proxy: one connection pool of one connection per slot."""

import ssl

import httpx

from importer.freedom_id.body import read_bounded
from importer.freedom_id.connection import Limits


class ProxiedTransport(httpx.AsyncBaseTransport):
    """As many httpx transports as requests at once, so that no request pays for another's connections.

    Raises from ``handle_async_request`` what httpx raises; the answer is read whole, its body as sent.

    Args:
        proxy: Where requests go; its credentials stay inside.
        slots: Most requests at once; a further one makes a slot of its own.
        ssl_context: For https beyond the proxy.
        limits: Bounds of an answer's body (its head is bounded by httpx).
    """

    def __init__(
        self,
        proxy: httpx.Proxy,
        slots: int,
        ssl_context: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._proxy = proxy
        # one for all slots: loading the certificates takes tens of milliseconds
        self._context = httpx.create_ssl_context() if ssl_context is None else ssl_context
        self._limits = limits or Limits()
        self._free = [self._slot() for _ in range(slots)]
        self._all = list(self._free)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request through a free slot."""
        slot = self._free.pop() if self._free else self._slot()
        try:
            response = await slot.handle_async_request(request)
            body = await read_bounded(response, self._limits.body)
        except httpx.RequestError as exc:
            exc.request = request
            raise
        finally:
            self._free.append(slot)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))

    async def aclose(self) -> None:
        """Close every connection."""
        for slot in self._free:
            await slot.aclose()

    def _slot(self) -> httpx.AsyncHTTPTransport:
        one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return httpx.AsyncHTTPTransport(verify=self._context, proxy=self._proxy, limits=one, trust_env=False)
