"""The first update to an address is one row, and then a person looks.

Whether the API keeps the fields that an update leaves out is not documented. If it clears them, a night of updates
would clear them for everybody who has changed.
"""

from collections.abc import Callable
from typing import Final

from importer.errors import UpdatesOnTrial
from importer.journal import Journal, Run
from importer.journal.updates import (
    UpdateTrial,
    are_waiting,
    count_waiting,
    first_updated,
    note_trial,
    refuse_outdated,
    trial_of,
)
from importer.messages.text import Text
from importer.progress import Watch
from importer.settings import Settings

LOOK: Final = Text(
    "Whether the API keeps the fields that an update leaves out is not documented: look that user up in Freedom ID. "
    "The fields that import_note names must be new, and all others as they were. If so, give the same command with "
    "--accept-updates, once for this address; if not, do not use --update."
)


def send_on_trial(
    journal: Journal, run: Run, settings: Settings, send: Callable[[int | None], None], watch: Watch
) -> None:
    """Send what a planned run has left, its updates only as far as a person has said that the address takes them.

    ``send`` sends, with so many updates at most (None: all).

    Raises:
        UpdatesOnTrial: The first update was sent, or updates wait for somebody to look at it.
    """
    if settings.accept_updates and (settings.update or are_waiting(journal, run)):
        note_trial(journal, run.api, UpdateTrial.ACCEPTED)
    refuse_outdated(journal, run)
    if not are_waiting(journal, run) or trial_of(journal, run.api) is UpdateTrial.ACCEPTED:
        send(None)
        return
    before, waiting = _trial(journal, run), count_waiting(journal, run)
    try:
        send(1 if before is UpdateTrial.NONE else 0)
    finally:
        after = _trial(journal, run)
    if watch.interrupted or (after is UpdateTrial.NONE and count_waiting(journal, run) == waiting):
        return  # --limit may end before the first update
    if after is UpdateTrial.NONE:
        raise UpdatesOnTrial(
            Text(
                "the first update was not made (import_error says why), and no other was sent; the same "
                "command sends the next one"
            )
        )
    row = first_updated(journal, run)
    where = Text("in row {row}", row=row) if row else Text("by an earlier run")
    raise UpdatesOnTrial("one user was updated, {where}, and no more for now. {look}", where=where, look=LOOK)


def _trial(journal: Journal, run: Run) -> UpdateTrial:
    """How far the address is; also where a kill came before that was noted."""
    trial = trial_of(journal, run.api)
    if trial is UpdateTrial.NONE and first_updated(journal, run) is not None:
        note_trial(journal, run.api, UpdateTrial.SENT)
        return UpdateTrial.SENT
    return trial
