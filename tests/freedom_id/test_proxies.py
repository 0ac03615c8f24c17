"""Requests through a proxy and over TLS with an own CA, over real sockets."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from importer.freedom_id import Answer, AnswerKind, FreedomId, Timeout, TokenSource, make_transport
from importer.freedom_id.proxy_transport import ProxyTransport
from importer.freedom_id.transport import ssl_context
from tests.freedom_id.certificates import make_certificate
from tests.freedom_id.faulty import UUID, Behaviour, Peer, answer, closed_port, replies, serving

ROW = {"phone": "+77010000001"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def tunnel(peer: Peer) -> None:
    """An honest CONNECT proxy."""
    request = await peer.read_request()
    host, port = request.split(b" ")[1].decode().rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.gather(pump(peer.reader, writer), pump(reader, peer.writer))


async def create(url: str, transport: httpx.AsyncBaseTransport, times: int = 1) -> list[Answer]:
    api = FreedomId(url, TokenSource.from_text("secret"), transport, timeout=Timeout(2.0, 2.0))
    try:
        return [await api.create(ROW) for _ in range(times)]
    finally:
        await api.aclose()


def test_an_own_ca_is_trusted_and_connections_are_kept(run: Any, certificate: tuple[Path, Path]) -> None:
    async def scenario() -> None:
        async with serving(replies(answer()), ssl=server_context(certificate)) as server:
            url = f"https://127.0.0.1:{server.port}"
            transport = make_transport(url, {"SSL_CERT_FILE": str(certificate[0])})
            assert [said.freedom_id for said in await create(url, transport, 5)] == [UUID] * 5
            assert server.connections == 1

    run(scenario())


@pytest.mark.parametrize("fault", ["close", "cut"])
def test_over_tls_too_a_lost_answer_is_maybe_created(run: Any, certificate: tuple[Path, Path], fault: str) -> None:
    async def behave(peer: Peer) -> None:
        await peer.read_request()
        if fault == "cut":
            await peer.send(answer()[:-5])
        peer.writer.transport.abort()

    async def scenario() -> None:
        async with serving(behave, ssl=server_context(certificate)) as server:
            url = f"https://127.0.0.1:{server.port}"
            (said,) = await create(url, make_transport(url, {"SSL_CERT_FILE": str(certificate[0])}))
        assert (said.kind, said.maybe_created) == (AnswerKind.RETRY, True)

    run(scenario())


async def through(
    proxy: Behaviour, certificate: tuple[Path, Path], server_behaviour: Behaviour
) -> tuple[Answer, list[bytes], list[bytes]]:
    """The answer, what the proxy read and what the server read; the API is https beyond the proxy."""
    context = ssl_context({"SSL_CERT_FILE": str(certificate[0])})
    async with (
        serving(server_behaviour, ssl=server_context(certificate)) as server,
        serving(proxy) as gate,
    ):
        transport = ProxyTransport(httpx.Proxy(gate.url), context)
        (said,) = await create(f"https://127.0.0.1:{server.port}", transport)
        return said, gate.requests, server.requests


def test_the_proxy_sees_the_host_and_never_the_token(run: Any, certificate: tuple[Path, Path]) -> None:
    said, at_proxy, at_server = run(through(tunnel, certificate, replies(answer())))
    assert said.freedom_id == UUID
    assert at_proxy[0].startswith(b"CONNECT 127.0.0.1:")
    assert b"secret" not in b"".join(at_proxy)
    assert b"Bearer secret" in at_server[0]


def refusing(status: str) -> Behaviour:
    return replies(answer(b"", status))


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
def test_a_proxy_that_lets_nothing_through_proves_that_nothing_arrived(
    run: Any, certificate: tuple[Path, Path], status: str
) -> None:
    said, _, at_server = run(through(refusing(status), certificate, replies(answer())))
    kind = AnswerKind.RETRY if status.startswith("5") else AnswerKind.MISROUTED  # rules and passwords do not heal
    assert (said.kind, said.maybe_created, said.unreachable) == (kind, False, True)
    assert at_server == []


async def after_reading_close(peer: Peer) -> None:
    await peer.read_request()
    peer.writer.transport.abort()


async def after_reading_cut(peer: Peer) -> None:
    await peer.read_request()
    await peer.send(answer()[:-5])
    peer.writer.transport.abort()


async def after_reading_hang(peer: Peer) -> None:
    await peer.read_request()
    await asyncio.sleep(30)


@pytest.mark.parametrize("fault", [after_reading_close, after_reading_cut, after_reading_hang])
def test_an_answer_lost_beyond_the_tunnel_is_maybe_created(
    run: Any, certificate: tuple[Path, Path], fault: Callable[[Peer], Awaitable[None]]
) -> None:
    said, _, at_server = run(through(tunnel, certificate, fault))
    assert len(at_server) == 1
    assert (said.kind, said.maybe_created) == (AnswerKind.RETRY, True)


WRONG_PASSWORD = refusing("407 Proxy Authentication Required")


async def reset_by_the_proxy(peer: Peer) -> None:
    peer.reset()


async def closed_by_the_proxy(peer: Peer) -> None:
    await peer.read_request()
    peer.writer.close()


async def closed_after_connect(peer: Peer) -> None:
    await peer.read_request()
    await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    peer.writer.close()


async def closed_in_the_handshake(peer: Peer) -> None:
    await peer.read_request()
    await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await peer.reader.read(1)
    peer.reset()


async def garbage_instead_of_tls(peer: Peer) -> None:
    await peer.read_request()
    await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await peer.reader.read(1)
    await peer.send(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")


async def silence_instead_of_tls(peer: Peer) -> None:
    await peer.read_request()
    await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    ("fault", "maybe_created"),
    [
        # httpx does not tell whether it was the CONNECT or the request that got no answer
        (reset_by_the_proxy, True),
        (closed_by_the_proxy, True),
        (WRONG_PASSWORD, False),
        (refusing("502 Bad Gateway"), False),
        (closed_after_connect, False),
        (closed_in_the_handshake, False),
        (garbage_instead_of_tls, False),
        (silence_instead_of_tls, False),
    ],
)
def test_a_proxy_that_has_recovered_is_seen_to_have_recovered(
    run: Any, certificate: tuple[Path, Path], fault: Behaviour, maybe_created: bool
) -> None:
    """Httpcore keeps a tunnel whose TLS handshake failed as if it were in use: its slot is thrown away."""
    kind = AnswerKind.MISROUTED if fault is WRONG_PASSWORD else AnswerKind.RETRY
    broken = True

    async def proxy(peer: Peer) -> None:
        await (fault if broken else tunnel)(peer)

    async def scenario() -> None:
        nonlocal broken
        async with (
            serving(replies(answer()), ssl=server_context(certificate)) as server,
            serving(proxy) as gate,
            contextlib.aclosing(behind(gate.url, server.url, certificate)) as api,
        ):
            for _ in range(2):
                said = await api.create(ROW)
                assert (said.kind, said.maybe_created) == (kind, maybe_created)
            assert server.requests == []
            broken = False
            assert [(await api.create(ROW)).freedom_id for _ in range(3)] == [UUID] * 3
            assert server.connections == 1

    run(scenario())


def test_a_proxy_that_refused_connections_is_seen_to_have_recovered(run: Any, certificate: tuple[Path, Path]) -> None:
    async def scenario() -> None:
        port = closed_port()
        async with (
            serving(replies(answer()), ssl=server_context(certificate)) as server,
            contextlib.aclosing(behind(f"http://127.0.0.1:{port}", server.url, certificate)) as api,
        ):
            said = await api.create(ROW)
            assert (said.kind, said.maybe_created, said.unreachable) == (AnswerKind.RETRY, False, True)
            assert (said.code, said.reason) == ("proxy", "the proxy cannot be reached: connection refused")
            async with serving(tunnel, port=port):
                assert [(await api.create(ROW)).freedom_id for _ in range(3)] == [UUID] * 3

    run(scenario())


def test_a_proxy_whose_name_nobody_knows_is_named_and_not_the_api(run: Any, certificate: tuple[Path, Path]) -> None:
    async def scenario() -> None:
        async with contextlib.aclosing(
            behind("http://no-proxy.invalid:3128", "http://api.invalid", certificate)
        ) as api:
            said = await api.create(ROW)
            assert (said.code, said.maybe_created) == ("proxy_name", False)

    run(scenario())


def behind(proxy: str, server: str, certificate: tuple[Path, Path]) -> FreedomId:
    """A client whose one request at a time goes through ``proxy``."""
    transport = ProxyTransport(httpx.Proxy(proxy), ssl_context({"SSL_CERT_FILE": str(certificate[0])}))
    url = server.replace("http:", "https:")
    return FreedomId(url, TokenSource.from_text("secret"), transport, timeout=Timeout(0.5, 2.0))


def test_a_proxy_s_slot_is_thrown_away_with_a_request_that_was_cancelled(
    run: Any, certificate: tuple[Path, Path]
) -> None:
    async def behave(peer: Peer) -> None:
        await peer.read_request()
        if len(peer.requests) == 1:
            await peer.reader.read()
        await peer.send(answer())
        await peer.read_request()

    async def scenario() -> None:
        async with (
            serving(behave, ssl=server_context(certificate)) as server,
            serving(tunnel) as gate,
            contextlib.aclosing(behind(gate.url, server.url, certificate)) as api,
        ):
            assert (await api.create(ROW)).maybe_created
            assert (await api.create(ROW)).freedom_id == UUID

    run(scenario())
