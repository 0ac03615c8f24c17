"""The ledger: which phone has which FreedomID on which API, across all runs.

See ``tables.ARRIVALS`` for why it is two tables, and ``ledger_arrivals`` for the second.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Table, and_, bindparam, exists, select, true

from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database, transaction
from importer.journal.database.portions import portions
from importer.journal.database.tables import ARRIVED, IN_DOUBT, LEDGER, ROWS, RUNS
from importer.journal.integrity.keys import JournalKeys, id_to_bytes
from importer.journal.integrity.macs import is_sound, unsound
from importer.journal.ledger.ledger_arrivals import Following, fold, sort, user_of
from importer.journal.runs import api_number
from importer.messages.text import Text
from importer.model import KnownUser

_LOOKED_UP_AT_ONCE: Final = 1000

_IDS_AT_ONCE: Final = 30_000
"""SQLite takes 32,766 values in a statement."""

_DOUBTFUL: Final = (
    select(ROWS.c.row)
    .join_from(ROWS, RUNS, RUNS.c.number == ROWS.c.run)
    .where(
        ROWS.c.phone == bindparam("phone"),
        IN_DOUBT,
        RUNS.c.api == bindparam("api"),
        (ROWS.c.run != bindparam("own_run")) | (ROWS.c.row != bindparam("own_row")),
    )
    .limit(1)
)


class Ledger:
    """The ledger of one journal."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reader: Connection | None = None
        self._followed: Following | None = None
        self._apis: dict[str, int] = {}

    def close(self) -> None:
        """Close what it holds open of its own."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def keys(self) -> JournalKeys:
        """Give the hasher of phones; see ``Database.keys``."""
        return self._database.keys()

    def users(self, api: str, phones: Sequence[str]) -> dict[str, KnownUser]:
        """Give phone → user of those that are known; else as ``Journal.known``."""
        number = self._api_number(api)
        if number is None or not phones:
            return {}
        arrived = self._arrived()
        with self.reading() as connection:
            held = [table for table in self.tables if _holds_any(connection, table, number)]
            if not held and not arrived:
                return {}
            by_hash = {self.keys().of(phone): phone for phone in phones if phone}
            found: dict[bytes, KnownUser] = {}
            entered = [user for table in held for user in _look_up(connection, table, number, by_hash)]
            for user in (*entered, *(arrived[number, key] for key in by_hash if (number, key) in arrived)):
                before = found.get(user.phone, user)
                if user.at >= before.at or user.run > before.run:  # as it will be sorted in
                    found[user.phone] = user
            # the user of an empty one has another phone by now
            return {by_hash[key]: user for key, user in found.items() if user.freedom_id}

    def users_of(self, api: str, freedom_ids: Sequence[str]) -> dict[str, KnownUser]:
        """Give FreedomID → user of those that are known.

        A look through the whole ledger (a second for some millions): it is asked for IDs that changed hands only.
        """
        number = self._api_number(api)
        wanted = [stored for freedom_id in freedom_ids if (stored := id_to_bytes(freedom_id))]
        if number is None or not freedom_ids:
            return {}
        self.fold()
        found: dict[str, KnownUser] = {}
        for some in portions(wanted, _IDS_AT_ONCE):
            with self.reading() as connection:
                for table in self.tables:
                    sound = is_sound(table) if table is LEDGER else true()
                    matching = and_(table.c.api == number, table.c.freedom_id.in_(some), sound)
                    users = map(user_of, connection.execute(select(table).where(matching)))
                    found |= {user.freedom_id: user for user in users}
        return found

    def knows_any(self, api: str) -> bool:
        """Whether a phone of this API is known, as ``users`` would look it up."""
        number = self._api_number(api)
        if number is None:
            return False
        arrived = self._arrived()
        with self.reading() as connection:
            return bool(arrived) or any(_holds_any(connection, table, number) for table in self.tables)

    def follow(self, run: int | None) -> None:
        """While rows of a run are in flight, see what other runs enter, and write nothing; None: no more."""
        self._followed = None if run is None else Following(run)

    def in_doubt(self, api: str, phone: str, run: int, row: int) -> bool:
        """Whether a row but this one may have created the phone; see ``Journal.in_doubt``."""
        values = {"phone": self.keys().of(phone), "api": self._api_number(api), "own_run": run, "own_row": row}
        with self._database.reading() as connection:
            return connection.execute(_DOUBTFUL, values).first() is not None

    def fold(self) -> None:
        """Sort what arrived into the ledger, unless the journal is read-only."""
        if not self._database.read_only:
            with self._database.connected() as connection:
                fold(connection)

    @property
    def tables(self) -> Sequence[Table]:
        """Where phones are looked up: who may not sort in what arrived looks there, too."""
        return (LEDGER, ARRIVED) if self._database.read_only else (LEDGER,)

    def _arrived(self) -> dict[tuple[int, bytes], KnownUser]:
        """What other runs have entered while this one is sending; without one, it is sorted in."""
        if self._followed is None:
            self.fold()
            return {}
        with self._database.reading() as connection:
            too_much = self._followed.catch_up(connection)
        if too_much:
            self.fold()
            self._followed.arrived.clear()
        return self._followed.arrived

    def _api_number(self, address: str) -> int | None:
        if address not in self._apis:
            with self._database.reading() as connection:
                number = api_number(connection, address)
            if number is None:
                return None
            self._apis[address] = number
        return self._apis[address]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that has the tables of ``tables``; of a read-only journal always the same one."""
        if not self._database.read_only:
            with self._database.reading() as connection:
                yield connection
            return
        with journal_errors(self._database.location):
            if self._reader is None:
                self._reader = self._database.connect().execution_options(journal_sorts=True)
                with transaction(self._reader, writing=False):
                    sort(self._reader)
            with transaction(self._reader, writing=False):
                yield self._reader


def _holds_any(connection: Connection, table: Table, api: int) -> bool:
    """Whether LEDGER or ARRIVED has a phone for an API."""
    return bool(connection.execute(select(exists().where(table.c.api == api))).scalar())


def _look_up(connection: Connection, table: Table, api: int, hashes: Iterable[bytes]) -> Iterator[KnownUser]:
    """Give the users that a table has, of the same phone the newest last."""
    told = [table.c[name] for name in ("phone", "freedom_id", "prints", "run", "at", "row")]
    among = select(*told, is_sound(LEDGER if table is LEDGER else ROWS).label("sound"))
    among = among.where(table.c.api == api, table.c.phone.in_(bindparam("phones")))
    entered = and_(ROWS.c.run == ARRIVED.c.run, ROWS.c.row == ARRIVED.c.row)
    statement = among if table is LEDGER else among.join_from(ARRIVED, ROWS, entered).order_by(ARRIVED.c.number)
    damaged = []
    for some in portions(sorted(hashes), _LOOKED_UP_AT_ONCE):  # neighbours share pages
        for found in connection.execute(statement, {"phones": some}):
            if not found.sound:
                damaged.append(found.row)
            else:
                yield user_of(found)
    if damaged:
        raise unsound(Text("FreedomIDs of earlier runs"), damaged)
