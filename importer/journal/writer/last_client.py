"""Which command worked on a run last, on a server: one that lost it is told, also where the other one is gone again."""

import secrets

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from importer.errors import AlreadyRunning
from importer.journal.database.shared_tables import CLIENTS
from importer.messages.text import Text


class LastClient:
    """One that works on a run (its number), whose lock is held by this process."""

    def __init__(self, run: int) -> None:
        self._run, self._number = run, secrets.token_hex(8)

    def begin(self, connection: Connection) -> None:
        """It is the last one from now on. In the block of a transaction, as the other two."""
        connection.execute(delete(CLIENTS).where(CLIENTS.c.run == self._run))
        connection.execute(insert(CLIENTS).values(run=self._run, number=self._number))

    def refuse_overtaken(self, connection: Connection) -> None:
        """Raise AlreadyRunning where another one has begun since."""
        last = select(CLIENTS.c.number).where(CLIENTS.c.run == self._run)
        if connection.execute(last).scalar() != self._number:
            told = Text(
                "The connection to the database was lost, and meanwhile another command went on with this import. "
                "Nothing more is sent by this command."
            )
            raise AlreadyRunning(told)

    def end(self, connection: Connection) -> None:
        """Nothing is kept of it."""
        connection.execute(delete(CLIENTS).where(CLIENTS.c.run == self._run, CLIENTS.c.number == self._number))
