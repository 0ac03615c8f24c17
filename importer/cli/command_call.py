"""From flags to one call, and from its summary to an exit code: what every command of the line shares."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from importer.cli.command_facts import Invocation, failure_of, now
from importer.cli.loading import loading
from importer.errors import ImporterError
from importer.journal.api_label import label_of
from importer.messages.language import speak
from importer.messages.text import Text, counted, joined

if TYPE_CHECKING:
    from importer.model import Summary
    from importer.progress import Watch
    from importer.settings import Settings

log = logging.getLogger("importer")


def settings_from(given: Mapping[str, Any]) -> "Settings":
    """Settings from the options that were really given. Their language is spoken from here on."""
    with loading():
        from importer.cli.logs import configure_logging, log_to_stderr  # noqa: PLC0415 (beside what it depends on)
        from importer.settings import load  # noqa: PLC0415 (pydantic loads here)

    log_to_stderr(quiet=bool(given.get("quiet")))
    if named := given.get("profile") or given.get("config"):
        # Tables of values are held against the schema, which takes a while to load.
        log.info("%s", Text("reading {name}", name=named.name), extra={"event": "configuration.read"})
    settings = load(flags_of(given), config=given.get("config"), profile=given.get("profile"))
    speak(settings.spoken_language)
    configure_logging(settings)
    return settings


def flags_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were really given, as ``load`` takes them."""
    return {
        "json_output" if name == "json" else name: value
        for name, value in given.items()
        if name not in {"config", "profile"} and value is not None and value != []
    }


def address_of(settings: "Settings") -> str:
    """The address that users are created at, as it may be shown.

    Raises:
        UsageError: no token may travel to it; it may hold a password, so nothing of it is shown.
    """
    return Text("an embedded sandbox") if settings.sandbox else label_of(settings.url)


def begin(command: str, doing: str, api: str = "") -> Invocation:
    """Say what is being done, before the libraries load: whoever waits sees that it has begun."""
    log.info("%s", doing, extra={"event": f"{command}.started"})
    return Invocation(command, api, now())


def conclude(
    settings: "Settings",
    command: str,
    doing: str,
    call: "Callable[[Watch], Summary]",
    *,
    api: str = "",
    told: "Callable[[int, Summary | None, str], None]" = lambda *_: None,
) -> None:
    """Say what is being done, run ``call`` under a watch, print its summary, and leave with its exit code.

    ``told`` is called with the exit code, the summary if there is one, and the message of the error if there is one.
    """
    invocation = begin(command, doing, api)
    from importer.cli.live_bar import watching  # noqa: PLC0415 (as in settings_from)

    with watching(settings) as watch:
        try:
            summary = call(watch)
        except ImporterError as exc:
            told(exc.exit_code, None, exc.sentence)
            if settings.json_output:
                watch.ended()  # a bar still drawn would glue to it
                typer.echo(invocation.error_as_json(exc))
                exc.told = True
            raise
        except Exception as exc:
            failure = failure_of(exc)
            told(failure.exit_code, None, failure.sentence)
            raise
    from importer.cli.summary_text import as_json, as_text  # noqa: PLC0415 (its words load with the schema's)

    log.info("%s", _ended(summary), extra={"event": f"{command}.ended"})
    told(summary.exit_code, summary, summary.message)
    typer.echo(as_json(summary, invocation) if settings.json_output else as_text(summary))
    raise typer.Exit(summary.exit_code)


def _ended(summary: "Summary") -> str:
    counts = joined(
        (Text("{count:,} {status}", count=n, status=status) for status, n in summary.statuses.items() if n), ", "
    )
    ended = counted(
        "exit code {code}, {count:,} row ({counts}), {seconds:.0f} s",
        "exit code {code}, {count:,} rows ({counts}), {seconds:.0f} s",
        summary.rows,
        code=summary.exit_code,
        counts=counts,
        seconds=summary.seconds,
    )
    return Text("run {run}: {ended}", run=summary.run, ended=ended) if summary.run else ended
