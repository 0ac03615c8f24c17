"""The commands of an import: check a file, run it."""

import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.command_call import address_of, conclude, settings_from
from importer.cli.flags import API, PACE, READING, TOLD, File, FileOrRun, Given, Resume, refuse_beside_resume, takes
from importer.cli.loading import loading
from importer.errors import UsageError
from importer.messages.text import Text
from importer.model import GATES
from importer.notify.dispatch import tell
from importer.planning.file_state import FileState

if TYPE_CHECKING:
    from importer.model import Summary
    from importer.progress import Watch

log = logging.getLogger("importer")


@takes(
    "output",
    "force",
    *READING,
    *GATES,
    "source",
    "optional",
    "update",
    "accept_other_names",
    "url",
    "journal",
    "cluster",
    "storage",
    "config",
    "json",
    "show_values",
    "language",
    "log_format",
    "log_file",
    "verbose",
    "quiet",
)
def validate(given: Given, file: File) -> None:
    """Check a file and say what a run would do; send nothing, need no token."""
    settings = settings_from(given)
    began = FileState.of(file)

    def call(watch: "Watch") -> "Summary":
        with loading():
            from importer.validate_file import validate as validate_file  # noqa: PLC0415 (pandas loads here)

        return validate_file(file, settings, watch, began=began)

    conclude(settings, "validate", Text("checking {name}", name=file.name), call, api=address_of(settings))


@takes(
    "output",
    "force",
    *READING,
    *GATES,
    "source",
    "optional",
    "update",
    "accept_updates",
    "accept_other_names",
    "limit",
    *PACE,
    "retention_days",
    *API,
    "cluster",
    "storage",
    "sandbox",
    "fresh",
    "notify_",
    "metrics",
    *TOLD,
)
def run(
    given: Given,
    file: FileOrRun = None,
    resume: Resume = None,
    notify_: Annotated[bool, typer.Option("--notify", help="Tell the channels of [notify] how it ended.")] = False,
) -> None:
    """Create every user of a file and write the output; the same command again resumes an unfinished run."""
    if resume is not None:
        refuse_beside_resume({"file": file, **given})
    elif file is None:
        raise UsageError(
            Text("name the FILE to import, or an unfinished run of the journal: importer run --resume RUN")
        )
    settings = settings_from(given)
    began = FileState.of(file) if file else None

    def call(watch: "Watch") -> "Summary":
        with loading():
            from importer.pipeline import run as run_file  # noqa: PLC0415 (pandas loads here)
            from importer.resume_by_name import resume_run  # noqa: PLC0415 (as above)

        return run_file(file, settings, watch, began=began) if file else resume_run(str(resume), settings, watch)

    def told(code: int, summary: "Summary | None", message: str) -> None:
        from importer.notify.ending import Ending  # noqa: PLC0415 (only at the end)

        fixed = summary.rejected_workbook or summary.rejected if summary and code == 1 else ""
        again = Text("correct and importer run {file}", file=shlex.quote(fixed)) if fixed else ""
        taken = shlex.quote(str(file)) if file else f"--resume {resume}"
        again = again if code in {0, 1} else f"importer run {taken}"
        beside = summary.output if summary and summary.output else file
        folder = str(Path(beside).parent.absolute()) if beside else ""
        ending = Ending(what, settings.source, code, summary, message, folder, again)
        tell(settings, [ending], notified=notify_)

    api, what = address_of(settings), file.name if file else Text("run {run}", run=resume)
    doing = Text("importing {name} into {api}", name=what, api=api)
    conclude(settings, "run", doing, call, api=api, told=told)
