"""The commands of an import: check a file, run it, make its output again, prove that the books agree."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.invoke import address_of, conclude, settings_from
from importer.cli.options import (
    Config,
    DateOrder,
    Delimiter,
    Duplicates,
    Encoding,
    File,
    Force,
    FullName,
    HeaderRow,
    Journal,
    Json,
    Map,
    MaxInvalid,
    Output,
    Profile,
    Quiet,
    Region,
    RunName,
    Sheet,
    ShowValues,
    TokenCommand,
    TokenFile,
    Url,
    Verbose,
)

if TYPE_CHECKING:
    from importer.model import Summary
    from importer.progress import Watch


def validate(  # noqa: PLR0913 (one parameter an option: that is what a command line is)
    file: File,
    output: Output = None,
    force: Force = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    header_row: HeaderRow = None,
    map_: Map = None,
    full_name: FullName = None,
    profile: Profile = None,
    region: Region = None,
    date_order: DateOrder = None,
    duplicates: Duplicates = None,
    max_invalid: MaxInvalid = None,
    url: Url = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
    show_values: ShowValues = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Check a file and say what a run would do; send nothing, need no token."""
    settings = settings_from(locals())

    def call(watch: "Watch") -> "Summary":
        from importer.validate_file import validate as validate_file  # noqa: PLC0415 (pandas loads here)

        return validate_file(file, settings, watch)

    conclude(settings, "validate", f"checking {file.name}", call, api=address_of(settings))


def run(  # noqa: PLR0913 (as validate)
    file: File,
    output: Output = None,
    force: Force = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    header_row: HeaderRow = None,
    map_: Map = None,
    full_name: FullName = None,
    profile: Profile = None,
    region: Region = None,
    date_order: DateOrder = None,
    duplicates: Duplicates = None,
    max_invalid: MaxInvalid = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Send only the first N sendable rows.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Most requests at once. [32]")] = None,
    rate: Annotated[float | None, typer.Option(help="Most requests per second. [what the API takes]")] = None,
    attempts: Annotated[int | None, typer.Option(min=1, help="Attempts of one row while others pass. [5]")] = None,
    timeout: Annotated[str | None, typer.Option(help="Longest wait for one answer. [30s]")] = None,
    outage_limit: Annotated[str | None, typer.Option(help="Longest wait for a silent API. [15m]")] = None,
    url: Url = None,
    token_file: TokenFile = None,
    token_command: TokenCommand = None,
    journal: Journal = None,
    sandbox: Annotated[bool | None, typer.Option("--sandbox", help="Import into an embedded sandbox.")] = None,
    fresh: Annotated[bool | None, typer.Option("--fresh", help="Start a new run instead of resuming one.")] = None,
    config: Config = None,
    json: Json = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Create every user of a file and write the output; the same command again resumes an unfinished run."""
    settings = settings_from(locals())

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import run as run_file  # noqa: PLC0415 (pandas loads here)

        return run_file(file, settings, watch)

    api = address_of(settings)
    conclude(settings, "run", f"importing {file.name} into {api}", call, api=api)


def report(
    run: RunName,
    output: Output = None,
    force: Force = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Make the output of a run again, from its input and the journal."""
    settings = settings_from(locals())

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import report as report_run  # noqa: PLC0415 (pandas loads here)

        return report_run(run, settings, watch)

    conclude(settings, "report", f"making the output of run {run}", call)


def verify(
    run: RunName,
    output: Annotated[Path | None, typer.Argument(metavar="[OUTPUT]", help="The run's output file.")] = None,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Prove that input, journal and output of a run agree row by row; exit 5 where they do not."""
    settings = settings_from({"journal": journal, "config": config})
    from importer.cli.live import watching  # noqa: PLC0415 (drawing loads here)
    from importer.verify_run import verify as verify_run  # noqa: PLC0415 (pandas loads here)

    with watching(quiet=settings.quiet) as watch:
        lines = verify_run(run, output, settings, watch)
    for line in lines:
        typer.echo(line)
