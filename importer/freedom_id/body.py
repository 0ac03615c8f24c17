"""An answer's body, bounded twice: as it is sent, and as it unpacks."""

import zlib
from typing import Final

import httpx

_GZIP_OR_ZLIB: Final = 47
"""zlib's window bits for "find out which of both"."""


async def read_bounded(response: httpx.Response, limit: int) -> bytes:
    """The body as sent, ``limit`` bytes at most; closes the response in any case.

    Raises:
        httpx.RemoteProtocolError: The body is longer.
        httpx.TransportError: As the transport raises while reading.
    """
    stream = response.stream
    if isinstance(stream, httpx.ByteStream):
        (body,) = stream
    else:
        body = await _collect(response, limit)
    if len(body) > limit:
        raise httpx.RemoteProtocolError(f"the answer is longer than {limit} bytes")
    return body


async def _collect(response: httpx.Response, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in response.aiter_raw():
            parts.append(part)
            size += len(part)
            if size > limit:
                break
    finally:
        await response.aclose()
    return b"".join(parts)


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a Content-Encoding, ``limit`` bytes at most.

    Only gzip and deflate: no other is asked for, and a decoder without a bound would let 1 MB become 1 GB.

    Raises:
        httpx.DecodingError: Another encoding, broken, cut, or longer than the limit.
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError("the answer is compressed in a way nobody asked for")
    try:
        unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as exc:
        raise httpx.DecodingError("the answer's compression is broken") from exc
    if len(unpacked) > limit:
        raise httpx.DecodingError(f"the answer unpacks to more than {limit} bytes")
    if not unpacker.eof:
        raise httpx.DecodingError("the answer's compression is cut")
    return unpacked
