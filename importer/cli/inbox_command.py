"""The command of a folder that imports what is put into it."""

import json as json_text
import logging
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from importer.cli.invocation import Invocation, now
from importer.cli.invoke import address_of, settings_from
from importer.cli.options import (
    AcceptOtherNames,
    AcceptUpdates,
    Attempts,
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
    LogFile,
    LogFormat,
    Map,
    MaxChanges,
    MaxInvalid,
    Metrics,
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
from importer.cli.telling import tell
from importer.errors import ImporterError, RefusedFile, UsageError

if TYPE_CHECKING:
    from importer.inbox.sweep import Filed, Inbox, Sweep
    from importer.model import Summary
    from importer.notify.ending import Ending
    from importer.progress import Watch
    from importer.settings import Settings
    from importer.settings.inbox_options import InboxSource

log = logging.getLogger("importer")

DEFECT = 70
"""What the watchdog is told where a pass ends with a defect of this program."""

LOOK_EVERY_MS = 10_000
"""A network share tells nothing of its changes: it is looked at so often."""


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
    metrics: Metrics = None,
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
        raise UsageError(f"the inbox {top or ''} is no folder: name one that is there (importer inbox DIR)")
    invocation = Invocation("inbox", address_of(settings), now())
    box = _inbox(top, settings, given)
    if release is not None:
        from importer.inbox.release import release as release_file  # noqa: PLC0415 (as below)

        box.folders.prepare()
        log.info("released: %s", release_file(box.folders, release).name)
    log.info("inbox %s, importing into %s", top, invocation.api)
    done = _swept(box, settings, staying=watch_)
    typer.echo(_as_json(done, invocation) if settings.json_output else _as_text(done))
    raise typer.Exit(done.exit_code)


def _inbox(top: Path, settings: "Settings", given: dict[str, Any]) -> "Inbox":
    from importer.cli.logs import concerning  # noqa: PLC0415 (as above)
    from importer.inbox.folders import Folders  # noqa: PLC0415 (pandas loads here)
    from importer.inbox.sweep import Inbox  # noqa: PLC0415 (as above)
    from importer.pipeline import run as run_file  # noqa: PLC0415 (as above)
    from importer.settings.inbox_options import ANY_FILE  # noqa: PLC0415 (as below)

    def run(path: Path, own: "Settings", watch: "Watch") -> "Summary":
        concerning(file=path.name, source=settings.inbox.source_of(path.name).title)
        try:
            return run_file(path, own, watch)
        finally:
            concerning(file="", source="")

    def settings_of(source: "InboxSource") -> "Settings":
        own: dict[str, Any] = {"profile": source.profile} if source.profile else {}
        if source.match != ANY_FILE:
            own["source"] = source.title
        return settings_from({**source.options, **{name: value for name, value in given.items() if value}, **own})

    return Inbox(Folders(top), settings_of, settings.inbox.source_of, run, settings.settle, settings.marker)


def _swept(box: "Inbox", settings: "Settings", *, staying: bool) -> "Sweep":
    """One pass, or passes until somebody asks for the end."""
    from importer.cli.live import watching  # noqa: PLC0415 (rich loads here)

    ended = threading.Event()
    with ExitStack() as stack:
        watch = stack.enter_context(watching(settings))
        stack.enter_context(watch.listening(ended.set))
        done = _one_pass(box, settings, watch, ended)
        while staying and not watch.interrupted and done.may_go_on:
            _wait_for_news(box.folders.top, ended)
            if not watch.interrupted:
                done.files += _one_pass(box, settings, watch, ended).files
    return done


def _one_pass(box: "Inbox", settings: "Settings", watch: "Watch", ended: threading.Event) -> "Sweep":
    """A pass, and who is told of it: nobody where another pass is under way."""
    from importer.notify import watchdog  # noqa: PLC0415 (the HTTP library loads here)

    with box.alone():
        watchdog.started(settings.healthcheck)
        code = DEFECT
        try:
            done = box.sweep(watch, ended.wait)
            code = done.exit_code
        except ImporterError as exc:
            code = exc.exit_code
            raise
        finally:
            watchdog.ended(settings.healthcheck, code)
        tell(settings, [_ending(one, box) for one in done.files])
    return done


def _ending(one: "Filed", box: "Inbox") -> "Ending":
    from importer.notify.ending import Ending  # noqa: PLC0415 (as above)

    refused = one.exit_code == RefusedFile.exit_code
    again = f"importer inbox {box.folders.top}" + (f" --release {one.name}" if refused else "")
    going_on = refused or one.exit_code not in {0, 1}
    folder = str(one.folder or box.folders.working)
    return Ending(one.name, one.source, one.exit_code, one.summary, one.message, folder, again if going_on else "")


def _wait_for_news(top: Path, ended: threading.Event) -> None:
    from watchfiles import watch  # noqa: PLC0415 (only who stays needs it)

    for _ in watch(top, stop_event=ended, rust_timeout=LOOK_EVERY_MS, yield_on_timeout=True, recursive=False):
        return


def _as_text(done: "Sweep") -> str:
    lines = [f"inbox: {len(done.files)} files"]
    for one in done.files:
        end = one.message or "; ".join(
            f"{count:,} {status}" for status, count in (one.summary.statuses if one.summary else {}).items()
        )
        lines.append(f"  {one.exit_code}  {one.name}: {end}" + (f" → {one.folder}" if one.folder else ""))
    return "\n".join(lines)


def _as_json(done: "Sweep", invocation: Invocation) -> str:
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
