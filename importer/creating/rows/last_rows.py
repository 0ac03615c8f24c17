"""Rows that an earlier command waited for in vain: with the next one, a few of them are taken to fail by themselves."""

from typing import TYPE_CHECKING, Final

from importer.model import Status

if TYPE_CHECKING:
    from importer.journal import Journal, Run

FEW: Final = 20
"""Rows with an answer of the API for each row left, at least, for these to be few: an outage seldom begins so late."""

ANSWERED: Final = frozenset({Status.CREATED, Status.EXISTS, Status.UNCONFIRMED, Status.UPDATED, Status.REJECTED})


def remember_waiting(journal: "Journal", run: "Run") -> None:
    """Note that the command waited for the API as long as it may, and how many rows it left."""
    left = journal.unfinished_span(run.id)[0]
    journal.update_run(run.id, settings={**run.settings, "waited_for": left})


def are_last_ones(journal: "Journal", run: "Run") -> bool:
    """Whether an earlier command waited in vain for these very rows, and they are few among those with an answer."""
    left = journal.unfinished_span(run.id)[0] if "waited_for" in run.settings else 0
    if not left or left != run.settings["waited_for"]:
        return False
    counts = journal.counts(run.id)
    return left * FEW <= sum(counts.get(status, 0) for status in ANSWERED)
