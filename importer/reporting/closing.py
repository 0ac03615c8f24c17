"""The end of a run: what the journal knows by now of its rows, and how it is recorded."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from importer.errors import AlreadyRunning, ImporterError, Interrupted, Stopped, StorageFailed
from importer.journal import Journal, Run, RunState, settle_repeated_ids
from importer.journal.ledger.field_prints import FieldPrints
from importer.journal.maintenance import fold_repeats, note_sound, pack_remarks, rows_to_pack, settle
from importer.messages.text import Text, counted
from importer.model import KnownUser, Status
from importer.planning.input_copy import is_kept
from importer.planning.refused_rows import remember_refused
from importer.progress import Watch
from importer.reporting.report import Report
from importer.reporting.summary import exit_code_of
from importer.settings import Settings
from importer.validation.stream import MappedInput

_NOTED_FROM: Final = 10_000
"""Users created by a run: to verify fewer takes little more than the start of the command (2 s; 15 us a row)."""


_PACKED_AT_MOST: Final = 200_000
"""Rows whose texts one run packs: a large journal of an earlier version takes several nights, or ``importer purge``."""


def settle_up(
    journal: Journal,
    run: Run,
    copy: MappedInput,
    stopped: Stopped | None,
    opened_again: Callable[[], MappedInput],
    settings: Settings,
    watch: Watch,
) -> tuple[Run, MappedInput]:
    """What the journal knows by now of the rows that were sent; the input from what is open, where its copy is lost.

    ``stopped``: what ended the run before its last row, if anything did. ``opened_again`` opens the run's own copy
    though it has been removed.

    Raises:
        AlreadyRunning: what stopped it: another process has the run by now, and its end is that one's to record.
    """
    if isinstance(stopped, AlreadyRunning):
        raise stopped
    if isinstance(stopped, StorageFailed):
        copy = copy if is_kept(journal, run) else opened_again()
        with suppress(StorageFailed):
            remember_refused(journal, run, copy, settings)
        return run, copy
    settle_repeated_ids(journal, run.id)
    others = partial(of_other_names, journal, copy, other_names=settings.accept_other_names)
    if settled := settle(journal, run, others):
        watch.said(
            counted(
                "{count:,} unconfirmed row: by now the journal knows who it is",
                "{count:,} unconfirmed rows: by now the journal knows who they are",
                settled,
            )
        )
    remember_refused(journal, run, copy, settings)
    return journal.get_run(run.id), copy


def of_other_names(
    journal: Journal, copy: MappedInput, users: Mapping[int, KnownUser], *, other_names: bool
) -> set[int]:
    """Which of some rows (row → who has its phone by now) have other names than that user; ``other_names``: none."""
    if other_names:
        return set()
    prints, found = FieldPrints(journal.ledger.keys()), set()
    for chunk in copy.table.chunks():
        here = users.keys() & set(chunk.cells.index.tolist())
        if here:
            values: dict[int, dict[str, str]] = copy.fields_to_send(chunk, here).to_dict("index")  # type: ignore[assignment]
            told = {row: prints.difference(users[row].phone, values[row], users[row].prints) for row in here}
            found |= {row for row in here if told[row].other_person}
    return found


def close(journal: Journal, run: Run, made: Report, stopped: Stopped | None, watch: Watch) -> Run:
    """Record the end of a run, fold what only repeats earlier ones, note what is sound; where that can be recorded."""
    try:
        closed = close_run(journal, run, made, stopped)
        if closed.state is RunState.FINISHED:
            fold_repeats(journal, closed)
            if (created := made.statuses.get(Status.CREATED, 0)) >= _NOTED_FROM:
                watch.began("checking the journal", created)
                note_sound(journal, closed, created, watch.advanced)
    except StorageFailed:
        if isinstance(stopped, StorageFailed):
            return run
        raise
    return closed


def pack_texts(journal: Journal, run: Run, watch: Watch) -> None:
    """Pack the texts of runs that have ended, as far as one command may take; when the run owes nobody any more.

    Whatever comes of it, the run is as it was: who asks it to end ends this alone, and the next run goes on with it.
    """
    if run.state is not RunState.FINISHED or watch.interrupted:
        return
    try:
        if waiting := rows_to_pack(journal, _PACKED_AT_MOST):
            watch.began("packing texts", waiting)
            pack_remarks(journal, watch.advanced_or_ended, _PACKED_AT_MOST)
    except Interrupted:
        return
    except ImporterError as exc:
        watch.said(Text("texts of earlier rows were not packed: {why}", why=exc.sentence))


def close_run(journal: Journal, current: Run, made: Report, stopped: Stopped | None) -> Run:
    """Record what came of a run: finished when nothing is left to send, else stopped."""
    left = made.statuses.get(Status.NOT_SENT, 0)
    state = RunState.STOPPED if left or stopped else RunState.FINISHED
    counts = {str(status): count for status, count in made.statuses.items()}
    return journal.update_run(current.id, state=state, counts=counts, exit_code=exit_code_of(made, stopped))
