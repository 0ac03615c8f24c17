"""Rows that a command left unsent: why, so that the output can name each row's own cause at any time; and how many.

Where it waited for them in vain and they are few, the next command takes them to fail by themselves.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from importer.messages.text import as_record
from importer.model import Status

if TYPE_CHECKING:
    from importer.journal import Journal, Run

FEW: Final = 20
"""Rows with an answer of the API for each row left, at least, for these to be few: an outage seldom begins so late."""

ANSWERED: Final = frozenset({Status.CREATED, Status.EXISTS, Status.UNCONFIRMED, Status.UPDATED, Status.REJECTED})


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


def remember_waiting(journal: "Journal", run: "Run") -> None:
    """Note that the command waited for the API as long as it may, and how many rows it left."""
    left = journal.unfinished_span(run.id)[0]
    journal.update_run(run.id, settings={**run.settings, "waited_for": left})


def are_last_rows(journal: "Journal", run: "Run") -> bool:
    """Whether an earlier command waited in vain for these very rows, and they are few among those with an answer."""
    left = journal.unfinished_span(run.id)[0] if "waited_for" in run.settings else 0
    if not left or left != run.settings["waited_for"]:
        return False
    counts = journal.counts(run.id)
    return left * FEW <= sum(counts.get(status, 0) for status in ANSWERED)
