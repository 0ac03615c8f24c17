"""What a person sees while a command runs: a live bar on a terminal, a plain line every ten seconds elsewhere."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from importer.cli.ending_signals import heeding
from importer.cli.logs import concerning
from importer.cli.streams import escaped, raw_terminal
from importer.messages.text import Text, counted, joined, number, spoken, translated
from importer.progress import Watch

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from importer.settings import Settings

LINE_EVERY = 9.0
"""Seconds between progress lines where there is no terminal: nobody waits longer than ten."""

LOOK_EVERY = 0.5
"""Seconds between looks at whether a line is due."""

WIDE = 60
"""Columns of a terminal that has room for a bar, a pace and the time left."""

ESTIMATED = frozenset({"checking", "learning"})
"""Steps that begin before anybody has counted their rows: their total is a guess from the file's size."""

ABOUT = Text("about ")

log = logging.getLogger("importer")


class LoggingWatch(Watch):
    """What is worth a line in the log, whatever a person sees; ``_drawn``: it is told otherwise, too."""

    _drawn = False

    def concerns(self, **context: str) -> None:
        """The lines from now on are about this."""
        concerning(**context)

    def noted(self, event: str, text: str) -> None:
        """A line of what went as it should; of a log file alone where a bar is drawn."""
        log.info("%s", text, extra={"event": event, "drawn": self._drawn})

    def said(self, text: str) -> None:
        """A line of what a person should know: above a bar while one is drawn."""
        log.warning("%s", text, extra={"event": "remark"})


class LineWatch(LoggingWatch):
    """Progress as log lines, each ``every`` seconds: also while a step says nothing of itself (a large file opens)."""

    def __init__(self, every: float = LINE_EVERY) -> None:
        super().__init__()
        self._every = every
        self._step, self._total, self._done = "opening", 0, 0
        self._counts: dict[str, int] = {}
        self._note = ""
        self._began = self._told = time.monotonic()
        self._telling, self._ended = threading.Lock(), threading.Event()
        threading.Thread(target=copy_context().run, args=(self._keep_telling,), daemon=True).start()

    def began(self, step: str, total: int | None = None) -> None:
        """A step starts."""
        self._step, self._total, self._done = step, total or 0, 0
        self._counts, self._note = {}, ""
        self._began = self._told = time.monotonic()
        name = Text(step)
        rows = name
        if total:
            about = ABOUT if step in ESTIMATED else ""
            rows = counted("{step} {about}{count:,} row", "{step} {about}{count:,} rows", total, step=name, about=about)
        self.noted(f"{step}.began", rows)

    def idle(self) -> None:
        """Nothing is told until the next step begins."""
        self._step = ""

    def advanced(self, rows: int) -> None:
        """Rows are done."""
        self._done += rows
        self._tell()

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        """Rows per status."""
        self._counts, self._note, self._done = counts, note, sum(counts.values())
        self._tell()

    def ended(self) -> None:
        """Say nothing more."""
        self._ended.set()

    def _keep_telling(self) -> None:
        while not self._ended.wait(min(LOOK_EVERY, self._every)):
            self._tell()

    def _tell(self) -> None:
        with self._telling:
            now = time.monotonic()
            if now - self._told < self._every or not self._step:
                return
            self._told = now
        text = describe(self._step, self._done, self._total, now - self._began, self._counts, self._note)
        self.noted(f"{self._step}.progress", text)


