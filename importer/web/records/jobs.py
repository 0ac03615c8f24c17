"""What the page starts: imports, each a process of its own that lives on when the server is gone.

A job is a folder: ``job.json`` says what is to be done (no secret stands in it), ``summary.json`` how it ended, ``log``
what the process said. Whether its process is there is told by a lock that the process holds from its first moment to
its last, whoever started it and however it ends: no pid that another process may have by now.
"""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, Final

from importer.errors import StorageFailed
from importer.journal.database.location import location_of
from importer.settings import Settings
from importer.storage.private_files import make_folder, write_private
from importer.web.database import PageDatabase
from importer.web.records.job_process import MESSAGE, ask_to_end, is_alive, launch, pid_of
from importer.web.storage_trouble import Trouble, trouble_of

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, upload TEXT NOT NULL, owner TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL,
    input TEXT NOT NULL, run TEXT NOT NULL, stopped_by TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_upload ON jobs (upload, at);
CREATE INDEX IF NOT EXISTS jobs_run ON jobs (run);
CREATE TABLE IF NOT EXISTS owners (run TEXT PRIMARY KEY, name TEXT NOT NULL);
"""  # which is the newest its rowid tells: the wall clock may be set back between two of them

_OF_THE_SERVER: Final = frozenset(
    {"token", "inbox", "notify", "json_output", "quiet", "verbose", "log_file", "log_format", "sandbox", "output"}
)
"""Settings that a job does not take over: the token, which comes from where the server has it; what is the server's."""


@dataclass(frozen=True)
class Job:
    """Something that the page started.

    Attributes:
        id: Of the job.
        upload: Id of the upload, "" where it makes the files of a run again.
        owner: Who started it; ``at``: when, in seconds since 1970.
        kind: "import" or "report".
        input: The file that is imported.
        run: Its run in the journal, "" before it is known.
        stopped_by: Who stopped it, or "": then nobody takes it up but a person.
        folder: Everything about it.
    """

    id: str
    upload: str
    owner: str
    at: float
    kind: str
    input: str
    run: str
    stopped_by: str
    folder: Path

    @property
    def is_alive(self) -> bool:
        """Whether its process is there."""
        return is_alive(self.folder)

    @property
    def summary(self) -> dict[str, Any]:
        """How its process ended, as ``--json`` prints it; {} where it has not, or was killed."""
        return _facts_of(self.folder / "summary.json")

    @property
    def pid(self) -> int:
        """Of its last process, which may be gone; 0 where none was started."""
        return pid_of(self.folder)

    @property
    def message(self) -> str:
        """What its process said of its end, as ``heard`` says it; "" where it said nothing, or was killed."""
        try:
            return (self.folder / MESSAGE).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return str(self.summary.get("message", ""))  # it ended before its work began, or by a defect

    @property
    def limit(self) -> int | None:
        """The rows of a canary; None: all."""
        limit: int | None = _facts_of(self.folder / "job.json").get("settings", {}).get("limit")
        return limit

    @property
    def changes(self) -> int:
        """The changes of the upload as they were when it began."""
        return int(_facts_of(self.folder / "job.json").get("changes", 0))

    def files(self) -> dict[str, Path]:
        """What it made, by kind: result, rejected, workbook, manifest."""
        told = self.summary
        names = {"result": "output", "rejected": "rejected", "workbook": "rejected_workbook"}
        found = {kind: Path(told[key]) for kind, key in names.items() if told.get(key)}
        if "result" in found:
            found["manifest"] = found["result"].with_name(found["result"].name + ".manifest.json")
        return {kind: path for kind, path in found.items() if path.is_file()}


