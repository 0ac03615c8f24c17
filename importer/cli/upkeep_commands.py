"""The commands of whoever keeps it running: what is kept, what starts it, whether all is well."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from importer.cli.command_call import begin, flags_of, settings_from
from importer.cli.flags import API, Given, takes
from importer.cli.loading import loading
from importer.errors import UsageError
from importer.messages.text import Text, counted, spoken
from importer.storage.home_path import expanded

if TYPE_CHECKING:
    from importer.settings import Settings


@takes("journal", "config", "language")
def purge(
    given: Given,
    older_than: Annotated[str, typer.Option(help="Runs not touched for so many days, like 90d.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the runs.")] = False,
) -> None:
    """Remove input copies and personal data of old runs; FreedomIDs and keyed hashes stay."""
    settings = settings_from(given)
    begin("purge", Text("looking for runs that were not touched for {time}", time=older_than))
    from importer.cli.live_bar import watching  # noqa: PLC0415 (drawing loads here)

    with watching(settings) as watch:
        with loading():
            from importer.operations.purge import purge as purge_runs  # noqa: PLC0415 (the journal loads here)
        purged = purge_runs(older_than, settings, watch, dry_run=dry_run)
    count = len(purged.runs)
    told = counted("{count:,} run purged", "{count:,} runs purged", count)
    if dry_run:
        told = counted("{count:,} run would be purged", "{count:,} runs would be purged", count)
    typer.echo("\n".join((spoken(told), *purged.runs)))
    if uploads := _old_uploads(settings, int(older_than[:-1]), dry_run=dry_run):
        told = counted("{count:,} upload of the page removed", "{count:,} uploads of the page removed", uploads)
        if dry_run:
            told = counted(
                "{count:,} upload of the page would be removed",
                "{count:,} uploads of the page would be removed",
                uploads,
            )
        typer.echo(spoken(told))
    if purged.kept_space:
        why = Text("the journal keeps its size until the next purge: {why}", why=purged.kept_space)
        typer.echo(spoken(why), err=True)


def _old_uploads(settings: "Settings", days: int, *, dry_run: bool) -> int:
    """Remove the ops page's uploads that are as old, where there is a page; how many they are."""
    from importer.web.site import Site  # noqa: PLC0415 (as above)
    from importer.web.uploads.old_uploads import old_uploads, remove_old_uploads  # noqa: PLC0415 (only who purges needs it)

    site = Site(settings)
    if not site.is_there:
        return 0
    return len(old_uploads(site, days)) if dry_run else remove_old_uploads(site, days)


@takes("config", "language")
def schedule(
    given: Given,
    scheduler: Annotated[str, typer.Argument(metavar="systemd|cron|kubernetes|airflow", help="What starts it.")],
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="Time of day.")] = "02:15",
    folder: Annotated[
        Path | None,
        typer.Option("-o", "--output", parser=expanded, metavar="<path>", help="Write the files there. [stdout]"),
    ] = None,
) -> None:
    """Print ready files that start the inbox of a configuration every night."""
    from importer.operations.schedule import SCHEDULERS, plan_of, write_files  # noqa: PLC0415 (only this command needs it)

    if scheduler not in SCHEDULERS:
        known = ", ".join(SCHEDULERS)
        raise UsageError("no scheduler is called {name}; known are {known}", name=repr(scheduler), known=known)
    plan = plan_of(settings_from(given), given["config"], at)
    files = SCHEDULERS[scheduler](plan)
    if folder is None:
        typer.echo("\n".join(f"# {name}\n{text}" if len(files) > 1 else text for name, text in files.items()), nl=False)
    else:
        for path in write_files(files, folder):
            typer.echo(str(path))
    for lack in plan.missing:
        typer.echo(spoken(Text("to be filled in: {what}", what=lack)), err=True)


@takes(*API, "send_test", "config", "language")
def doctor(
    given: Given,
    send_test: Annotated[
        bool, typer.Option("--send-test", help="Send a test message through every notification channel.")
    ] = False,
) -> None:
    """Look whether everything that a run needs is there and well: 0 all well, 1 warnings, 2 errors. Sends no row."""
    settings = settings_from(given)
    begin("doctor", Text("checking that everything a run needs is there"))
    from importer.cli.live_bar import LineWatch  # noqa: PLC0415 (drawing loads here)
    from importer.operations.doctor import Level, examine  # noqa: PLC0415 (the HTTP library loads here)
    from importer.settings import load_senders  # noqa: PLC0415 (pydantic loads here)

    def senders() -> "dict[str, Settings]":
        return load_senders(settings, flags_of(given), config=given["config"])

    worst, watch = Level.OK, LineWatch()  # no bar: its findings are lines
    watch.began("looking")
    try:
        for told in examine(settings, senders, send=send_test):
            typer.echo(told.line())
            worst = max(worst, told.level)
    finally:
        watch.ended()
    raise typer.Exit(worst)
