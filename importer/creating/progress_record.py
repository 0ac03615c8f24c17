"""How far a run is, in a small file in its folder, for whoever looks at it from another process.

What became of each row stands in the journal; this says only what the journal does not: which step is under way, how
fast it goes, and what it waits for. It is written once a second.
"""

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from importer.messages.kept_sentences import kept
from importer.model import Status
from importer.progress import Pace, Watch
from importer.storage.private_files import draft_of, open_private

FILE: Final = "progress.json"

SAMPLES: Final = 120
"""Points of the throughput over time that are kept; beyond, every second one goes and they are taken half as often."""


@dataclass
class Standing:
    """How far a run is.

    Attributes:
        pid: Of the process that works on it.
        lasted: Seconds that the step has lasted, as ``samples`` count them; read, until now.
        step: "opening", "planning", "creating", "writing", …; ``total`` rows of it (0: unknown), ``done`` of them.
        counts: Rows by status that this command has done; ``before``: as they were when it began to send.
        at_once, rate, requests, outage: See ``Pace``; the outage as ``messages.kept_sentences.heard`` says it.
        paused_by: Who paused it, or "".
        samples: [seconds since the step began, rows done], ascending.
    """

    pid: int = 0
    lasted: float = 0.0
    step: str = ""
    total: int = 0
    done: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    at_once: int = 0
    rate: float | None = None
    requests: int = 0
    outage: str = ""
    paused_by: str = ""
    samples: list[tuple[float, int]] = field(default_factory=list)


class RecordingWatch(Watch):
    """Tells another watch all that it is told, and keeps a record of it in ``folder``.

    ``counts_before`` is asked once, when rows begin to be sent.
    """

    def __init__(self, inner: Watch, folder: Path, counts_before: Callable[[], Mapping[Status, int]]) -> None:
        super().__init__()
        self._inner, self._path, self._counts_before = inner, folder / FILE, counts_before
        self._now = Standing(pid=os.getpid())
        self._every = 1.0
        self._began, self._kept = time.monotonic(), -math.inf  # the wall clock may be set meanwhile

    def began(self, step: str, total: int | None = None) -> None:
        """A step starts."""
        before = self._now.before
        if step == "creating":
            before = {str(status): count for status, count in self._counts_before().items()}
        self._now = Standing(pid=self._now.pid, step=step, total=total or 0, before=before)
        self._every, self._began = 1.0, time.monotonic()
        self._inner.began(step, total)

    def advanced(self, rows: int) -> None:
        """Rows are done."""
        self._now.done += rows
        self._inner.advanced(rows)

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        """Rows per status."""
        self._now.counts, self._now.done = counts, sum(counts.values())
        self._inner.counted(counts, note=note)

    def paced(self, pace: Pace) -> None:
        """What bounds the pace."""
        for name, value in (asdict(pace) | {"outage": kept(pace.outage)}).items():
            setattr(self._now, name, value)
        self._inner.paced(pace)

    def concerns(self, **context: str) -> None:
        """What it is about."""
        self._inner.concerns(**context)

    def noted(self, event: str, text: str) -> None:
        """Something that went as it should."""
        self._inner.noted(event, text)

    def said(self, text: str) -> None:
        """A line in the log."""
        self._inner.said(text)

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked the command to end."""
        return self._inner.interrupted

    def interrupt(self) -> None:
        """Ask the command to end."""
        self._inner.interrupt()

    def check(self) -> None:
        """End here if somebody asked for it; raises Interrupted."""
        self._inner.check()

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call ``listener`` when the command is asked to end."""
        with self._inner.listening(listener):
            yield

    def keep(self) -> None:
        """Write the record, at most once a second; a disk that is full leaves the one before."""
        now = self._now
        if time.monotonic() - self._kept < 1.0:
            return
        self._kept, now.paused_by = time.monotonic(), self.paused_by
        now.lasted = passed = self._kept - self._began
        if not now.samples or passed - now.samples[-1][0] >= self._every:
            now.samples.append((round(passed, 1), now.done))
        if len(now.samples) > SAMPLES:
            now.samples, self._every = now.samples[::2], self._every * 2
        draft = draft_of(self._path)
        with suppress(OSError):
            with open_private(draft) as file:  # not brought to the disk: after a power cut nobody works on the run
                file.write(json.dumps(asdict(now)).encode())
            draft.replace(self._path)

    def close(self) -> None:
        """The command ends: nobody works on the run any more, and the journal tells the rest."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def standing_of(folder: Path) -> Standing | None:
    """What the record of a run's folder says; None where there is none, or none that can be read."""
    known = {one.name for one in fields(Standing)}
    try:
        found: Any = json.loads((folder / FILE).read_bytes())
        standing = Standing(**{name: value for name, value in found.items() if name in known})
        standing.lasted += max(0.0, time.time() - (folder / FILE).stat().st_mtime)  # a process may stand still
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return standing
