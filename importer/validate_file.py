"""``importer validate``: the job up to the plan. Nothing is sent, so no library of the API or the database loads."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from importer.errors import RefusedFile
from importer.journal.api_label import label_of
from importer.journal.location import is_there, path_of
from importer.model import Status, Summary
from importer.planning.file_state import FileState
from importer.planning.gates import GateRefusal, surveyed
from importer.planning.plan import Known, nothing_known
from importer.planning.returned_rows import ReturnedRows, has_been_out
from importer.planning.run_identity import rows_before, source_name
from importer.planning.source import closing_source, open_source, today
from importer.progress import Watch
from importer.reporting.checked_file import collect_checked, forecast, write_checked
from importer.reporting.refusal import clear_away, rejected_on_refusal
from importer.reporting.report import Collect
from importer.reporting.summary import summarise, with_preview
from importer.settings import USUAL_LATENCY, Settings
from importer.validation.preview import first_to_send
from importer.validation.stream import Source
from importer.validation.survey import Survey
from importer.writing import check_target, rejected_path


def validate(
    path: Path | str,
    settings: Settings,
    watch: Watch | None = None,
    *,
    collect: Collect | None = None,
    began: FileState | None = None,
) -> Summary:
    """Read, map, clean, validate and plan a file; send nothing, need no token, open no connection.

    Args:
        path: The file.
        settings: What the command was told.
        watch: Told of progress; may end it.
        collect: Gets what a checked file would hold, where none is asked for.
        began: The file as it was when the command began, where that was earlier than this call.

    Returns:
        A summary whose statuses say what ``run`` would do: not_sent rows would be sent. Exit code 0 when every
        row could be sent or is imported already, else 1.

    Raises:
        RefusedFile: the file cannot be imported as it is.
        UsageError: an option names what is not there.
    """
    path, watch, at = Path(path), watch or Watch(), time.monotonic()
    try:
        return _validate(began or FileState.of(path), settings, watch, at, collect)
    except RefusedFile as refusal:
        if settings.output and not isinstance(refusal, GateRefusal):  # those were dealt with while the file was open
            clear_away(path, settings, watch)
        raise


def _validate(file: FileState, settings: Settings, watch: Watch, began: float, collect: Collect | None) -> Summary:
    path, output = file.path, settings.output
    with (
        closing_source(open_source(path, settings, today(), watch)) as opened,
        compared_source(opened, settings) as source,
    ):
        if output:
            check_target(output, input=path, force=settings.force)
        before = _rows_before(source, settings, path)
        with rejected_on_refusal(path, settings, watch) if output else nullcontext():
            found = surveyed(source, settings, path, output, watch, rows_before=before, keep_phones=output is None)
        file.refuse_change()
        if output:
            with ledger_of(settings) as known:
                rejected = rejected_path(output)
                made = write_checked(found, known, output, rejected, watch, unchanged=file.refuse_change)
        elif collect is not None:
            with ledger_of(settings) as known:
                made = collect_checked(found, known, watch, collect)
        else:
            made = forecast(found, _already_imported(found, settings, watch))
        left = made.statuses.get(Status.NOT_SENT, 0)
        seconds = settings.forecast_seconds(left)
        message = f"forecast: {left:,} requests, about {seconds:,.0f} s if one answer takes {USUAL_LATENCY:g} s"
        plain = settings.show_values
        summary = summarise("validate", None, found.source, made, began, message=message)
        return with_preview(summary, found, _preview(found, settings) if left else (), show_values=plain)


def _preview(found: Survey, settings: Settings) -> tuple[tuple[int, dict[str, str]], ...]:
    with ledger_of(settings) as known:
        return first_to_send(found.source, found.phones, known)


def _rows_before(source: Source, settings: Settings, path: Path) -> int:
    """Rows of the last finished run of the same source, where they are asked for and there is a journal."""
    location = settings.journal_location
    if not settings.max_shrink or not is_there(path_of(location)):
        return 0
    from importer.journal import Journal  # noqa: PLC0415 (the database library loads here)

    with Journal.open(location, read_only=True) as journal:
        return rows_before(journal, label_of(settings.url), source_name(source, settings, path))


def _already_imported(found: Survey, settings: Settings, watch: Watch) -> int:
    """How many of the rows that could be sent are in the ledger, if there is one: validating makes none."""
    already = 0
    with ledger_of(settings) as known:
        if known is nothing_known:
            return 0
        watch.began("planning", found.sendable)
        for phones in found.to_send:
            already += len(known(phones))
            watch.advanced(len(phones))
            watch.check()
    return already


@contextmanager
def compared_source(source: Source, settings: Settings) -> Iterator[Source]:
    """The source, to be compared with what the journal knows of its rows, if they were out before."""
    location = settings.journal_location
    if not has_been_out(source.mapping) or not is_there(path_of(location)):
        yield source
        return
    from importer.journal import Journal  # noqa: PLC0415 (the database library loads here)

    with Journal.open(location, read_only=True) as journal:
        yield replace(source, returned=ReturnedRows(journal, label_of(settings.url), source.mapping, settings))


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Known]:
    """Look-ups in the ledger, if there is one."""
    location = settings.journal_location
    if not is_there(path_of(location)):
        yield nothing_known
        return
    from importer.journal import Journal  # noqa: PLC0415 (the database library loads here)

    with Journal.open(location, read_only=True) as journal:
        label = label_of(settings.url)
        yield (lambda phones: journal.known(label, phones)) if journal.knows_any(label) else nothing_known
