"""``importer purge``, and what runs do of it by themselves: what old runs need no longer, personal data above all."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from importer.errors import ImporterError, Interrupted, UsageError
from importer.journal import Journal, RunState
from importer.journal.database.existence import exists
from importer.journal.maintenance import fold_repeats, pack_remarks, rows_to_pack
from importer.journal.purging import compact, old_runs
from importer.messages.text import Text, counted
from importer.planning.stored_copy import storage_of
from importer.progress import Watch
from importer.settings import Settings
from importer.storage import Storage, folder_of_run

LONGEST: Final = 36_500
"""Days: a hundred years."""


@dataclass(frozen=True)
class Purged:
    """The ids of the runs that were purged (or would be), and why the space was not given back, or ""."""

    runs: list[str]
    kept_space: str = ""


def purge(older_than: str, settings: Settings, watch: Watch, *, dry_run: bool = False) -> Purged:
    """Remove input copies and texts with personal data of runs not touched for so long (``90d``); keep the ledger.

    ``watch`` is told of each step: a large journal takes minutes. ``dry_run``: only tell which runs these are.

    Raises:
        UsageError: not a number of days. StorageFailed: what they keep in a storage cannot be removed now.
    """
    days = older_than[:-1]
    if not older_than.endswith("d") or not days.isascii() or not days.isdigit() or int(days[:9]) > LONGEST:
        raise UsageError(
            "--older-than {older_than}: expected a number of days like 90d, at most {longest}d",
            older_than=repr(older_than),
            longest=LONGEST,
        )
    if not exists(settings.journal_location):
        return Purged([])
    before = datetime.now(UTC) - timedelta(days=int(days))
    if dry_run:
        with Journal.open(settings.journal_location, read_only=True) as journal:
            return Purged(old_runs(journal, before))
    with Journal.open(settings.journal_location) as journal:
        watch.began("purging")
        purged = _purged(journal, before, watch)
        runs = journal.runs(limit=None)
        watch.began("folding repeats", len(runs))
        for run in runs:
            fold_repeats(journal, run)  # of runs of earlier versions, or that were killed at their end
            watch.advanced_or_ended(1)
        watch.began("packing texts", rows_to_pack(journal))
        pack_remarks(journal, watch.advanced_or_ended)
        watch.began("giving space back")
        kept = _compacted(journal)
        clear_storage(journal)
        return Purged(purged, kept)


def purge_by_itself(settings: Settings, watch: Watch) -> None:
    """Purge at the end of a run what is older than ``retention_days``, if that is set. A failure is only told.

    A run that was asked to end does not begin with it: the next one does.
    """
    if settings.retention_days is None or watch.interrupted:
        return
    watch.began("purging")
    try:
        with Journal.open(settings.journal_location) as journal:
            purged = _purged(journal, datetime.now(UTC) - timedelta(days=settings.retention_days), watch)
            kept = _compacted(journal) if purged or _put_off(journal).exists() else ""
            stored = _left_in_storage(journal)
    except Interrupted:
        return  # the next run goes on with it
    except ImporterError as exc:
        watch.said(Text("old runs were not purged: {why}", why=exc.sentence))
        return
    if purged:
        watch.said(
            counted(
                "{count:,} run older than {days} days was purged",
                "{count:,} runs older than {days} days were purged",
                len(purged),
                days=settings.retention_days,
            )
        )
    if kept:
        watch.said(Text("the space of what was purged was not given back: {why}", why=kept))
    if stored:
        watch.said(Text("what purged runs keep in their storage is still there: {why}", why=stored))


def clear_storage(journal: Journal) -> None:
    """Remove what purged runs keep in their storage, also where an earlier purge could not.

    Raises:
        StorageFailed: that cannot be done now. UsageError: the storage cannot be used on this machine.
    """
    gone = defaultdict(set)
    for run in journal.runs(limit=None):
        if run.state is RunState.PURGED and (url := storage_of(run)):
            gone[url].add(folder_of_run(run.id))
    for url, folders in gone.items():
        storage = Storage(url)
        for folder in sorted(folders & storage.names()):
            storage.remove(folder)


def _purged(journal: Journal, before: datetime, watch: Watch) -> list[str]:
    """Purge; what is cut short of it is remembered, for the space of what was purged by then is still taken."""
    try:
        return journal.purge(before, watch.advanced_or_ended)
    except ImporterError:
        with suppress(OSError):
            _put_off(journal).touch(0o600)
        raise


def _compacted(journal: Journal) -> str:
    """Give the space back, or remember to; "" or why that was not done.

    Until then a database server keeps what was deleted in its pages, and no later run may find anything to purge.
    """
    kept = compact(journal)
    with suppress(OSError):  # a full disk: the next purge looks by itself
        _put_off(journal).touch(0o600) if kept else _put_off(journal).unlink(missing_ok=True)
    return kept


def _put_off(journal: Journal) -> Path:
    return journal.folder / "space-kept"


def _left_in_storage(journal: Journal) -> str:
    try:
        clear_storage(journal)
    except ImporterError as exc:
        return exc.sentence
    return ""
