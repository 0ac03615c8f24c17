"""The main job, step by step: the page to read first.

    read → map → clean → validate → plan → create → report

``checking`` streams the first four over a file, chunk by chunk; ``survey`` runs them over the whole file once;
``planning`` decides about every row; ``sending`` creates; ``reporting`` joins the input's cells with the journal's
outcomes by row number. A bad row is a value with a reason; an exception of ``errors`` ends the command.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from importer.checking import Source
from importer.concluding import close_run, hint, summarise, with_preview
from importer.connecting import USUAL_LATENCY, Endpoint, endpoint, forecast_seconds, label_of
from importer.creating import Progress
from importer.errors import BooksDontBalance, Interrupted, RefusedFile, Stopped
from importer.journal import Journal, Run, RunState
from importer.manifest import write_manifest
from importer.model import Status, Summary
from importer.planning import Known, nothing_known, planned_chunks
from importer.reporting import forecast, write_checked, write_report
from importer.runs import (
    identity_of,
    keep_copy,
    open_source,
    reopen_source,
    settings_of_run,
    sha256_of,
    unfinished_before,
    unfinished_of,
)
from importer.sending import create_rows
from importer.settings import Settings
from importer.survey import Survey, survey
from importer.watching import Watch
from importer.writing import check_room, check_target, default_output, rejected_path


def validate(path: Path | str, settings: Settings, watch: Watch | None = None) -> Summary:
    """Read, map, clean, validate and plan a file; send nothing, need no token, open no connection.

    Returns:
        A summary whose statuses say what ``run`` would do: not_sent rows would be sent. Exit code 0 when every
        row could be sent or is imported already, else 1.

    Raises:
        RefusedFile: the file cannot be imported as it is.
        UsageError: an option names what is not there.
    """
    path, watch, began = Path(path), watch or Watch(), time.monotonic()
    with closing_source(open_source(path, settings, _today())) as source:
        if settings.output:
            check_target(settings.output, input=path, force=settings.force)
        found = _surveyed(source, settings, path, settings.output, watch)
        known = _ledger(settings)
        if settings.output:
            made = write_checked(found, known or nothing_known, settings.output, rejected_path(settings.output), watch)
        else:
            made = forecast(found, known, watch)
        left = made.statuses.get(Status.NOT_SENT, 0)
        seconds = forecast_seconds(left, settings)
        message = f"forecast: {left:,} requests, about {seconds:,.0f} s if one answer takes {USUAL_LATENCY:g} s"
        summary = summarise("validate", None, found.source, made, began, message=message)
        return with_preview(summary, found, show_values=settings.show_values)


def run(path: Path | str, settings: Settings, watch: Watch | None = None) -> Summary:
    """The main job: create every user of a file and write the output; the same call again resumes.

    Returns:
        A summary with the exit code of the contract: 0, 1, or 4 when it was stopped before the end.

    Raises:
        RefusedFile: exit 3, nothing was sent. UsageError: exit 2. AlreadyRunning, StorageFailed: exit 4.
        BooksDontBalance: exit 5.
    """
    path, watch, began = Path(path), watch or Watch(), time.monotonic()
    with endpoint(settings) as api, Journal.open(settings.journal_location) as journal:
        job = _Job(journal, api, path, settings, watch, began)
        earlier = None if path.exists() else unfinished_of(journal, path, api.label)
        if earlier is not None:
            watch.said(f"the file is gone; run {earlier.id} goes on with its own copy")
            with closing_source(reopen_source(journal, earlier)) as source:
                return job.go(earlier.identity, source)
        with closing_source(open_source(path, settings, _today())) as source:
            return job.go(identity_of(sha256_of(path), source.mapping, api.label, settings), source)


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
            output, rejected = _targets(original, source, settings)
            made = write_report(journal, known, source, output, rejected, watch, salvage=True)
            write_manifest(output, known, source, made)
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

    def go(self, identity: str, source: Source) -> Summary:
        """Start, resume or merely report the run of this identity; one process at a time."""
        output, rejected = _targets(self.path, source, self.settings)
        with self.journal.lock(identity):
            current = self._current(identity, source)
            with closing_source(reopen_source(self.journal, current)) as copy:
                requests, stopped = self._create(current, copy)
                made = write_report(self.journal, current, copy, output, rejected, self.watch)
                current = close_run(self.journal, current, made, stopped)
                write_manifest(output, current, copy, made)
                message = hint(current, made, requests)
                return summarise(
                    "run", current, copy, made, self.began, stopped=stopped, requests=requests, message=message
                )

    def _current(self, identity: str, source: Source) -> Run:
        known = None if self.settings.fresh else self.journal.find_run(identity)
        if known is not None and known.state is RunState.FINISHED:
            return known
        self.api.check()
        if known is None:
            return self._plan(None, identity, source)
        if known.state is RunState.PLANNING:
            return self._plan(known, identity, source)
        self.watch.said(f"run {known.id} goes on")
        return known

    def _plan(self, interrupted: Run | None, identity: str, source: Source) -> Run:
        """A run with a journal row for every row of the file; nothing is sent before all of them are there."""
        journal, label = self.journal, self.api.label
        output = _targets(self.path, source, self.settings)[0]
        found = _surveyed(source, self.settings, self.path, output, self.watch)
        for finding in found.findings:
            if finding.warning:
                self.watch.said(finding.text)
        remembered = settings_of_run(found.source, self.settings, self.path)
        for earlier in unfinished_before(journal, self.path, label, identity):
            self.watch.said(f"run {earlier.id} of an earlier content of this file was never finished")
        if interrupted is None:
            content = self._content(identity, source)
            current = journal.create_run(identity, label, self.path.name, content, remembered)
        else:
            current = journal.update_run(interrupted.id, settings=remembered)
            journal.clear_plan(current.id)
        if self.path.exists():
            keep_copy(journal, current, self.path)
        self.watch.began("planning", found.rows)
        for _checked, plan in planned_chunks(found, lambda phones: journal.known(label, phones)):
            journal.plan(current.id, plan)
            self.watch.advanced(len(plan))
            self.watch.check()
        planned = journal.row_count(current.id)
        if planned != found.rows:
            raise BooksDontBalance(f"run {current.id}: {found.rows} rows read, {planned} planned")
        if self.path.exists():
            self._content(identity, source)
        return journal.update_run(current.id, state=RunState.RUNNING, rows=found.rows)

    def _content(self, identity: str, source: Source) -> str:
        """The file's hash, still the one that gave the run its identity: else the plan would be another file's."""
        content = sha256_of(self.path)
        if identity_of(content, source.mapping, self.api.label, self.settings) != identity:
            raise RefusedFile(f"{self.path}: changed while it was being read; nothing was sent; start again")
        return content

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


def _surveyed(source: Source, settings: Settings, path: Path, output: Path | None, watch: Watch) -> Survey:
    found = survey(source, duplicates=settings.duplicates, watch=watch)
    if not found.rows:
        raise RefusedFile(f"{path}: a header and no rows: nothing to import")
    if output is not None:
        columns = len(source.table.header) - len(source.mapping.result_columns)
        check_room(output, last_row=found.last_row, columns=columns)
    allowed = settings.invalid_allowed(found.rows)
    if found.invalid > allowed:
        raise RefusedFile(
            f"{path}: {found.invalid} of {found.rows} rows are invalid, more than --max-invalid "
            f"{settings.max_invalid} allows; nothing was sent; importer validate shows what is wrong"
        )
    return found


def _targets(path: Path, source: Source, settings: Settings) -> tuple[Path, Path]:
    if settings.output is None:
        output, rejected = default_output(path, source.table.dialect)
    else:
        output, rejected = settings.output, rejected_path(settings.output)
    for target in (output, rejected):
        check_target(target, input=path, force=settings.force)
    return output, rejected


def _ledger(settings: Settings) -> Known | None:
    """Look-ups in the journal, if there is one: validating makes none."""
    location = settings.journal_location
    if not Journal.exists(location):
        return None

    def known(phones: Sequence[str]) -> Mapping[str, str]:
        with Journal.open(location, read_only=True) as journal:
            return journal.known(label_of(settings.url), phones)

    return known


@contextmanager
def closing_source(source: Source) -> Iterator[Source]:
    """The source, closed at the end."""
    try:
        yield source
    finally:
        source.table.close()


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 (a birthday is judged by the operator's own calendar)
