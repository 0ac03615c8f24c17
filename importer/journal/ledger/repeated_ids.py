"""FreedomIDs that cannot be right: one that the API gave to several phones, or that may be another request's answer.

Whose such an ID is cannot be told from here. So no row keeps it, of whatever run, nor does the ledger: the rows become
``unconfirmed`` along ``states.WHEN_TAKEN_BACK``, and their errors name each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    bindparam,
    delete,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    union,
    union_all,
    update,
)

from importer.journal.database.portions import portions
from importer.journal.database.tables import ARRIVALS, ARRIVALS_AND_ROWS, LEDGER, ROWS, RUNS
from importer.journal.integrity.keys import id_from_bytes
from importer.journal.integrity.macs import mac_of
from importer.journal.rows.remarks import add_remarks
from importer.journal.rows.rows import count_again
from importer.journal.runs import api_number, numbers
from importer.journal.states import WHEN_TAKEN_BACK, RowState, RunState
from importer.messages.text import Text, joined
from importer.model import DOUBTFUL_ID, REPEATED_ID, CellError, Outcome, Status

if TYPE_CHECKING:
    from importer.journal.journal import Journal

_AT_ONCE: Final = 1000

_NAMED: Final = 3
"""Other rows that an error names at most."""

_ARRIVED: Final = (
    select(ROWS.c.freedom_id, ROWS.c.phone, ROWS.c.run, ROWS.c.row)
    .select_from(ARRIVALS_AND_ROWS)
    .where(RUNS.c.api == bindparam("api"), ROWS.c.freedom_id.is_not(None))
)
_OWN: Final = select(ROWS.c.freedom_id, ROWS.c.phone, ROWS.c.run, ROWS.c.row).where(
    ROWS.c.run == bindparam("own"), ROWS.c.freedom_id.is_not(None)
)
_LEDGER: Final = select(LEDGER.c.freedom_id, LEDGER.c.phone, LEDGER.c.run, LEDGER.c.row).where(
    LEDGER.c.api == bindparam("api")
)

_EVERYWHERE: Final = (
    select(ROWS.c.freedom_id, ROWS.c.phone, ROWS.c.run, ROWS.c.row)
    .join_from(ROWS, RUNS, RUNS.c.number == ROWS.c.run)
    .where(RUNS.c.api == bindparam("api"), ROWS.c.freedom_id.is_not(None))
)
_EXISTING: Final = _EVERYWHERE.where(ROWS.c.state == RowState.EXISTS)
"""IDs that came with 'already exists' are in no ledger: a look through the rows, 0.1 s for a million of them."""

_SENT: Final = _OWN.where(ROWS.c.state.in_([RowState.CREATED, RowState.EXISTS, RowState.UNCONFIRMED]))
_TWICE: Final = (
    select(ROWS.c.freedom_id)
    .where(ROWS.c.run == bindparam("own"), ROWS.c.freedom_id.is_not(None))
    .group_by(ROWS.c.freedom_id)
    .having(func.count() > 1)
)
_AS_SENT: Final = ROWS.alias("as_sent")
_OF_OTHERS: Final = tuple(
    select(given.c.freedom_id).where(
        given.c.run != bindparam("own"),
        given.c.freedom_id.in_(_SENT.with_only_columns(ROWS.c.freedom_id)),
        given.c.phone.not_in(_SENT.with_only_columns(ROWS.c.phone)),
        # an update gave the user another phone: two phones, one after the other
        not_(
            exists().where(
                _AS_SENT.c.run == given.c.run, _AS_SENT.c.row == given.c.row, _AS_SENT.c.state == RowState.UPDATED
            )
        ),
    )
    for given in (_LEDGER.subquery(), _ARRIVED.subquery(), _EXISTING.subquery())
)
"""One sort and three scans, 0.6 s of CPU for 300,000 rows; one grouping of all pairs at once took 5.7 s."""

_PLACES: Final = union(
    *(
        select(given.c.freedom_id, given.c.run, given.c.row).where(given.c.freedom_id.in_(bindparam("ids")))
        for given in (_EVERYWHERE.subquery(), _LEDGER.subquery())
    )
)
_OF_RUNS: Final = select(RUNS.c.number, RUNS.c.id, RUNS.c.state).where(RUNS.c.number.in_(bindparam("numbers")))

_TAKEN_BACK: Final = int(next(iter(set(WHEN_TAKEN_BACK.values()))))

_TAKE_BACK: Final = (
    update(ROWS)
    .where(
        ROWS.c.run == bindparam("own_run"),
        ROWS.c.row == bindparam("own_row"),
        ROWS.c.freedom_id == bindparam("id"),
        or_(*(ROWS.c.state == int(state) for state in WHEN_TAKEN_BACK)),
    )
    .values(state=_TAKEN_BACK, freedom_id=None, mac=mac_of(ROWS, state=_TAKEN_BACK, freedom_id=null()))
)
_FORGET: Final = delete(LEDGER).where(LEDGER.c.api == bindparam("own_api"), LEDGER.c.freedom_id.in_(bindparam("ids")))

_RECENT_LEDGER: Final = select(LEDGER.c.freedom_id, LEDGER.c.phone, LEDGER.c.at).where(
    LEDGER.c.api == bindparam("api"), LEDGER.c.freedom_id != literal(b"", LargeBinary)
)
_RECENT_ARRIVED: Final = _ARRIVED.with_only_columns(ROWS.c.freedom_id, ROWS.c.phone, ARRIVALS.c.at)


def recent_ids(journal: "Journal", api: str, count: int) -> dict[str, bytes]:
    """FreedomID → phone hash of the newest entries of an API's ledger, the newest last; one look through it."""
    both = union_all(_RECENT_LEDGER, _RECENT_ARRIVED).subquery()
    newest = select(both.c.freedom_id, both.c.phone).order_by(both.c.at.desc()).limit(count)
    with journal.database.reading() as connection:
        number = api_number(connection, api)
        found = [] if number is None else connection.execute(newest, {"api": number}).all()
    return {id_from_bytes(freedom_id): phone for freedom_id, phone in reversed(found)}


