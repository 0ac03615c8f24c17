"""The commands that hold a run and let it go on, whoever started it."""

import typer

from importer.cli.command_call import settings_from
from importer.cli.command_facts import operator
from importer.cli.flags import Given, RunName, takes
from importer.messages.text import spoken


@takes("journal", "config", "language")
def pause(given: Given, run: RunName) -> None:
    """Let a run send nothing new until it is resumed; what is on its way ends, and nothing is lost."""
    from importer.operations.pausing import pause as pause_named  # noqa: PLC0415 (the journal loads here)

    settings = settings_from(given)
    typer.echo(spoken(pause_named(run, operator(), settings)))


@takes("journal", "config", "language")
def resume(given: Given, run: RunName) -> None:
    """Let a paused run go on."""
    from importer.operations.pausing import resume as resume_named  # noqa: PLC0415 (as above)

    settings = settings_from(given)
    typer.echo(spoken(resume_named(run, settings)))
