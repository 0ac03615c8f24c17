"""The commands of an import: check a file, run it, make its output again, prove that the books agree."""

import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.invoke import address_of, begin, conclude, settings_from
from importer.cli.options import (
    AcceptOtherNames,
    AcceptUpdates,
    Columns,
    Config,
    DateOrder,
    Delimiter,
    Duplicates,
    Encoding,
    File,
    FileOrRun,
    Force,
    FullName,
    HeaderRow,
    Journal,
    Json,
    LogFile,
    LogFormat,
    Map,
    MaxChanges,
    MaxGrowth,
    MaxInvalid,
    MaxShrink,
    Metrics,
    MinRows,
    Optional,
    Output,
    Profile,
    Quiet,
    Region,
    Resume,
    RetentionDays,
    RunName,
    Sheet,
    ShowValues,
    SourceName,
    TokenCommand,
    TokenFile,
    Update,
    Url,
    Verbose,
    refuse_beside_resume,
)
from importer.cli.telling import tell
from importer.errors import UsageError
from importer.planning.file_state import FileState

if TYPE_CHECKING:
    from importer.cli.invocation import Invocation
    from importer.model import Summary
    from importer.progress import Watch

log = logging.getLogger("importer")


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
    min_rows: MinRows = None,
    max_shrink: MaxShrink = None,
    max_growth: MaxGrowth = None,
    columns: Columns = None,
    max_changes: MaxChanges = None,
    source: SourceName = None,
    optional: Optional = None,
    update: Update = None,
    accept_other_names: AcceptOtherNames = None,
    url: Url = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
    show_values: ShowValues = None,
    log_format: LogFormat = None,
    log_file: LogFile = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Check a file and say what a run would do; send nothing, need no token."""
    settings = settings_from(locals())
    began = FileState.of(file)

    def call(watch: "Watch") -> "Summary":
        from importer.validate_file import validate as validate_file  # noqa: PLC0415 (pandas loads here)

        return validate_file(file, settings, watch, began=began)

    conclude(settings, "validate", f"checking {file.name}", call, api=address_of(settings))


def run(  # noqa: PLR0913 (as validate)
    file: FileOrRun = None,
    resume: Resume = None,
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
    min_rows: MinRows = None,
    max_shrink: MaxShrink = None,
    max_growth: MaxGrowth = None,
    columns: Columns = None,
    max_changes: MaxChanges = None,
    source: SourceName = None,
    optional: Optional = None,
    update: Update = None,
    accept_updates: AcceptUpdates = None,
    accept_other_names: AcceptOtherNames = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Send only the first N sendable rows.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Most requests at once. [32]")] = None,
    rate: Annotated[float | None, typer.Option(help="Most requests per second. [what the API takes]")] = None,
    attempts: Annotated[int | None, typer.Option(min=1, help="Attempts of one row while others pass. [5]")] = None,
    timeout: Annotated[str | None, typer.Option(help="Longest wait for one answer. [30s]")] = None,
    outage_limit: Annotated[str | None, typer.Option(help="Longest wait for a silent API. [15m]")] = None,
    retention_days: RetentionDays = None,
    url: Url = None,
    token_file: TokenFile = None,
    token_command: TokenCommand = None,
    journal: Journal = None,
    sandbox: Annotated[bool | None, typer.Option("--sandbox", help="Import into an embedded sandbox.")] = None,
    fresh: Annotated[bool | None, typer.Option("--fresh", help="Start a new run instead of resuming one.")] = None,
    notify_: Annotated[bool, typer.Option("--notify", help="Tell the channels of [notify] how it ended.")] = False,
    metrics: Metrics = None,
    log_format: LogFormat = None,
    log_file: LogFile = None,
    config: Config = None,
    json: Json = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Create every user of a file and write the output; the same command again resumes an unfinished run."""
    given = {name: value for name, value in locals().items() if name not in {"notify_", "resume"}}
    if resume is not None:
        refuse_beside_resume(given)
    elif file is None:
        raise UsageError("name the FILE to import, or an unfinished run of the journal: importer run --resume RUN")
    settings = settings_from(given)
    began = FileState.of(file) if file else None

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import run as run_file  # noqa: PLC0415 (pandas loads here)
        from importer.resume_run import resume as resume_run  # noqa: PLC0415 (as above)

        return run_file(file, settings, watch, began=began) if file else resume_run(str(resume), settings, watch)

    def told(code: int, summary: "Summary | None", message: str) -> None:
        from importer.notify.ending import Ending  # noqa: PLC0415 (only at the end)

        fixed = summary.rejected_workbook or summary.rejected if summary and code == 1 else ""
        again = f"correct and importer run {shlex.quote(fixed)}" if fixed else ""
        taken = shlex.quote(str(file)) if file else f"--resume {resume}"
        again = again if code in {0, 1} else f"importer run {taken}"
        beside = summary.output if summary and summary.output else file
        folder = str(Path(beside).parent.absolute()) if beside else ""
        ending = Ending(what, settings.source, code, summary, message, folder, again)
        tell(settings, [ending], notified=notify_)

    api, what = address_of(settings), file.name if file else f"run {resume}"
    conclude(settings, "run", f"importing {what} into {api}", call, api=api, told=told)


