"""What takes longer than an answer may: reading and checking a file, in a thread, with progress to be looked at.

Nothing is lost with the server: what was not done when it ended is begun anew by whoever asks for it next.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from importer.errors import ImporterError
from importer.messages.kept_sentences import kept
from importer.progress import Watch

log = logging.getLogger("importer")

AT_ONCE: Final = 2
"""Files that are read at once, whoever asks: others wait."""

DEFECT: Final = "defect"


class TaskWatch(Watch):
    """How far a task is.

    Attributes:
        step: "opening", "checking", "planning", …
        done: Rows of the step; ``total`` of them, if known.
    """

    def __init__(self) -> None:
        super().__init__()
        self.step, self.done, self.total = "waiting", 0, 0

    def began(self, step: str, total: int | None = None) -> None:
        """A step starts."""
        self.step, self.done, self.total = step, 0, total or 0

    def advanced(self, rows: int) -> None:
        """Rows are done."""
        self.done += rows


@dataclass(frozen=True)
class Task:
    """Something that is being done."""

    watch: TaskWatch
    ended: "Future[None]"


@dataclass
class Tasks:
    """The tasks of a page, one for an upload at most."""

    _executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "check"))
    _running: dict[str, Task] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def begin(
        self, upload_id: str, work: Callable[[TaskWatch], None], failed: Callable[[str], None], seconds: float = 0.0
    ) -> Task:
        """Begin a task, unless the upload has one; wait for its end for so many seconds.

        Args:
            upload_id: Of what.
            work: What is done.
            failed: Told why it could not be done (``heard`` says it), or DEFECT.
            seconds: How long the caller can wait.
        """
        with self._lock:
            task = self._running.get(upload_id)
            if task is None or task.ended.done():
                watch = TaskWatch()
                task = Task(watch, self._executor.submit(_done, work, watch, failed))
                self._running[upload_id] = task
        wait([task.ended], seconds)
        return task

    def running(self, upload_id: str) -> Task | None:
        """The task of an upload, while it is going on."""
        task = self._running.get(upload_id)
        return task if task is not None and not task.ended.done() else None

    def count(self) -> int:
        """How many are going on, or wait for their turn."""
        return sum(not task.ended.done() for task in tuple(self._running.values()))

    def close(self) -> None:
        """Ask all of them to end, and wait until they have."""
        for task in tuple(self._running.values()):
            task.watch.interrupt()
        self._executor.shutdown(cancel_futures=True)

    def end(self, upload_id: str) -> None:
        """Ask a task to end, and wait until it has: what it does is not wanted any more."""
        if task := self.running(upload_id):
            task.watch.interrupt()
            wait([task.ended])


def _done(work: Callable[[TaskWatch], None], watch: TaskWatch, failed: Callable[[str], None]) -> None:
    try:
        watch.check()
        work(watch)
    except ImporterError as exc:
        if not watch.interrupted:
            failed(kept(exc.sentence))
    except BaseException as exc:  # a library's native code may panic: the page lives on
        log.error("a defect while a file was looked at (%s)", type(exc).__name__)  # noqa: TRY400 (it may hold cells)
        log.debug("defect", exc_info=exc)
        if not watch.interrupted:
            failed(DEFECT)
