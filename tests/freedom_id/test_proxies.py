"""Requests through a proxy and over TLS with an own CA, over real sockets."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from importer.creating.attempt import AT_FIRST_CONTACT
from importer.freedom_id import Answer, AnswerKind, FreedomId, Timeout, TokenSource, make_transport
from importer.freedom_id.keepalive_transport import KeepAliveTransport
from importer.freedom_id.single_use_transport import SingleUseTransport
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
    """An honest CONNECT proxy, to which every name is this machine's."""
    request = await peer.read_request()
    _host, port = request.split(b" ")[1].decode().rsplit(":", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
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
        transport = KeepAliveTransport(context, proxy=httpx.Proxy(gate.url))
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


def test_a_tunnel_closed_under_the_second_request_is_maybe_created(run: Any, certificate: tuple[Path, Path]) -> None:
    async def behave(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(answer())
        await peer.read_request()
        peer.writer.close()

    async def scenario() -> None:
        async with (
            serving(behave, ssl=server_context(certificate)) as server,
            serving(tunnel) as gate,
            contextlib.aclosing(behind(gate.url, server.url, certificate)) as api,
        ):
            assert (await api.create(ROW)).freedom_id == UUID
            said = await api.create(ROW)
            assert (said.kind, said.maybe_created) == (AnswerKind.RETRY, True)
            assert len(server.requests) == 2

    run(scenario())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_behind_a_proxy_a_certificate_of_another_name_is_named_and_nothing_is_sent(
    run: Any, certificate: tuple[Path, Path], scheme: str
) -> None:
    async def scenario() -> None:
        async with (
            serving(replies(answer()), ssl=server_context(certificate)) as server,
            serving(tunnel, ssl=server_context(certificate) if scheme == "https" else None) as gate,
        ):
            proxy = f"{scheme}://127.0.0.1:{gate.port}"
            url = f"https://api.example:{server.port}"
            environ = {"SSL_CERT_FILE": str(certificate[0]), "HTTPS_PROXY": proxy}
            (said,) = await create(url, make_transport("https://api.example", environ))
            assert (said.kind, said.code, said.maybe_created) == (AnswerKind.MISROUTED, "certificate", False)
            assert server.requests == []

    run(scenario())


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


async def no_http(peer: Peer) -> None:
    await peer.read_request()
    await peer.send(b"SSH-2.0-x\r\n")
    await asyncio.sleep(30)


async def speaks_before_tls(peer: Peer) -> None:
    await peer.read_request()
    await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\nSSH-2.0-x\r\n")
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    "fault",
    [
        reset_by_the_proxy,
        closed_by_the_proxy,
        WRONG_PASSWORD,
        refusing("502 Bad Gateway"),
        closed_after_connect,
        closed_in_the_handshake,
        garbage_instead_of_tls,
        silence_instead_of_tls,
        no_http,
        speaks_before_tls,
    ],
)
def test_a_proxy_that_has_recovered_is_seen_to_have_recovered(
    run: Any, certificate: tuple[Path, Path], fault: Behaviour
) -> None:
    """And what failed before the way was there provably never left."""
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
                assert (said.kind, said.maybe_created) == (kind, False)
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
    transport = KeepAliveTransport(ssl_context({"SSL_CERT_FILE": str(certificate[0])}), proxy=httpx.Proxy(proxy))
    url = server.replace("http:", "https:")
    return FreedomId(url, TokenSource.from_text("secret"), transport, timeout=Timeout(0.5, 2.0))


WRONG = b'{"freedom_id": "11111111-d824-4f50-928b-450d2e46f874"}'


def with_a_second_answer(*, later: bool) -> Behaviour:
    """To the first request of each connection two answers: in one packet, or one of them on the idle connection."""

    async def behave(peer: Peer) -> None:
        await peer.read_request()
        if later:
            await peer.send(answer())
            await asyncio.sleep(0.02)
            await peer.send(answer(WRONG))
        else:
            await peer.send(answer() + answer(WRONG))
        while True:
            await peer.read_request()
            await peer.send(answer())

    return behave


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("kind", [KeepAliveTransport, SingleUseTransport])
def test_a_second_answer_from_behind_a_proxy_is_never_another_row_s(
    run: Any, certificate: tuple[Path, Path], later: bool, kind: type
) -> None:
    async def scenario() -> None:
        doubted: list[str] = []
        context = ssl_context({"SSL_CERT_FILE": str(certificate[0])})
        async with (
            serving(with_a_second_answer(later=later), ssl=server_context(certificate)) as server,
            serving(tunnel) as gate,
        ):
            transport = kind(ssl_context=context, proxy=httpx.Proxy(gate.url))
            url = f"https://127.0.0.1:{server.port}"
            api = FreedomId(url, TokenSource.from_text("secret"), transport)
            api.on_doubtful_id = doubted.append
            for _ in range(3):
                assert (await api.create(ROW)).freedom_id in {UUID, ""}
                await asyncio.sleep(0.05)
            await api.aclose()
            assert server.connections == 3
        assert doubted == [UUID] * (later and kind is KeepAliveTransport)

    run(scenario())


def test_a_proxy_is_told_its_password_and_may_itself_speak_tls(run: Any, certificate: tuple[Path, Path]) -> None:
    async def scenario() -> None:
        async with (
            serving(replies(answer()), ssl=server_context(certificate)) as server,
            serving(tunnel, ssl=server_context(certificate)) as gate,
        ):
            url = f"https://127.0.0.1:{server.port}"
            environ = {"SSL_CERT_FILE": str(certificate[0]), "HTTPS_PROXY": f"https://me:p%40ss@127.0.0.1:{gate.port}"}
            transport = make_transport("https://api.example", environ)
            assert [said.freedom_id for said in await create(url, transport, 3)] == [UUID] * 3
            assert (server.connections, gate.connections) == (3, 3)
            assert b"\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n" in gate.requests[0]
            assert b"Proxy-Authorization" not in b"".join(server.requests)

    run(scenario())


@pytest.mark.parametrize("host", ["[::1]:8443", "api.example", "straße.example"])
def test_a_proxy_is_asked_for_host_and_port(run: Any, certificate: tuple[Path, Path], host: str) -> None:
    async def scenario() -> None:
        async with serving(refusing("403 Forbidden")) as gate:
            await create(f"https://{host}", KeepAliveTransport(proxy=httpx.Proxy(gate.url)))
            target = host if ":" in host else f"{httpx.URL(f'https://{host}').raw_host.decode()}:443"
            assert gate.requests == [f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()]

    run(scenario())


def test_a_tunnel_is_thrown_away_with_a_request_that_was_cancelled(run: Any, certificate: tuple[Path, Path]) -> None:
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


@pytest.mark.parametrize("fault", [closed_after_connect, closed_in_the_handshake])
def test_a_tunnel_that_ends_while_tls_begins_is_an_outage_and_no_wrong_address(
    run: Any, certificate: tuple[Path, Path], fault: Behaviour
) -> None:
    said, _, _ = run(through(fault, certificate, replies(answer())))
    assert (said.kind, said.maybe_created) == (AnswerKind.RETRY, False)
    assert said.code not in AT_FIRST_CONTACT
