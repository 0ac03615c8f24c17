"""The command line: flags → Settings → one call; errors → exit codes. No logic lives here.

Heavy modules are imported inside the commands that need them, so that ``--help`` and ``runs`` answer at once.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from importer import __version__
from importer.cli import import_commands, reference_commands, upkeep_commands
from importer.cli.invocation import Invocation, now, wants_json
from importer.cli.streams import secure_standard_streams
from importer.errors import ImporterError

STOPPED: Final = 4
DEFECT: Final = 70
"""EX_SOFTWARE of sysexits.h."""

INTERRUPTED_AS_SHELLS_SAY: Final = 130
"""128 and the number of SIGINT: what typer makes of Ctrl-C."""


def print_version(asked: bool) -> None:
    """Print the version, if it was asked for, and end."""
    if asked:
        typer.echo(f"freedom-id-importer {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="importer",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=print_version)
    ] = False,
) -> None:
    """Import a CSV or Excel file of users into Freedom ID and get each row back with its FreedomID or its error."""


for command in (
    import_commands.validate,
    import_commands.run,
    import_commands.report,
    upkeep_commands.runs,
    reference_commands.fields,
    reference_commands.template,
    import_commands.verify,
    upkeep_commands.purge,
):
    app.command()(command)
journal_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(journal_app, name="journal", help="What is done to the journal itself.")
journal_app.command()(upkeep_commands.learn)
app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    reference_commands.sandbox  # it has a parser of its own, whose options it lists itself
)


def main() -> int:
    """Run the command line; its exit code. Never a traceback for what a user can mend, and never 0 or 1 by accident."""
    secure_standard_streams()
    leave_a_deleted_folder()
    try:
        app()
    except SystemExit as exc:  # how typer ends every command
        code = exc.code if isinstance(exc.code, int) else 0
        return STOPPED if code == INTERRUPTED_AS_SHELLS_SAY else code
    except ImporterError as exc:
        typer.echo(f"error: {exc}", err=True)
        if wants_json(sys.argv, os.environ) and not exc.told:
            typer.echo(Invocation(sys.argv[1], "", now()).error_as_json(exc))
        return exc.exit_code
    except KeyboardInterrupt:
        return STOPPED
    except BaseException as exc:
        logging.getLogger("importer").debug("defect", exc_info=True)
        typer.echo(
            f"error: a defect of the importer ({type(exc).__name__}); what was recorded is safe and the same command "
            "goes on. Please report it with what -v prints",
            err=True,
        )
        return DEFECT
    return 0


def leave_a_deleted_folder() -> None:
    """Go to the root where the working folder is gone: libraries ask where they are while they load."""
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir(os.sep)


if __name__ == "__main__":
    sys.exit(main())
