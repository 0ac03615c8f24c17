"""What the writer is told by those who wait for it, and how they hear of it."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from importer.errors import ImporterError
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


def settled(futures: Sequence[tuple[Waiting, Held | None]], failure: ImporterError | None) -> None:
    """On the loop: wake those who wait."""
    for future, held in futures:
        if future.done():  # its task was cancelled meanwhile; what it noted is written all the same
            continue
        if failure is None:
            future.set_result(held)
        else:
            future.set_exception(again(failure))


def again(failure: ImporterError) -> ImporterError:
    """Copy a failure: each task that raises one adds its own traceback to it."""
    copy = type(failure)(*failure.args)
    copy.__cause__ = failure.__cause__
    return copy
