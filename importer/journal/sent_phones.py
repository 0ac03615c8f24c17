"""No two runs, on whatever machines, send one phone at once: who begins a row enters its phone, and a phone is unique.

For a journal on a server only. On one machine's SQLite the same is found out when the API calls the phone taken; an
entry per row would cost it a page each (see ``tables.ARRIVALS``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from importer.journal.keys import id_from_bytes
from importer.journal.macs import is_sound, unsound
from importer.journal.shared_tables import SENT
from importer.journal.states import RowState
from importer.journal.tables import ROWS, RUNS
from importer.messages.text import Text

if TYPE_CHECKING:
    from importer.journal.journal import Journal

_UNDER_WAY: Final = (RowState.STARTED, RowState.STARTED_AGAIN)

_CREATED: Final = (RowState.CREATED, RowState.UPDATED, RowState.ALREADY_IMPORTED)

_CREATING: Final = (RowState.NOT_SENT, *_UNDER_WAY)
"""States of a row whose user is still to be created: an update is no reason to enter anything."""

_OTHER: Final = ROWS.alias("other")


_PHONES: Final = (
    select(RUNS.c.api, ROWS.c.phone, ROWS.c.run, ROWS.c.row)
    .join_from(ROWS, RUNS, RUNS.c.number == ROWS.c.run)
    .where(
        ROWS.c.run == bindparam("own_run"),
        ROWS.c.row.in_(bindparam("rows", expanding=True)),
        ROWS.c.phone.is_not(None),
        ROWS.c.state.in_([int(state) for state in _CREATING]),
    )
    .order_by(ROWS.c.phone)
)

_CANDIDATES: Final = _PHONES.with_only_columns(ROWS.c.row).order_by(None)

_IN_THE_WAY: Final = exists().where(
    _OTHER.c.run == literal_column("sent.run"),  # of the entry that is there: SENT's own columns would bring all of it
    _OTHER.c.row == literal_column("sent.row"),
    _OTHER.c.state.in_([int(state) for state in (*_UNDER_WAY, *_CREATED)]),
)


def _entering(*, in_spite: bool) -> Any:
    """Enter the phones of some rows; what comes back are the rows that got theirs."""
    entered = insert(SENT).from_select(["api", "phone", "run", "row"], _PHONES)
    own = (SENT.c.run == entered.excluded.run) & (SENT.c.row == entered.excluded.row)
    return entered.on_conflict_do_update(
        index_elements=[SENT.c.api, SENT.c.phone],
        set_={"run": entered.excluded.run, "row": entered.excluded.row},
        where=None if in_spite else or_(own, ~_IN_THE_WAY),
    ).returning(SENT.c.row)


_ENTER: Final = _entering(in_spite=False)
_ENTER_IN_SPITE: Final = _entering(in_spite=True)


@dataclass(frozen=True)
class Holder:
    """The row that a phone was sent with: whether it is under way, and the FreedomID it got, or ""."""

    under_way: bool
    freedom_id: str = ""


def enter(connection: Connection, run: int, rows: Collection[int], *, in_spite: Collection[int] = ()) -> set[int]:
    """Enter the phones of rows about to be sent; the rows that may not be. In the block of a write transaction.

    Their phones are under way with another run's row, or have a user by now: see ``holder``. ``in_spite``: rows that
    take their phones over. Updates enter nothing.
    """
    held: set[int] = set()
    for statement, some in ((_ENTER, set(rows) - set(in_spite)), (_ENTER_IN_SPITE, set(rows) & set(in_spite))):
        if some:
            values = {"own_run": run, "rows": sorted(some)}
            held.update(connection.execute(_CANDIDATES, values).scalars())
            held.difference_update(connection.execute(statement, values).scalars())
    return held


def free(connection: Connection, run: int, phones: Collection[bytes]) -> None:
    """Some phones (hashed) are nobody's any more: an update gave their users others."""
    if phones:
        api = select(RUNS.c.api).where(RUNS.c.number == run).scalar_subquery()
        connection.execute(delete(SENT).where(SENT.c.api == api, SENT.c.phone.in_(list(phones))))


def holder(journal: "Journal", run_id: str, row: int) -> Holder:
    """What became of the row that holds the phone of this one.

    Raises:
        BooksDontBalance: that row is damaged.
    """
    run, api = journal.numbers_of(run_id)
    own = select(ROWS.c.phone).where(ROWS.c.run == run, ROWS.c.row == row).scalar_subquery()
    found = (
        select(ROWS.c.row, ROWS.c.state, ROWS.c.freedom_id, is_sound(ROWS).label("sound"))
        .join_from(SENT, ROWS, (ROWS.c.run == SENT.c.run) & (ROWS.c.row == SENT.c.row))
        .where(SENT.c.api == api, SENT.c.phone == own)
    )
    with journal.database.reading() as connection:
        other = connection.execute(found).first()
    if other is None:
        return Holder(under_way=False)
    if not other.sound:
        raise unsound(Text("rows of other runs"), [other.row])
    given = id_from_bytes(other.freedom_id) if other.state in _CREATED else ""
    return Holder(other.state in _UNDER_WAY, given)
