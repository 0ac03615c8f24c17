"""A job in a thread of its own, whose progress is told in the caller's thread.

So a job runs where an event loop runs already (a notebook), and where signals cannot be caught (a worker of Airflow);
whoever shows progress is called in the thread that asked for the job, and may raise there to end it.
"""

import logging
from collections.abc import Callable
from concurrent.futures import wait
from queue import SimpleQueue
from typing import Final, Protocol, TypeVar

from importer.messages.text import Text
from importer.progress import Watch, begun
from importer.python_api.call_settings import refuse_other

T = TypeVar("T")

_WANTED: Final = Text("a function of done, total and stage")

log = logging.getLogger("importer")


class ProgressCallback(Protocol):
    """Whom a job tells how far it is: any function of these three.

    It is called in the thread that called ``run`` or ``validate``, some times a second at most. What it raises ends
    the job as Ctrl-C does: what is on its way may end, and the same call goes on later.
    """

    def __call__(self, done: int, total: int | None, stage: str, /) -> object:
        """So many rows of a stage are done.

        Args:
            done: Rows done; 0 when a stage begins, and never more than ``total``.
            total: Rows of the stage; None while nobody knows how many there are.
            stage: "checking", "planning", "creating", "writing" or "collecting".
        """


class _EventWatch(Watch):
    """Notes what is to be told; warnings go to the log."""

    def __init__(self, events: "SimpleQueue[tuple[int, int | None, str] | None]") -> None:
        super().__init__()
        self._events = events
        self._told: tuple[int, int | None, str] | None = None
        self._stage, self._total, self._done = "", 0, 0

    def began(self, step: str, total: int | None = None) -> None:
        """A stage starts."""
        self._stage, self._total, self._told = step, total or 0, None
        self._tell(0)

    def advanced(self, rows: int) -> None:
        """Rows are done."""
        self._tell(self._done + rows)

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        """Rows per status."""
        del note
        self._tell(sum(counts.values()))

    def said(self, text: str) -> None:
        """A line in the log."""
        log.warning("%s", text)

    def _tell(self, done: int) -> None:
        self._done = done
        event = (done, self._total if done <= self._total else None, self._stage)
        if event != self._told:
            self._told = event
            self._events.put(event)


def in_thread(call: Callable[[Watch], T], progress: ProgressCallback | Watch | None) -> T:
    """Give what ``call`` gives in a thread of its own, with a watch that tells ``progress``.

    A ``Watch`` in place of the function is told in the job's thread, and can end the job from any other.

    Raises:
        UsageError: ``progress`` can be told nothing; nothing was begun.
        BaseException: What ``call`` raises; and what ``progress`` or a signal's handler raises here (Ctrl-C is one),
            after the job was asked to end and has ended. A second Ctrl-C does not wait for that.
    """
    if not callable(progress):
        refuse_other("progress", progress, Watch | None, _WANTED)
    events: SimpleQueue[tuple[int, int | None, str] | None] = SimpleQueue()
    watch = progress if isinstance(progress, Watch) else _EventWatch(events)
    callback = None if isinstance(progress, Watch) else progress
    ended = begun(lambda: call(watch), "importer", gives=BaseException)
    ended.add_done_callback(lambda _: events.put(None))
    try:
        while (event := events.get()) is not None:
            if callback is not None:
                callback(*event)
    except BaseException:
        watch.interrupt()
        wait([ended])
        raise
    return ended.result()