@dataclass(frozen=True)
class Jobs:
    """The jobs of a page: started, looked up, forgotten."""

    database: PageDatabase
    folder: Path
    starting: Lock = field(default_factory=Lock)
    """Held while somebody looks whether an upload is being imported, and starts that if not: two may press at once."""

    def start(
        self,
        owner: str,
        kind: str,
        settings: Settings,
        *,
        input_: Path | str = "",
        upload: str = "",
        run: str = "",
        changes: int = 0,
    ) -> Job:
        """Record a job and start its process.

        Args:
            owner: Who starts it.
            kind: "import" (of ``input_``) or "report" (of ``run``).
            settings: Of the command; a secret in it stays here.
            input_: The file.
            upload: The id of the upload that it comes from.
            run: The run.
            changes: Of the upload, as they were when it began.

        Raises:
            StorageFailed: Its folder cannot be written.
        """
        new = secrets.token_hex(8)
        job = Job(new, upload, owner, time.time(), kind, str(input_), run, "", self.folder / new)
        try:
            make_folder(job.folder)
            _write(job, settings, changes)
        except OSError as exc:
            raise StorageFailed(
                "{folder}: cannot be written ({strerror}); nothing was started",
                folder=job.folder,
                strerror=exc.strerror,
            ) from exc
        with self.database.writing() as db:
            row = (job.id, job.upload, job.owner, job.at, job.kind, job.input, job.run, job.stopped_by)
            db.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        launch(job.folder)
        return job

    def go_on(self, job: Job) -> bool:
        """Start a job's process again, for what is left; False: it is there."""
        with self.database.writing() as db:
            db.execute("UPDATE jobs SET stopped_by = '' WHERE id = ?", (job.id,))
        if not job.is_alive:
            told = json.loads((job.folder / "job.json").read_bytes())
            told["settings"]["limit"] = None
            write_private(job.folder / "job.json", json.dumps(told, ensure_ascii=False))
        return launch(job.folder)

    def stopped(self, job: Job, by: str) -> None:
        """Record that somebody stopped a job, and ask its process to end as a terminal does, also on a full disk."""
        try:
            with self.database.writing() as db:
                db.execute("UPDATE jobs SET stopped_by = ? WHERE id = ?", (by, job.id))
        except StorageFailed as exc:
            if trouble_of(exc) is not Trouble.NO_ROOM:
                raise
        ask_to_end(job.folder)

    def known_run(self, job: Job, run: str) -> Job:
        """Record which run of the journal a job is; on a full disk it is found again."""
        with suppress(StorageFailed), self.database.writing() as db:
            db.execute("UPDATE jobs SET run = ? WHERE id = ?", (run, job.id))
        return replace(job, run=run)

    def of_upload(self, upload: str) -> Job | None:
        """The newest import of an upload."""
        found = self._found("WHERE upload = ? AND kind = 'import' ORDER BY rowid DESC LIMIT 1", upload)
        return found[0] if found else None

    def of_run(self, run: str) -> Sequence[Job]:
        """The jobs of a run, newest first."""
        return self._found("WHERE run = ? ORDER BY rowid DESC", run)

    def all_of_upload(self, upload: str) -> Sequence[Job]:
        """All that was started for an upload."""
        return self._found("WHERE upload = ?", upload)

    def forget(self, jobs: Sequence[Job]) -> None:
        """Forget jobs whose folders are removed; of an import it stays known whose it was."""
        with self.database.writing() as db:
            imports = [(job.run, job.owner) for job in jobs if job.run and job.kind == "import"]
            db.executemany("INSERT OR REPLACE INTO owners VALUES (?, ?)", imports)
            db.executemany("DELETE FROM jobs WHERE id = ?", [(job.id,) for job in jobs])

    def imports(self) -> Sequence[Job]:
        """All imports, newest first."""
        return self._found("WHERE kind = 'import' ORDER BY rowid DESC")

    def owners(self) -> Mapping[str, str]:
        """Run → who started its newest import here, also where that is forgotten."""
        with self.database.reading() as db:
            gone = db.execute("SELECT run, name FROM owners").fetchall()
        return dict(map(tuple, gone)) | {job.run: job.owner for job in reversed(self.imports()) if job.run}

    def _found(self, where: str, *values: str) -> list[Job]:
        with self.database.reading() as db:
            rows = db.execute(f"SELECT * FROM jobs {where}", values).fetchall()  # noqa: S608 (conditions of this file)
        return [Job(**dict(row), folder=self.folder / row["id"]) for row in rows]


def _facts_of(path: Path) -> dict[str, Any]:
    """What a JSON file of a job says; {} where it is not there, or not whole."""
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _write(job: Job, settings: Settings, changes: int) -> None:
    names = settings.model_fields_set - _OF_THE_SERVER
    flags = settings.model_dump(mode="json", include=set(names))
    flags |= {"journal": location_of(settings.journal_location).address, "home": str(settings.home.absolute())}
    if settings.token_file is not None:
        flags["token_file"] = str(settings.token_file.absolute())
    told = {"kind": job.kind, "input": job.input, "run": job.run, "changes": changes, "settings": flags}
    write_private(job.folder / "job.json", json.dumps(told, ensure_ascii=False))
