"""What a person takes home from a run: its files, its causes, and the rows to be corrected as a new upload."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from importer.errors import UsageError
from importer.messages.text import Text
from importer.messages.wording import headline
from importer.model import IMPORT_ROW, MEANING_OPTIONS
from importer.progress import Watch
from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.imports.run_view import RunView, works_on
from importer.web.records.jobs import Job
from importer.web.records.uploads import Upload
from importer.web.site import Site
from importer.web.uploads.draft import Draft
from importer.web.uploads.file_analysis import understand
from importer.web.uploads.ready_input import put_back
from importer.writing.pending_file import storage_failed

SAME_FOR_REJECTED: Final = frozenset({*MEANING_OPTIONS, "optional", "accept_other_names"})
"""Options of an upload that hold for its rejected rows, too."""

TO_MEND: Final = ("workbook", "rejected")
"""Where the rows to be corrected are, best first: a workbook keeps pluses and zeros."""

_COLUMN: Final = re.compile(r"\bcolumn ([A-Z]{1,3})\b")


@dataclass(frozen=True)
class CauseLine:
    """One cause: how many rows, in words, the first of them, the most frequent values (masked where personal)."""

    count: int
    text: str
    severity: str
    first_rows: Sequence[int]
    values: Sequence[Mapping[str, Any]]


def finished_job(site: Site, view: RunView) -> Job | None:
    """The job whose files say what the journal says now; None: they have to be made first."""
    run = view.run
    if run is None:
        return None
    for job in site.jobs.of_run(run.id):
        told = job.summary
        if told.get("output") and {k: n for k, n in told["statuses"].items() if n} == _without_zeros(view.counts):
            return job if "result" in job.files() else None
    return None


def _without_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    return {status: count for status, count in counts.items() if count}


def causes_of(job: Job | None) -> list[CauseLine]:
    """Why rows have no FreedomID, the most frequent first."""
    found = job.summary.get("causes", []) if job is not None else []
    told = [
        CauseLine(one["count"], headline(one["code"]), one["severity"], one["first_rows"], one["values"])
        for one in found
    ]
    return sorted(told, key=lambda one: (one.severity != "error", -one.count))


def may_take(site: Site, session: Session, view: RunView) -> bool:
    """Whether somebody may have the cells of a run, and act on it: who works on its file, and an administrator.

    Uploads with the same content are one run: whoever works on any of them has all of its cells.
    """
    if session.role is not Role.OPERATOR or view.run is None:
        return session.role is Role.ADMIN
    jobs = [job for job in site.jobs.of_run(view.run.id) if job.kind == "import"]
    return any(works_on(site, session, job) for job in jobs)


def make_files(site: Site, view: RunView, session: Session) -> None:
    """Start the process that makes the files of a run from its copy of the input and the journal.

    Raises:
        UsageError: there is no run yet. StorageFailed: as ``put_back``.
    """
    if view.run is None:
        raise UsageError(Text("there is no run yet"))
    if view.job is not None:
        put_back(site, view.job, view.run)  # where the run has lost its copy, what it was started with serves
    if any(job.kind == "report" and job.is_alive for job in site.jobs.of_run(view.run.id)):
        return
    folder = site.folder / "results" / view.run.id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # as if the original lay there: its name tells those of the files
    site.jobs.start(session.name, "report", site.settings, input_=folder / view.run.input_name, run=view.run.id)


def upload_of_rejected(site: Site, view: RunView, job: Job, session: Session) -> Upload:
    """The rows of a run that a person can put right, as an upload of their own.

    Raises:
        UsageError: there are none. StorageFailed: they cannot be copied.
    """
    files = job.files()
    source = next((files[kind] for kind in TO_MEND if kind in files), None)
    if source is None:
        raise UsageError(Text("there are no rows to be corrected"))
    pending = site.uploads.prepared(source.name)
    try:
        shutil.copyfile(source, pending.path)
        pending.path.chmod(0o600)
    except OSError as exc:
        pending.discard()
        raise storage_failed(pending.path, exc) from exc
    upload = pending.finished(session.name)
    if view.job is not None and (before := site.uploads.get(view.job.upload)):
        Draft.of(upload.folder).record(options=options_for_rejected(site, before))
    return upload


def options_for_rejected(site: Site, upload: Upload) -> dict[str, Any]:
    """How the rejected rows of an upload are mapped and cleaned: as all of them were.

    They are read anew: it is another file. What is added to it stands behind the upload's own columns; but an upload
    that is an earlier output has lost the result columns that stood among these.
    """
    draft = Draft.of(upload.folder)
    options: dict[str, Any] = draft.fact("options", {})
    kept = {name: value for name, value in options.items() if name in SAME_FOR_REJECTED}
    if "map" in kept:
        facts = draft.fact("understood") or understand(upload.path, site.settings_for(options), Watch())
        header, letters = facts.get("whole_header", ()), facts["letters"]
        own = [at for at, text in enumerate(header) if at not in facts["results"] or text.strip() == IMPORT_ROW]
        now = {letters[before]: letters[at] for at, before in enumerate(own)}
        kept["map"] = [_renamed(request, now) for request in kept["map"]]
    return kept


def _renamed(request: str, now: Mapping[str, str]) -> str:
    """A text of ``--map`` whose columns have these letters now."""
    columns, equals, field = request.rpartition("=")
    return _COLUMN.sub(lambda found: f"column {now.get(found[1], found[1])}", columns) + equals + field
