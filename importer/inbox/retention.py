"""What was filed long ago is removed: inputs, results and reasons alike hold people's data."""

import logging
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from importer.inbox.folders import DONE, REFUSED, Folders
from importer.messages.text import Text, counted

log = logging.getLogger("importer")


def remove_old(folders: Folders, days: int | None, today: date) -> int:
    """Remove what was filed more than ``days`` days ago, and days that are empty then; how many files' folders.

    Only folders that are called as this program calls them are looked at, never ``working``, and no link is followed.
    A failure is told in the log. Without ``days`` nothing is removed.
    """
    if days is None:
        return 0
    removed = 0
    for day in _days_before(folders, today - timedelta(days=days)):
        try:
            for folder in [one for one in day.iterdir() if one.is_dir() and not one.is_symlink()]:
                shutil.rmtree(folder)
                removed += 1
            if not any(day.iterdir()):
                day.rmdir()
        except OSError as exc:
            where = day.relative_to(folders.top)
            text = Text("{path} was not removed: {why}", path=where, why=exc.strerror)
            log.warning("%s", text, extra={"event": "retention.failed"})
    if removed:
        told = counted(
            "{count:,} filed file older than {days} days was removed",
            "{count:,} filed files older than {days} days were removed",
            removed,
            days=days,
        )
        log.info("%s", told, extra={"event": "retention.removed"})
    return removed


def _days_before(folders: Folders, first: date) -> Iterator[Path]:
    for day in sorted(path for kind in (DONE, REFUSED) for path in (folders.top / kind).glob("????-??-??")):
        try:
            old = date.fromisoformat(day.name) < first
        except ValueError:
            continue
        if old and day.is_dir() and not day.is_symlink():
            yield day
