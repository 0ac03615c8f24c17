"""``importer try-api``: asks first, then proves the API with one user."""

import json as json_text
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.command_call import address_of, begin, settings_from
from importer.cli.flags import API, Given, takes
from importer.cli.loading import loading
from importer.errors import UsageError
from importer.messages.text import Text, joined, spoken

if TYPE_CHECKING:
    from importer.operations.try_api import ApiTrial

CONFIRMATION = "yes"


@takes(
    "sheet",
    "map",
    "profile",
    "region",
    "timeout",
    *API,
    "sandbox",
    "config",
    "json",
    "language",
    "verbose",
    "quiet",
)
def try_api(
    given: Given,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="File whose first sendable row is the user.")
    ] = None,
    row: Annotated[int | None, typer.Option(min=1, help="Another row of the file.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone instead of a file: the user has nothing else.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    sandbox: Annotated[bool | None, typer.Option("--sandbox", help="Try an embedded sandbox.")] = None,
) -> None:
    """Create one real user, send the same once more, and show what the API answers."""
    if (file is None) == (phone is None) or (row is not None and file is None):
        raise UsageError(Text("try-api creates one user: name a FILE (and --row N), or a --phone"))
    settings = settings_from({**given, "sandbox": sandbox})
    api = address_of(settings)
    invocation = begin("try-api", Text("choosing the user to be created at {api}", api=api), api)
    from importer.cli.live_bar import watching  # noqa: PLC0415 (drawing loads here)

    with watching(settings) as watch:
        with loading():
            from importer.operations.one_user import chosen_body  # noqa: PLC0415 (pandas loads here)
            from importer.operations.try_api import try_api as try_one  # noqa: PLC0415 (as above)
        body = chosen_body(file, row, phone or "", settings, watch)
    if not (yes or settings.sandbox):
        confirm(body, invocation.api)
    with watching(settings) as watch:
        trial = try_one(body, settings, watch)
    if settings.json_output:
        typer.echo(json_text.dumps({**invocation.as_dict(), **trial.to_dict()}, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(spoken(line) for line in _lines(trial)))
    raise typer.Exit(trial.exit_code)


def confirm(body: dict[str, str], api: str) -> None:
    """Ask the person at the terminal whether this user shall be created.

    Raises:
        UsageError: There is nobody to ask, or the answer is not yes.
    """
    fields = ", ".join(f"{field} {value}" for field, value in body.items())
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError(
            Text("try-api creates a real user and asks first: run it on a terminal, or give --yes; nothing was sent")
        )
    told = Text("This creates ONE real user at {api} and sends the same request a second time:", api=api)
    typer.echo(f"{spoken(told)}\n  {fields}", err=True)
    asked = Text("It cannot be undone from here. Type {word} to go on", word=CONFIRMATION)
    try:
        answer = typer.prompt(spoken(asked), default="", err=True)
    except typer.Abort:
        answer = ""
    if answer.strip().lower() != CONFIRMATION:
        raise UsageError(Text("not confirmed; nothing was sent"))


_BECAME = {
    "created": Text("the user was created"),
    "not_sent": Text("it is not known yet whether the user was created: give the same command again"),
    "already_imported": Text("the phone was imported by an earlier run"),
    "exists": Text("the phone is taken, and not by this journal: take one that is new to the API"),
    "unconfirmed": Text("the phone is taken, perhaps by a request of ours that got no answer"),
    "rejected": Text("the API refused the user"),
}


def _lines(trial: "ApiTrial") -> Iterator[str]:
    for number, one in enumerate(trial.exchanges, start=1):
        yield Text(
            "request {number}, {at}: HTTP {status}, read as {meaning}",
            number=number,
            at=one.sent_at,
            status=one.status or Text("(no answer)"),
            meaning=one.meaning,
        )
        yield from (f"  {name}: {value}" for name, value in one.headers.items())
        yield from (f"  {line}" for line in (one.body or one.words).splitlines())
    became = _BECAME.get(str(trial.status), str(trial.status))
    if trial.status == "not_sent" and not trial.maybe_created:
        became = Text("nothing was created; mend what the answer says and give the same command again")
    told = Text("run {run} at {api}: {became}", run=trial.run, api=trial.api, became=became)
    yield joined((told, f"FreedomID {trial.freedom_id}" if trial.freedom_id else ""), ", ")
    if trial.status == "created" and trial.understood:
        yield Text("The second request was read as what it is: the phone is taken. The API works as expected.")
    elif trial.status == "created":
        yield Text("The second request was NOT read as a taken phone.")
        if trial.rule:
            yield Text("Put these lines into your configuration file:")
            yield f"\n{trial.rule}\n"
        else:
            yield Text("Its answer holds nothing that a rule could tell it by: show it to Freedom Pay.")
    yield Text("kept, masked: {path}", path=trial.record)
