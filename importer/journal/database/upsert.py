"""Insert, or update what is there: one statement for both databases.

SQLite took the words over from PostgreSQL, and SQLAlchemy's construct for the latter compiles for either. To be asked
for where something is written: loading the dialect is a tenth of what ``importer runs`` takes.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Table

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert


def upsert(table: Table) -> "Insert":
    """Give an insertion that takes ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 (a command that only looks goes without)

    return insert(table)
