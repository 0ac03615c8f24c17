"""What the outcomes of a commit tell the ledger: whom the API created or changed, and which phones are nobody's now."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    LargeBinary,
    bindparam,
    delete,
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

_CHANGE: Final = (
    update(LEDGER).where(*_USER, LEDGER.c.phone == _PHONE).values(prints=bindparam("sent", type_=LargeBinary))
)
"""What is known of a user under the phone that it had before, and only if it has it still: noted as an arrival, it
would give the user a phone back that another run has taken from it meanwhile."""

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


def note_users(connection: Connection, run: int, now: int, outcomes: Mapping[int, Outcome]) -> None:
    """Note the users of some rows (row → outcome) of a run; in the block of a transaction."""
    changed, arrived, replaced = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for row, outcome in outcomes.items():
        if not outcome.freedom_id or outcome.status not in TO_LEDGER:
            continue
        user = {"own_run": run, "own_row": row, "known_id": id_to_bytes(outcome.freedom_id)}
        if outcome.status is Status.UPDATED and not outcome.replaces:
            changed.append(user | {"sent": outcome.prints or None})
            continue
        arrived.append({"run": run, "row": row, "at": now, "prints": outcome.prints or None})
        if outcome.replaces:
            replaced.append(user | {"now": now, "replaced": outcome.replaces})
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
