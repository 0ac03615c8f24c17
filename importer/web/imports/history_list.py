"""All runs of the journal as a list that can be searched: whoever started them, from wherever."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.journal import Journal, Run, RunState
from importer.journal.database.existence import exists
from importer.journal.run_requests import PendingRequest, RunRequest, all_requests
from importer.operations.pausing import is_at_work
from importer.web.imports.run_view import WITH_ID, Stage

if TYPE_CHECKING:
    from importer.web.records.jobs import Job
    from importer.web.site import Site

PAGE: Final = 50
"""Runs shown at once."""


@dataclass(frozen=True)
class Listed:
    """A line of the list: ``place`` is "page", "inbox" or "command", ``who`` "" where nobody knows."""

    run: Run
    stage: Stage
    place: str
    who: str

    @property
    def with_id(self) -> int:
        """Rows with a FreedomID, as of its last end."""
        return sum(self.run.counts.get(str(status), 0) for status in WITH_ID)


@dataclass(frozen=True)
class HistoryFilter:
    """What somebody looks for; "" for all."""

    text: str = ""
    place: str = ""
    who: str = ""
    stage: str = ""

    def fits(self, one: Listed) -> bool:
        """Whether a run is looked for."""
        text = f"{one.run.input_name} {one.run.id} {one.run.api}".casefold()
        return (
            self.text.casefold() in text
            and self.place in {"", one.place}
            and self.who in {"", one.who}
            and self.stage in {"", str(one.stage)}
        )


def history(site: "Site", wished: HistoryFilter, page: int) -> tuple[list[Listed], int, list[str]]:
    """The runs of a page (counted from 1; the last one, where it is behind that), newest first; how many; by whom."""
    location = site.settings.journal_location
    if not exists(location):
        return [], 0, []
    jobs = {job.run: job for job in reversed(site.jobs.imports()) if job.run}
    owners = site.jobs.owners()
    with Journal.open(location, read_only=True) as journal:
        wanted = all_requests(journal.database)
        listed = [
            _listed(site, run, owners.get(run.id, ""), _stage(journal, run, jobs.get(run.id), wanted))
            for run in journal.runs(limit=None)
        ]
    found = [one for one in listed if wished.fits(one)]
    people = sorted({one.who for one in listed if one.who})
    page = min(page, pages_of(len(found)))
    return found[(page - 1) * PAGE : page * PAGE], len(found), people


def pages_of(total: int) -> int:
    """How many pages so many runs have."""
    return max(1, -(-total // PAGE))


def _stage(journal: Journal, run: Run, job: "Job | None", wanted: Mapping[str, PendingRequest]) -> Stage:
    if run.state is RunState.FINISHED:
        return Stage.FINISHED
    if run.state is RunState.PURGED:
        return Stage.GONE
    if (job is None or not job.is_alive) and not is_at_work(journal, run):
        return Stage.WAITS
    is_paused = run.id in wanted and wanted[run.id].request is RunRequest.PAUSE
    return Stage.PAUSED if is_paused else Stage.SENDING


def _listed(site: "Site", run: Run, owner: str, stage: Stage) -> Listed:
    source = Path(run.settings.get("input", ""))
    from_page = bool(owner) or source.is_relative_to(site.folder)
    # the inbox imports what lies in its folder "working"
    place = "page" if from_page else "inbox" if source.parent.name == "working" else "command"
    return Listed(run, stage, place, owner)
