"""The commands of an import: check a file, run it, make its output again, prove that the books agree."""

import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.invoke import address_of, conclude, settings_from
from importer.cli.options import (
    AcceptOtherNames,
    AcceptUpdates,
    Cluster,
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
    Language,
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
    Sheet,
    ShowValues,
    SourceName,
    Storage,
    TokenCommand,
    TokenFile,
    Update,
    Url,
    Verbose,
    refuse_beside_resume,
)
from importer.cli.telling import tell
from importer.errors import UsageError
from importer.messages.text import Text
from importer.planning.file_state import FileState

if TYPE_CHECKING:
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
    cluster: Cluster = None,
    storage: Storage = None,
    config: Config = None,
    json: Json = None,
    show_values: ShowValues = None,
    language: Language = None,
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

    conclude(settings, "validate", Text("checking {name}", name=file.name), call, api=address_of(settings))


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
    cluster: Cluster = None,
    storage: Storage = None,
    sandbox: Annotated[bool | None, typer.Option("--sandbox", help="Import into an embedded sandbox.")] = None,
    fresh: Annotated[bool | None, typer.Option("--fresh", help="Start a new run instead of resuming one.")] = None,
    notify_: Annotated[bool, typer.Option("--notify", help="Tell the channels of [notify] how it ended.")] = False,
    metrics: Metrics = None,
    language: Language = None,
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
        raise UsageError(
            Text("name the FILE to import, or an unfinished run of the journal: importer run --resume RUN")
        )
    settings = settings_from(given)
    began = FileState.of(file) if file else None

    def call(watch: "Watch") -> "Summary":
        from importer.pipeline import run as run_file  # noqa: PLC0415 (pandas loads here)
        from importer.resume_run import resume as resume_run  # noqa: PLC0415 (as above)

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
