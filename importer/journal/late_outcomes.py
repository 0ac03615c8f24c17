"""Outcomes that come late: kept apart while the server was gone, or of a worker that had lost its claim."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from importer.journal.commit_group import CommitGroup
from importer.journal.states import STATE_OF, WHEN_CONFIRMED, WHEN_FINISHED, RowState
from importer.journal.tables import ROWS
from importer.model import Outcome


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
        if STATE_OF[outcome.status] in WHEN_FINISHED.get(state, ()):
            ending.finish(row, outcome)
        elif WHEN_CONFIRMED.get(state) == STATE_OF[outcome.status]:
            confirming.finish(row, outcome)
    return [group for group in (ending, confirming) if group]
