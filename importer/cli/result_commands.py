"""The commands after an import: its output again, what is in doubt, whether the books agree, corrected rows joined."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.command_call import begin, conclude, settings_from
from importer.cli.flags import Given, RunName, takes
from importer.cli.loading import loading
from importer.messages.text import Text, counted, spoken
from importer.storage.home_path import expanded

if TYPE_CHECKING:
    from importer.cli.command_facts import Invocation
    from importer.model import Summary
    from importer.progress import Watch

log = logging.getLogger("importer")


@takes("output", "force", "journal", "config", "json", "language", "verbose", "quiet")
def report(
    given: Given,
    run: RunName,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="Write the list of rows that only Freedom's support can tell about.")
    ] = False,
    reply: Annotated[
        Path | None,
        typer.Option("--answers", parser=expanded, metavar="FILE", help="That list, with its freedom_id filled in."),
    ] = None,
) -> None:
    """Make the output of a run again, from its input and the journal."""
    settings = settings_from(given)
    if unconfirmed or reply is not None:
        invocation = begin("report", Text("looking for the rows of run {run} that are in doubt", run=run))
        from importer.cli.live_bar import watching  # noqa: PLC0415 (drawing loads here)

        with watching(settings) as watch:
            with loading():
                from importer.operations import unconfirmed as doubts  # noqa: PLC0415 (pandas loads here)
            if reply is None:
                path, rows = doubts.list_unconfirmed(run, settings, watch)
            else:
                settled = doubts.take_answers(run, reply, settings, watch)
        if reply is None:
            _tell_list(run, path, rows, invocation if settings.json_output else None)
            return
        words = counted("{count:,} row has its FreedomID now", "{count:,} rows have their FreedomID now", settled)
        log.info("%s", words)

    def call(watch: "Watch") -> "Summary":
        with loading():
            from importer.report_run import report as report_run  # noqa: PLC0415 (pandas loads here)

        return report_run(run, settings, watch)

    conclude(settings, "report", Text("making the output of run {run}", run=run), call)


def _tell_list(run: str, path: Path | None, rows: int, invocation: "Invocation | None") -> None:
    if invocation is not None:
        typer.echo(invocation.told_as_json(run=run, unconfirmed=rows, output=str(path or "")))
    elif path is None:
        typer.echo(spoken(Text("no row of this run is in doubt")))
    else:
        typer.echo(spoken(counted("{count:,} row: {path}", "{count:,} rows: {path}", rows, path=path)))
        typer.echo(
            spoken(
                Text(
                    "Send it to Freedom's support, have its column freedom_id filled in, and give {command}",
                    command=f"importer report {run} --answers FILE",
                )
            )
        )


@takes("journal", "config", "json", "language")
def verify(
    given: Given,
    run: RunName,
    output: Annotated[Path | None, typer.Argument(metavar="[OUTPUT]", help="The run's output file.")] = None,
) -> None:
    """Prove that input, journal and output of a run agree row by row; exit 5 where they do not."""
    settings = settings_from(given)
    invocation = begin("verify", Text("verifying run {run}", run=run))
    from importer.cli.live_bar import watching  # noqa: PLC0415 (drawing loads here)

    with watching(settings) as watch:
        with loading():
            from importer.verify_run import verify as verify_run  # noqa: PLC0415 (pandas loads here)
        lines = verify_run(run, output, settings, watch)
    said = invocation.told_as_json(run=run, agree=lines) if settings.json_output else "\n".join(map(spoken, lines))
    typer.echo(said)


@takes("journal", "config", "json", "language", "verbose", "quiet")
def merge(
    given: Given,
    original: Annotated[Path, typer.Argument(metavar="ORIGINAL_RESULT", help="The result of the whole file.")],
    fixed: Annotated[Path, typer.Argument(metavar="FIXED_RESULT", help="The result of its corrected rejected file.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            parser=expanded,
            metavar="<path>",
            help="Where the list goes. [….merged beside the original]",
        ),
    ] = None,
) -> None:
    """Join corrected rows with the result that they were refused in: one list in the original order."""
    settings = settings_from({**given, "output": output})

    def call(watch: "Watch") -> "Summary":
        from importer.operations.merge import merge as merge_results  # noqa: PLC0415 (pandas loads here)

        return merge_results(original, fixed, settings, watch)

    conclude(settings, "merge", Text("joining {fixed} with {original}", fixed=fixed.name, original=original.name), call)
