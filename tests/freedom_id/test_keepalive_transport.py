"""Our own transport: pairing, reuse, bounds, and httpx's interface."""

import asyncio
import gc
import gzip
import random
import socket
import threading
import zlib
from typing import Any

import httptools
import httpx
import pytest

from importer.freedom_id import AnswerKind, FreedomId, TokenSource, client
from importer.freedom_id.bounded_body import unpack
from importer.freedom_id.http1_request import encode_head
from importer.freedom_id.keepalive_transport import BELIEVED, KeepAliveTransport
from tests.freedom_id.faulty import BODY, UUID, Behaviour, Peer, answer, replies, serving


def post(url: str, body: bytes = b"{}", timeout: Any = None, **headers: str) -> httpx.Request:
    return httpx.Request("POST", url, headers=headers, content=body, extensions={"timeout": timeout or {}})


async def echo(peer: Peer) -> None:
    """Answers with the request's own body, after a wait that mixes up the order."""
    while True:
        body = (await peer.read_request()).split(b"\r\n\r\n", 1)[1]
        await asyncio.sleep(int(body) % 7 / 1000)
        await peer.send(answer(body))


def test_every_answer_goes_to_its_own_request_over_few_connections(run: Any) -> None:
    async def scenario() -> None:
        async with serving(echo) as server:
            transport = KeepAliveTransport()
            numbers = iter(range(400))

            async def worker() -> None:
                for number in numbers:
                    response = await transport.handle_async_request(post(server.url, b"%d" % number))
                    assert await response.aread() == b"%d" % number

            await asyncio.gather(*(worker() for _ in range(16)))
            await transport.aclose()
            assert server.connections == 16

    run(scenario())


async def without_a_length(peer: Peer) -> None:
    """Answers so that only the end of the connection tells where the answer ends."""
    await peer.read_request()
    await peer.send(b"HTTP/1.1 200 OK\r\n\r\n1")
    peer.writer.close()


@pytest.mark.parametrize("behave", [echo, without_a_length])
def test_answers_leave_no_work_to_the_cycle_collector(run: Any, behave: Behaviour) -> None:
    """A run reads millions; each time the collector runs it looks through all that the program holds."""

    async def scenario() -> None:
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            for _ in range(20):
                await (await transport.handle_async_request(post(server.url, b"1"))).aread()
            assert sum(isinstance(one, httptools.HttpResponseParser) for one in gc.get_objects()) <= 1
            await transport.aclose()

    gc.disable()
    try:
        run(scenario())
    finally:
        gc.enable()


@pytest.mark.parametrize("behind", [answer(b"WRONG"), b"HTTP/1.1 103 Early Hints\r\n\r\n", b"garbage"])
@pytest.mark.parametrize("apart", [False, True])
def test_of_two_answers_to_one_request_neither_is_believed(run: Any, behind: bytes, apart: bool) -> None:
    """In one packet or in two: either may be another request's, and would pair its FreedomID with this row."""

    async def behave(peer: Peer) -> None:
        while True:
            await peer.read_request()
            if apart:
                await peer.send(answer(b"right"))
                await peer.send(behind)
            else:
                await peer.send(answer(b"right") + behind)

    async def scenario() -> None:
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            for _ in range(3):
                with pytest.raises(httpx.RemoteProtocolError, match="more than one answer"):
                    await transport.handle_async_request(post(server.url))
            await transport.aclose()
            assert server.connections == 3

    run(scenario())


@pytest.mark.parametrize("behind", [b"\r\n", b"\n\r\n"])
def test_blank_lines_behind_an_answer_are_no_second_one(run: Any, behind: bytes) -> None:
    async def scenario() -> None:
        async with serving(replies(answer(b"right") + behind)) as server:
            transport = KeepAliveTransport()
            for _ in range(3):
                response = await transport.handle_async_request(post(server.url))
                assert await response.aread() == b"right"
            await transport.aclose()

    run(scenario())


