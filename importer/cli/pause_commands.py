"""The commands that hold a run and let it go on, whoever started it."""

import getpass
import os

import typer

from importer.cli.invoke import settings_from
from importer.cli.options import Config, Journal, Language, RunName
from importer.messages.text import spoken


def pause(run: RunName, journal: Journal = None, config: Config = None, language: Language = None) -> None:
    """Let a run send nothing new until it is resumed; what is on its way ends, and nothing is lost."""
    from importer.operations.pausing import pause as pause_named  # noqa: PLC0415 (the journal loads here)

    settings = settings_from({"journal": journal, "config": config, "language": language})
    typer.echo(spoken(pause_named(run, who(), settings)))


def resume(run: RunName, journal: Journal = None, config: Config = None, language: Language = None) -> None:
    """Let a paused run go on."""
    from importer.operations.pausing import resume as resume_named  # noqa: PLC0415 (as above)

    settings = settings_from({"journal": journal, "config": config, "language": language})
    typer.echo(spoken(resume_named(run, settings)))


def who() -> str:
    """The name of whoever gives a command, as the system knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}"