def report(  # noqa: PLR0913 (as validate)
    run: RunName,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="Write the list of rows that only Freedom's support can tell about.")
    ] = False,
    reply: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="That list, with its freedom_id filled in.")
    ] = None,
    output: Output = None,
    force: Force = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Make the output of a run again, from its input and the journal."""
    settings = settings_from({name: value for name, value in locals().items() if name not in {"unconfirmed", "reply"}})
    if unconfirmed or reply is not None:
        invocation = begin("report", f"looking for the rows of run {run} that are in doubt")
        from importer.cli.live import watching  # noqa: PLC0415 (drawing loads here)
        from importer.operations import unconfirmed as doubts  # noqa: PLC0415 (pandas loads here)

        with watching(settings) as watch:
            if reply is None:
                path, rows = doubts.list_unconfirmed(run, settings, watch)
            else:
                settled = doubts.take_answers(run, reply, settings, watch)
        if reply is None:
            _tell_list(run, path, rows, invocation if settings.json_output else None)
            return
        log.info("%d rows have their FreedomID now", settled)

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import report as report_run  # noqa: PLC0415 (pandas loads here)

        return report_run(run, settings, watch)

    conclude(settings, "report", f"making the output of run {run}", call)


def _tell_list(run: str, path: Path | None, rows: int, invocation: "Invocation | None") -> None:
    if invocation is not None:
        typer.echo(invocation.told_as_json(run=run, unconfirmed=rows, output=str(path or "")))
    elif path is None:
        typer.echo("no row of this run is in doubt")
    else:
        typer.echo(
            f"{rows} rows: {path}\nSend it to Freedom's support, have its column freedom_id filled in, and give "
            f"importer report {run} --answers FILE"
        )


def verify(
    run: RunName,
    output: Annotated[Path | None, typer.Argument(metavar="[OUTPUT]", help="The run's output file.")] = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
) -> None:
    """Prove that input, journal and output of a run agree row by row; exit 5 where they do not."""
    settings = settings_from({"journal": journal, "config": config, "json": json})
    invocation = begin("verify", f"verifying run {run}")
    from importer.cli.live import watching  # noqa: PLC0415 (drawing loads here)
    from importer.verify_run import verify as verify_run  # noqa: PLC0415 (pandas loads here)

    with watching(settings) as watch:
        lines = verify_run(run, output, settings, watch)
    typer.echo(invocation.told_as_json(run=run, agree=lines) if settings.json_output else "\n".join(lines))


def merge(
    original: Annotated[Path, typer.Argument(metavar="ORIGINAL_RESULT", help="The result of the whole file.")],
    fixed: Annotated[Path, typer.Argument(metavar="FIXED_RESULT", help="The result of its corrected rejected file.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the list goes. [….merged beside the original]")
    ] = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Join corrected rows with the result that they were refused in: one list in the original order."""
    given = {"output": output, "journal": journal, "config": config, "json": json, "verbose": verbose, "quiet": quiet}
    settings = settings_from(given)

    def call(watch: "Watch") -> "Summary":
        from importer.operations.merge import merge as merge_results  # noqa: PLC0415 (pandas loads here)

        return merge_results(original, fixed, settings, watch)

    conclude(settings, "merge", f"joining {fixed.name} with {original.name}", call)
