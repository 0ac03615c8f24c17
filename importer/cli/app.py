"""The command line: flags → Settings → one call; errors → exit codes. No logic lives here.

Heavy modules are imported inside the commands that need them, so that ``--help`` and ``runs`` answer at once.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from typer.main import get_command

from importer import __version__
from importer.cli import (
    import_commands,
    inbox_command,
    journal_commands,
    page_job_command,
    reference_commands,
    result_commands,
    runs_command,
    serve_command,
    try_api_command,
    upkeep_commands,
    users_command,
)
from importer.cli.command_facts import Invocation, failure_of, now, wants_json
from importer.cli.flags import Language
from importer.cli.help_in_language import put_in_language, usage_text
from importer.cli.logs import error_line, is_json
from importer.cli.startup_language import language_told
from importer.cli.streams import secure_standard_streams
from importer.errors import ImporterError, Stopped, UsageError
from importer.messages.language import speaking
from importer.messages.library_messages import in_words

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
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=print_version)
    ] = False,
    language: Language = None,
) -> None:
    """Import a CSV or Excel file of users into Freedom ID and get each row back with its FreedomID or its error."""
    if language:
        os.environ["IMPORTER_LANGUAGE"] = language  # the command's own option comes before it


for command in (
    import_commands.validate,
    import_commands.run,
    result_commands.report,
    inbox_command.inbox,
    serve_command.serve,
    result_commands.merge,
    runs_command.pause,
    runs_command.resume,
    runs_command.runs,
    reference_commands.fields,
    reference_commands.template,
    result_commands.verify,
    try_api_command.try_api,
    upkeep_commands.purge,
    upkeep_commands.schedule,
    upkeep_commands.doctor,
):
    app.command()(command)
app.command(hidden=True)(page_job_command.page_job)
journal_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(journal_app, name="journal", help="What is done to the journal itself.")
journal_app.command()(journal_commands.learn)
journal_app.command()(journal_commands.copy)
journal_app.command()(journal_commands.backup)
journal_app.command()(journal_commands.restore)
app.add_typer(users_command.users_app, name="users", help="The accounts of the ops page.")
app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    reference_commands.sandbox  # it has a parser of its own, whose options it lists itself
)


def main() -> int:
    """Run the command line; its exit code. Never a traceback for what a user can mend, and never 0 or 1 by accident."""
    secure_standard_streams()
    leave_a_deleted_folder()
    with speaking(language_told(sys.argv, os.environ)):  # until the settings say which
        return run_command()


def run_command() -> int:
    """Run the command of the arguments; its exit code."""
    invocation = Invocation(next((text for text in sys.argv[1:] if text[:1] != "-"), ""), "", now())
    try:
        code = int(put_in_language(get_command(app))(standalone_mode=False) or 0)
    except SystemExit as exc:
        return ended_by_a_library(exc, invocation)
    except ImporterError as exc:
        say_error(exc.sentence)
        if not exc.told:
            tell_json(invocation.error_as_json(exc))
        return exc.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED_AS_SHELLS_SAY
    except BaseException as exc:  # noqa: BLE001 (whatever it is, it must not leave 0 or 1 behind)
        return ended_otherwise(exc, invocation)
    if code == INTERRUPTED_AS_SHELLS_SAY:
        tell_json(invocation.ending_as_json(Stopped.exit_code, "Interrupted", "interrupted; the same command goes on"))
        return Stopped.exit_code
    return code


def ended_otherwise(exc: BaseException, invocation: Invocation) -> int:
    """The exit code of what no command raises on purpose: a wrong option, as typer raises it, or a defect."""
    if not hasattr(exc, "format_message"):
        return failed(exc, invocation)
    text = in_words(exc.format_message())
    typer.echo(error_line(text) if is_json() else usage_text(exc, text), err=True)
    tell_json(invocation.error_as_json(UsageError(text)))
    return UsageError.exit_code


def ended_by_a_library(ended: SystemExit, invocation: Invocation) -> int:
    """The exit code of a command that a library ended: argparse, of the sandbox's wrong option; or typer.

    Typer makes 1 of a broken pipe, wherever in a command it broke: to a scheduler that would say that an import has
    finished.
    """
    if isinstance(ended.__context__, OSError):
        return failed(ended.__context__, invocation)
    return ended.code if isinstance(ended.code, int) else 0


def failed(exc: BaseException, invocation: Invocation) -> int:
    """Tell of what nothing raises on purpose, mostly a defect; its exit code."""
    logging.getLogger("importer").debug("defect", exc_info=exc)
    failure = failure_of(exc)
    say_error(failure.sentence)
    tell_json(invocation.error_as_json(failure))
    return failure.exit_code


def tell_json(text: str) -> None:
    """Print how it ended, if JSON was asked for."""
    if wants_json(sys.argv, os.environ):
        typer.echo(text)


def say_error(text: str) -> None:
    """The last line on stderr; one more JSON object where every line is one."""
    typer.echo(error_line(text), err=True)


def leave_a_deleted_folder() -> None:
    """Go to the root where the working folder is gone: libraries ask where they are while they load."""
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir(os.sep)


if __name__ == "__main__":
    sys.exit(main())