class BarWatch(LineWatch):
    """Progress as one line that is drawn over itself: rows done, rows/s, time left, a count per status."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 (as in _on_screen)
        from rich.table import Column  # noqa: PLC0415 (as in _on_screen)

        super().__init__()
        counts = TextColumn(
            "{task.fields[counts]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
        )
        figures = [
            TextColumn("{task.fields[rows]}", markup=False),
            TextColumn("{task.fields[pace]}", markup=False),
            TimeRemainingColumn(),
        ]
        width = min(24, console.width // 5)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            *([BarColumn(width), *figures] if console.width >= WIDE else figures[:1]),
            counts,
            console=console,
            transient=True,
            expand=True,
            redirect_stdout=False,  # it would send results to the terminal unescaped; none comes before the bar is gone
        )
        self._task: TaskID | None = None

    def began(self, step: str, total: int | None = None) -> None:
        """A step starts: a bar of its own, which only moves to and fro while nobody knows how many rows there are."""
        self._drawn = True  # until here, while libraries load, lines tell that time passes
        super().began(step, total)
        if self._task is None:
            self._progress.start()
        else:
            self._progress.remove_task(self._task)
        description = translated(step)
        self._task = self._progress.add_task(description, total=total or None, rows="", pace="", counts="")

    def advanced(self, rows: int) -> None:
        """Rows are done."""
        super().advanced(rows)
        self._draw(self._done)

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        """Rows per status."""
        super().counted(counts, note=note)
        text = "  ".join((*(f"{name} {number(count)}" for name, count in counts.items()), spoken(note)))
        self._draw(self._done, counts=escaped(text))

    def _draw(self, done: int, **texts: Any) -> None:
        """Show so many rows as done; a pace of our own, since a task has none before its second update."""
        if self._task is None:
            return
        if done > self._total:
            self._total = 0  # it was an estimate
        seconds = time.monotonic() - self._began
        pace = spoken(Text("{pace:,.0f} rows/s", pace=done / seconds)) if seconds > 0 else ""
        rows = f"{number(done)}/{number(self._total)}" if self._total else number(done)
        self._progress.update(self._task, completed=done, total=self._total or None, rows=rows, pace=pace, **texts)

    def ended(self) -> None:
        """Take the bar away."""
        super().ended()
        self._progress.stop()


def describe(step: str, done: int, total: int, seconds: float, counts: dict[str, int], note: str) -> str:
    """One progress line: ``creating: 1,200 of 5,000 rows, 100 rows/s, 38 s left; created 1,190, exists 10``."""
    doing = Text(step)
    if not done and not total and not counts:
        return Text("{step}: {seconds:,.0f} s so far", step=doing, seconds=seconds)
    pace = done / seconds if seconds > 0 else 0.0
    rows = counted("{step}: {count:,} row", "{step}: {count:,} rows", done, step=doing)
    if total:
        about = ABOUT if step in ESTIMATED else ""
        rows = Text("{step}: {done:,} of {about}{total:,} rows", step=doing, done=done, about=about, total=total)
    parts = [rows, Text("{pace:,.0f} rows/s", pace=pace)]
    if total > done and pace > 0:
        parts.append(Text("{seconds:,.0f} s left", seconds=(total - done) / pace))
    details = [*(Text("{name} {count:,}", name=name, count=count) for name, count in counts.items()), note]
    return joined([joined(parts, ", "), joined(details, ", ")], "; ")


def _on_screen() -> LineWatch:
    """A bar, or lines where rich would draw nothing: it knows such terminals by TERM, TTY_COMPATIBLE, FORCE_COLOR."""
    from rich.console import Console  # noqa: PLC0415 (rich is slow to load, and not needed without a terminal)

    console = Console(file=raw_terminal(sys.stderr))
    return BarWatch(console) if console.is_terminal and not console.is_dumb_terminal else LineWatch()


@contextmanager
def watching(settings: "Settings") -> Iterator[Watch]:
    """A watch for a command: the first SIGINT, SIGTERM or SIGHUP asks it to end, a second one ends it at once."""
    watch: Watch
    if settings.quiet:
        watch = LoggingWatch()
    elif settings.log_format == "json" or not sys.stderr.isatty():
        watch = LineWatch()
    else:
        watch = _on_screen()

    def asked(caught: signal.Signals) -> None:
        watch.interrupt()
        text = Text("{signal}: ending; once more to leave at once", signal=caught.name)
        log.warning("%s", text, extra={"event": "signal"})

    def held_up() -> None:
        text = Text("the system gives no answer: leaving; the same command goes on")
        log.warning("%s", text, extra={"event": "signal"})

    with heeding(asked, held_up):
        try:
            yield watch
        finally:
            watch.ended()
