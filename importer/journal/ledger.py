"""The ledger: which phone has which FreedomID on which API, across all runs.

See ``tables.ARRIVALS`` for why it is two tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Executable, Table, bindparam, delete, exists, func, insert, select

from importer.journal import sqlite
from importer.journal.engine import Database, transaction
from importer.journal.faults import translated
from importer.journal.keys import PhoneKeys, id_from_bytes, load_key
from importer.journal.runs import api_number
from importer.journal.tables import ARRIVALS, ARRIVED, IN_DOUBT, LEDGER, ROWS, RUNS

_FOLDED_AT_ONCE: Final = 5000
"""Rows entered in one transaction: others wait for it, some 10 ms, 200 ms at worst in a ledger of millions."""

_LOOKED_UP_AT_ONCE: Final = 1000

_REMEMBERED: Final = 100_000
"""Entries of other runs that a sending run keeps in memory."""

_ENTRY: Final = ("api", "phone", "freedom_id", "run", "row", "at")

_LAST: Final = select(func.max(ARRIVALS.c.number))

_ENTRIES: Final = (
    select(RUNS.c.api, ROWS.c.phone, ROWS.c.freedom_id, ARRIVALS.c.run, ARRIVALS.c.row, ARRIVALS.c.at)
    .join_from(ARRIVALS, RUNS, RUNS.c.number == ARRIVALS.c.run)
    .join(ROWS, (ROWS.c.run == ARRIVALS.c.run) & (ROWS.c.row == ARRIVALS.c.row))
    .where(ROWS.c.phone.is_not(None), ROWS.c.freedom_id.is_not(None))
)

_OF_OTHERS: Final = _ENTRIES.where(
    ARRIVALS.c.number > bindparam("seen"), ARRIVALS.c.number <= bindparam("last"), ARRIVALS.c.run != bindparam("own")
).order_by(ARRIVALS.c.number)

_SORT: Final = insert(ARRIVED).from_select(_ENTRY, _ENTRIES.order_by(RUNS.c.api, ROWS.c.phone, ARRIVALS.c.number))

_SORTED: Final = (
    select(*(ARRIVED.c[name] for name in _ENTRY))
    .where(ARRIVED.c.number.between(bindparam("first"), bindparam("last")))
    .order_by(ARRIVED.c.number)
)

_UPSERT: Final = sqlite.upsert(LEDGER).from_select(_ENTRY, _SORTED)

_ENTER: Final = _UPSERT.on_conflict_do_update(
    index_elements=[LEDGER.c.api, LEDGER.c.phone],
    set_={name: _UPSERT.excluded[name] for name in ("freedom_id", "run", "row", "at")},
    where=_UPSERT.excluded["at"] >= LEDGER.c.at,
)

_FORGET: Final = delete(ARRIVALS).where(ARRIVALS.c.number <= bindparam("last"))

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
    """The ledger of one journal.

    Args:
        database: The journal's file.
        key_path: Where the key of its hashes lies; read when first needed.
        fingerprint: Of the key that it must be.
    """

    def __init__(self, database: Database, key_path: Path, fingerprint: str) -> None:
        self._database = database
        self._key_path = key_path
        self._fingerprint = fingerprint
        self._keys: PhoneKeys | None = None
        self._reader: Connection | None = None
        self._followed: Following | None = None
        self._apis: dict[str, int] = {}

    def close(self) -> None:
        """Close what it holds open of its own."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def keys(self) -> PhoneKeys:
        """Give the hasher of phones.

        Raises:
            UsageError: The key file is missing.
            BooksDontBalance: It is another journal's.
        """
        if self._keys is None:
            with translated(self._key_path):
                self._keys = load_key(self._key_path, self._fingerprint)
        return self._keys

    def known(self, api: str, phones: Sequence[str]) -> dict[str, str]:
        """Give phone → FreedomID; see ``Journal.known``."""
        number = self._api_number(api)
        if number is None or not phones:
            return {}
        arrived = self._arrived()
        with self.reading() as connection:
            held = [table for table in self.tables if _holds_any(connection, table, number)]
            if not held and not arrived:
                return {}
            by_hash = {self.keys().of(phone): phone for phone in phones if phone}
            found = {by_hash[key]: arrived[number, key] for key in by_hash if (number, key) in arrived}
            for table in held:
                found.update((by_hash[key], known) for key, known in _look_up(connection, table, number, by_hash))
            return found

    def knows_any(self, api: str) -> bool:
        """Whether a phone of this API is known, as ``known`` would look it up."""
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
                _fold(connection)

    @property
    def tables(self) -> Sequence[Table]:
        """Where phones are looked up: who may not sort in what arrived looks there, too."""
        return (LEDGER, ARRIVED) if self._database.read_only else (LEDGER,)

    def _arrived(self) -> dict[tuple[int, bytes], str]:
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
        with translated(self._database.path):
            if self._reader is None:
                self._reader = self._database.engine.connect()
                with transaction(self._reader, writing=False):
                    _sort(self._reader)
            with transaction(self._reader, writing=False):
                yield self._reader


