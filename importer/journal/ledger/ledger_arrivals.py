"""What has arrived since it was last sorted into the ledger's tree: read as it comes, or sorted in, in bulk.

See ``tables.ARRIVALS`` for why the ledger is two tables.
"""

from bisect import bisect
from functools import cache
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, Executable, bindparam, case, delete, func, insert, or_, select

from importer.journal.database.engine import transaction
from importer.journal.database.tables import ARRIVALS, ARRIVALS_AND_ROWS, ARRIVED, LEDGER, OF_ARRIVAL, ROWS, RUNS
from importer.journal.database.upsert import upsert
from importer.journal.integrity.keys import id_from_bytes
from importer.journal.integrity.macs import is_unsound, mac_of, unsound
from importer.messages.text import Text
from importer.model import KnownUser

_FOLDED_AT_ONCE: Final = 5000
"""Rows entered in one transaction: others wait for it, some 10 ms, 200 ms at worst in a ledger of millions."""

_REMEMBERED: Final = 100_000
"""Entries of other runs that a sending run keeps in memory."""

_ENTRY: Final = ("api", "phone", "freedom_id", "run", "row", "at", "prints")

_LAST: Final = select(func.max(ARRIVALS.c.number))

_ENTRIES: Final = (
    select(
        RUNS.c.api,
        ROWS.c.phone,
        ROWS.c.freedom_id,
        ARRIVALS.c.run,
        ARRIVALS.c.row,
        ARRIVALS.c.at,
        ARRIVALS.c.prints,
    )
    .select_from(ARRIVALS_AND_ROWS)
    .where(ROWS.c.phone.is_not(None), ROWS.c.freedom_id.is_not(None))
)

_UNSOUND: Final = select(ROWS.c.row).join_from(ARRIVALS, ROWS, OF_ARRIVAL).where(is_unsound(ROWS)).limit(10)

_OF_OTHERS: Final = _ENTRIES.where(
    ARRIVALS.c.number > bindparam("seen"), ARRIVALS.c.number <= bindparam("last"), ARRIVALS.c.run != bindparam("own")
).order_by(ARRIVALS.c.number)

_SORT: Final = insert(ARRIVED).from_select(_ENTRY, _ENTRIES.order_by(RUNS.c.api, ROWS.c.phone, ARRIVALS.c.number))

_SORTED: Final = (
    select(*(ARRIVED.c[name] for name in _ENTRY), mac_of(LEDGER, ARRIVED.c))
    .where(ARRIVED.c.number.between(bindparam("first"), bindparam("last")))
    .order_by(ARRIVED.c.number)
)

_BEFORE: Final = ARRIVED.alias("before")
_AGAIN: Final = (
    select(ARRIVED.c.number)
    .join(_BEFORE, _BEFORE.c.number == ARRIVED.c.number - 1)
    .where(_BEFORE.c.api == ARRIVED.c.api, _BEFORE.c.phone == ARRIVED.c.phone)
    .order_by(ARRIVED.c.number)
)
"""Where a phone stands that has just been there: PostgreSQL takes a record but once in a statement."""

_FORGET: Final = delete(ARRIVALS).where(ARRIVALS.c.number <= bindparam("last"))


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
        self.arrived: dict[tuple[int, bytes], KnownUser] = {}

    def catch_up(self, connection: Connection) -> bool:
        """Read what is new; True when it has become too much to be remembered and is better folded."""
        last = connection.execute(_LAST).scalar()
        if last is not None and last > self._seen:
            for entry in connection.execute(_OF_OTHERS, {"seen": self._seen, "last": last, "own": self._run}):
                self.arrived[entry.api, entry.phone] = user_of(entry)
            self._seen = last
        return len(self.arrived) > _REMEMBERED


def user_of(entry: Any) -> KnownUser:
    """The user of an entry of the ledger, or of an arrival."""
    return KnownUser(id_from_bytes(entry.freedom_id), entry.phone, entry.prints or b"", entry.run, entry.at)


def sort(connection: Connection) -> None:
    """Make ARRIVED on a connection, of what has arrived until now; in the block of a transaction."""
    ARRIVED.drop(connection, checkfirst=True)
    ARRIVED.create(connection, checkfirst=False)
    connection.execute(_SORT)


def fold(connection: Connection) -> None:
    """Enter all arrivals. Safe to be killed at any moment, and to run in several processes at once."""
    with transaction(connection, writing=False):
        last = connection.execute(_LAST).scalar()
        if last is None:
            return
        if damaged := connection.execute(_UNSOUND).scalars().all():
            raise unsound(Text("users that were created"), damaged)
        sort(connection)
        count = connection.execute(select(func.count()).select_from(ARRIVED)).scalar_one()
        again = connection.execute(_AGAIN).scalars().all()
    for start in range(1, count + 1, _FOLDED_AT_ONCE):
        end = min(start + _FOLDED_AT_ONCE, count + 1)
        starts = [start, *(number for number in again[bisect(again, start) : bisect(again, end - 1)]), end]
        _at_once(connection, _entering(), *({"first": first, "last": after - 1} for first, after in pairwise(starts)))
    with transaction(connection, writing=False):
        ARRIVED.drop(connection)
        left = connection.execute(select(func.min(ARRIVALS.c.number))).scalar()
    for end in range((left or last) + _FOLDED_AT_ONCE - 1, last + _FOLDED_AT_ONCE, _FOLDED_AT_ONCE):
        _at_once(connection, _FORGET, {"last": min(end, last)})


@cache
def _entering() -> Executable:
    """Enter some of ARRIVED. An update leaves a user where it was made: a wrong FreedomID is taken off that row."""
    insertion = upsert(LEDGER).from_select([*_ENTRY, "mac"], _SORTED)
    told = insertion.excluded
    same_user = told.freedom_id == LEDGER.c.freedom_id
    kept = {name: case((same_user, LEDGER.c[name]), else_=told[name]) for name in ("run", "row", "at")}
    mac = mac_of(LEDGER, freedom_id=told.freedom_id, **kept)
    return insertion.on_conflict_do_update(
        index_elements=[LEDGER.c.api, LEDGER.c.phone],
        set_={**kept, "freedom_id": told.freedom_id, "prints": told.prints, "mac": mac},
        # the clock may have been set back since: what a later run says counts, whatever the time
        where=or_(told["at"] >= LEDGER.c.at, told.run > LEDGER.c.run),
    )


def _at_once(connection: Connection, statement: Executable, *values: dict[str, Any]) -> None:
    with transaction(connection):
        for each in values:
            connection.execute(statement, each)
