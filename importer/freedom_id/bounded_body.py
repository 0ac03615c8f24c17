"""An answer's body, bounded twice: as it is sent, and as it unpacks."""

import zlib
from typing import Final

import httpx

from importer.messages.text import Text

_COMPRESSED: Final = {"gzip": (zlib.MAX_WBITS | 16,), "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS)}
"""zlib's window bits for what can be undone; by deflate servers mean either of two formats (RFC 9110, 8.4.1.2)."""
_UNKNOWN: Final = frozenset({"br", "zstd", "compress", "dcb", "dcz"})
"""Compressions that nobody asks for here: a decoder without a bound would let 1 MB become 1 GB."""

_GZIP: Final = b"\x1f\x8b"

MAX_BODY: Final = 1_048_576
"""Bytes of an answer that are read, before and after decompression."""


async def read_bounded(response: httpx.Response, limit: int) -> bytes:
    """The body as sent, ``limit`` bytes at most; closes the response in any case.

    Raises:
        httpx.RemoteProtocolError: The body is longer.
        httpx.TransportError: As the transport raises while reading.
    """
    stream = response.stream
    if isinstance(stream, httpx.ByteStream):
        # whole already; an asynchronous generator for each answer would cost as much as reading it
        body = b"".join(stream)
    else:
        body = await _collect(response, limit)
    check_size(body, limit)
    return body


def check_size(body: bytes, limit: int) -> None:
    """Raise httpx.RemoteProtocolError if a body has more than ``limit`` bytes."""
    if len(body) > limit:
        raise httpx.RemoteProtocolError(Text("the answer is longer than {limit} bytes", limit=limit))


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
    """Undo a Content-Encoding header, ``limit`` bytes at most.

    A name that is no compression (``identity``, ``none``, ``UTF-8``) is a server's mistake that changes nothing.

    Raises:
        httpx.DecodingError: A compression nobody asked for, or one that is broken, cut, or unpacks to more.
    """
    if not body:
        return body
    for name in reversed(encoding.lower().split(",")):
        coding = name.strip().removeprefix("x-")
        if coding in _UNKNOWN:
            raise httpx.DecodingError(Text("the answer is compressed in a way nobody asked for"))
        if coding in _COMPRESSED:
            body = _unpack_once(body, _COMPRESSED[coding], limit)
    return body


def _unpack_once(body: bytes, formats: tuple[int, ...], limit: int) -> bytes:
    for window_bits in formats:
        try:
            return _members(body, window_bits, limit)
        except zlib.error:
            continue
    raise httpx.DecodingError(Text("the answer's compression is broken"))


def _members(body: bytes, window_bits: int, limit: int) -> bytes:
    """What a stream unpacks to: gzip may be several of them, one after another (RFC 1952, 2.2)."""
    unpacked = b""
    while True:
        unpacker = zlib.decompressobj(window_bits)
        unpacked += unpacker.decompress(body, limit + 1 - len(unpacked))
        if len(unpacked) > limit:
            raise httpx.DecodingError(Text("the answer unpacks to more than {limit} bytes", limit=limit))
        if not unpacker.eof:
            raise httpx.DecodingError(Text("the answer's compression is cut"))
        body = unpacker.unused_data
        if not body.startswith(_GZIP):
            return unpacked
