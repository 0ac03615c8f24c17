"""uvicorn on a loopback port: with a door that outages shut, and connections that faults break."""

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from importer.errors import UsageError
from importer.messages.text import Text
from importer.sandbox.asgi_app import SandboxApp
from importer.sandbox.delivery import reset

_log = logging.getLogger("importer.sandbox")
_WATCH_SECONDS: Final = 0.02
_TICK_SECONDS: Final = 0.1
_END_SECONDS: Final = 2.0
_BACKLOG: Final = 2048


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to a loopback address (port 0 = a free one), not yet listening.

    Raises UsageError for any other address, or a port that is taken.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UsageError(
            Text("sandbox: the host is an IP address of this machine's loopback, like 127.0.0.1")
        ) from None
    if not address.is_loopback:
        raise UsageError(Text("sandbox: it listens on loopback only (127.0.0.1 or ::1)"))
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 (IPv4)
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer waits 40 ms for an ACK
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((str(address), port))
    except (OSError, OverflowError) as exc:
        sock.close()
        raise UsageError("sandbox: port {port} can't be used; choose another or 0", port=port) from exc
    sock.setblocking(False)
    return sock


class SandboxProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol; each request's scope carries it as the extension "sandbox"."""

    def connection_made(self, transport: Any) -> None:
        """A client has connected."""
        super().connection_made(transport)
        app = self.config.app
        if isinstance(app, SandboxApp):
            app.service.stats.connections += 1
            most = app.service.options.connection_limit
            if most and sum(_port(each) == _port(self) for each in self.connections) > most:
                reset(transport)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox": {"wire": self}}


class SandboxServer(uvicorn.Server):
    """Serves one SandboxApp on ``host`` and ``port``, and on a second, free port that stays up in outages.

    ``url`` and ``control_url`` are their addresses; ``ready`` is set when both answer.
    """

    def __init__(self, app: SandboxApp, host: str = "127.0.0.1", port: int = 0) -> None:
        config = uvicorn.Config(
            app,
            http=SandboxProtocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=app.service.options.keep_alive,
            backlog=_BACKLOG,
        )
        super().__init__(config)
        self.app = app
        self._sockets = _bind_both(host, port, app)
        self.url, self.control_url = map(_url, self._sockets)
        self._address = self._sockets[0].getsockname()
        self._guard: socket.socket | None = None
        self.ready = threading.Event()
        self.on_ready: Callable[[], None] = self.ready.set
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._doorkeeper: asyncio.Task[None] | None = None
        self._door = asyncio.Lock()

    async def run_until_stopped(self) -> None:
        """Serve until ``stop``, SIGINT or SIGTERM."""
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self.app.changed = self.keep_door
        try:
            await self.serve(sockets=self._sockets)
        finally:
            for sock in (*self._sockets, self._guard):
                if sock:
                    sock.close()
            self.app.service.users.close()

    def stop(self) -> None:
        """End soon; may be called from any thread, and twice."""
        if self._loop and self._stopping:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended
                self._loop.call_soon_threadsafe(self._stopping.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell it."""
        await super().startup(sockets=sockets)
        await self.keep_door()
        self._doorkeeper = asyncio.create_task(self._watch())
        self.on_ready()
        self.ready.set()

    async def main_loop(self) -> None:
        """Tick as uvicorn does, ended at once by ``stop``."""
        counter = 0
        while self._stopping and not self._stopping.is_set() and not await self.on_tick(counter):
            counter += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Break what is under way, close the rest: uvicorn would wait for what hangs."""
        if self._doorkeeper:
            self._doorkeeper.cancel()
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and not cycle.response_complete:
                reset(connection.transport)
            else:
                connection.shutdown()
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 (no event is offered)
                    await asyncio.sleep(_WATCH_SECONDS / 10)

    async def keep_door(self) -> None:
        """Shut or open the door as the outages of this moment say."""
        service = self.app.service
        async with self._door:
            shut = service.outages.active(service.clock()) == "refused"
            if shut and not self._guard:
                self._shut()
            elif not shut and self._guard:
                await self._open(self._guard)

    def _shut(self) -> None:
        """Stop listening, break every connection; a bound socket that doesn't listen keeps the port ours."""
        self.servers[0].close()
        self._guard = bind(self._address[0], self._address[1])
        for connection in list(self.server_state.connections):
            if _port(connection) == self._address[1]:
                reset(connection.transport)

    async def _open(self, sock: socket.socket) -> None:
        def protocol() -> asyncio.Protocol:
            return SandboxProtocol(self.config, self.server_state, self.lifespan.state)

        loop = asyncio.get_running_loop()
        self.servers[0] = await loop.create_server(protocol, sock=sock, backlog=_BACKLOG)
        self._guard = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                await self.keep_door()
            except (OSError, UsageError):
                _log.exception("sandbox: the port could not be shut or opened again")

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """SIGINT or SIGTERM ends the server; unlike uvicorn's own way, it isn't raised again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _bind_both(host: str, port: int, app: SandboxApp) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for number in (port, 0):
            sockets.append(bind(host, number))  # noqa: PERF401 (the first must be closed if the second fails)
    except UsageError:
        for sock in sockets:
            sock.close()
        app.service.users.close()
        raise
    return sockets


def _port(protocol: Any) -> int:
    """The port that a connection came to."""
    return int(protocol.transport.get_extra_info("sockname")[1])


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
