"""The command of a folder that imports what is put into it."""

import json as json_text
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.command_call import address_of, begin, flags_of, settings_from
from importer.cli.command_facts import Invocation, operator
from importer.cli.flags import API, PACE, READING, TOLD, Given, takes
from importer.cli.loading import loading
from importer.errors import AlreadyRunning, ImporterError, UsageError
from importer.messages.text import Text, counted, number, spoken
from importer.model import GATES

if TYPE_CHECKING:
    from importer.inbox.passes import Passes
    from importer.progress import Watch
    from importer.settings import Settings

log = logging.getLogger("importer")


@takes(
    "settle",
    "marker",
    "release",
    *READING,
    *GATES,
    "optional",
    "limit",
    "update",
    "accept_updates",
    "accept_other_names",
    *PACE,
    *API,
    "sandbox",
    "metrics",
    *TOLD,
)
def inbox(
    given: Given,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The inbox. [dir of [inbox]]")] = None,
    watch_: Annotated[bool, typer.Option("--watch", help="Stay, and take files as they come.")] = False,
    release: Annotated[
        str | None, typer.Option(metavar="NAME", help="Put a refused file back, and let it through its gates once.")
    ] = None,
) -> None:
    """Import what lies in a folder, file by file, and file it under done/ or refused/."""
    settings = settings_from(given)
    top = folder or settings.inbox.dir
    if top is None:
        raise _no_folder("")
    if folder is not None and not folder.is_dir() and _is_typed(folder, settings):
        raise _no_folder(folder)  # nobody is told of it who is told of the nights
    with _told(settings, top):
        invocation, senders = _begun(given, settings, top)
    from importer.cli.live_bar import watching  # noqa: PLC0415 (rich loads here)

    ended = threading.Event()
    with ExitStack() as stack:
        watch = stack.enter_context(watching(settings))
        stack.enter_context(watch.listening(ended.set))
        with _told(settings, top):
            passes = _passes(top.absolute(), settings, senders, watch, ended, stays=watch_)
        if release is not None:
            from importer.inbox import release as releasing  # noqa: PLC0415 (as above)

            by = operator()
            with _told(settings, top):
                passes.box.folders.prepare()
            name = releasing.release(passes.box.folders, release, by).name
            text = Text("released by {who}: {name}", who=by, name=name)
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


def _is_typed(folder: Path, settings: "Settings") -> bool:
    """Whether a person typed this folder: a scheduler names the configured one, and has no terminal."""
    configured = settings.inbox.dir
    return sys.stderr.isatty() or (configured is not None and configured.absolute() != folder.absolute())


@contextmanager
def _told(settings: "Settings", top: Path) -> Iterator[None]:
    """Tell of a pass that could not begin whoever is told of passes."""
    try:
        yield
    except ImporterError as exc:
        from importer.inbox.passes import tell_not_begun  # noqa: PLC0415 (pandas loads here)

        tell_not_begun(settings, top.absolute(), exc)
        raise


def _begun(given: Given, settings: "Settings", top: Path) -> "tuple[Invocation, dict[str, Settings]]":
    """What is looked at before a file moves: the folder, the address, the settings of each source."""
    from importer.settings import load_senders  # noqa: PLC0415 (pydantic loads here)

    if not top.is_dir():
        raise _no_folder(top)
    api = address_of(settings)
    invocation = begin("inbox", Text("inbox {folder}, importing into {api}", folder=top, api=api), api)
    return invocation, load_senders(settings, flags_of(given), config=given["config"], profile=given["profile"])


def _no_folder(folder: Path | str) -> UsageError:
    return UsageError("the inbox {folder} is no folder: name one that is there (importer inbox DIR)", folder=folder)


def _passes(
    top: Path,
    settings: "Settings",
    senders: "dict[str, Settings]",
    watch: "Watch",
    ended: threading.Event,
    *,
    stays: bool,
) -> "Passes":
    with loading():
        from importer.creating.endpoint.token_choice import pipes_read  # noqa: PLC0415 (as above)
        from importer.inbox.folders import Folders  # noqa: PLC0415 (as above)
        from importer.inbox.passes import Passes, check_configuration  # noqa: PLC0415 (pandas loads here)
        from importer.inbox.sweep import Inbox  # noqa: PLC0415 (as above)
        from importer.pipeline import run  # noqa: PLC0415 (as above)

    # who stays reads a pipe anew for each file: whoever serves it there gives a token that still lives
    chosen = senders if stays else pipes_read(senders, watch)
    box = Inbox(
        Folders(top),
        lambda sender: chosen[sender.match],
        settings.inbox.source_of,
        run,
        partial(check_configuration, watch=watch),
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
    lines += [spoken(done.message)] if done.message else []
    return "\n".join(lines)


def _as_json(done: "Passes", invocation: Invocation) -> str:
    from importer.reporting.summary_dict import as_dict  # noqa: PLC0415 (its words load with the schema's)

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
    told = invocation.as_dict() | {"exit_code": done.exit_code, "message": done.message, "files": files}
    return json_text.dumps(told, ensure_ascii=False, indent=2)
