"""Who owned an import last, on a server: one that lost its lock is told, also where the other one is gone again."""

import secrets

from sqlalchemy import Connection, delete, insert, select

from importer.journal.database.shared_tables import OWNERS


class LastOwner:
    """A process that owns imports (their identities), by a number of its own; all in the block of a transaction."""

    def __init__(self) -> None:
        self._number = secrets.token_hex(8)

    def begin(self, connection: Connection, identity: str) -> None:
        """It is the last one from now on."""
        connection.execute(delete(OWNERS).where(OWNERS.c.identity == identity))
        connection.execute(insert(OWNERS).values(identity=identity, number=self._number))

    def is_last(self, connection: Connection, identity: str) -> bool:
        """Whether nobody else has begun since."""
        last = select(OWNERS.c.number).where(OWNERS.c.identity == identity)
        return bool(connection.execute(last).scalar() == self._number)

    def end(self, connection: Connection, identity: str) -> None:
        """Nothing is kept of it."""
        connection.execute(delete(OWNERS).where(OWNERS.c.identity == identity, OWNERS.c.number == self._number))
