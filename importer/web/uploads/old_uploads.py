"""What was uploaded long ago is removed, as old runs are: files, corrections and results hold people's data."""

import logging
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import ImporterError
from importer.journal import Journal
from importer.journal.database.existence import exists
from importer.messages.text import Text, counted
from importer.operations.pausing import is_at_work
from importer.web.records.job_process import at_rest
from importer.web.records.uploads import Upload

if TYPE_CHECKING:
    from importer.web.records.jobs import Job
    from importer.web.site import Site

log = logging.getLogger("importer")

_DAY: Final = 86_400.0


def old_uploads(site: "Site", days: int) -> list[Upload]:
    """The uploads that nobody touched for so many days, and that nothing works on."""
    limit = time.time() - days * _DAY
    return [
        upload
        for upload in site.uploads.all()
        if _is_old(upload, limit) and _unless_at_work(site, site.jobs.all_of_upload(upload.id))
    ]


def remove_old_uploads(site: "Site", days: int | None) -> int:
    """Remove old uploads, with all that was made of them and started for them; how many. ``days`` None keeps all.

    A failure is only told: whoever brings a file meanwhile has no part in it.
    """
    if days is None:
        return 0
    limit, count = time.time() - days * _DAY, 0
    try:
        for upload in site.uploads.all():
            with site.jobs.starting:  # nobody begins to import it meanwhile
                count += _is_old(upload, limit) and _unless_at_work(
                    site, site.jobs.all_of_upload(upload.id), partial(site.uploads.remove, upload)
                )
        for folder in (site.folder / "results").glob("*"):  # made again of a run, whoever had started it
            if _touched_at(folder, folder.stat().st_mtime) <= limit:
                made = [job for job in site.jobs.of_run(folder.name) if job.kind == "report"]
                _unless_at_work(site, made, partial(shutil.rmtree, folder, ignore_errors=True))
    except (ImporterError, OSError) as exc:
        reason = exc.sentence if isinstance(exc, ImporterError) else exc.strerror
        log.warning(Text("old uploads were not removed: {why}", why=reason), extra={"event": "retention.failed"})
    if count:
        told = counted(
            "{count:,} upload older than {days} days was removed",
            "{count:,} uploads older than {days} days were removed",
            count,
            days=days,
        )
        log.info("%s", told, extra={"event": "retention.removed"})
    return count


def _unless_at_work(site: "Site", jobs: "Sequence[Job]", remove: Callable[[], object] | None = None) -> bool:
    """Whether no process works on these jobs or their runs; if so, ``remove`` (where given) follows their removal."""
    with ExitStack() as held:
        if not all(held.enter_context(at_rest(job.folder)) for job in jobs) or _are_run(site, jobs):
            return False
        if remove is not None:
            for job in jobs:
                shutil.rmtree(job.folder, ignore_errors=True)
            site.jobs.forget(jobs)
            remove()
        return True


def _are_run(site: "Site", jobs: "Sequence[Job]") -> bool:
    """Whether some process has one of the runs of these jobs."""
    runs = {job.run for job in jobs if job.run}
    if not runs or not exists(site.settings.journal_location):
        return False
    with Journal.open(site.settings.journal_location, read_only=True) as journal:
        return any(is_at_work(journal, run) for run in journal.runs(limit=None) if run.id in runs)


def _is_old(upload: Upload, limit: float) -> bool:
    """Whether nobody touched an upload since; the folder of one that came later is not looked through."""
    return upload.at <= limit and _touched_at(upload.folder, upload.at) <= limit


def _touched_at(folder: Path, begun: float) -> float:
    """When something was uploaded, corrected, or anything was made of it; ``begun`` where its folder says nothing."""
    latest = begun
    for place, _, names in os.walk(folder):  # which passes over what goes away meanwhile, such as a draft's log
        for name in names:
            try:
                latest = max(latest, (Path(place) / name).stat().st_mtime)
            except OSError:
                continue
    return latest
