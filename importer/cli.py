"""The command line: flags → Settings → one call; errors → exit codes. No logic lives here.

Heavy modules are imported inside the commands that need them, so that ``--help`` and ``runs`` answer at once.
"""

import io
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.errors import ImporterError, UsageError
from importer.invoking import collect_seldom, conclude, settings_from
from importer.options import (
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
    TokenFile,
    Url,
    Verbose,
)

if TYPE_CHECKING:
    from importer.model import Summary
    from importer.watching import Watch

app = typer.Typer(
    name="importer",
    help="Import a CSV or Excel file of users into Freedom ID and get each row back with its FreedomID or its error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
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
        from importer.rehearsing import validate as validate_file  # noqa: PLC0415 (pandas loads here)

        return validate_file(file, settings, watch)

    conclude(settings, call)


@app.command()
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

    conclude(settings, call)


@app.command()
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

    conclude(settings, call)


@app.command()
def runs(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="One run in detail.")] = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
) -> None:
    """List the runs, newest first, or show one in detail."""
    from importer.history import show_runs  # noqa: PLC0415 (the journal loads here)

    typer.echo(show_runs(settings_from(locals()), run))


@app.command()
def fields() -> None:
    """List every field with its rule, the header names that are recognised, and an example."""
    from importer.fields import as_text  # noqa: PLC0415 (loads the header names)

    typer.echo(as_text())


@app.command()
def template(
    output: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Where the workbook goes.")],
    force: Force = None,
) -> None:
    """Write an empty workbook for users: headers, drop-downs, hints, a text-formatted phone column."""
    from importer.writing.template_workbook import write_template  # noqa: PLC0415 (the workbook library loads here)

    if output.exists() and not force:
        raise UsageError(f"{output} exists; name another file, or replace it with --force")
    write_template(output)
    typer.echo(str(output))


@app.command()
def verify(
    run: RunName,
    output: Annotated[Path | None, typer.Argument(metavar="[OUTPUT]", help="The run's output file.")] = None,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Prove that input, journal and output of a run agree row by row; exit 5 where they do not."""
    from importer.auditing import verify as verify_run  # noqa: PLC0415 (pandas loads here)

    for line in verify_run(run, output, settings_from({"journal": journal, "config": config})):
        typer.echo(line)


@app.command()
def purge(
    older_than: Annotated[str, typer.Option(help="Runs not touched for so many days, like 90d.")],
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Remove input copies and personal data of old runs; FreedomIDs and keyed hashes stay."""
    from importer.auditing import purge as purge_runs  # noqa: PLC0415 (the journal loads here)

    purged = purge_runs(older_than, settings_from({"journal": journal, "config": config}))
    typer.echo(f"{len(purged)} runs purged" + "".join(f"\n{run}" for run in purged))


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def sandbox(context: typer.Context) -> None:
    """Serve a local Freedom ID API over HTTP, with faults to order; sandbox --help lists them."""
    from importer.sandbox.__main__ import main as serve  # noqa: PLC0415 (the server loads here)

    raise typer.Exit(serve(context.args))


def main() -> int:
    """Run the command line; never a traceback for what a user can mend."""
    collect_seldom()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale that lacks a letter must not end a run
    try:
        app(standalone_mode=True)
    except ImporterError as exc:
        typer.echo(f"error: {exc}", err=True)
        return exc.exit_code
    except KeyboardInterrupt:
        return 4
    except BrokenPipeError:
        return 1
    except Exception as exc:
        logging.getLogger("importer").debug("defect", exc_info=True)
        typer.echo(f"error: a defect of the importer ({type(exc).__name__}); run with -v and report it", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
