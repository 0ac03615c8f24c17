"""A sandbox within this process: in a thread of its own, or in the foreground."""

import asyncio
import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from importer.sandbox.asgi_app import SandboxApp
from importer.sandbox.server import SandboxServer
from importer.sandbox.server_options import SandboxOptions

_T = TypeVar("_T")
_log = logging.getLogger("importer.sandbox")


def create_app(options: SandboxOptions | None = None) -> SandboxApp:
    """The sandbox as ASGI application; faults of the connection need ``Sandbox`` or ``serve`` around it."""
    return SandboxApp(options or SandboxOptions())


def serve(server: SandboxServer, ready: Callable[[], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; ``ready`` is called once it answers. The seed is logged."""
    _log.info("sandbox at %s, seed %d", server.url, server.app.service.seed)
    server.on_ready = ready
    asyncio.run(server.run_until_stopped())


class Sandbox:
    """Context manager: a sandbox in a daemon thread, on a free loopback port; show its ``seed`` when a test fails."""

    def __init__(self, options: SandboxOptions | None = None, *, port: int = 0) -> None:
        self._server = SandboxServer(create_app(options), port=port)
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.url = self._server.url

    def __repr__(self) -> str:
        return f"<Sandbox {self.url} seed={self.seed}>"

    @property
    def seed(self) -> int:
        """The seed of its random faults."""
        return self._server.app.service.seed

    @property
    def token(self) -> str:
        """The access token that it accepts now."""
        return self._server.app.service.tokens.access

    @property
    def refresh_token(self) -> str:
        """The refresh token that it accepts now."""
        return self._server.app.service.tokens.refresh

    def users(self) -> list[dict[str, Any]]:
        """Created users in order: freedom_id, phone, created_at, attempts, answered, email_saved, body."""
        return self._inside(self._server.app.service.users.listed)

    def stats(self) -> dict[str, Any]:
        """What it counted, see ``importer.sandbox.stats``."""
        return self._inside(self._server.app.service.summary)

    def set(self, **changes: object) -> None:
        """Order other options while it runs; in force when this returns. Raises UsageError."""
        self._inside(lambda: self._server.app.service.change(changes))
        if self._loop and self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._server.keep_door(), self._loop).result()

    def __enter__(self) -> Self:
        self._thread.start()
        self._server.ready.wait()
        if self._failure:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._thread.join(timeout=10)
        if self._failure and exc is None:
            raise self._failure

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as exc:  # noqa: BLE001 (raised again in the thread that waits)
            self._failure = exc
        finally:
            self._server.ready.set()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.run_until_stopped()

    def _inside(self, call: Callable[[], _T]) -> _T:
        """Run ``call`` in the server's loop, so that it sees a state between two requests."""
        if not self._loop or not self._thread.is_alive():
            return call()

        async def called() -> _T:
            return call()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(timeout=30)
