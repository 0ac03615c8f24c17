"""Insert, or update what is there: one statement for both databases.

SQLite took the words over from PostgreSQL, and SQLAlchemy's construct for the latter compiles for either.
"""

from sqlalchemy.dialects.postgresql import insert as upsert

__all__ = ["upsert"]
