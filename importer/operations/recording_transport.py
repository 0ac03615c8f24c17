"""A transport that keeps the last answer as it came, before anybody judges it."""

import contextlib

import httpx

from importer.freedom_id.bounded_body import MAX_BODY, read_bounded, unpack


class RecordingTransport(httpx.AsyncBaseTransport):
    """Passes requests on to another transport.

    Attributes:
        token: The bearer of the last request: to be masked wherever the answer is shown.
        status: Of the last answer; 0 where none came.
        headers: Its headers; ``body`` its body, unpacked; b"" where that is not possible.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.forget()

    def forget(self) -> None:
        """Keep nothing of the last answer."""
        self.token, self.status, self.headers, self.body = "", 0, httpx.Headers(), b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on, and keep what comes back; raises what the other transport raises."""
        self.token = request.headers.get("authorization", "").removeprefix("Bearer ")
        response = await self._inner.handle_async_request(request)
        raw = await read_bounded(response, MAX_BODY)
        self.status, self.headers = response.status_code, response.headers
        with contextlib.suppress(httpx.DecodingError):
            self.body = unpack(raw, response.headers.get("content-encoding", ""), MAX_BODY)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(raw))

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._inner.aclose()