RIGHT = answer(b"right")


def late(data: bytes, good: bytes = RIGHT) -> Behaviour:
    """One good answer, ``data`` on the idle connection, then good answers again."""

    async def behave(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(good)
        if len(peer.requests) == 1:
            await asyncio.sleep(0.01)
            await peer.send(data)
        while True:
            await peer.read_request()
            await peer.send(good)

    return behave


async def three(url: str) -> None:
    transport = KeepAliveTransport()
    for _ in range(3):
        response = await transport.handle_async_request(post(url))
        assert await response.aread() == b"right"
        await asyncio.sleep(0.03)
    await transport.aclose()


def test_after_an_answer_that_nobody_asked_for_no_connection_is_used_twice(
    run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with serving(late(answer(b"WRONG"))) as server:
            await three(server.url)
            assert server.connections == 3

    run(scenario())
    assert caplog.text.count("an answer that no request asked for") == 1


def test_what_came_over_such_a_connection_before_is_handed_over_and_nothing_of_others(run: Any) -> None:
    async def behave(peer: Peer) -> None:
        for _ in range(3):
            await peer.read_request()
            number = len(peer.requests)
            await peer.send(answer(b"%d" % number, "200 OK", "Connection: close" if number == 3 else "X-A: b"))
        if number == 6:
            await asyncio.sleep(0.01)
            await peer.send(answer(b"WRONG"))
            await asyncio.sleep(1)

    async def scenario() -> None:
        handed = []
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            transport.on_distrust = handed.extend
            for _ in range(6):
                request = post(server.url)
                response = await transport.handle_async_request(request)
                request.extensions[BELIEVED].append((await response.aread()).decode())
            await asyncio.sleep(0.05)
            await transport.aclose()
            assert server.connections == 2
        assert handed == ["4", "5", "6"]

    run(scenario())


OTHER = "11111111-d824-4f50-928b-450d2e46f874"
LONG = b'{"user": {"about": "%s"}, "freedom_id": "%s"}' % (b"x" * 5000, UUID.encode())


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (BODY, ""),
        (gzip.compress(BODY), "gzip"),
        (zlib.compress(gzip.compress(BODY)), "gzip, deflate"),
        (LONG, ""),
        (gzip.compress(random.Random(1).randbytes(5000).hex().encode().join([b'{"a": "', b'", ' + BODY[1:]])), "gzip"),
        (b'{"freedom_id": "%s", "user": {"freedom_id": "%s"}}' % (UUID.encode(), OTHER.encode()), ""),
    ],
    ids=["plain", "gzip", "twice", "long", "long gzip", "two"],
)
def test_the_id_of_any_answer_that_was_believed_is_taken_back(run: Any, body: bytes, encoding: str) -> None:
    async def scenario() -> None:
        doubted: list[str] = []
        async with serving(late(answer(b"WRONG"), answer(body, "200 OK", f"Content-Encoding: {encoding}"))) as server:
            api = FreedomId(server.url, TokenSource.from_text("secret"), KeepAliveTransport())
            api.on_doubtful_id = doubted.append
            assert (await api.create({"phone": "+77010000001"})).freedom_id == UUID
            await asyncio.sleep(0.05)
            await api.aclose()
        assert doubted == [UUID]

    run(scenario())


def test_the_id_of_a_user_that_was_updated_is_not_taken_back(run: Any) -> None:
    """It was sent, not given: an answer that tells it, as updates are answered, gives nobody another one."""

    async def scenario() -> None:
        doubted: list[str] = []
        async with serving(late(answer(b"WRONG"), answer(BODY))) as server:
            api = FreedomId(server.url, TokenSource.from_text("secret"), KeepAliveTransport())
            api.on_doubtful_id = doubted.append
            assert (await api.update({"freedom_id": UUID, "phone": "+77010000001"})).kind is AnswerKind.UPDATED
            await asyncio.sleep(0.05)
            await api.aclose()
        assert doubted == []

    run(scenario())


