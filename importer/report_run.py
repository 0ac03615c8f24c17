"""The output of a run again, from its own copy of the input and the journal."""

import time
from functools import partial
from pathlib import Path

from importer.errors import BooksDontBalance
from importer.journal import Journal
from importer.journal.maintenance import damage_of
from importer.journal.outputs import run_has_written
from importer.messages.language import speaking
from importer.model import Summary
from importer.planning.input_copy import reopen_input
from importer.planning.mapped_input import closing_input
from importer.planning.run_identity import language_of_run, planned_run
from importer.progress import Watch
from importer.reporting.manifest_content import write_manifest
from importer.reporting.output_place import WrittenBefore, place
from importer.reporting.report import collect_report, write_report
from importer.reporting.summary import summarise
from importer.reporting.unbalanced_output import write_beside
from importer.settings import Settings


def report(
    run_prefix: str,
    settings: Settings,
    watch: Watch | None = None,
    *,
    files: bool = True,
    beside: Path | None = None,
) -> Summary:
    """Make the output of a run again, from its own copy of the input and the journal; without ``files`` only count it.

    ``beside`` stands for the original, where the output is not to lie beside that.

    Raises:
        UsageError: no such run, or the output cannot be placed. RefusedFile: the copy is gone.
        BooksDontBalance: input and journal disagree.
    """
    watch, began = watch or Watch(), time.monotonic()
    with Journal.open(settings.journal_location, read_only=True) as journal:
        known = planned_run(journal, run_prefix)
        with closing_input(reopen_input(journal, known, watch)) as mapped:
            if not files:
                return summarise("report", known, mapped, collect_report(journal, known, mapped, watch), began)
            original = beside or Path(known.settings["input"])
            earlier = WrittenBefore(
                partial(run_has_written, journal, known.id)
            )  # another run's stays, its manifest or not
            where = partial(place, original, mapped, settings, earlier, only_of=known.id)
            placed = where()
            if placed.reason:
                watch.said(placed.sentence)
            damage = damage_of(journal)
            if damage is not None and placed.output.exists():
                raise BooksDontBalance(
                    "{damage} {output} was left as it is; -o NEW writes what can be read.",
                    damage=damage.sentence,
                    output=placed.output,
                )
            write = partial(write_report, journal, known, mapped, watch=watch, salvage=True)
            with speaking(language_of_run(known, settings)):
                made = write_beside(placed, write, partial(where, unbalanced=known.id), watch)
            output = made.output or placed.output
            write_manifest(output, known, mapped, made)
            if damage is not None:
                raise BooksDontBalance(
                    "{damage} {output} was written from what can be read.",
                    damage=damage.sentence,
                    output=output,
                )
            return summarise("report", known, mapped, made, began)
