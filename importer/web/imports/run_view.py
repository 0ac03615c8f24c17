"""How a run stands, for people: what the journal, the record that its process keeps, and the page's job say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException

from importer.creating.progress_record import Standing, standing_of
from importer.errors import UsageError
from importer.journal import Journal, Run, RunState
from importer.journal.database.existence import exists
from importer.journal.run_requests import RunRequest, request_for
from importer.model import Status
from importer.operations.pausing import is_at_work

if TYPE_CHECKING:
    from importer.web.access.sessions import Session
    from importer.web.records.jobs import Job
    from importer.web.site import Site

RECENT: Final = 15.0
"""Seconds over which the pace is told."""

CLOCK: Final = 2.0
"""Seconds: the journal's times are whole seconds."""

FIRST_ANSWER: Final = 5.0
"""Seconds after which it is said that the first answer has not come."""

NOT_BEGUN: Final = frozenset({2, 3})
"""Exit codes of what is refused before there is a run; one of its file is somebody else's then."""

WITH_ID: Final = frozenset({Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED})
"""Statuses of rows that have their FreedomID; ``exists`` has one only where the API tells it."""


class Stage(StrEnum):
    """Where a run is, as a person would say."""

    PREPARING = "preparing"
    SENDING = "sending"
    OUTAGE = "outage"
    PAUSED = "paused"
    STOPPING = "stopping"
    WRITING = "writing"
    FINISHED = "finished"
    WAITS = "waits"
    REFUSED = "refused"
    GONE = "gone"

    @property
    def is_live(self) -> bool:
        """Whether somebody works on it."""
        return self not in {Stage.FINISHED, Stage.WAITS, Stage.REFUSED, Stage.GONE}


@dataclass(frozen=True)
class RunView:
    """How a run stands.

    Attributes:
        stage: Where it is.
        run: As the journal knows it; None before it does.
        job: What the page started; None where it was the command line or the inbox.
        counts: Rows by status, "not_sent" among them.
        total: Rows of the file; ``done``: those that have an outcome.
        pace: Rows a second of late; 0 where nothing moves.
        seconds_left: At that pace; None where nobody can tell.
        standing: What its process says of itself.
        paused_by: Who paused it, or "".
        message: What ended it, or why it was refused; ``heard`` says it.
    """

    stage: Stage
    run: Run | None = None
    job: "Job | None" = None
    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    pace: float = 0.0
    seconds_left: float | None = None
    standing: Standing = field(default_factory=Standing)
    paused_by: str = ""
    message: str = ""

    @property
    def done(self) -> int:
        """Rows that have an outcome."""
        return self.total - self.counts.get(str(Status.NOT_SENT), 0) if self.counts else 0

    @property
    def is_unanswered(self) -> bool:
        """Whether rows were sent, and none was answered for longer than usual."""
        return self.stage is Stage.SENDING and not self.standing.done and self.standing.lasted > FIRST_ANSWER

    @property
    def with_id(self) -> int:
        """Rows that have a FreedomID."""
        return sum(self.counts.get(str(status), 0) for status in WITH_ID)

    @property
    def to_correct(self) -> int:
        """Rows that a person can put right."""
        return sum(self.counts.get(str(status), 0) for status in (Status.INVALID, Status.DUPLICATE, Status.REJECTED))


def view_of_job(site: "Site", job: "Job") -> RunView:
    """How a job of the page stands."""
    if not exists(site.settings.journal_location):
        return _without_run(job)
    with Journal.open(site.settings.journal_location, read_only=True) as journal:
        run = journal.get_run(job.run) if job.run else _run_of(journal, job)
        if run is None:
            return _without_run(job)
        if not job.run:
            job = site.jobs.known_run(job, run.id)
        return _view(journal, run, job)


def view_of_run(site: "Site", session: "Session", prefix: str) -> RunView:
    """How a run of the journal stands, whoever started it. Raises HTTPException 404 where there is none of that name.

    Where several uploads have the same content its job is the one at work, or else the newest of the session's own.
    """
    if not exists(site.settings.journal_location):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    with Journal.open(site.settings.journal_location, read_only=True) as journal:
        try:
            run = journal.get_run(prefix)
        except UsageError as exc:
            raise HTTPException(HTTPStatus.NOT_FOUND) from exc
        jobs = [job for job in site.jobs.of_run(run.id) if job.kind == "import"]
        jobs.sort(key=lambda job: (not job.is_alive, not works_on(site, session, job)))
        return _view(journal, run, jobs[0] if jobs else None)