def test_what_is_taken_back_is_not_read_again(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a thousand answers that unpack to 1 MB each hold up the event loop for seconds."""
    read: list[bytes] = []
    doubted: list[str] = []

    def counted(body: bytes, *how: Any) -> bytes:
        read.append(body)
        return unpack(body, *how)

    monkeypatch.setattr(client, "unpack", counted)
    packed = gzip.compress(BODY)

    async def scenario() -> None:
        async with serving(late(answer(b"WRONG"), answer(packed, "200 OK", "Content-Encoding: gzip"))) as server:
            api = FreedomId(server.url, TokenSource.from_text("secret"), KeepAliveTransport())
            api.on_doubtful_id = doubted.append
            await api.create({"phone": "+77010000001"})
            await asyncio.sleep(0.05)
            await api.aclose()
        assert (doubted, read) == ([UUID], [packed])

    run(scenario())


def test_what_may_have_to_be_taken_back_stays_bounded(run: Any) -> None:
    async def scenario() -> None:
        async with serving(replies(answer(b"x"))) as server:
            transport = KeepAliveTransport()
            for _ in range(1001):
                await transport.handle_async_request(post(server.url))
            await transport.aclose()
            assert server.connections == 2

    run(scenario())


@pytest.mark.parametrize("data", [b"\r\n", answer(b"", "408 Request Timeout", "Connection: close")])
def test_what_servers_say_on_an_idle_connection_ends_that_connection_only(run: Any, data: bytes) -> None:
    async def scenario() -> None:
        async with serving(late(data)) as server:
            await three(server.url)
            assert server.connections == 2

    run(scenario())


WAITED = answer(b"<p>waited</p>", "408 Request Timeout", "Connection: close")


@pytest.mark.parametrize("notice", [WAITED, b"\r\n" + WAITED, b"HTTP/1.0 408 Request Time-out\r\n\r\n"])
def test_a_notice_that_a_stopped_process_reads_with_its_answer_ends_that_connection_only(
    run: Any, notice: bytes
) -> None:
    """Of a machine that slept the server's patience ends meanwhile; what it had answered before is right."""

    async def scenario() -> None:
        handed: list[str] = []
        async with serving(replies(RIGHT, RIGHT + notice, RIGHT)) as server:
            transport = KeepAliveTransport()
            transport.on_distrust = handed.append
            for _ in range(3):
                response = await transport.handle_async_request(post(server.url))
                assert await response.aread() == b"right"
            await transport.aclose()
            assert server.connections == 2
        assert handed == []

    run(scenario())


@pytest.mark.parametrize("behind", [answer(b"", "408 Waited") + answer(b"WRONG"), answer(b"WRONG") + WAITED])
def test_an_answer_beside_such_a_notice_is_nobody_s(run: Any, behind: bytes) -> None:
    async def scenario() -> None:
        async with serving(replies(RIGHT + behind)) as server:
            transport = KeepAliveTransport()
            with pytest.raises(httpx.RemoteProtocolError, match="more than one answer"):
                await transport.handle_async_request(post(server.url))
            await transport.aclose()

    run(scenario())


def test_an_answer_that_comes_before_the_request_is_nobody_s(run: Any) -> None:
    """Nothing was written then, so that nothing can have been created."""

    async def behave(peer: Peer) -> None:
        await peer.send(answer(b"WRONG"))
        await peer.read_request()

    async def scenario() -> None:
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            with pytest.raises(httpx.ConnectError):
                await transport.handle_async_request(post(server.url))
            await transport.aclose()
            assert server.requests == []

    run(scenario())


def test_a_cancelled_request_takes_its_connection_with_it(run: Any) -> None:
    """The late answer must not meet the next request."""
    closed = asyncio.Event()

    async def behave(peer: Peer) -> None:
        await peer.read_request()
        if len(peer.requests) == 1:
            await peer.reader.read()
            closed.set()
        await peer.send(answer(b"right"))
        await peer.read_request()

    async def scenario() -> None:
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await transport.handle_async_request(post(server.url))
            response = await transport.handle_async_request(post(server.url))
            assert await response.aread() == b"right"
            await closed.wait()
            await transport.aclose()
            assert server.connections == 2

    run(scenario())


def test_the_total_time_counts_per_request_also_on_a_connection_that_is_used_again(run: Any) -> None:
    async def behave(peer: Peer) -> None:
        for pause in (0.0, 0.15, 0.15, 30.0):
            await peer.read_request()
            await asyncio.sleep(pause)
            await peer.send(answer(b"x"))

    async def scenario() -> None:
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            for seconds in (0.25, 0.25, 30.0):
                await transport.handle_async_request(post(server.url, timeout={"read": seconds}))
            with pytest.raises(httpx.ReadTimeout):
                async with asyncio.timeout(5):
                    await transport.handle_async_request(post(server.url, timeout={"read": 0.1}))
            await transport.aclose()
            assert server.connections == 1

    run(scenario())


def test_a_close_that_only_the_kernel_knows_of_is_seen_before_writing(run: Any) -> None:
    """The server closes right behind its answer, and the event loop has not come round to it yet."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)
    gone = threading.Event()

    def serve() -> None:
        for _ in range(2):
            peer, _ = listener.accept()
            peer.recv(65_536)
            peer.sendall(answer(b"right"))
            peer.close()
            gone.set()

    async def scenario() -> None:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        transport = KeepAliveTransport()
        for _ in range(2):
            gone.clear()
            response = await transport.handle_async_request(post(url))
            assert await response.aread() == b"right"
            gone.wait(5)  # blocks the loop: that is the point
        await transport.aclose()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        run(scenario())
        thread.join(5)


def test_a_connection_that_idled_too_long_is_not_used_again(run: Any) -> None:
    async def scenario() -> None:
        async with serving(replies(answer())) as server:
            transport = KeepAliveTransport(keepalive_expiry=0.02)
            for _ in range(3):
                await transport.handle_async_request(post(server.url))
                await asyncio.sleep(0.04)
            await transport.aclose()
            assert server.connections == 3

    run(scenario())


def test_a_server_that_takes_no_bytes_is_a_write_timeout(run: Any) -> None:
    async def behave(peer: Peer) -> None:
        await asyncio.sleep(30)

    async def scenario() -> None:
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            with pytest.raises(httpx.WriteTimeout):
                await transport.handle_async_request(post(server.url, b"x" * 20_000_000, timeout={"read": 0.2}))
            await transport.aclose()

    run(scenario())


def test_it_serves_an_httpx_client_with_streams_and_compression(run: Any) -> None:
    async def pieces() -> Any:
        yield b"12"
        yield b"34"

    async def scenario() -> None:
        async with serving(echo) as server, httpx.AsyncClient(transport=KeepAliveTransport()) as client:
            response = await client.post(server.url, content=pieces())
            assert (response.status_code, response.text) == (200, "1234")
            assert b"transfer-encoding" not in server.requests[0].lower()

    run(scenario())


def test_closing_ends_requests_under_way_and_leaves_no_socket_behind(run: Any) -> None:
    arrived = asyncio.Event()

    async def behave(peer: Peer) -> None:
        await peer.read_request()
        arrived.set()
        await asyncio.sleep(30)

    async def scenario() -> None:
        async with serving(behave) as server:
            transport = KeepAliveTransport()
            task = asyncio.create_task(transport.handle_async_request(post(server.url)))
            await arrived.wait()
            await transport.aclose()
            with pytest.raises(httpx.TransportError):
                await task

    run(scenario())


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\rb"])
def test_a_header_with_a_line_break_is_not_sent(value: str) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        encode_head(post("https://api.example", X_A=value))


def test_another_scheme_is_not_sent(run: Any) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        run(KeepAliveTransport().handle_async_request(post("ftp://api.example")))
