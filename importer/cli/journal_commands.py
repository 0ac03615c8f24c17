"""The commands on the journal itself: they take it somewhere else, or bring into it what results of before say."""

from pathlib import Path
from typing import Annotated, Any

import typer

from importer.cli.command_call import begin, settings_from
from importer.cli.flags import Given, takes
from importer.cli.loading import loading
from importer.messages.text import Text, counted, spoken


@takes("map", "full_name", "profile", "region", "url", "journal", "config", "language")
def learn(
    given: Given,
    results: Annotated[list[Path], typer.Argument(metavar="RESULT…", help="Results of earlier runs.")],
) -> None:
    """Take the FreedomIDs that stand in result files back into the journal; what it knows otherwise is told, exit 1."""
    settings = settings_from(given)
    names = ", ".join(path.name for path in results)
    begin("learn", Text("reading the FreedomIDs of {names}", names=names))
    from importer.cli.live_bar import watching  # noqa: PLC0415 (drawing loads here)

    contradicted = False
    for path in results:
        with watching(settings) as watch:
            with loading():
                from importer.operations.learn import learn as learn_from  # noqa: PLC0415 (pandas loads here)
            learnt = learn_from(path, settings, watch)
        typer.echo(f"{path.name}: " + "\n".join(map(spoken, learnt.lines())))
        contradicted |= bool(learnt.contradictions)
    raise typer.Exit(int(contradicted))


@takes("config", "language")
def copy(
    given: Given,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Journal, like sqlite:///path.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An empty one, like postgresql://host/database.")],
) -> None:
    """Copy history and ledger of a journal into an empty one, of either kind."""
    _copy(given, "copy", source, target)


@takes("journal", "config", "language")
def backup(
    given: Given,
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A new file, like journal.tar.gz.")],
) -> None:
    """Write the journal with its key and the copies of the inputs into one private file: keep it as safe as those."""
    _copy(given, "backup", archive)


@takes("journal", "config", "language")
def restore(
    given: Given,
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="What importer journal backup wrote.")],
) -> None:
    """Bring a backup back into an empty journal, of either kind."""
    _copy(given, "restore", archive)


def _copy(given: Given, command: str, *places: str | Path) -> None:
    settings = settings_from(given)
    begin(command, Text("copying the journal"))
    from importer.cli.live_bar import watching  # noqa: PLC0415 (drawing loads here)

    with watching(settings) as watch:
        with loading():
            from importer.operations import journal_copies  # noqa: PLC0415 (the journal loads here)
        work: dict[str, Any] = {
            "copy": journal_copies.copy_journal,
            "backup": journal_copies.backup,
            "restore": journal_copies.restore,
        }
        runs = work[command](*places, settings, watch)
    typer.echo(spoken(counted("{count:,} run copied", "{count:,} runs copied", runs)))
