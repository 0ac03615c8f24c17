"""What the page had started and nobody works on any more, because everything was ended: taken up at the next start."""

import logging
from typing import TYPE_CHECKING

from importer.errors import ImporterError
from importer.web.imports.run_view import Stage, view_of_job
from importer.web.records.job_process import launch

if TYPE_CHECKING:
    from importer.web.site import Site

log = logging.getLogger("importer")

REFUSING = frozenset({2, 3, 5, 70})
"""Exit codes after which only a person can tell what is to be done."""


def take_up(site: "Site") -> int:
    """Start again what has rows left and was stopped by nobody; how many.

    A canary that has sent its rows is not gone on with, nor is an import whose upload was started anew since. One that
    somebody paused is started, and waits: its process shows that it is paused.
    """
    taken, seen = 0, set()
    for job in site.jobs.imports():
        is_newest = job.upload not in seen
        seen.add(job.upload)
        if not is_newest or job.stopped_by or job.is_alive:
            continue
        told = job.summary  # once it is known that nobody works on it: else it may tell so in between
        if told and (told.get("exit_code") in REFUSING or (job.limit and told.get("exit_code") in {0, 1})):
            continue
        try:
            if view_of_job(site, job).stage is Stage.WAITS and launch(job.folder):
                log.warning("the import %s of %s is taken up", job.id, job.owner)
                taken += 1
        except ImporterError as exc:  # one that cannot be looked at keeps nobody from the page
            log.warning("the import %s cannot be taken up: %s", job.id, exc)
    return taken