def works_on(site: "Site", session: "Session", job: "Job") -> bool:
    """Whether a job is somebody's own: they started it, or work on its upload."""
    upload = site.uploads.get(job.upload)
    return job.owner == session.name or (upload is not None and upload.is_open_to(session))


def _run_of(journal: Journal, job: "Job") -> Run | None:
    """The run of the journal that a job has begun, or goes on with."""
    told = job.summary
    if told.get("exit_code") in NOT_BEGUN:
        return None
    since = datetime.fromtimestamp(job.at - CLOCK, UTC).isoformat(timespec="seconds")
    for run in journal.runs(limit=200):
        if told.get("run"):
            mine = run.id == told["run"]
        else:  # at work, or ended by an error; the clock may have been set back since the job began
            now = run.updated_at >= since or (is_at_work(journal, run) and _is_of(journal.folder / run.id, job))
            mine = run.settings.get("input") == job.input and now
        if mine:
            return run
    return None


def _is_of(folder: Path, job: "Job") -> bool:
    """Whether the process of a job keeps the record of a run."""
    standing = standing_of(folder)
    return standing is not None and standing.pid == job.pid


def _without_run(job: "Job") -> RunView:
    """A job that has no run in the journal: it begins, or it was refused."""
    told = job.summary
    if job.is_alive:
        return RunView(Stage.STOPPING if job.stopped_by else Stage.PREPARING, job=job)
    refused = bool(told) and told.get("exit_code") not in {0, 1, 4}
    return RunView(Stage.REFUSED if refused else Stage.WAITS, job=job, message=job.message)


def _view(journal: Journal, run: Run, job: "Job | None") -> RunView:
    wanted = request_for(journal.database, run.id)
    at_work = is_at_work(journal, run)
    # a process that was killed left its record behind
    standing = (standing_of(journal.folder / run.id) if at_work else None) or Standing()
    alive = at_work or (job is not None and job.is_alive)
    if run.state is RunState.PURGED:
        return RunView(Stage.GONE, run, job, run.counts, run.rows)
    if not alive:
        counts = run.counts if run.state in {RunState.FINISHED, RunState.STOPPED} else {}
        if not counts:  # it was killed: nobody has counted yet
            counts = {str(status): count for status, count in journal.counts(run.id).items()}
        stage = Stage.FINISHED if run.state is RunState.FINISHED else Stage.WAITS
        paused_by = wanted.by if wanted and stage is Stage.WAITS and wanted.request is RunRequest.PAUSE else ""
        message = job.message if job is not None else ""
        return RunView(stage, run, job, counts, run.rows or sum(counts.values()), paused_by=paused_by, message=message)
    return _live(RunView(Stage.PREPARING, run, job, total=run.rows, standing=standing), wanted)


def _live(view: RunView, wanted: Any) -> RunView:
    standing = view.standing
    asked = wanted.request if wanted is not None else None
    stopping = (view.job is not None and view.job.stopped_by) or asked is RunRequest.STOP
    paused_by = wanted.by if asked is RunRequest.PAUSE else ""
    if standing.step == "creating":
        counts = dict(standing.before)
        for status, count in standing.counts.items():
            counts[status] = counts.get(status, 0) + count
        left = max(0, counts.get("not_sent", 0) - sum(standing.counts.values()))
        counts["not_sent"] = left
        pace = _pace(standing)
        seconds = left / pace if pace > 0 and not paused_by and not standing.outage else None
        stage = Stage.OUTAGE if standing.outage else Stage.SENDING
        view = replace(view, stage=stage, counts=counts, total=sum(counts.values()), pace=pace, seconds_left=seconds)
    elif view.run is not None and (
        view.run.state is RunState.FINISHED
        or (view.run.state is RunState.RUNNING and standing.step not in {"", "opening"})
    ):
        view = replace(view, stage=Stage.WRITING, counts=view.run.counts, total=view.run.rows)
    if paused_by and view.stage is not Stage.WRITING:
        view = replace(view, stage=Stage.PAUSED, paused_by=paused_by)
    return replace(view, stage=Stage.STOPPING) if stopping else view


def _pace(standing: Standing) -> float:
    """Rows a second of late."""
    now = max(standing.lasted, 0.1), standing.done
    before = [(0.0, 0), *((at, done) for at, done in standing.samples)]
    since = next(((at, done) for at, done in before if now[0] - at <= RECENT), before[-1])
    if since[0] >= now[0]:
        since = (0.0, 0)
    return max(0.0, (now[1] - since[1]) / max(now[0] - since[0], 0.5))
