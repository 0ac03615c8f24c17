"""SIGINT, SIGTERM and SIGHUP ask a command to end, also while the system holds it up.

A handler of Python's runs between two steps of the main thread, and amid a library's call it has to wait for its end:
libpq looks a name up for minutes. So a thread reads what the interpreter's own handler writes at once (see
``signal.set_wakeup_fd``).
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Final

from importer.errors import Stopped

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PROBE: Final = signal.SIGCONT
"""What the main thread is asked with whether it still comes back; whoever sends it from outside changes nothing."""

PATIENCE: Final = 10.0
"""Seconds in which a command ends that was asked to: the README promises ten, those that requests under way may take.
Fewer would cut off answers that are on their way; more, and who waits ten seconds for it kills it amid a write."""

_LATER: Final = 6
"""How many times as long a later call may take: what a command does last, a large output may go to a slow disk."""


@contextmanager
def heeding(
    asked: Callable[[signal.Signals], None], held_up: Callable[[], None], *, patience: float = PATIENCE
) -> Iterator[None]:
    """While the block runs, the first signal calls ``asked``, in another thread; a second one ends the process.

    The process ends, too, when the main thread does not come back from the call that the signal met within ``patience``
    seconds, or from a later one within six times as many; ``held_up`` is called before. Exit code 4, as after a kill:
    what is recorded is whole, and the same command goes on.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    back = threading.Event()
    main = threading.get_ident()
    before = {one: signal.signal(one, lambda _caught, _frame: back.set()) for one in (*SIGNALS, PROBE)}
    others = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)

    def listen() -> None:
        with reader:
            caught = _next(reader, None)
            if not caught:
                return
            asked(signal.Signals(caught))
            wait = patience
            while (again := _next(reader, wait)) is None:
                if not back.is_set():
                    held_up()
                    break
                back.clear()
                signal.pthread_kill(main, PROBE)
                wait = _LATER * patience
            if again != 0:
                os._exit(Stopped.exit_code)

    threading.Thread(target=copy_context().run, args=(listen,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(others)
        for one, handler in before.items():
            signal.signal(one, handler)
        writer.close()


def _next(reader: socket.socket, seconds: float | None) -> int | None:
    """The next signal that asks to end; 0 once the block is over, None when none came in time."""
    reader.settimeout(seconds)
    try:
        while told := reader.recv(1):
            if told[0] in SIGNALS:
                return told[0]
    except TimeoutError:
        return None
    return 0
