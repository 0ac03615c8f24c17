"""An output whose books don't balance replaces nothing: it goes beside what was written before.

Whether they do is certain only when every row has been joined with its outcome, an output that a later run took IDs
from included. So it is asked when the files are complete and none can be seen yet; where something else stands in their
place they are written once more, under a new name. That costs time where it happens, and nobody else any.
"""

from collections.abc import Callable

from importer.model import Cause, repeated_ids
from importer.progress import Watch
from importer.reporting.output_place import OutputPlace
from importer.reporting.report import Report


class _ElsewhereError(Exception):
    """It goes to another place than it was to."""

    def __init__(self, placed: OutputPlace) -> None:
        super().__init__()
        self.placed = placed


def write_beside(
    placed: OutputPlace, write: Callable[..., Report], beside: Callable[[], OutputPlace], watch: Watch
) -> Report:
    """Write an output where it was to go; if its books don't balance where ``beside`` says, and ``watch`` is told so.

    ``write`` is ``write_report`` for this run: it takes a place, and ``approve``.
    """

    def approve(causes: tuple[Cause, ...]) -> None:
        if repeated_ids(causes) and (found := beside()).output != placed.output:
            raise _ElsewhereError(found)

    try:
        return write(placed, approve=approve)
    except _ElsewhereError as elsewhere:
        watch.said(elsewhere.placed.sentence)
        return write(elsewhere.placed)
