"""The output of a run again, from its own copy of the input and the journal."""

import time
from functools import partial
from pathlib import Path

from importer.errors import BooksDontBalance
from importer.journal import Journal
from importer.journal.outputs import run_has_written
from importer.journal.upkeep import damage_of
from importer.messages.language import speaking
from importer.model import Summary
from importer.planning.input_copy import reopen_source
from importer.planning.run_identity import language_of_run, planned_run
from importer.planning.source import closing_source
from importer.progress import Watch
from importer.reporting.manifest import write_manifest
from importer.reporting.placement import WrittenBefore, place
from importer.reporting.report import collect_report, write_report
from importer.reporting.summary import summarise
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
        with closing_source(reopen_source(journal, known, watch)) as source:
            if not files:
                return summarise("report", known, source, collect_report(journal, known, source, watch), began)
            original = beside or Path(known.settings["input"])
            earlier = WrittenBefore(
                partial(run_has_written, journal, known.id)
            )  # another run's stays, its manifest or not
            placed = place(original, source, settings, earlier, only_of=known.id)
            if placed.reason:
                watch.said(placed.remark)
            damage = damage_of(journal)
            if damage is not None and placed.output.exists():
                raise BooksDontBalance(
                    "{damage} {output} was left as it is; -o NEW writes what can be read.",
                    damage=damage.sentence,
                    output=placed.output,
                )
            with speaking(language_of_run(known, settings)):
                made = write_report(journal, known, source, placed.output, placed.rejected, watch, salvage=True)
            write_manifest(placed.output, known, source, made)
            if damage is not None:
                raise BooksDontBalance(
                    "{damage} {output} was written from what can be read.",
                    damage=damage.sentence,
                    output=placed.output,
                )
            return summarise("report", known, source, made, began)
