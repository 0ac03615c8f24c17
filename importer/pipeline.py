"""The main job, step by step: the page to read first.

    read → map → clean → validate → plan → create → report

``validation.stream`` runs the first four over a file, chunk by chunk, ``validation.survey`` over the whole file once;
``planning`` decides about every row; ``creating`` creates; ``reporting`` joins the input's cells with the journal's
outcomes by row number. ``validate_file`` is the way without ``create``. A bad row is a value with a reason; what ends
the command is an exception of ``errors``.
"""

import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from importer.cluster import check_options, create_on_cluster, on_cluster, sends_on_cluster
from importer.creating import SendProgress
from importer.creating.endpoint.endpoint import Endpoint, endpoint
from importer.creating.run_control import followed
from importer.creating.sending import create_rows
from importer.creating.update_trial import send_on_trial
from importer.errors import Interrupted, RefusedFile, Stopped
from importer.journal import Journal, Run, RunState
from importer.journal.outputs import remember_outputs
from importer.messages.language import speaking
from importer.messages.text import Text, joined
from importer.model import Cause, Status, Summary
from importer.operations.learn import KnownOutputs, learn_from_own_output
from importer.operations.purge import purge_by_itself
from importer.planning.file_state import FileState
from importer.planning.gates import GateRefusal, surveyed
from importer.planning.input_copy import content_of, copy_path, held_copy, is_kept, keep_copy, reopen_input
from importer.planning.mapped_input import closing_input, open_input, today
from importer.planning.planned_rows import plan_rows
from importer.planning.returned_rows import compared, has_been_out
from importer.planning.run_identity import (
    forgotten_on_refusal,
    identity_of,
    is_up_to_date,
    language_of_run,
    last_finished,
    owned,
    settings_of_run,
    source_name,
    unfinished_before,
    unfinished_of,
)
from importer.planning.stored_copy import keep_in_storage
from importer.progress import Watch
from importer.reading.file_name import refuse_name
from importer.reporting.closing import close, pack_texts, settle_up
from importer.reporting.manifest_content import write_manifest
from importer.reporting.output_place import OutputPlace, place, placed_by_now
from importer.reporting.refusal import clear_away, rejected_on_refusal
from importer.reporting.report import Collect, Report, collect_report, write_report
from importer.reporting.stored_outputs import store_outputs
from importer.reporting.summary import hint, summarise, with_values
from importer.reporting.unbalanced_output import write_beside
from importer.settings import Settings
from importer.validation.stream import MappedInput
from importer.writing.pending_file import closed_meanwhile


def run(
    path: Path | str,
    settings: Settings,
    watch: Watch | None = None,
    *,
    collect: Collect | None = None,
    began: FileState | None = None,
) -> Summary:
    """The main job: create every user of a file, write the output, purge old runs; the same call again resumes.

    Args:
        path: The file.
        settings: What the command was told.
        watch: Told of progress; may end it.
        collect: Gets every row with what became of it; with it an output is written only where one is asked for.
        began: The file as it was when the command began, where that was earlier than this call.

    Returns:
        A summary with the exit code that the README lists: 0, 1, or 4 when it was stopped before the end.

    Raises:
        RefusedFile: exit 3, nothing was sent. UsageError: exit 2. AlreadyRunning, StorageFailed: exit 4.
        BooksDontBalance: exit 5.
    """
    path, watch, at = Path(path), watch or Watch(), time.monotonic()
    summary = _run(path, settings, watch, at, collect, began or FileState.of(path))
    purge_by_itself(settings, watch)
    return summary