class Following:
    """What other runs entered since this one began to send: read on from where it was left, never written.

    A run asks for a phone when the API calls it taken, in the midst of its traffic: sorting what arrived into the
    ledger then would make the event loop wait for the disk. A row of its own can't be what it looks for.

    Args:
        run: The number of the run that is sending.
    """

    def __init__(self, run: int) -> None:
        self._run = run
        self._seen = 0
        self.arrived: dict[tuple[int, bytes], str] = {}

    def catch_up(self, connection: Connection) -> bool:
        """Read what is new; True when it has become too much to be remembered and is better folded."""
        last = connection.execute(_LAST).scalar()
        if last is not None and last > self._seen:
            for entry in connection.execute(_OF_OTHERS, {"seen": self._seen, "last": last, "own": self._run}):
                self.arrived[entry.api, entry.phone] = id_from_bytes(entry.freedom_id)
            self._seen = last
        return len(self.arrived) > _REMEMBERED


def _holds_any(connection: Connection, table: Table, api: int) -> bool:
    """Whether LEDGER or ARRIVED has a phone for an API."""
    return bool(connection.execute(select(exists().where(table.c.api == api))).scalar())


def _look_up(connection: Connection, table: Table, api: int, hashes: Iterable[bytes]) -> Iterator[tuple[bytes, str]]:
    """Give (phone hash, FreedomID) of those that a table has, of the same phone the newest last."""
    among = select(table.c.phone, table.c.freedom_id).where(table.c.api == api, table.c.phone.in_(bindparam("phones")))
    statement = among if table is LEDGER else among.order_by(table.c.number)
    ordered = iter(sorted(hashes))  # neighbours share pages
    while some := list(islice(ordered, _LOOKED_UP_AT_ONCE)):
        for phone, freedom_id in connection.execute(statement, {"phones": some}):
            yield phone, id_from_bytes(freedom_id)


def _sort(connection: Connection) -> None:
    """Make ARRIVED on a connection, of what has arrived until now; in the block of a transaction."""
    ARRIVED.drop(connection, checkfirst=True)
    ARRIVED.create(connection, checkfirst=False)
    connection.execute(_SORT)


def _fold(connection: Connection) -> None:
    """Enter all arrivals. Safe to be killed at any moment, and to run in several processes at once."""
    with transaction(connection, writing=False):
        last = connection.execute(_LAST).scalar()
        if last is None:
            return
        _sort(connection)
        count = connection.execute(select(func.count()).select_from(ARRIVED)).scalar_one()
    for first in range(1, count + 1, _FOLDED_AT_ONCE):
        _at_once(connection, _ENTER, {"first": first, "last": first + _FOLDED_AT_ONCE - 1})
    with transaction(connection, writing=False):
        ARRIVED.drop(connection)
        left = connection.execute(select(func.min(ARRIVALS.c.number))).scalar()
    for end in range((left or last) + _FOLDED_AT_ONCE, last + _FOLDED_AT_ONCE, _FOLDED_AT_ONCE):
        _at_once(connection, _FORGET, {"last": min(end, last)})


def _at_once(connection: Connection, statement: Executable, values: dict[str, Any]) -> None:
    with transaction(connection):
        connection.execute(statement, values)
