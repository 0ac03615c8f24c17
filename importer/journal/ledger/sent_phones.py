"""No two runs, on whatever machines, send one phone at once: who begins a row enters its phone, and a phone is unique.

For a journal on a server only. On one machine's SQLite the same is found out when the API calls the phone taken; an
entry per row would cost it a page each (see ``tables.ARRIVALS``).
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, TextClause, and_, delete, func, select, text

from importer.journal.database.shared_tables import SENT
from importer.journal.database.tables import ARRIVALS, LEDGER, ROWS, RUNS
from importer.journal.integrity.keys import id_from_bytes
from importer.journal.integrity.macs import is_sound, unsound
from importer.journal.rows.rows import STARTED
from importer.journal.states import RowState
from importer.messages.text import Text
from importer.model import KnownUser

if TYPE_CHECKING:
    from importer.journal.journal import Journal

_CREATED: Final = (RowState.CREATED, RowState.UPDATED, RowState.ALREADY_IMPORTED)


def _codes(*states: RowState) -> str:
    return ", ".join(str(int(state)) for state in states)


def _entering(condition: str) -> TextClause:
    """Enter the phones of rows whose user is still to be created, and give those that did not get theirs.

    In words of its own: it is run with each commit, and so takes one turn, and no time to be put together.
    """
    return text(
        f"""
        WITH candidates AS (
            SELECT runs.api, rows.phone, rows.run, rows.row FROM rows JOIN runs ON runs.number = rows.run
            WHERE rows.run = :run AND rows.row = ANY(:rows) AND rows.phone IS NOT NULL
                AND rows.state IN ({_codes(RowState.NOT_SENT, *STARTED)})
            ORDER BY rows.phone
        ), entered AS (
            INSERT INTO sent (api, phone, run, row) SELECT api, phone, run, row FROM candidates
            ON CONFLICT (api, phone) DO UPDATE SET run = excluded.run, row = excluded.row WHERE {condition}
            RETURNING row
        )
        SELECT row FROM candidates WHERE row NOT IN (SELECT row FROM entered)
        """  # noqa: S608 (our own words)
    )


_ENTER: Final = _entering(
    f"""sent.run = excluded.run AND sent.row = excluded.row OR NOT EXISTS (
        SELECT FROM rows other WHERE other.run = sent.run AND other.row = sent.row
            AND other.state IN ({_codes(*STARTED, *_CREATED)})
    )"""
)
_ENTER_IN_SPITE: Final = _entering("true")


def enter(connection: Connection, run: int, rows: Collection[int], *, in_spite: Collection[int] = ()) -> set[int]:
    """Enter the phones of rows about to be sent; the rows that may not be. In the block of a write transaction.

    Their phones are under way with another run's row, or have a user by now: see ``user_of_holder``. ``in_spite``: rows
    that take their phones over. Updates enter nothing.
    """
    held: set[int] = set()
    for statement, some in ((_ENTER, set(rows) - set(in_spite)), (_ENTER_IN_SPITE, set(rows) & set(in_spite))):
        if some:
            held.update(connection.execute(statement, {"run": run, "rows": sorted(some)}).scalars())
    return held


def free(connection: Connection, run: int, phones: Collection[bytes]) -> None:
    """Some phones (hashed) are nobody's any more: an update gave their users others."""
    if phones:
        api = select(RUNS.c.api).where(RUNS.c.number == run).scalar_subquery()
        connection.execute(delete(SENT).where(SENT.c.api == api, SENT.c.phone.in_(list(phones))))


def user_of_holder(journal: "Journal", run_id: str, row: int) -> KnownUser | None:
    """The user of the row that holds the phone of this one, its ID and prints alone; None where it has none.

    Raises:
        BooksDontBalance: that row is damaged.
    """
    run, api = journal.numbers_of(run_id)
    own = select(ROWS.c.phone).where(ROWS.c.run == run, ROWS.c.row == row).scalar_subquery()
    sorted_in = and_(
        LEDGER.c.api == SENT.c.api, LEDGER.c.phone == SENT.c.phone, LEDGER.c.freedom_id == ROWS.c.freedom_id
    )
    found = (
        select(ROWS, func.coalesce(ARRIVALS.c.prints, LEDGER.c.prints).label("prints"), is_sound(ROWS).label("sound"))
        .join_from(SENT, ROWS, (ROWS.c.run == SENT.c.run) & (ROWS.c.row == SENT.c.row))
        .join(ARRIVALS, (ARRIVALS.c.run == SENT.c.run) & (ARRIVALS.c.row == SENT.c.row), isouter=True)
        .join(LEDGER, sorted_in, isouter=True)
        .where(SENT.c.api == api, SENT.c.phone == own)
    )
    with journal.database.reading() as connection:
        other = connection.execute(found).first()
    if other is None:
        return None
    if not other.sound:
        raise unsound(Text("rows of other runs"), [other.row])
    if other.state not in _CREATED:
        return None
    return KnownUser(id_from_bytes(other.freedom_id), prints=other.prints or b"")