def _run(path: Path, settings: Settings, watch: Watch, at: float, collect: Collect | None, file: FileState) -> Summary:
    refuse_name(path)
    check_options(settings)
    with endpoint(settings, watch) as api, Journal.open(settings.journal_location) as journal:
        job = RunContext(journal, api, path, settings, watch, at, collect, file)
        earlier = None if path.exists() else unfinished_of(journal, path, api.label)
        if earlier is not None:
            watch.said(Text("the file is gone; run {run} goes on with its own copy", run=earlier.id))
            with closing_input(reopen_input(journal, earlier, watch)) as mapped:
                return job.go(earlier.identity, earlier.input_sha256, mapped)
        try:
            with closing_input(open_input(path, settings, today(), watch)) as mapped:
                content = content_of(path)
                job.file.refuse_change()
                return job.go(identity_of(content, mapped.mapping, api.label, settings), content, mapped)
        except RefusedFile as refusal:
            if job.writes_files and not isinstance(refusal, GateRefusal):  # those were dealt with while it was open
                clear_away(path, settings, watch)
            raise


@dataclass(frozen=True)
class RunContext:
    """What one call of ``run`` works with."""

    journal: Journal
    api: Endpoint
    path: Path
    settings: Settings
    watch: Watch
    began: float
    collect: Collect | None
    file: FileState

    @property
    def writes_files(self) -> bool:
        """Whether there is an output beside what is collected."""
        return self.collect is None or self.settings.output is not None

    def go(self, identity: str, content: str, mapped: MappedInput) -> Summary:
        """Start, go on with or merely report the run of this identity; one process at a time.

        ``content`` is the SHA-256 of the input, ``mapped`` the input as opened; what is read is the run's own copy.
        """
        known = KnownOutputs(self.journal, self.api.label, self.watch)
        placed = place(self.path, mapped, self.settings, known) if self.writes_files else None
        if placed and placed.reason:
            self.watch.said(placed.sentence)
        with owned(self.journal, identity, self.path, placed.output if placed else None):
            current = self._current(identity, content, mapped)
            self.watch.concerns(run=current.id, source=current.settings.get("source", ""))
            if not is_kept(self.journal, current) and self.path.exists():
                keep_copy(self.journal, current, self.path)  # it is gone; this is the same content
            with followed(self.journal, current, self.watch) as watch, closed_meanwhile():
                return replace(self, watch=watch).carry_out(current, placed)

    def carry_out(self, current: Run, placed: OutputPlace | None) -> Summary:
        """Plan what is not planned, send what is not sent, write the output; the run is owned by this process."""
        repeated, output = current.state is RunState.FINISHED, placed.output if placed else None
        with (
            closing_input(self._reopened(current)) as reopened,
            held_copy(self.journal, current, (output or self.path).parent) as opened_again,
        ):
            planning = current.state is RunState.PLANNING
            current, copy, seen = self._plan(current, reopened, output) if planning else (current, reopened, ())
            current = keep_in_storage(self.journal, current, copy_path(self.journal, current), self.settings)
            created_before = self.journal.counts(current.id).get(Status.CREATED, 0)
            progress, stopped = self._create(current, copy)
            current, copy = settle_up(self.journal, current, copy, stopped, opened_again, self.settings, self.watch)
            made = self._report(current, copy, placed)
            current = close(self.journal, current, made, stopped, self.watch)
            if made.output is not None:
                store_outputs(current, made, write_manifest(made.output, current, copy, made), self.watch)
            pack_texts(self.journal, current, self.watch)
            before = repeated or created_before > 0
            message = joined((hint(current, made, progress.requests, before=before), progress.advice))
            told = summarise(
                "run", current, copy, made, self.began, stopped=stopped, requests=progress.requests, message=message
            )
            told = replace(told, repeated=repeated, throttled=progress.refused, outages=progress.outages)
            return with_values(replace(told, created_before=created_before), seen)

    def _reopened(self, current: Run) -> MappedInput:
        """The run's own copy, to be compared with what the journal knows of its rows, if they were out before."""
        return compared(reopen_input(self.journal, current, self.watch), self.journal, self.api.label, self.settings)

    def _report(self, current: Run, copy: MappedInput, placed: OutputPlace | None) -> Report:
        with speaking(language_of_run(current, self.settings)):
            if self.collect is not None:
                collected = collect_report(self.journal, current, copy, self.watch, self.collect)
                if placed is None:
                    return collected
            assert placed is not None  # noqa: S101 (without a collector files are written)
            remember = partial(remember_outputs, self.journal, current.id)
            write = partial(write_report, self.journal, current, copy, watch=self.watch, remember=remember)
            known = KnownOutputs(self.journal, self.api.label, self.watch)
            placed = placed_by_now(placed, self.path, copy, self.settings, self.watch, known)
            beside = partial(place, self.path, copy, self.settings, known, unbalanced=current.id)
            return write_beside(placed, write, beside, self.watch)

    def _current(self, identity: str, content: str, mapped: MappedInput) -> Run:
        """The run of this identity, with a copy of its input: what is planned is what is sent, whatever comes."""
        known = None if self.settings.fresh else self.journal.find_run(identity)
        if known is not None and known.state is RunState.FINISHED:
            if is_up_to_date(self.journal, known, self.settings):
                return known
            known = None
        self.api.check()
        if known is not None and known.state is not RunState.PLANNING:
            self.watch.said(Text("run {run} goes on", run=known.id))
            return self.journal.update_run(known.id, state=RunState.RUNNING)
        remembered = settings_of_run(mapped, self.settings, self.path)
        if known is None:
            for earlier in unfinished_before(self.journal, self.path, self.api.label, identity):
                self.watch.said(Text("run {run} of an earlier content of this file was never finished", run=earlier.id))
            known = self.journal.create_run(identity, self.api.label, self.path.name, content, remembered)
        else:
            known = self.journal.update_run(known.id, settings=remembered)
            self.journal.clear_plan(known.id)
        if self.path.exists() and not is_kept(self.journal, known):
            with forgotten_on_refusal(self.journal, known):
                keep_copy(self.journal, known, self.path)
                self.file.refuse_change()
        return known

    def _plan(self, current: Run, copy: MappedInput, output: Path | None) -> tuple[Run, MappedInput, tuple[Cause, ...]]:
        """A journal row for every row of the file; nothing is sent before all of them are there."""
        journal, label = self.journal, self.api.label
        if has_been_out(copy.mapping):
            learn_from_own_output(copy, self.path, current.input_sha256, journal, label, self.watch)
        with forgotten_on_refusal(journal, current):
            source = source_name(copy, self.settings, self.path)
            last = last_finished(journal, label, source) if self.settings.looks_back else None
            with (
                on_cluster(copy, self.settings, self.watch) as spread,
                rejected_on_refusal(self.path, self.settings, self.watch),
            ):
                found = surveyed(spread, self.settings, self.path, output, self.watch, last=last)
                for finding in found.findings:
                    if finding.warning:
                        self.watch.said(finding.text)
                plan_rows(journal, current, found, self.settings, self.path, self.watch)
        planned = journal.update_run(current.id, state=RunState.RUNNING, rows=found.rows)
        return planned, replace(found.mapped, engine=None), found.causes

    def _create(self, current: Run, mapped: MappedInput) -> tuple[SendProgress, Stopped | None]:
        """Send what is left; what it took, and what stopped it before the end, if anything did."""
        progress = SendProgress()
        if not (left := self.journal.unfinished_span(current.id)[0]):
            return progress, None
        if warning := self.api.expiry_warning(left):
            self.watch.said(warning)
        self.watch.began("creating", left)

        def send(most_updates: int | None) -> None:
            job, settings, watch = (self.journal, current, mapped), self.settings, self.watch
            if sends_on_cluster(settings, self.journal):
                create_on_cluster(*job, settings, self.api, watch, progress, most_updates=most_updates)
            else:
                create_rows(*job, settings, self.api.connect, watch, progress, most_updates=most_updates)

        try:
            send_on_trial(self.journal, current, self.settings, send, self.watch)
        except Stopped as exc:
            return progress, exc
        interrupted = Interrupted(Text("stopped on request; run the same command to go on"))
        return progress, interrupted if self.watch.interrupted else None
