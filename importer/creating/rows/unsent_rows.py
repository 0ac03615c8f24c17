"""Rows that a command left unsent: why, so that the output can name each row's own cause at any time; and how many.

Where it waited for them in vain and they are few, the next command takes them to fail by themselves.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from importer.errors import AlreadyRunning, ApiSilent, Stopped, StorageFailed
from importer.messages.text import Text, as_record
from importer.model import Status
from importer.progress import Watch

if TYPE_CHECKING:
    from importer.journal import Journal, Run

FEW: Final = 20
"""Rows with an answer of the API for each row left, at least, for these to be few: an outage seldom begins so late."""

ANSWERED: Final = frozenset({Status.CREATED, Status.EXISTS, Status.UNCONFIRMED, Status.UPDATED, Status.REJECTED})


@contextmanager
def remembered_end(
    journal: "Journal", run: "Run", watch: Watch, left: Mapping[int, str], limit: int | None
) -> Iterator[None]:
    """Note how the block ended that sends a run's rows: why before the last one, if so, and whether it waited in vain.

    ``left``: causes of rows of their own, filled in meanwhile. ``limit``: rows that were to be sent at most. Of a run
    that another process has by now nothing is noted: it ends as that one says.
    """
    reason: str | None = ""
    try:
        yield
        if limit:
            reason = Text("--limit {limit:,} was reached; the same command without it sends the others", limit=limit)
        if watch.interrupted:
            reason = Text("the command was asked to end")
    except AlreadyRunning:
        reason = None
        raise
    except Stopped as exc:
        reason = exc.sentence
        if isinstance(exc, ApiSilent):
            left_at_the_end = journal.unfinished_span(run.id)[0]
            journal.update_run(run.id, settings={**run.settings, "waited_for": left_at_the_end})
        raise
    finally:
        if reason is not None:
            with suppress(StorageFailed, AlreadyRunning):  # a full disk is why it ended; the other one is met again
                remember_left(journal, run, reason, left)


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


def are_last_rows(journal: "Journal", run: "Run") -> bool:
    """Whether an earlier command waited in vain for these very rows, and they are few among those with an answer."""
    left = journal.unfinished_span(run.id)[0] if "waited_for" in run.settings else 0
    if not left or left != run.settings["waited_for"]:
        return False
    counts = journal.counts(run.id)
    return left * FEW <= sum(counts.get(status, 0) for status in ANSWERED)


def has_worked(run: "Run") -> bool:
    """Whether the address has answered rows of the run when an earlier command ended."""
    return any(run.counts.get(status) for status in ANSWERED)
