"""How an answer goes over the wire, or breaks on the way: the one place that touches connections."""

import asyncio
import contextlib
import socket
import struct
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol

from importer.sandbox.replies import Reply
from importer.sandbox.server_options import Fault, SandboxOptions

_POLL_SECONDS: Final = 0.001
_CHUNK: Final = 65_536
_BLOCK: Final = 1_048_576
_GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK: Final = b"\x03\x00"


Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Wire(Protocol):
    """What a fault needs of the server's protocol object: its real connection."""

    transport: Any  # asyncio.Transport
    flow: Any  # the server's flow control: drain() waits until the connection takes more bytes


@dataclass(frozen=True)
class AsgiExchange:
    """One request: its ASGI calls, its connection (None outside our own server) and who counts answers."""

    receive: Receive
    send: Send
    wire: Wire | None
    options: SandboxOptions
    statuses: Counter[int]


def reset(transport: Any) -> None:
    """Break a TCP connection with RST: what the peer sent may be lost, nothing more is sent."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):  # the peer was quicker
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def say(answer: Reply, exchange: AsgiExchange) -> bool:
    """Send the answer whole; False when the client is gone."""
    wire = exchange.wire
    if wire is not None and wire.transport.is_closing():
        return False
    exchange.statuses[answer.status] += 1
    headers: list[tuple[bytes, bytes]] = list(answer.headers)
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await exchange.send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await exchange.send({"type": "http.response.body", "body": answer.body})
    return True


async def break_off(fault: Fault, answer: Reply | None, exchange: AsgiExchange) -> bool:
    """Deliver ``answer`` (None = none made) the way ``fault`` says; True when it went out whole after all."""
    wire, options = _wire(exchange), exchange.options
    whole = False
    if fault in {Fault.RESET_BEFORE, Fault.RESET_AFTER}:
        reset(wire.transport)
    elif fault in {Fault.HANG_BEFORE, Fault.HANG_AFTER}:
        await _gone(exchange, options.hang_seconds)
    elif answer is not None:
        if fault is Fault.CUT:
            wire.transport.write(_head(answer, len(answer.body)) + answer.body[: len(answer.body) // 2])
        elif fault is Fault.DRIP:
            whole = await _drip(answer, exchange)
        elif fault is Fault.HUGE:
            whole = await _huge(answer, exchange)
        elif fault is Fault.BOMB:
            whole = await _bomb(answer, exchange)
        elif fault is Fault.HEADERS:
            await _endless_headers(exchange)
    wire.transport.close()
    await _gone(exchange, options.hang_seconds)
    return whole


def _wire(exchange: AsgiExchange) -> Wire:
    if exchange.wire is None:
        raise RuntimeError("this fault needs a real connection: run the sandbox as a server")
    return exchange.wire


def _head(answer: Reply, length: int | None, *more: bytes) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}".encode()]
    lines += [name + b": " + value for name, value in answer.headers]
    lines += [f"content-length: {length}".encode()] if length is not None else []
    return b"\r\n".join([*lines, *more, b"connection: close", b"", b""])


async def _gone(exchange: AsgiExchange, seconds: float) -> bool:
    """Wait until the client has left; False when it is still there after ``seconds``."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await exchange.receive())["type"] != "http.disconnect":
                pass
            return True
    return False


async def _write(data: bytes, exchange: AsgiExchange) -> bool:
    wire = _wire(exchange)
    if wire.transport.is_closing():
        return False
    wire.transport.write(data)
    await wire.flow.drain()
    await asyncio.sleep(0)  # others have their turn, and a lost connection is noticed
    return not wire.transport.is_closing()


async def _finish(data: bytes, exchange: AsgiExchange) -> bool:
    """Write the last bytes; True when the system took them all: a client that has read them may leave at once."""
    transport = _wire(exchange).transport
    if transport.is_closing():
        return False
    transport.write(data)
    while transport.get_write_buffer_size():
        await asyncio.sleep(_POLL_SECONDS)
        if transport.is_closing():
            return False
    return True


async def _drip(answer: Reply, exchange: AsgiExchange) -> bool:
    *first, last = _head(answer, len(answer.body)) + answer.body
    for byte in first:
        if not await _write(bytes((byte,)), exchange) or await _gone(exchange, exchange.options.drip_interval):
            return False
    return await _finish(bytes((last,)), exchange)


async def _huge(answer: Reply, exchange: AsgiExchange) -> bool:
    """The true body, then blanks: valid JSON of any size."""
    size = max(exchange.options.huge_bytes, len(answer.body))
    left = size - len(answer.body)
    if not await _write(_head(answer, size) + answer.body, exchange):
        return False
    while left > _CHUNK:
        if not await _write(b" " * _CHUNK, exchange):
            return False
        left -= _CHUNK
    return await _finish(b" " * left, exchange)


async def _bomb(answer: Reply, exchange: AsgiExchange) -> bool:
    """The same as gzip: about a thousandth on the wire. One packed block of blanks serves again and again."""
    blanks = b" " * _BLOCK
    blocks = -(-exchange.options.huge_bytes // _BLOCK)
    check, size = zlib.crc32(answer.body), len(answer.body) + blocks * _BLOCK
    packed = _deflated(blanks)
    if not await _write(_head(answer, None, b"content-encoding: gzip") + _GZIP_HEAD, exchange):
        return False
    if not await _write(_deflated(answer.body), exchange):
        return False
    for _ in range(blocks):
        check = zlib.crc32(blanks, check)
        if not await _write(packed, exchange):
            return False
    return await _finish(_LAST_BLOCK + struct.pack("<II", check, size % 2**32), exchange)


def _deflated(content: bytes) -> bytes:
    """A run of deflate blocks that stands for itself, so that it can be repeated."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


async def _endless_headers(exchange: AsgiExchange) -> None:
    filler, number = b"x" * 1000, 0
    lines = b"HTTP/1.1 200 OK\r\n"
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(exchange.options.hang_seconds):
            while await _write(lines, exchange):
                number += 1
                lines = b"x-filler-%d: %s\r\n" % (number, filler)
