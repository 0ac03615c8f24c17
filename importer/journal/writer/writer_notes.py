"""What the writer is told by those who wait for it, and how they hear of it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from importer.errors import ImporterError
from importer.journal.ledger.ledger_writes import UnderWay
from importer.journal.states import Held
from importer.model import Outcome

Waiting = asyncio.Future[Held | None]


class Note(NamedTuple):
    """What the writer is told of a row: no outcome means started; nobody waiting and no outcome, released.

    A text in the place of the row is a FreedomID to be taken back.
    """

    row: int | str
    outcome: Outcome | None = None
    waiting: Waiting | None = None
    in_spite: bool = False
    update: UnderWay | None = None


def settled(
    notes: Sequence[Note],
    held: Mapping[Any, Held],
    failure: ImporterError | None,
    lost: ImporterError | None,
) -> None:
    """On the loop: wake those who wait.

    Args:
        notes: What was written, or should have been.
        held: Rows that were not started, though nothing failed, and why.
        failure: Why no row is started any more, if so.
        lost: Why no outcome is kept any more, if so.
    """
    for row, outcome, waiting, *_ in notes:
        if waiting is None or waiting.done():  # its task was cancelled meanwhile; what it noted is written all the same
            continue
        failed = failure if outcome is None else lost
        if failed is None:
            waiting.set_result(held.get(row) if outcome is None else None)
        else:
            waiting.set_exception(again(failed))


def again(failure: ImporterError) -> ImporterError:
    """Copy a failure: each task that raises one adds its own traceback to it."""
    copy = type(failure)(*failure.args)
    copy.__cause__ = failure.__cause__
    return copy
