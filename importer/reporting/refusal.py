"""What a refused file leaves: no older output under its name, and its wrong rows in a file of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from importer.journal.database.location import location_of
from importer.messages.language import speaking
from importer.messages.text import Text
from importer.planning.gates import GateRefusal
from importer.progress import Watch
from importer.reporting.checked_file import write_invalid
from importer.reporting.output_place import set_aside
from importer.settings import Settings
from importer.writing import default_output, rejected_path


def clear_away(path: Path, settings: Settings, watch: Watch) -> None:
    """Rename the older outputs of a file, and say so."""
    for moved in set_aside(path, settings):
        watch.said(Text("the older output is now {name}", name=moved.name))


@contextmanager
def rejected_on_refusal(path: Path, settings: Settings, watch: Watch) -> Iterator[None]:
    """Where the block refuses a file for what is in it: write its invalid rows, the older output out of the way.

    Raises:
        GateRefusal: the block's own; it tells where the rows are.
        StorageFailed: they cannot be written.
    """
    try:
        yield
    except GateRefusal as refusal:
        clear_away(path, settings, watch)
        output = settings.output or default_output(path, refusal.found.mapped.table.dialect)[0]
        runs = location_of(settings.journal_location).runs
        with speaking(settings.spoken_language):
            written = write_invalid(refusal.found, output, rejected_path(output), watch, runs)
        if written is None:
            raise
        told = GateRefusal(
            Text("{why}; the rows to be mended: {path}", why=refusal.sentence, path=written), refusal.found
        )
        told.rejected = str(written)
        raise told from None
