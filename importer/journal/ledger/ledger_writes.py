"""What a commit tells the ledger: whom the API created or changed, or may have, and which phones are nobody's now."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    LargeBinary,
    bindparam,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from importer.journal.database.executemany import executemany
from importer.journal.database.tables import ARRIVALS, ARRIVALS_AND_ROWS, LEDGER, OF_ARRIVAL, ROWS, RUNS
from importer.journal.database.upsert import upsert
from importer.journal.integrity.keys import id_to_bytes
from importer.journal.integrity.macs import mac_of
from importer.journal.states import TO_LEDGER
from importer.model import Outcome, Status

_ROW: Final = bindparam("own_row", type_=BigInteger)
_API: Final = select(RUNS.c.api).where(RUNS.c.number == bindparam("own_run")).scalar_subquery()
_PHONE: Final = select(ROWS.c.phone).where(ROWS.c.run == bindparam("own_run"), ROWS.c.row == _ROW).scalar_subquery()
_USER: Final = (LEDGER.c.api == _API, LEDGER.c.freedom_id == bindparam("known_id"))

_ARRIVE: Final = insert(ARRIVALS)

_HAD: Final = func.coalesce(bindparam("replaced", type_=LargeBinary), _PHONE)
_CHANGE: Final = (
    update(LEDGER).where(*_USER, LEDGER.c.phone == _HAD).values(prints=bindparam("sent", type_=LargeBinary))
)
"""What is known of a user under the phone that it had before, and only if it has it still: noted as an arrival, it
would give the user a phone back that another run has taken from it meanwhile."""

_UNDO: Final = _CHANGE.where(LEDGER.c.prints == bindparam("stood", type_=LargeBinary))
"""Likewise, and only where nothing else has come to be known of it since."""

_RETIRED: Final[dict[str, ColumnElement[Any]]] = {
    "freedom_id": literal(b"", LargeBinary),
    "run": bindparam("own_run", type_=Integer),
    "row": _ROW,
    "at": bindparam("now", type_=BigInteger),
}
_AS_RETIRED: Final = {**_RETIRED, "prints": null(), "mac": mac_of(LEDGER, **_RETIRED)}

_RETIRE: Final = update(LEDGER).where(*_USER, LEDGER.c.phone == bindparam("replaced")).values(**_AS_RETIRED)
"""The phone that a user had is nobody's from now on (see ``tables.LEDGER``)."""

_OWN: Final = select(LEDGER.c.row).where(
    LEDGER.c.api == _API, LEDGER.c.phone.in_(bindparam("phones")), LEDGER.c.run == bindparam("own_run")
)
"""The rows of a run that made phones nobody's."""

# what another run gave one of them meanwhile is replaced as well, entered or not; a look through the whole ledger
_RETIRE_OTHERS: Final = update(LEDGER).where(*_USER, LEDGER.c.phone != _PHONE).values(**_AS_RETIRED)
_OTHERS: Final = (RUNS.c.api == _API, ROWS.c.freedom_id == bindparam("known_id"), ROWS.c.phone != _PHONE)
_ARRIVED_OTHERS: Final = delete(ARRIVALS).where(
    select(ROWS.c.row).join_from(ROWS, RUNS, RUNS.c.number == ROWS.c.run).where(OF_ARRIVAL, *_OTHERS).exists()
)


@cache
def _entering_others() -> Executable:
    """Enter the phones of such arrivals as nobody's: that their users had them is what their runs are held against."""
    entry: dict[str, ColumnElement[Any]] = {"api": RUNS.c.api, "phone": ROWS.c.phone, **_RETIRED}
    found = select(*entry.values(), mac_of(LEDGER, **entry)).distinct().select_from(ARRIVALS_AND_ROWS).where(*_OTHERS)
    return upsert(LEDGER).from_select([*entry, "mac"], found).on_conflict_do_nothing()


class UnderWay(NamedTuple):
    """An update whose request is about to leave.

    Attributes:
        freedom_id: Of its user.
        prints: What is known of the user until the update is answered (``FieldPrints.under_way``).
        replaces: As ``Outcome.replaces``.
    """

    freedom_id: str
    prints: bytes
    replaces: bytes = b""


def mark_users(connection: Connection, run: int, updates: Mapping[int, UnderWay]) -> None:
    """Note that updates (by their rows) of a run may have been made from now on; in the block of a transaction.

    Who goes on with its run finds them in doubt, and so does every later file: a user whose answer was lost would pass
    as one that has what was sent before.
    """
    marks = [_change(run, row, update) for row, update in updates.items() if update.prints]
    if marks:
        connection.execute(_CHANGE, marks)


def unmark_users(connection: Connection, run: int, outcomes: Mapping[int, Outcome]) -> None:
    """Note that of some rows (row → outcome) those updates were not made that say so; likewise."""
    undone = [(row, outcome) for row, outcome in outcomes.items() if outcome.instead_of]
    if undone:
        connection.execute(_UNDO, [_change(run, row, one) | {"stood": one.instead_of} for row, one in undone])


def _change(run: int, row: int, told: UnderWay | Outcome) -> dict[str, Any]:
    user = {"own_run": run, "own_row": row, "known_id": id_to_bytes(told.freedom_id)}
    return user | {"sent": told.prints or None, "replaced": told.replaces or None}


def note_users(connection: Connection, run: int, now: int, outcomes: Mapping[int, Outcome]) -> None:
    """Note the users of some rows (row → outcome) of a run; in the block of a transaction."""
    changed, arrived, replaced = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for row, outcome in outcomes.items():
        if not outcome.freedom_id or outcome.status not in TO_LEDGER:
            continue
        if outcome.status is Status.UPDATED and not outcome.replaces:
            changed.append(_change(run, row, outcome))
            continue
        arrived.append({"run": run, "row": row, "at": now, "prints": outcome.prints or None})
        if outcome.replaces:
            replaced.append(_change(run, row, outcome) | {"now": now})
    if changed:
        connection.execute(_CHANGE, changed)
    if arrived:
        executemany(connection, _ARRIVE, arrived)
    if replaced and connection.execute(_RETIRE, replaced).rowcount != len(replaced):
        phones = [one["replaced"] for one in replaced]
        retired = set(connection.execute(_OWN, {"own_run": run, "phones": phones}).scalars())
        if missed := [one for one in replaced if one["own_row"] not in retired]:
            for step in (_RETIRE_OTHERS, _entering_others(), _ARRIVED_OTHERS):
                connection.execute(step, missed)
