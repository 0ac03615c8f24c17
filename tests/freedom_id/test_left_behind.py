"""What a run that is to end does not wait for, and what one that was stopped meanwhile does not lose."""

import asyncio
import socket
import threading
import time
from typing import Any

import httpx
import pytest

from importer.freedom_id import AnswerKind, FreedomId, TokenSource
from importer.freedom_id.keepalive_transport import KeepAliveTransport
from importer.freedom_id.lookup_loop import LookupLoop
from tests.freedom_id.faulty import answer, replies, serving


def post(url: str, seconds: float = 30.0) -> httpx.Request:
    return httpx.Request("POST", url, content=b"{}", extensions={"timeout": {"connect": 30.0, "read": seconds}})


def test_a_look_up_that_hangs_is_left_behind_when_the_run_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, released = threading.Event(), threading.Event()

    def never(*_where: object, **_what: object) -> list[Any]:
        hanging.set()
        released.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    monkeypatch.setattr(socket, "getaddrinfo", never)

    async def scenario() -> None:
        api = FreedomId("https://api.example", TokenSource.from_text("secret"), KeepAliveTransport())
        row = asyncio.create_task(api.create({"phone": "+77010000001"}))
        await asyncio.to_thread(hanging.wait)
        api.stop_connecting()
        said = await row
        assert (said.kind, said.maybe_created) == (AnswerKind.RETRY, False)
        assert not (await api.create({"phone": "+77010000002"})).maybe_created, "nor is another one begun"
        await api.aclose()

    with asyncio.Runner(loop_factory=LookupLoop) as runner:
        runner.run(scenario())
    assert "lookup" in {thread.name for thread in threading.enumerate()}, "it hangs still, and nobody waited"
    released.set()


def test_a_look_up_tells_what_the_system_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(name: str) -> Any:
        return await asyncio.get_running_loop().getaddrinfo(name, 80, type=socket.SOCK_STREAM)

    with asyncio.Runner(loop_factory=LookupLoop) as runner:
        assert runner.run(look_up("127.0.0.1")) == socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
        with pytest.raises(OSError, match=r"not known|No address|failure"):
            runner.run(look_up("api.invalid"))
        with pytest.raises(UnicodeError):
            runner.run(look_up("x" * 70 + ".example"))


def test_a_connection_that_hangs_is_left_behind_and_a_cancelled_row_stays_cancelled(run: Any) -> None:
    async def scenario() -> None:
        with socket.socket() as full, socket.socket() as first:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            first.connect(full.getsockname())
            transport, url = KeepAliveTransport(), f"http://127.0.0.1:{full.getsockname()[1]}"
            others = [asyncio.create_task(transport.handle_async_request(post(url))) for _ in range(4)]
            await asyncio.sleep(0.1)
            others[3].cancel()
            transport.stop_connecting()
            ended = await asyncio.gather(*others, return_exceptions=True)
            await transport.aclose()
        assert isinstance(ended[3], asyncio.CancelledError)
        assert "ConnectError" in {type(one).__name__ for one in ended}

    run(scenario())


def test_an_answer_that_came_while_the_process_was_stopped_is_not_lost(run: Any) -> None:
    def serve_in_thread(listener: socket.socket) -> None:
        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65_536)
                peer.sendall(answer(b"right"))
                peer.recv(1)

        threading.Thread(target=serve, daemon=True).start()

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serve_in_thread(listener)
            transport = KeepAliveTransport()
            asyncio.get_running_loop().call_later(0.05, time.sleep, 0.6)  # as SIGSTOP does, seen from the loop
            response = await transport.handle_async_request(post(f"http://127.0.0.1:{listener.getsockname()[1]}", 0.3))
            assert await response.aread() == b"right"
            await transport.aclose()

    run(scenario())


def test_a_connection_that_idled_while_the_machine_slept_is_thrown_away(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = 0.0
    real = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda clock: real(clock) + asleep * (clock == time.CLOCK_BOOTTIME))

    async def scenario() -> None:
        nonlocal asleep
        async with serving(replies(answer(b"right"))) as server:
            transport = KeepAliveTransport()
            for seconds in (0.0, 0.0, 3600.0):
                asleep = seconds
                await transport.handle_async_request(post(server.url))
            assert server.connections == 2
            await transport.aclose()

    run(scenario())
