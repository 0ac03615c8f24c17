"""Rows whose end was told later than by the API: by a person who asked for it."""

from collections.abc import Mapping

from importer.journal.commits.commit_group import CommitGroup
from importer.journal.journal import Journal
from importer.journal.rows.rows import count_again
from importer.journal.states import STATE_OF, WHEN_CONFIRMED
from importer.model import Outcome


def confirm(journal: Journal, run_id: str, outcomes: Mapping[int, Outcome]) -> None:
    """Record what became of rows in doubt (``states.WHEN_CONFIRMED``), all or none; their IDs go into the ledger.

    The journal is open to be written, and the run's lock is held by this process.

    Raises:
        BooksDontBalance: A row is not in doubt. StorageFailed: It cannot be written.
        ValueError: An outcome that no row in doubt ends with.
    """
    group = CommitGroup(confirming=True)
    for row, outcome in outcomes.items():
        if STATE_OF[outcome.status] not in WHEN_CONFIRMED.values():
            raise ValueError(f"a row in doubt cannot be told to be {outcome.status}")
        group.finish(row, outcome)
    with journal.database.writing() as connection:
        group.write(connection, journal.number_of(run_id), int(journal.clock().timestamp()))
        count_again(connection, journal.number_of(run_id))
