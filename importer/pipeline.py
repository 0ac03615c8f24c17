"""The main job, step by step: the page to read first.

    read → map → clean → validate → plan → create → report

``checking`` streams the first four over a file, chunk by chunk; ``survey`` runs them over the whole file once;
``planning`` decides about every row; ``sending`` creates; ``reporting`` joins the input's cells with the journal's
outcomes by row number. ``rehearsing`` is the way without ``create``. A bad row is a value with a reason; an exception
of ``errors`` ends the command.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from importer.creating import Progress
from importer.creating.endpoint import Endpoint, endpoint
from importer.creating.sending import create_rows
from importer.errors import BooksDontBalance, Interrupted, RefusedFile, Stopped, StorageFailed, UsageError
from importer.journal import Journal, Run, RunState
from importer.journal.upkeep import damage_of, fold_repeats, settle
from importer.model import Summary
from importer.operations.learn import learn_from_own_output
from importer.operations.purge import purge_by_itself
from importer.planning.gates import surveyed
from importer.planning.input_copy import held_copy, is_kept, keep_copy, reopen_source, sha256_of
from importer.planning.plan import others_of, planned_chunks
from importer.planning.refused_rows import RefusedRecorder, remember_rejected
from importer.planning.returned_rows import ReturnedRows, has_been_out
from importer.planning.run_identity import identity_of, path_identity, settings_of_run, unfinished_before, unfinished_of
from importer.planning.source import closing_source, open_source, today
from importer.progress import Watch
from importer.reporting.manifest import write_manifest
from importer.reporting.placement import place, set_aside
from importer.reporting.report import Report, write_report
from importer.reporting.summary import close_run, hint, summarise
from importer.settings import Settings
from importer.validation.stream import Source


def run(path: Path | str, settings: Settings, watch: Watch | None = None) -> Summary:
    """The main job: create every user of a file and write the output; the same call again resumes.

    At its end old runs are purged, where ``retention_days`` says so.

    Returns:
        A summary with the exit code of the contract: 0, 1, or 4 when it was stopped before the end.

    Raises:
        RefusedFile: exit 3, nothing was sent. UsageError: exit 2. AlreadyRunning, StorageFailed: exit 4.
        BooksDontBalance: exit 5.
    """
    watch = watch or Watch()
    summary = _run(Path(path), settings, watch, time.monotonic())
    purge_by_itself(settings, watch)
    return summary


def _run(path: Path, settings: Settings, watch: Watch, began: float) -> Summary:
    with endpoint(settings) as api, Journal.open(settings.journal_location) as journal:
        job = _Job(journal, api, path, settings, watch, began)
        earlier = None if path.exists() else unfinished_of(journal, path, api.label)
        if earlier is not None:
            watch.said(f"the file is gone; run {earlier.id} goes on with its own copy")
            with closing_source(reopen_source(journal, earlier)) as source:
                return job.go(earlier.identity, earlier.input_sha256, source)
        try:
            with closing_source(open_source(path, settings, today())) as source:
                content = sha256_of(path)
                return job.go(identity_of(content, source.mapping, api.label, settings), content, source)
        except RefusedFile:
            for moved in set_aside(path, settings):
                watch.said(f"the older output is now {moved.name}")
            raise


def report(run_prefix: str, settings: Settings, watch: Watch | None = None) -> Summary:
    """Make the output of a run again, from its own copy of the input and the journal.

    Raises:
        UsageError: no such run, or the output cannot be placed. RefusedFile: the copy is gone.
        BooksDontBalance: input and journal disagree.
    """
    watch, began = watch or Watch(), time.monotonic()
    with Journal.open(settings.journal_location, read_only=True) as journal:
        known = journal.get_run(run_prefix)
        with closing_source(reopen_source(journal, known)) as source:
            original = Path(known.settings["input"])
            placed, damage = place(original, source, settings, only_of=known.id), damage_of(journal)
            if damage is not None and placed.output.exists():
                raise BooksDontBalance(f"{damage} {placed.output} was left as it is; -o NEW writes what can be read.")
            made = write_report(journal, known, source, placed.output, placed.rejected, watch, salvage=True)
            write_manifest(placed.output, known, source, made)
            if damage is not None:
                raise BooksDontBalance(f"{damage} {placed.output} was written from what can be read.")
            return summarise("report", known, source, made, began)


@dataclass(frozen=True)
class _Job:
    """What one call of ``run`` works with."""

    journal: Journal
    api: Endpoint
    path: Path
    settings: Settings
    watch: Watch
    began: float

    def go(self, identity: str, content: str, source: Source) -> Summary:
        """Start, resume or merely report the run of this identity; one process at a time.

        ``content`` is the SHA-256 of the input, ``source`` the input as opened; what is read is the run's own copy.
        """
        placed = place(self.path, source, self.settings)
        if placed.reason:
            self.watch.said(f"{placed.reason}; the output becomes {placed.output.name} (--force replaces it)")
        with self._owning(identity, self.path, placed.output):
            current = self._current(identity, content, source)
            if not is_kept(self.journal, current) and self.path.exists():
                keep_copy(self.journal, current, self.path)  # it is gone; this is the same content
            with (
                closing_source(reopen_source(self.journal, current)) as reopened,
                held_copy(self.journal, current, placed.output.parent) as opened_again,
            ):
                planning = current.state is RunState.PLANNING
                current, copy = self._plan(current, reopened, placed.output) if planning else (current, reopened)
                requests, stopped = self._create(current, copy)
                if not isinstance(stopped, StorageFailed) and (settled := settle(self.journal, current)):
                    self.watch.said(f"{settled} unconfirmed rows: by now the journal knows who they are")
                lost = isinstance(stopped, StorageFailed) and not is_kept(self.journal, current)
                copy = opened_again() if lost else copy
                with suppress(StorageFailed) if isinstance(stopped, StorageFailed) else nullcontext():
                    remember_rejected(self.journal, current, copy, self.settings)
                made = write_report(self.journal, current, copy, placed.output, placed.rejected, self.watch)
                current = self._close(current, made, stopped)
                write_manifest(placed.output, current, copy, made)
                message = hint(current, made, requests)
                return summarise(
                    "run", current, copy, made, self.began, stopped=stopped, requests=requests, message=message
                )

    def _close(self, current: Run, made: Report, stopped: Stopped | None) -> Run:
        """Record the end of a run, and fold what only repeats earlier ones; not where nothing can be recorded."""
        try:
            closed = close_run(self.journal, current, made, stopped)
            if closed.state is RunState.FINISHED:
                fold_repeats(self.journal, closed)
        except StorageFailed:
            if isinstance(stopped, StorageFailed):
                return current
            raise
        return closed

    @contextmanager
    def _owning(self, identity: str, *paths: Path) -> Iterator[None]:
        """Own the import, and its files: another content of the same file waits until this one's output is written."""
        names = [identity, *(path_identity(path) for path in paths)]
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(self.journal.lock(name))
            yield

    def _current(self, identity: str, content: str, source: Source) -> Run:
        """The run of this identity, with a copy of its input: what is planned is what is sent, whatever comes."""
        known = None if self.settings.fresh else self.journal.find_run(identity)
        if known is not None and known.state is RunState.FINISHED:
            return known
        self.api.check()
        if known is not None and known.state is not RunState.PLANNING:
            self.watch.said(f"run {known.id} goes on")
            return self.journal.update_run(known.id, state=RunState.RUNNING)
        remembered = settings_of_run(source, self.settings, self.path)
        if known is None:
            for earlier in unfinished_before(self.journal, self.path, self.api.label, identity):
                self.watch.said(f"run {earlier.id} of an earlier content of this file was never finished")
            known = self.journal.create_run(identity, self.api.label, self.path.name, content, remembered)
        else:
            known = self.journal.update_run(known.id, settings=remembered)
            self.journal.clear_plan(known.id)
        if self.path.exists():
            with self._forgotten_on_refusal(known):
                keep_copy(self.journal, known, self.path)
        return known

    @contextmanager
    def _forgotten_on_refusal(self, current: Run) -> Iterator[None]:
        """A file that is refused leaves no run behind, nor its copy."""
        try:
            yield
        except (RefusedFile, UsageError):
            self.journal.forget_run(current.id)
            raise

    def _plan(self, current: Run, copy: Source, output: Path) -> tuple[Run, Source]:
        """A journal row for every row of the file; nothing is sent before all of them are there."""
        journal, label = self.journal, self.api.label
        if has_been_out(copy.mapping):
            learn_from_own_output(copy, self.path, current.input_sha256, journal, label, self.watch)
            copy = replace(copy, returned=ReturnedRows(journal, label, copy.mapping, self.settings))
        with self._forgotten_on_refusal(current):
            found = surveyed(copy, self.settings, self.path, output, self.watch)
        for finding in found.findings:
            if finding.warning:
                self.watch.said(finding.text)
        journal.update_run(current.id, settings=settings_of_run(found.source, self.settings, self.path))
        self.watch.began("planning", found.rows)
        refused = RefusedRecorder(journal, current, copy.mapping, self.settings)
        for checked, plan in planned_chunks(found, lambda phones: journal.known(label, phones)):
            journal.plan(current.id, plan)
            refused.planned(checked, plan, others_of(found, plan.index))
            self.watch.advanced(len(plan))
            self.watch.check()
        planned = journal.row_count(current.id)
        if planned != found.rows:
            raise BooksDontBalance(f"run {current.id}: {found.rows} rows read, {planned} planned")
        return journal.update_run(current.id, state=RunState.RUNNING, rows=found.rows), found.source

    def _create(self, current: Run, source: Source) -> tuple[int, Stopped | None]:
        """Send what is left; how many requests that took, and what stopped it before the end, if anything did."""
        left = self.journal.unfinished_span(current.id)[0]
        if not left:
            return 0, None
        if warning := self.api.expiry_warning(left):
            self.watch.said(warning)
        self.watch.began("creating", left)
        progress = Progress()
        try:
            create_rows(self.journal, current, source, self.settings, self.api.connect, self.watch, progress)
        except Stopped as exc:
            return progress.requests, exc
        interrupted = Interrupted("stopped on request; run the same command to go on")
        return progress.requests, interrupted if self.watch.interrupted else None
