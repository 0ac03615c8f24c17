"""``importer validate``: the job up to the plan. Nothing is sent, so no library of the API or the database loads."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from importer.cluster import check_options, on_cluster
from importer.errors import RefusedFile
from importer.journal.api_label import label_of
from importer.journal.database.existence import exists
from importer.mapping import ColumnMapping
from importer.messages.language import speaking
from importer.messages.text import counted
from importer.model import Changes, Status, Summary
from importer.planning.changed_users import ChangedUsers
from importer.planning.file_state import FileState
from importer.planning.gates import GateRefusal, refuse_changes, surveyed
from importer.planning.input_copy import content_of
from importer.planning.mapped_input import closing_input, open_input, today
from importer.planning.plan import Known, nothing_known
from importer.planning.returned_rows import compared, has_been_out
from importer.planning.run_identity import last_finished, source_name
from importer.progress import Watch
from importer.reading.file_name import refuse_name
from importer.reading.table import Chunk
from importer.reporting.checked_file import collect_checked, forecast, write_checked
from importer.reporting.output_place import CheckedBefore, OutputPlace, place
from importer.reporting.refusal import clear_away, rejected_on_refusal
from importer.reporting.report import Collect, Report
from importer.reporting.summary import summarise, with_preview
from importer.settings import USUAL_LATENCY, Settings
from importer.validation.preview import first_to_send
from importer.validation.stream import MappedInput
from importer.validation.survey import Survey

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no database library


def validate(
    path: Path | str,
    settings: Settings,
    watch: Watch | None = None,
    *,
    collect: Collect | None = None,
    began: FileState | None = None,
) -> Summary:
    """Read, map, clean, validate and plan a file; send nothing, need no token, open no connection.

    Arguments are those of ``pipeline.run``; ``collect`` gets what a checked file would hold, where none is asked for.

    Returns:
        A summary whose statuses say what ``run`` would do: not_sent rows would be sent. Exit code 0 when every
        row could be sent or is imported already, else 1.

    Raises:
        RefusedFile: the file cannot be imported as it is.
        UsageError: an option names what is not there.
    """
    path, watch, at = Path(path), watch or Watch(), time.monotonic()
    refuse_name(path)
    try:
        return _validate(began or FileState.of(path), settings, watch, at, collect)
    except RefusedFile as refusal:
        if settings.output and not isinstance(refusal, GateRefusal):  # those were dealt with while the file was open
            clear_away(path, settings, watch)
        raise


def _validate(file: FileState, settings: Settings, watch: Watch, began: float, collect: Collect | None) -> Summary:
    path, output = file.path, settings.output
    check_options(settings)
    with (
        closing_input(open_input(path, settings, today(), watch)) as opened,
        compared_input(opened, settings) as returned,
        on_cluster(returned, settings, watch) as mapped,
    ):
        before = CheckedBefore(partial(_wrote, settings, cache(partial(content_of, path))))
        placed = place(path, opened, settings, before) if output else None
        if placed and placed.reason:
            watch.said(placed.sentence)
        last = _last_finished(mapped, settings, path)
        with rejected_on_refusal(path, settings, watch) if output else nullcontext():
            found = surveyed(mapped, settings, path, output, watch, last=last, keep_phones=output is None)
            file.refuse_change()
            with planning_with(mapped.mapping, settings) as (known, changes), speaking(settings.spoken_language):
                made = _planned(found, known, changes, settings, watch, collect, file, placed)
                preview = (
                    first_to_send(found.mapped, found.phones, known, found.top)
                    if made.statuses.get(Status.NOT_SENT)
                    else ()
                )
                told = _told(changes, settings, last)
        left = made.statuses.get(Status.NOT_SENT, 0)
        seconds = settings.forecast_seconds(left)
        message = counted(
            "forecast: {count:,} request, about {seconds:,.0f} s if one answer takes {latency:g} s",
            "forecast: {count:,} requests, about {seconds:,.0f} s if one answer takes {latency:g} s",
            left,
            seconds=seconds,
            latency=USUAL_LATENCY,
        )
        plain = settings.show_values
        summary = replace(summarise("validate", None, found.mapped, made, began, message=message), changes=told)
        return with_preview(summary, found, preview, show_values=plain)


def _planned(
    found: Survey,
    known: Known,
    changes: ChangedUsers | None,
    settings: Settings,
    watch: Watch,
    collect: Collect | None,
    file: FileState,
    placed: OutputPlace | None,
) -> Report:
    """What a run would do, written where an output is asked for.

    Raises:
        GateRefusal: too many of the known people have changed; no output is left.
    """

    def approve() -> None:
        file.refuse_change()
        if changes is not None:
            refuse_changes(changes.found, found, settings, file.path)

    if placed is not None:
        where = (placed.output, placed.rejected, watch)
        made = write_checked(found, known, *where, unchanged=approve, changes=changes)
    elif collect is None and not _knows_any(found, known, watch):
        return forecast(found)
    else:
        made = collect_checked(found, known, watch, collect or _nobody, changes=changes)
        approve()
    return replace(made, causes=(*made.causes, *(changes.causes if changes else ())))


def _wrote(settings: Settings, content: Callable[[], str], sha256: str) -> bool:
    """Whether a run of the journal with an input of this content has written a file, if there is a journal."""
    with _journal_if_there(settings) as journal:
        if journal is None:
            return False
        from importer.journal.outputs import has_written_of  # noqa: PLC0415 (the database library loads here)

        return has_written_of(journal, content(), sha256)


@contextmanager
def _journal_if_there(settings: Settings) -> Iterator["Journal | None"]:
    """The journal, to be read alone; None where there is none: then no database library loads."""
    if not exists(settings.journal_location):
        yield None
        return
    from importer.journal import Journal  # noqa: PLC0415 (the database library loads here)

    with Journal.open(settings.journal_location, read_only=True) as journal:
        yield journal


def _nobody(_mapped: MappedInput, _chunk: Chunk, _results: object) -> None:
    """Nobody wants the rows, only what they come to."""


def _told(changes: ChangedUsers | None, settings: Settings, last: "Run | None") -> Changes | None:
    """What has changed; with ``--update`` also who is missing. Samples are for who plans to send them."""
    if changes is None or not settings.update:
        return None if changes is None else replace(changes.found, samples=())
    if last is None:
        return changes.found
    return replace(changes.found, missing=changes.missing_since(last))


def _last_finished(mapped: MappedInput, settings: Settings, path: Path) -> "Run | None":
    """The last finished run of the same source, where it is asked for and there is a journal."""
    if not (settings.looks_back or settings.update):
        return None
    with _journal_if_there(settings) as journal:
        name = source_name(mapped, settings, path)
        return None if journal is None else last_finished(journal, label_of(settings.url), name)


def _knows_any(found: Survey, known: Known, watch: Watch) -> bool:
    """Whether a row that could be sent is of a user in the ledger: only then is the file read once more."""
    if known is nothing_known:
        return False
    watch.began("planning", found.sendable)
    for phones in found.to_send:
        if known(phones):
            return True
        watch.advanced_or_ended(len(phones))
    return False


@contextmanager
def compared_input(mapped: MappedInput, settings: Settings) -> Iterator[MappedInput]:
    """As ``compared``, where there is a journal."""
    with _journal_if_there(settings) if has_been_out(mapped.mapping) else nullcontext() as journal:
        yield mapped if journal is None else compared(mapped, journal, label_of(settings.url), settings)


@contextmanager
def planning_with(mapping: ColumnMapping, settings: Settings) -> Iterator[tuple[Known, ChangedUsers | None]]:
    """Look-ups in the ledger and the comparison with it, if there is one: validating makes none."""
    with _journal_if_there(settings) as journal:
        label = label_of(settings.url)
        if journal is None or not journal.ledger.knows_any(label):
            yield nothing_known, None
            return
        changes = ChangedUsers(journal, label, mapping, settings, seen=settings.update)
        yield changes.users, changes
