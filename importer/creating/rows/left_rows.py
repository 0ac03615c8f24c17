"""Why rows were left unsent: kept with the run, so that its output can name each row's own cause at any time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from importer.messages.text import as_record

if TYPE_CHECKING:
    from importer.journal import Journal, Run


def remember_left(journal: "Journal", run: "Run", reason: str, rows: Mapping[int, str]) -> None:
    """Note why a run ended before its last row: ``reason``, and of some ``rows`` a cause of their own.

    An empty ``reason``: it did not, and what an earlier command noted is forgotten.
    """
    current = journal.get_run(run.id).settings
    if not reason and "left" not in current:
        return
    left = (
        {"reason": as_record(reason), "rows": {str(row): as_record(cause) for row, cause in sorted(rows.items())}}
        if reason
        else {}
    )
    journal.update_run(run.id, settings={**current, "left": left})