def settle_repeated_ids(journal: "Journal", run_id: str) -> int:
    """Take back each FreedomID of a run that another phone has as well, in it or in the ledger; how many rows."""
    with journal.database.reading() as connection:
        journal.database.kind.look_through(connection)
        number, api = numbers(connection, run_id)
        found = {
            given
            for statement in (_TWICE, *_OF_OTHERS)
            for given in connection.execute(statement, {"own": number, "api": api}).scalars()
        }
    if not found:
        return 0
    with journal.database.writing() as connection:
        return take_back(connection, number, api, found)


def take_back(connection: Connection, run: int, api: int, ids: Iterable[bytes], code: str = REPEATED_ID) -> int:
    """Take IDs off every row that has them, and out of the ledger; how many rows. In the block of a transaction."""
    taken = 0
    for some in portions(ids, _AT_ONCE):
        places = connection.execute(_PLACES, {"own": run, "api": api, "ids": some}).all()
        runs = {found.number: found for found in connection.execute(_OF_RUNS, {"numbers": [p.run for p in places]})}
        steps = [{"own_run": place.run, "own_row": place.row, "id": place.freedom_id} for place in places]
        taken += connection.execute(_TAKE_BACK, steps).rowcount if steps else 0
        connection.execute(_FORGET, {"own_api": api, "ids": some})
        known: dict[bytes, list[Row[Any]]] = {}
        for place in places:
            if place.run in runs:
                known.setdefault(place.freedom_id, []).append(place)
        told = [
            (place.run, place.row, _outcome(code, given, place, alike, runs))
            for given, alike in known.items()
            for place in alike
            if runs[place.run].state != RunState.PURGED  # a purged run gets no new texts
        ]
        add_remarks(connection, told)
        for changed in {place.run for place in places} & runs.keys():
            count_again(connection, changed)
    return taken


def _outcome(code: str, given: bytes, place: Row[Any], places: Sequence[Row[Any]], runs: Mapping[int, Any]) -> Outcome:
    """What is said of one of the rows; its own run's rows are named by their number alone."""
    others = [
        Text("row {row}", row=other.row)
        if other.run == place.run
        else Text("row {row} of run {run}", row=other.row, run=runs[other.run].id)
        for other in places
        if other != place
    ]
    named = joined([*others[:_NAMED], *(["…"] if len(others) > _NAMED else [])], ", ")
    freedom_id = id_from_bytes(given)
    if code == DOUBTFUL_ID:
        text = Text(
            "the API gave the FreedomID {freedom_id}, then an answer that nobody had asked for came on the same "
            "connection: it may be another row's; ask Freedom Pay whose it is",
            freedom_id=freedom_id,
        )
    elif others:
        text = Text(
            "the API gave the FreedomID {freedom_id} to another phone as well ({rows}); ask Freedom Pay whose it is",
            freedom_id=freedom_id,
            rows=named,
        )
    else:
        text = Text(
            "the API gave the FreedomID {freedom_id} to another phone as well; ask Freedom Pay whose it is",
            freedom_id=freedom_id,
        )
    return Outcome(Status.UNCONFIRMED, errors=(CellError("", code, text),))
