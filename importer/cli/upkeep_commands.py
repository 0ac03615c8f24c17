"""The commands beside an import: what ran before, and what of it is kept."""

from typing import Annotated

import typer

from importer.cli.invoke import settings_from
from importer.cli.options import Config, Journal, Json


def runs(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="One run in detail.")] = None,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
) -> None:
    """List the runs, newest first, or show one in detail."""
    from importer.operations.history import show_runs  # noqa: PLC0415 (the journal loads here)

    typer.echo(show_runs(settings_from(locals()), run))


def purge(
    older_than: Annotated[str, typer.Option(help="Runs not touched for so many days, like 90d.")],
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Remove input copies and personal data of old runs; FreedomIDs and keyed hashes stay."""
    from importer.operations.purge import purge as purge_runs  # noqa: PLC0415 (the journal loads here)

    purged = purge_runs(older_than, settings_from({"journal": journal, "config": config}))
    typer.echo(f"{len(purged)} runs purged" + "".join(f"\n{run}" for run in purged))
