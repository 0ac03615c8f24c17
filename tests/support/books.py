"""Whether the books of a run balance, asked of an open journal."""

from importer.journal import Journal
from importer.journal.audit import Audit


def contradictions(journal: Journal, run_id: str) -> list[str]:
    """A sentence for each contradiction in a run's books; none: they balance."""
    journal.ledger.fold()
    return list(Audit(journal.database, *journal.numbers_of(run_id)).contradictions())
