"""The command of a folder that imports what is put into it."""

import json as json_text
import logging
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.invocation import Invocation, now
from importer.cli.invoke import address_of, flags_of, settings_from
from importer.cli.loading import loading
from importer.cli.options import (
    AcceptOtherNames,
    AcceptUpdates,
    Attempts,
    Columns,
    Concurrency,
    Config,
    DateOrder,
    Delimiter,
    Duplicates,
    Encoding,
    FullName,
    HeaderRow,
    Journal,
    Json,
    Language,
    Limit,
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
    OutageLimit,
    Profile,
    Quiet,
    Rate,
    Region,
    Sheet,
    Timeout,
    TokenCommand,
    TokenFile,
    Update,
    Url,
    Verbose,
)
from importer.errors import AlreadyRunning, UsageError
from importer.messages.text import Text, counted, number, spoken

if TYPE_CHECKING:
    from importer.cli.inbox_passes import Passes
    from importer.progress import Watch
    from importer.settings import Settings

log = logging.getLogger("importer")


def inbox(  # noqa: PLR0913 (one parameter an option: that is what a command line is)
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The inbox. [dir of [inbox]]")] = None,
    watch_: Annotated[bool, typer.Option("--watch", help="Stay, and take files as they come.")] = False,
    settle: Annotated[str | None, typer.Option(help="How long a file must stay as it is. [10s]")] = None,
    marker: Annotated[
        bool | None, typer.Option("--marker", help="Take only files with NAME.done or NAME.ready beside them.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(metavar="NAME", help="Put a refused file back, and let it through its gates once.")
    ] = None,
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
    optional: Optional = None,
    limit: Limit = None,
    max_changes: MaxChanges = None,
    update: Update = None,
    accept_updates: AcceptUpdates = None,
    accept_other_names: AcceptOtherNames = None,
    concurrency: Concurrency = None,
    rate: Rate = None,
    attempts: Attempts = None,
    timeout: Timeout = None,
    outage_limit: OutageLimit = None,
    url: Url = None,
    token_file: TokenFile = None,
    token_command: TokenCommand = None,
    journal: Journal = None,
    sandbox: Annotated[bool | None, typer.Option("--sandbox", help="Import into an embedded sandbox.")] = None,
    metrics: Metrics = None,
    language: Language = None,
    log_format: LogFormat = None,
    log_file: LogFile = None,
    config: Config = None,
    json: Json = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Import what lies in a folder, file by file, and file it under done/ or refused/."""
    given = {name: value for name, value in locals().items() if name not in {"folder", "watch_", "release"}}
    settings = settings_from(given)
    top = folder or settings.inbox.dir
    if top is None or not top.is_dir():
        raise UsageError(
            Text("the inbox {folder} is no folder: name one that is there (importer inbox DIR)", folder=top or "")
        )
    invocation = Invocation("inbox", address_of(settings), now())
    doing = Text("inbox {folder}, importing into {api}", folder=top, api=invocation.api)
    log.info("%s", doing, extra={"event": "inbox.started"})
    from importer.cli.live import watching  # noqa: PLC0415 (rich loads here)
    from importer.settings import load_senders  # noqa: PLC0415 (pydantic loads here)

    senders = load_senders(settings, flags_of(given), config=config, profile=profile)  # before a file moves

    ended = threading.Event()
    with ExitStack() as stack:
        watch = stack.enter_context(watching(settings))
        stack.enter_context(watch.listening(ended.set))
        passes = _passes(top.absolute(), settings, senders, watch, ended)
        if release is not None:
            from importer.inbox import release as releasing  # noqa: PLC0415 (as above)

            passes.box.folders.prepare()
            name = releasing.release(passes.box.folders, release).name
            text = Text("released by {who}: {name}", who=releasing.operator(), name=name)
            log.info("%s", text, extra={"event": "file.released"})
        try:
            passes.stay() if watch_ else passes.once()
        except AlreadyRunning:
            if release is None:
                raise
            text = Text("the pass that is under way, or the next one, takes it")
            log.info("%s", text, extra={"event": "file.released"})
    typer.echo(_as_json(passes, invocation) if settings.json_output else _as_text(passes))
    raise typer.Exit(passes.exit_code)


def _passes(
    top: Path, settings: "Settings", senders: "dict[str, Settings]", watch: "Watch", ended: threading.Event
) -> "Passes":
    with loading():
        from importer.cli.inbox_passes import Passes  # noqa: PLC0415 (pandas loads here)
        from importer.creating.endpoint import check_endpoint  # noqa: PLC0415 (as above)
        from importer.inbox.folders import Folders  # noqa: PLC0415 (as above)
        from importer.inbox.sweep import Inbox  # noqa: PLC0415 (as above)
        from importer.pipeline import run  # noqa: PLC0415 (as above)

    box = Inbox(
        Folders(top),
        lambda sender: senders[sender.match],
        settings.inbox.source_of,
        run,
        check_endpoint,
        settings.settle,
        settings.marker,
    )
    return Passes(box, settings, watch, ended)


def _as_text(done: "Passes") -> str:
    lines = [spoken(counted("inbox: {count:,} file", "inbox: {count:,} files", len(done.files)))]
    for one in done.files:
        end = spoken(one.message) or "; ".join(
            f"{number(count)} {status}" for status, count in (one.summary.statuses if one.summary else {}).items()
        )
        line = f"  {one.exit_code}  {one.name}: {end}" + (f" → {one.folder}" if one.folder else "")
        lines.append(line.replace("\n", " "))  # a name may hold one
    return "\n".join(lines)


def _as_json(done: "Passes", invocation: Invocation) -> str:
    from importer.cli.summary_text import as_dict  # noqa: PLC0415 (its words load with the schema's)

    files = [
        {
            "name": one.name,
            "source": one.source,
            "exit_code": one.exit_code,
            "folder": str(one.folder or ""),
            "message": one.message,
            "summary": as_dict(one.summary) if one.summary else None,
        }
        for one in done.files
    ]
    told = invocation.as_dict() | {"exit_code": done.exit_code, "files": files}
    return json_text.dumps(told, ensure_ascii=False, indent=2)
