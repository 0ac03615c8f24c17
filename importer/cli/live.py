"""What a person sees while a command runs: a live bar on a terminal, a plain line every ten seconds elsewhere."""

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from importer.progress import Watch

if TYPE_CHECKING:
    from rich.progress import TaskID

LINE_EVERY = 10.0
"""Seconds between progress lines where there is no terminal."""

STOPPED_AT_ONCE = 4

log = logging.getLogger("importer")


class LineWatch(Watch):
    """Progress as log lines on stderr."""

    def __init__(self) -> None:
        super().__init__()
        self._step, self._total, self._done = "", 0, 0
        self._counts: dict[str, int] = {}
        self._note = ""
        self._began = self._told = time.monotonic()

    def began(self, step: str, total: int | None = None) -> None:
        """A step starts."""
        self._step, self._total, self._done = step, total or 0, 0
        self._counts, self._note = {}, ""
        self._began = self._told = time.monotonic()
        log.debug("%s%s", step, f" {total} rows" if total else "")

    def advanced(self, rows: int) -> None:
        """Rows are done."""
        self._done += rows
        self._tell()

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        """Rows per status."""
        self._counts, self._note, self._done = counts, note, sum(counts.values())
        self._tell()

    def said(self, text: str) -> None:
        """A line in the log."""
        log.warning("%s", text)

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told < LINE_EVERY:
            return
        self._told = now
        log.info("%s", describe(self._step, self._done, self._total, now - self._began, self._counts, self._note))


class BarWatch(Watch):
    """Progress as a live bar with rows done, rows/s, time left and a count per status."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 (rich is slow to load, and not needed without a terminal)
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 (as above)

        super().__init__()
        self._progress = Progress(
            TextColumn("{task.description:9}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[rows]}"),
            TextColumn("{task.fields[pace]}", justify="right"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None
        self._done, self._total, self._began = 0, 0, 0.0

    def began(self, step: str, total: int | None = None) -> None:
        """A step starts: a bar of its own, which only moves to and fro while nobody knows how many rows there are."""
        if self._task is None:
            self._progress.start()
        else:
            self._progress.remove_task(self._task)
        self._done, self._total, self._began = 0, total or 0, time.monotonic()
        self._task = self._progress.add_task(step, total=total or None, rows="", pace="", counts="")

    def advanced(self, rows: int) -> None:
        """Rows are done."""
        self._draw(self._done + rows)

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        """Rows per status."""
        text = "  ".join((*(f"{name} {count:,}" for name, count in counts.items()), note))
        self._draw(sum(counts.values()), counts=text)

    def _draw(self, done: int, **texts: Any) -> None:
        """Show so many rows as done; a pace of our own, since a task has none before its second update."""
        if self._task is None:
            return
        self._done = done
        seconds = time.monotonic() - self._began
        pace = f"{done / seconds:,.0f} rows/s" if seconds > 0 else ""
        rows = f"{done:,}/{self._total:,}" if self._total else f"{done:,}"
        self._progress.update(self._task, completed=done, rows=rows, pace=pace, **texts)

    def said(self, text: str) -> None:
        """A line above the bar."""
        self._progress.console.print(text, highlight=False)

    def ended(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def describe(step: str, done: int, total: int, seconds: float, counts: dict[str, int], note: str) -> str:
    """One progress line: ``creating: 1,200 of 5,000 rows, 100 rows/s, 38 s left; created 1,190, exists 10``."""
    pace = done / seconds if seconds > 0 else 0.0
    parts = [f"{step}: {done:,} of {total:,} rows" if total else f"{step}: {done:,} rows", f"{pace:,.0f} rows/s"]
    if total > done and pace > 0:
        parts.append(f"{(total - done) / pace:,.0f} s left")
    details = [f"{name} {count:,}" for name, count in counts.items()]
    if note:
        details.append(note)
    return ", ".join(parts) + ("; " + ", ".join(details) if details else "")


def configure_logging(verbose: int, *, quiet: bool) -> None:
    """Log to stderr: progress and warnings, more with -v, errors only with -q. No personal data at any default."""
    level = logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False


@contextmanager
def watching(*, quiet: bool, lines: bool = False) -> Iterator[Watch]:
    """A watch for a command: the first SIGINT, SIGTERM or SIGHUP asks it to end, a second one ends it at once."""
    watch: Watch
    if quiet:
        watch = Watch()
    elif lines or not sys.stderr.isatty():
        watch = LineWatch()
    else:
        watch = BarWatch()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if watch.interrupted:
            os._exit(STOPPED_AT_ONCE)
        log.warning("%s: ending; once more to leave at once", signal.Signals(number).name)
        watch.interrupt()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield watch
    finally:
        watch.ended()
        for number, handler in before.items():
            signal.signal(number, handler)
