"""The commands for whoever prepares a file or tries the program out: the fields, a template, a local server."""

from pathlib import Path
from typing import Annotated

import typer

from importer.cli.command_call import settings_from
from importer.cli.flags import Given, Language, takes
from importer.errors import UsageError


def fields(_language: Language = None) -> None:
    """List every field with its rule, the header names that are recognised, and an example."""
    from importer.messages.field_list import as_text  # noqa: PLC0415 (loads the header names)

    typer.echo(as_text())


@takes("force", "config", "language")
def template(
    given: Given,
    output: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Where the workbook goes.")],
) -> None:
    """Write an empty workbook for users: headers, drop-downs, hints, a text-formatted phone column."""
    from importer.writing.template_workbook import write_template  # noqa: PLC0415 (the workbook library loads here)

    settings_from(given)
    if output.exists() and not given["force"]:
        raise UsageError("{path} exists; name another file, or replace it with --force", path=output)
    write_template(output)
    typer.echo(str(output))


def sandbox(context: typer.Context) -> None:
    """Serve a local Freedom ID API over HTTP, with faults to order; sandbox --help lists them."""
    from importer.sandbox.__main__ import main as serve  # noqa: PLC0415 (the server loads here)

    raise typer.Exit(serve(context.args))
