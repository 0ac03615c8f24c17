"""What was uploaded long ago is removed, as old runs are: files, corrections and results hold people's data."""

import logging
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from importer.messages.text import counted
from importer.web.uploads import Upload

if TYPE_CHECKING:
    from importer.web.site import Site

log = logging.getLogger("importer")

_DAY: Final = 86_400.0


def old_uploads(site: "Site", days: int) -> list[Upload]:
    """The uploads that nobody touched for so many days, and that nothing works on."""
    limit = time.time() - days * _DAY
    return [upload for upload in site.uploads.all() if _touched_at(upload) <= limit and not _at_work(site, upload)]


def remove_old_uploads(site: "Site", days: int | None) -> int:
    """Remove them, with all that was made of them, and what was started for them; how many. None keeps all."""
    gone = [] if days is None else old_uploads(site, days)
    for upload in gone:
        for job in site.jobs.forget(upload.id):
            shutil.rmtree(job.folder, ignore_errors=True)
        site.uploads.remove(upload)
    if gone:
        told = counted(
            "{count:,} upload older than {days} days was removed",
            "{count:,} uploads older than {days} days were removed",
            len(gone),
            days=days,
        )
        log.info("%s", told, extra={"event": "retention.removed"})
    return len(gone)


def _touched_at(upload: Upload) -> float:
    """When it was uploaded, corrected, or anything was made of it."""
    latest = upload.at
    for path in upload.folder.rglob("*"):
        with suppress(OSError):  # a log of the draft's comes and goes
            latest = max(latest, path.stat().st_mtime)
    return latest


def _at_work(site: "Site", upload: Upload) -> bool:
    job = site.jobs.of_upload(upload.id)
    return job is not None and job.is_alive
