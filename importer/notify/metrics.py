"""Figures for the node exporter's textfile collector: one file, all sources, replaced as a whole.

Counters go on from what the file says, so that a scheduler's short-lived processes add up.
"""

import logging
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from importer.errors import ApiSilent
from importer.messages.text import Text
from importer.model import Status, Summary
from importer.notify.ending import FINISHED, Ending

log = logging.getLogger("importer")

PREFIX: Final = "freedom_id_importer"
"""How the name of every figure begins, those of the ops page included."""
_OURS: Final = re.compile(rf"^(?:# (?:HELP|TYPE) )?{PREFIX}_".encode(), re.MULTILINE)
"""A line of a file of figures."""
_READ_BY_THE_EXPORTER: Final = 0o644
"""Another user's process reads the file, also where a unit's umask closes new ones; nothing personal is in it."""

_COUNTERS: Final = {
    "rows": ("Rows by what became of them, where something was sent.", ("source", "status")),
    "requests": ("Requests sent.", ("source",)),
    "throttled": ("Requests answered 429.", ("source",)),
    "outages": ("Times that the API was down.", ("source",)),
}
_GAUGES: Final = {
    "duration_seconds": "How long the last import took.",
    "exit_code": "How the last import ended.",
    "last_run_timestamp_seconds": "When the last import ended.",
    "last_success_timestamp_seconds": "When one last went through to its last row.",
}


class Figures:
    """What the file holds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.counters = {
            name: Counter(f"{PREFIX}_{name}", text, labels, registry=self.registry)
            for name, (text, labels) in _COUNTERS.items()
        }
        self.gauges = {
            name: Gauge(f"{PREFIX}_{name}", text, ("source",), registry=self.registry) for name, text in _GAUGES.items()
        }

    def go_on_from(self, text: str) -> None:
        """Take over what was counted before. Raises ValueError for a text that is none of ours."""
        for family in text_string_to_metric_families(text):
            name = family.name.removeprefix(f"{PREFIX}_")
            for sample in family.samples:
                if name in self.gauges:
                    self.gauges[name].labels(**sample.labels).set(sample.value)
                elif name in self.counters and sample.name.endswith("_total"):
                    self.counters[name].labels(**sample.labels).inc(sample.value)

    def add(self, ending: Ending) -> None:
        """Count one import; one that sent nothing adds no rows."""
        source, now = ending.source or "-", time.time()
        summary = ending.summary
        if summary is not None:
            for status, count in _final(summary):
                self.counters["rows"].labels(source, str(status)).inc(count)
            self.counters["requests"].labels(source).inc(summary.requests)
            self.counters["throttled"].labels(source).inc(summary.throttled)
            self.counters["outages"].labels(source).inc(_outages(summary))
        self.gauges["duration_seconds"].labels(source).set(summary.seconds if summary else 0)
        self.gauges["exit_code"].labels(source).set(ending.exit_code)
        self.gauges["last_run_timestamp_seconds"].labels(source).set(now)
        if ending.exit_code in FINISHED:
            self.gauges["last_success_timestamp_seconds"].labels(source).set(now)


def _outages(summary: Summary) -> int:
    """Times that the API was down: one that nothing was to be waited for is one, too."""
    return max(summary.outages, int(isinstance(summary.stopped, ApiSilent)))


def _final(summary: Summary) -> Iterator[tuple[Status, int]]:
    """Rows by status that no other command of the same run counts, so that a run that was resumed adds up.

    What an earlier command created is counted already; while rows are left, what became of the others is counted by
    the command that ends the run. A command that sent nothing adds no rows.
    """
    if not summary.requests:
        return
    unfinished = summary.statuses.get(Status.NOT_SENT, 0)
    for status, count in summary.statuses.items():
        if status is Status.CREATED:
            yield status, count - summary.created_before
        elif not unfinished:
            yield status, count


def write_metrics(path: Path, endings: Iterable[Ending]) -> None:
    """Add the ends of imports to the figures in a file; what fails is told in the log, as is somebody else's file."""
    try:
        figures = _figures_in(path)
        if figures is None:
            _tell(not_ours(path))
            return
        for ending in endings:
            figures.add(ending)
        write_to_textfile(str(path), figures.registry)
        path.chmod(_READ_BY_THE_EXPORTER)
    except OSError as exc:
        _tell(Text("the metrics in {path} cannot be written: {why}", path=path, why=exc.strerror))


def _figures_in(path: Path) -> Figures | None:
    """What a file holds; of one of ours that is damaged nothing, and None where it is no file of ours."""
    kept = path.read_bytes() if path.exists() else b""
    if not are_ours(kept):
        return None
    figures = Figures()
    try:
        figures.go_on_from(kept.decode())
    except ValueError as exc:
        name = type(exc).__name__
        _tell(Text("the metrics in {path} cannot be read ({name}): they begin anew", path=path, name=name))
        return Figures()
    return figures


def are_ours(content: bytes) -> bool:
    """Whether what a file holds may be replaced: figures of this program, or nothing (a power cut leaves zeros)."""
    return not content.strip(b"\0\r\n ") or _OURS.search(content) is not None


def not_ours(path: Path) -> Text:
    """The sentence about a file that must not be replaced."""
    return Text("{path} holds no metrics of this program, and is left as it is; name another file", path=path)


def _tell(text: str) -> None:
    log.warning("%s", text, extra={"event": "metrics.failed"})
