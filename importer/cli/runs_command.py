"""The commands about runs, whoever started them: what ran before, and one that is held and let go on."""

from typing import Annotated

import typer

from importer.cli.command_call import settings_from
from importer.cli.command_facts import operator
from importer.cli.flags import Given, RunName, takes
from importer.cli.loading import loading
from importer.messages.text import spoken


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


@takes("journal", "config", "language")
def pause(given: Given, run: RunName) -> None:
    """Let a run send nothing new until it is resumed; what is on its way ends, and nothing is lost."""
    from importer.operations.pausing import pause as pause_named  # noqa: PLC0415 (the journal loads here)

    settings = settings_from(given)
    typer.echo(spoken(pause_named(run, operator(), settings)))


@takes("journal", "config", "language")
def resume(given: Given, run: RunName) -> None:
    """Let a paused run go on."""
    from importer.operations.pausing import unpause  # noqa: PLC0415 (as above)

    settings = settings_from(given)
    typer.echo(spoken(unpause(run, settings)))
