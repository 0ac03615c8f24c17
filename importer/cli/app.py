"""The command line: flags → Settings → one call; errors → exit codes. No logic lives here.

Heavy modules are imported inside the commands that need them, so that ``--help`` and ``runs`` answer at once.
"""

import io
import logging
import sys

import typer

from importer.cli import import_commands, reference_commands, upkeep_commands
from importer.cli.invoke import collect_seldom
from importer.errors import ImporterError

app = typer.Typer(
    name="importer",
    help="Import a CSV or Excel file of users into Freedom ID and get each row back with its FreedomID or its error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

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
app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    reference_commands.sandbox  # it has a parser of its own, whose options it lists itself
)


def main() -> int:
    """Run the command line; never a traceback for what a user can mend."""
    collect_seldom()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale that lacks a letter must not end a run
    try:
        app(standalone_mode=True)
    except ImporterError as exc:
        typer.echo(f"error: {exc}", err=True)
        return exc.exit_code
    except KeyboardInterrupt:
        return 4
    except BrokenPipeError:
        return 1
    except Exception as exc:
        logging.getLogger("importer").debug("defect", exc_info=True)
        typer.echo(f"error: a defect of the importer ({type(exc).__name__}); run with -v and report it", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
