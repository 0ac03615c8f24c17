"""The command that lists what ran before."""

from typing import Annotated

import typer

from importer.cli.command_call import settings_from
from importer.cli.flags import Given, takes
from importer.cli.loading import loading


@takes("journal", "config", "json", "language")
def runs(
    given: Given,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="One run in detail.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List all runs, not only the newest 50.")] = False,
) -> None:
    """List the runs, newest first, or show one in detail."""
    from importer.operations.history import show_runs  # noqa: PLC0415 (settings load here)

    settings = settings_from(given)
    with loading():  # the database library, in there
        told = show_runs(settings, run, every=every)
    typer.echo(told)
