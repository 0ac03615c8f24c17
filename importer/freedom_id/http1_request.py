"""One HTTP/1.1 request as bytes, and whom it goes to."""

from typing import Final, NamedTuple

import httpx

_PORTS: Final = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Whom a connection leads to.

    ``host`` is in ASCII, as it goes over the wire: Python would make strasse.example of straße.example, somebody else.
    """

    scheme: str
    host: str
    port: int


def origin_of(url: httpx.URL) -> Origin:
    """Whom requests to an address are sent to."""
    return Origin(url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0))


def encode_head(request: httpx.Request) -> bytes:
    """What stands before the Content-Length; raises httpx.LocalProtocolError."""
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    for name, value in request.headers.raw:
        if name.lower() not in (b"content-length", b"transfer-encoding"):
            lines.append(name + b": " + value)
    head = b"".join([line + b"\r\n" for line in lines])
    # a line break in a value would begin a header, or a request, of its own
    if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
        raise httpx.LocalProtocolError("a header holds a line break")
    return head


def with_body(head: bytes, body: bytes) -> bytes:
    """The request of that head, with the Content-Length that its body has."""
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
