"""A fast Freedom ID: answers every POST with a new UUID, checks nothing, keeps nothing.

``python tests/benchmarks/server.py [CPU]`` prints its port, then serves until its stdin ends. To a GET it answers
with how many users it has made, and when (seconds since the epoch) it got its first POST.
"""

import asyncio
import contextlib
import os
import sys
import time

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 53\r\n\r\n"
    b'{"freedom_id":"%08x-0000-4000-8000-%012x"}'
)


class Seen:
    """What came in so far."""

    made = 0
    first_at = 0.0


class Server(asyncio.Protocol):
    """One connection."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
            if len(data) < end + 4 + length:
                break
            data = data[end + 4 + length :]
            self.answer(head)
        self.rest = data

    def answer(self, head: bytes) -> None:
        seen = self.seen
        if head.startswith(b"get"):
            body = b"%d %f" % (seen.made, seen.first_at)
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            return
        seen.first_at = seen.first_at or time.time()
        seen.made += 1
        self.transport.write(ANSWER % (seen.made, seen.made))


async def serve() -> None:
    loop = asyncio.get_running_loop()
    seen = Seen()
    server = await loop.create_server(lambda: Server(seen), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 (how its port is told)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    if len(sys.argv) > 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(sys.argv[1])})
    with contextlib.suppress(ImportError):  # a faster loop, so that the server is not what is measured
        import uvloop

        uvloop.install()
    asyncio.run(serve())
