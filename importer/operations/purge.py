"""``importer purge``: what old runs need no longer, personal data above all."""

from datetime import UTC, datetime, timedelta

from importer.errors import UsageError
from importer.journal import Journal
from importer.settings import Settings


def purge(older_than: str, settings: Settings) -> list[str]:
    """Remove input copies and texts with personal data of runs not touched for so long; keep the ledger.

    Args:
        older_than: A number of days like ``90d``.
        settings: Where the journal is.

    Returns:
        The ids of the purged runs.

    Raises:
        UsageError: not a number of days.
    """
    if not older_than.endswith("d") or not older_than[:-1].isdigit():
        raise UsageError(f"--older-than {older_than!r}: expected a number of days like 90d")
    if not Journal.exists(settings.journal_location):
        return []
    with Journal.open(settings.journal_location) as journal:
        return journal.purge(datetime.now(UTC) - timedelta(days=int(older_than[:-1])))
