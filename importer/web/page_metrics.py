"""Figures of the page for Prometheus: what its imports came to, and how everything stands now. Nothing personal.

What imports came to is counted as ``--metrics`` counts it (``importer.notify.metrics``), in a file of the page, so
that the counters outlive server and processes; ``source`` is "page" there. How things stand is looked up when asked.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from importer.creating.progress_record import standing_of
from importer.journal import Journal, RunState
from importer.journal.database.existence import exists
from importer.notify.ending import Ending
from importer.notify.metrics import PREFIX, write_metrics
from importer.operations.pausing import is_at_work

if TYPE_CHECKING:
    from importer.web.site import Site

SOURCE: Final = "page"


def count_ending(folder: Path, ending: Ending) -> None:
    """Add the end of an import to the counters in the page's folder; two may end at once."""
    path = _counters(folder)
    with FileLock(path.with_suffix(".lock"), mode=0o600):
        write_metrics(path, [ending])


def metrics_text(site: "Site") -> bytes:
    """All figures, in Prometheus's text format.

    Raises:
        StorageFailed: the page's or the journal's records cannot be read. BooksDontBalance: the journal is damaged.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Standing(site))
    counted = b""
    with suppress(FileNotFoundError):
        counted = _counters(site.folder).read_bytes()
    return counted + generate_latest(registry)


def _counters(folder: Path) -> Path:
    return folder / "metrics.prom"


class _Standing(Collector):
    """How everything stands at this moment."""

    def __init__(self, site: "Site") -> None:
        self._site = site

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Gauges; those of single runs for runs that somebody works on alone."""
        site = self._site
        yield _gauge("sessions", "Sessions that have not ended.", site.sessions.count())
        count, size = site.uploads.count_and_size()
        yield _gauge("uploads", "Files that were uploaded.", count)
        yield _gauge("upload_bytes", "Their bytes.", size)
        yield _gauge("job_processes", "Processes at work for this page.", sum(j.is_alive for j in site.jobs.imports()))
        yield _gauge("files_being_checked", "Files that are read or checked now.", site.tasks.count())
        if exists(site.settings.journal_location):
            yield from self._of_the_journal()

    def _of_the_journal(self) -> Iterator[GaugeMetricFamily]:
        states: Counter[str] = Counter({str(state): 0 for state in RunState})
        rows: Counter[str] = Counter()
        allowed = GaugeMetricFamily(f"{PREFIX}_rate_allowed", "Requests a second that the API takes.", labels=["run"])
        waiting = GaugeMetricFamily(f"{PREFIX}_in_outage", "Whether a run waits for the API.", labels=["run"])
        with Journal.open(self._site.settings.journal_location, read_only=True) as journal:
            for run in journal.runs(limit=None):
                states[str(run.state)] += 1
                rows.update(run.counts)
                unfinished = run.state in {RunState.PLANNING, RunState.RUNNING, RunState.STOPPED}
                standing = standing_of(journal.folder / run.id) if unfinished and is_at_work(journal, run) else None
                if standing is not None:
                    waiting.add_metric([run.id], int(bool(standing.outage)))
                    if standing.rate is not None:
                        allowed.add_metric([run.id], standing.rate)
        yield _by("runs", "Runs of the journal, whoever started them.", "state", states)
        yield _by("journal_rows", "Their rows as of their last end.", "status", rows)
        yield allowed
        yield waiting


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value=value)


def _by(name: str, text: str, label: str, values: Counter[str]) -> GaugeMetricFamily:
    made = GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=[label])
    for value, count in values.items():
        made.add_metric([value], count)
    return made
