"""The requests that create or update a user: body, headers, bearer."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson

from importer.freedom_id.http1_request import encode_head, origin_of, with_body
from importer.versions import PROGRAM, version_of

_USER_AGENT: Final = f"{PROGRAM}/{version_of()}".encode("ascii")


class UserRequests:
    """Makes the requests to one address, where users are created and updated; ``origin``: whom they are sent to.

    Their heads differ by method and token alone: each is encoded once.
    """

    def __init__(self, url: httpx.URL) -> None:
        self._url, self.origin = url, origin_of(url)
        self._token = ""
        self._heads: dict[str, bytes] = {}

    def request(self, method: str, content: bytes, token: str, extensions: dict[str, Any]) -> httpx.Request:
        """POST (create) or PUT (update) of a body, with ``token`` as the bearer."""
        headers = [
            (b"Host", self._url.netloc),
            (b"Authorization", b"Bearer " + token.encode("ascii")),
            (b"Content-Type", b"application/json"),
            (b"Content-Length", b"%d" % len(content)),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", _USER_AGENT),
        ]
        request = httpx.Request(method, self._url, headers=headers, stream=httpx.ByteStream(content))
        request.extensions = extensions  # no copy: the transport has something to tell there
        return request

    def encoded(self, method: str, content: bytes, token: str) -> bytes:
        """The same as bytes; raises httpx.LocalProtocolError."""
        if token != self._token:
            self._token, self._heads = token, {}
        if method not in self._heads:
            self._heads[method] = encode_head(self.request(method, b"", token, {}))
        return with_body(self._heads[method], content)


def user_content(body: Mapping[str, str]) -> bytes:
    """Fields (field → value; empty ones are left out) as JSON."""
    return orjson.dumps({field: value for field, value in body.items() if value})
