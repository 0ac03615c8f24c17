"""The command behind a button of the page: not for people, and so not listed."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from importer.cli.command_call import address_of, conclude
from importer.cli.loading import loading
from importer.cli.logs import configure_logging
from importer.errors import ImporterError
from importer.messages.text import Text

if TYPE_CHECKING:
    from importer.model import Summary
    from importer.progress import Watch


def page_job(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the job.")]) -> None:
    """Do what a job of the page says; print its summary as JSON."""
    with loading():
        from importer.messages.kept_sentences import kept  # noqa: PLC0415 (as below)
        from importer.settings import load  # noqa: PLC0415 (pydantic loads here)
        from importer.storage.private_files import write_private  # noqa: PLC0415 (as below)
        from importer.web.records.job_process import MESSAGE  # noqa: PLC0415 (as above)

    told: dict[str, Any] = json.loads((folder / "job.json").read_bytes())
    flags = {name: value for name, value in told["settings"].items() if value is not None}
    try:
        settings = load({**flags, "json_output": True}, look_around=False)
        api = address_of(settings)
    except ImporterError as exc:
        with suppress(OSError):
            write_private(folder / MESSAGE, kept(exc.sentence))
        raise
    configure_logging(settings)

    def call(watch: "Watch") -> "Summary":
        with loading():
            from importer.pipeline import run  # noqa: PLC0415 (pandas loads here)
            from importer.report_run import report  # noqa: PLC0415 (as above)

        if told["kind"] == "report":
            return report(told["run"], settings, watch, beside=Path(told["input"]))
        return run(told["input"], settings, watch)

    def tell(code: int, summary: "Summary | None", message: str) -> None:
        with suppress(OSError):  # a full disk: the summary says it, too, in one language
            write_private(folder / MESSAGE, kept(message))
        if told["kind"] == "import":
            from importer.notify.ending import Ending  # noqa: PLC0415 (only where there is an end to be counted)
            from importer.web.page_metrics import SOURCE, count_ending  # noqa: PLC0415 (as above)

            with suppress(OSError):
                count_ending(folder.parents[1], Ending("", SOURCE, code, summary, message))

    command = "report" if told["kind"] == "report" else "run"
    conclude(settings, command, Text("job {name}", name=folder.name), call, api=api, told=tell)
