"""One API under several addresses: what was recorded under an older spelling is brought to the one of today.

Older versions took the whole path that creates users for another API than its base: whoever changed ``--url`` from one
to the other lost sight of everybody imported before.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from importer.errors import UsageError
from importer.journal.api_label import label_of
from importer.journal.database.engine import Database
from importer.journal.database.sealed_addresses import unseal
from importer.journal.database.tables import APIS, LEDGER, RUNS
from importer.journal.integrity.macs import is_unsound, mac_of, unsound
from importer.messages.text import Text

_ADDRESSES: Final = select(APIS.c.number, APIS.c.address)
_RENAME: Final = update(APIS).where(APIS.c.number == bindparam("old")).values(address=bindparam("label"))
_REMOVE: Final = delete(APIS).where(APIS.c.number == bindparam("old"))

_TO_NEW: Final = bindparam("new", type_=LEDGER.c.api.type)
_THERE: Final = LEDGER.alias("there")
_DAMAGED: Final = select(LEDGER.c.row).where(LEDGER.c.api == bindparam("old"), is_unsound(LEDGER)).limit(10)
_MOVE: Final = (
    update(LEDGER)
    .where(LEDGER.c.api == bindparam("old"))
    .where(~exists().where(_THERE.c.api == _TO_NEW, _THERE.c.phone == LEDGER.c.phone))
    .values(api=_TO_NEW, mac=mac_of(LEDGER, api=_TO_NEW))
)
_LEFT: Final = delete(LEDGER).where(LEDGER.c.api == bindparam("old"))
"""Phones that are known under both: what was recorded under today's address is newer."""
_RUNS: Final = update(RUNS).where(RUNS.c.api == bindparam("old")).values(api=bindparam("new"))


def join_spellings(database: Database) -> None:
    """Bring runs and ledger of an API under one address, as ``label_of`` spells it; where it is so, a look at a table.

    Raises:
        BooksDontBalance: An entry that had to be moved is not what was written.
    """
    with database.reading() as connection:
        moves = _moves(connection)
    if moves:
        with database.writing() as connection:
            for old, label in _moves(connection):  # another process may have done so meanwhile
                _join(connection, old, label)


def _moves(connection: Connection) -> list[tuple[int, str]]:
    """Number and today's label of the addresses that are spelt otherwise."""
    found = [(number, address, _today(address)) for number, address in connection.execute(_ADDRESSES)]
    return [(number, label) for number, address, label in found if label != address]


def _today(address: str) -> str:
    """An embedded sandbox has a name and no address, and keeps it."""
    try:
        return label_of(address) if address.startswith("http") else address
    except UsageError:
        return address


def _join(connection: Connection, old: int, label: str) -> None:
    unseal(connection, old)
    new = connection.execute(select(APIS.c.number).where(APIS.c.address == label)).scalar()
    if new is None:
        connection.execute(_RENAME, {"old": old, "label": label})
        return
    if damaged := connection.execute(_DAMAGED, {"old": old}).scalars().all():
        raise unsound(Text("FreedomIDs of earlier runs"), damaged)
    connection.execute(_MOVE, {"old": old, "new": new})
    for statement in (_LEFT, _REMOVE):
        connection.execute(statement, {"old": old})
    connection.execute(_RUNS, {"old": old, "new": new})
