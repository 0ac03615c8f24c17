"""Outcomes that come late: kept apart while the server was gone, or of a worker that had lost its claim."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from importer.journal.commits.commit_group import CommitGroup
from importer.journal.database.tables import ROWS
from importer.journal.states import WHEN_CONFIRMED, WHEN_FINISHED, RowState, state_of
from importer.messages.text import Text, joined
from importer.model import Outcome

LATE: Final = Text("in doubt at first; the answer that created the user came late")
"""The note of a row that had ended without it: what was said of it then holds no more."""


def still_open(connection: Connection, run: int, outcomes: Sequence[tuple[int, Outcome]]) -> list[CommitGroup]:
    """Of outcomes that come late, those that may still be recorded: of rows that were started, or that are in doubt."""
    rows = [row for row, _ in outcomes]
    found = connection.execute(select(ROWS.c.row, ROWS.c.state).where(ROWS.c.run == run, ROWS.c.row.in_(rows)))
    states = {row: RowState(state) for row, state in found if state in set(RowState)}
    ending, confirming = CommitGroup(), CommitGroup(confirming=True)
    for row, outcome in outcomes:
        state = states.get(row)
        if state is None:
            continue
        if state_of(outcome) in WHEN_FINISHED.get(state, ()):
            ending.finish(row, outcome)
        elif WHEN_CONFIRMED.get(state) == state_of(outcome):
            confirming.finish(
                row, outcome._replace(note=joined([LATE, outcome.note] if outcome.note else [LATE], "; "))
            )
    return [group for group in (ending, confirming) if group]
