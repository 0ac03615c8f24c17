"""The commands beside an import: what ran before, and what of it is kept."""

from pathlib import Path
from typing import Annotated

import typer

from importer.cli.invoke import settings_from
from importer.cli.options import Config, Journal, Json, Map, Profile, Region, Url


def runs(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="One run in detail.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List all runs, not only the newest 50.")] = False,
    journal: Journal = None,
    config: Config = None,
    json: Json = None,
) -> None:
    """List the runs, newest first, or show one in detail."""
    from importer.operations.history import show_runs  # noqa: PLC0415 (the journal loads here)

    settings = settings_from({"journal": journal, "config": config, "json": json})
    typer.echo(show_runs(settings, run, every=every))


def purge(
    older_than: Annotated[str, typer.Option(help="Runs not touched for so many days, like 90d.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the runs.")] = False,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Remove input copies and personal data of old runs; FreedomIDs and keyed hashes stay."""
    from importer.operations.purge import purge as purge_runs  # noqa: PLC0415 (the journal loads here)

    purged = purge_runs(older_than, settings_from({"journal": journal, "config": config}), dry_run=dry_run)
    done = "would be purged" if dry_run else "purged"
    typer.echo(f"{len(purged.runs)} runs {done}" + "".join(f"\n{run}" for run in purged.runs))
    if purged.kept_space:
        typer.echo(f"the journal keeps its size until the next purge: {purged.kept_space}", err=True)


def learn(
    results: Annotated[list[Path], typer.Argument(metavar="RESULT…", help="Results of earlier runs.")],
    map_: Map = None,
    profile: Profile = None,
    region: Region = None,
    url: Url = None,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Take the FreedomIDs that stand in result files back into the journal; what it knows otherwise is told, exit 1."""
    settings = settings_from({name: value for name, value in locals().items() if name != "results"})
    from importer.operations.learn import learn as learn_from  # noqa: PLC0415 (pandas loads here)

    contradicted = False
    for path in results:
        learnt = learn_from(path, settings)
        typer.echo(f"{path.name}: {learnt}")
        contradicted |= bool(learnt.contradictions)
    raise typer.Exit(int(contradicted))
