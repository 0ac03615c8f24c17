"""An event loop whose look-ups of host names can be left behind.

asyncio's own looks up in threads that the end of the loop, and of the process, wait for: a name server that does not
answer held up a run that was asked to end for as long as the system tries, half a minute and more.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any


class LookupLoop(asyncio.SelectorEventLoop):
    """As asyncio's, but each look-up has a daemon thread of its own, which nobody waits for."""

    async def getaddrinfo(self, *where: Any, **what: Any) -> Any:
        """As ``socket.getaddrinfo``; who is cancelled leaves the look-up to itself."""
        found: asyncio.Future[Any] = self.create_future()

        def tell(set_it: Callable[[Any], None], value: Any) -> None:
            if not found.done():
                set_it(value)

        def look_up() -> None:
            result: tuple[Callable[[Any], None], Any]
            try:
                result = (found.set_result, socket.getaddrinfo(*where, **what))
            except Exception as exc:  # noqa: BLE001 (raised again where it is awaited)
                result = (found.set_exception, exc)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self.call_soon_threadsafe(tell, *result)

        threading.Thread(target=look_up, name="lookup", daemon=True).start()
        return await found
