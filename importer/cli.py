"""The command line: flags → Settings → one call; errors → exit codes. No logic lives here.

Heavy modules are imported inside the commands that need them, so that ``--help`` and ``runs`` answer at once.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from importer.errors import ImporterError, UsageError

if TYPE_CHECKING:
    from importer.model import Summary
    from importer.settings import Settings
    from importer.watching import Watch

app = typer.Typer(
    name="importer",
    help="Import a CSV or Excel file of users into Freedom ID and get each row back with its FreedomID or its error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, XLSX, XLS or ODS file of users.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Where the output goes. [beside the input]")]
Force = Annotated[bool | None, typer.Option("--force", help="Replace a file that is no earlier output.")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook, by name or number. [found by its header]")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of a text file. [found out]")]
Delimiter = Annotated[str | None, typer.Option(help="Separator of a text file: , ; tab |. [found out]")]
HeaderRow = Annotated[int | None, typer.Option(min=1, help="Row of the header. [found by its names]")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar='"COLUMN[, COLUMN…]=field"', help="Name the column(s) of a field; repeatable."),
]
FullName = Annotated[str | None, typer.Option(help='Order of a full-name column, like "last first middle".')]
Profile = Annotated[Path | None, typer.Option(help="TOML file with the mapping and options of one source.")]
Region = Annotated[str | None, typer.Option(help="Country of phones without a code. [KZ]")]
DateOrder = Annotated[str | None, typer.Option(help="dmy or mdy. [found out from the column]")]
Duplicates = Annotated[str | None, typer.Option(help="Which row of a repeated phone is sent: first or none. [first]")]
MaxInvalid = Annotated[str | None, typer.Option(metavar="N|P%", help="Send nothing when more rows are invalid.")]
Url = Annotated[str | None, typer.Option(help="Address of the API. [https://api.freedompay.kz]")]
TokenFile = Annotated[Path | None, typer.Option(help="File with the bearer token, or with the token JSON.")]
Journal = Annotated[str | None, typer.Option(help="Journal, like sqlite:///path. [journal.db in IMPORTER_HOME]")]
Config = Annotated[Path | None, typer.Option(help="Configuration file. [importer.toml in the working folder]")]
Json = Annotated[bool | None, typer.Option("--json", help="Print the summary as JSON.")]
ShowValues = Annotated[bool | None, typer.Option("--show-values", help="Do not mask the preview.")]
Verbose = Annotated[int | None, typer.Option("-v", "--verbose", count=True, help="Log more.")]
Quiet = Annotated[bool | None, typer.Option("-q", "--quiet", help="Log errors only.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's name or its first characters.")]


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
    settings = _settings(locals())

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import validate as validate_file  # noqa: PLC0415 (pandas loads here)

        return validate_file(file, settings, watch)

    _command(settings, call)


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
    settings = _settings(locals())

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import run as run_file  # noqa: PLC0415 (pandas loads here)

        return run_file(file, settings, watch)

    _command(settings, call)


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
    settings = _settings(locals())

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import report as report_run  # noqa: PLC0415 (pandas loads here)

        return report_run(run, settings, watch)

    _command(settings, call)


@app.command()
def runs(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="One run in detail.")] = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
) -> None:
    """List the runs, newest first, or show one in detail."""
    from importer.history import show_runs  # noqa: PLC0415 (the journal loads here)

    typer.echo(show_runs(_settings(locals()), run))


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
    from importer.writing.template import write_template  # noqa: PLC0415 (the workbook library loads here)

    if output.exists() and not force:
        raise UsageError(f"{output} exists; name another file, or replace it with --force")
    write_template(output)
    typer.echo(str(output))


def _settings(given: dict[str, Any]) -> "Settings":
    """Settings from the flags really given; ``given`` is the command's own locals."""
    from importer.settings import load  # noqa: PLC0415 (pydantic loads here)

    names = {"map_": "map", "json": "json_output"}
    own = {"file", "run", "config", "profile"}
    flags = {
        names.get(name, name): value
        for name, value in given.items()
        if name not in own and value not in (None, [], 0) and not callable(value)
    }
    settings = load(flags, config=given.get("config"), profile=given.get("profile"))
    from importer.console import configure_logging  # noqa: PLC0415 (beside the settings it depends on)

    configure_logging(settings.verbose, quiet=settings.quiet)
    return settings


def _command(settings: "Settings", call: "Callable[[Watch], Summary]") -> None:
    from importer.console import watching  # noqa: PLC0415 (as in _settings)

    with watching(quiet=settings.quiet) as watch:
        summary = call(watch)
    from importer.presenting import as_json, as_text  # noqa: PLC0415 (its words load with the schema's)

    typer.echo(as_json(summary) if settings.json_output else as_text(summary))
    raise typer.Exit(summary.exit_code)


def main() -> int:
    """Run the command line; never a traceback for what a user can mend."""
    try:
        app(standalone_mode=True)
    except ImporterError as exc:
        typer.echo(f"error: {exc}", err=True)
        return exc.exit_code
    except KeyboardInterrupt:
        return 4
    except BrokenPipeError:
        return 1
    except Exception as exc:  # noqa: BLE001 (the last fence: a defect is told in a line, its trace only with -v)
        logging.getLogger("importer").debug("defect", exc_info=True)
        typer.echo(f"error: a defect of the importer ({type(exc).__name__}); run with -v and report it", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
