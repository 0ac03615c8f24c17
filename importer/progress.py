"""What a long step tells whoever watches it, how it is asked to end, and how one is begun that may be left behind."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

from importer.errors import Interrupted
from importer.messages.text import Text

T = TypeVar("T")


@dataclass(frozen=True)
class Pace:
    """What bounds how fast rows are sent.

    Attributes:
        at_once: Requests that may be under way at once.
        rate: Requests a second that the API, or --rate, allows; None: no bound is known.
        requests: How many have been sent by this command.
        outage: Why nothing passes at the moment, "" while rows pass.
    """

    at_once: int = 0
    rate: float | None = None
    requests: int = 0
    outage: str = ""


class Watch:
    """Follows a command; this one says nothing. ``importer.cli.live_bar`` has one that draws a bar.

    A step calls ``began``, then ``advanced`` after each chunk. ``advanced`` is where a signal takes effect.

    Attributes:
        paused_by: Who asked that nothing be sent for now; "" for nobody. The sending step looks at it.
    """

    paused_by = ""

    def __init__(self) -> None:
        self._interrupted = False
        self._listeners: list[Callable[[], None]] = []

    def began(self, step: str, total: int | None = None) -> None:
        """A step starts: "checking", "planning", "creating", "writing"; ``total`` rows, if known."""

    def idle(self) -> None:
        """Nothing is being done until the next step begins."""

    def advanced(self, rows: int) -> None:
        """So many more rows of the step are done."""

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        """Rows per status so far, and what the pace is bounded by."""

    def concerns(self, **context: str) -> None:
        """What is done from now on is about this (``run``, ``source``, ``file``); "" takes a key away."""

    def noted(self, event: str, text: str) -> None:
        """Something that went as it should, for the log of it; never personal data."""

    def paced(self, pace: Pace) -> None:
        """What bounds how fast rows are sent, told with ``counted``."""

    def said(self, text: str) -> None:
        """Something worth a line in the log; never personal data."""

    def ended(self) -> None:
        """The command is over, however it ended."""

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked the command to end."""
        return self._interrupted

    def interrupt(self) -> None:
        """Ask the command to end; safe in a signal handler."""
        self._interrupted = True
        for listener in tuple(self._listeners):
            listener()

    def check(self) -> None:
        """End here if somebody asked for it. Raises Interrupted where the command was asked to end."""
        if self._interrupted:
            raise Interrupted(Text("interrupted; the same command goes on from here"))

    def advanced_or_ended(self, rows: int) -> None:
        """So many more rows of the step are done; ends here as ``check`` does."""
        self.advanced(rows)
        self.check()

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call ``listener`` when the command is asked to end, now if it has been already."""
        self._listeners.append(listener)
        try:
            if self._interrupted:
                listener()
            yield
        finally:
            self._listeners.remove(listener)


def begun(call: Callable[[], T], name: str, *, gives: type[BaseException] = Exception) -> "Future[T]":
    """What a call will give, or raise where that is a ``gives``: made in a thread that nobody has to wait for."""
    found: Future[T] = Future()

    def work() -> None:
        try:
            found.set_result(call())
        except gives as exc:  # raised again where it is waited for
            found.set_exception(exc)

    Thread(target=copy_context().run, args=(work,), name=name, daemon=True).start()
    return found
