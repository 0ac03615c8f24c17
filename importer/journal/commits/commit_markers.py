"""Whether a commit came through whose answer was lost with the connection: on a server, each leaves a note.

PostgreSQL could be asked for the number of the transaction, but after a crash it gives the same numbers again: that of
a commit that was lost with it may be another one's by then.
"""

import secrets
from typing import Final

from sqlalchemy import Connection, delete, select

from importer.journal.database.shared_tables import COMMITS, NOW
from importer.journal.database.upsert import upsert

_UPSERT: Final = upsert(COMMITS).values(at=NOW)
_NOTE: Final = _UPSERT.on_conflict_do_update(
    index_elements=[COMMITS.c.writer], set_={name: _UPSERT.excluded[name] for name in ("number", "at")}
)

_KEPT: Final = 86_400.0
"""Seconds for which the note of a writer that was killed is kept: nobody asks for it any more."""


class NotedCommits:
    """The commits of one writer, one after the other."""

    def __init__(self) -> None:
        self._writer, self._number = secrets.token_hex(8), 0

    def note(self, connection: Connection) -> None:
        """Leave a note in the transaction that has begun."""
        self._number += 1
        connection.execute(_NOTE, {"writer": self._writer, "number": self._number})

    def is_there(self, connection: Connection) -> bool:
        """Whether the last note came through; in a write transaction, so what it belonged to is over."""
        found = select(COMMITS.c.number).where(COMMITS.c.writer == self._writer)
        return self._number > 0 and connection.execute(found).scalar() == self._number

    def forget(self, connection: Connection) -> None:
        """Take away the writer's note, and what killed ones left."""
        connection.execute(delete(COMMITS).where((COMMITS.c.writer == self._writer) | (COMMITS.c.at < NOW - _KEPT)))
