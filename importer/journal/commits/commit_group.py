"""One commit of the writer: what happened to rows since the last one, written with a handful of statements."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy import (
    Connection,
    Integer,
    LargeBinary,
    Update,
    and_,
    bindparam,
    case,
    or_,
    select,
    update,
)

from importer.errors import BooksDontBalance
from importer.journal.database.executemany import executemany
from importer.journal.database.tables import ROWS, RUNS
from importer.journal.integrity.keys import id_to_bytes
from importer.journal.integrity.macs import mac_of
from importer.journal.ledger.ledger_writes import UnderWay, mark_users, note_users, unmark_users
from importer.journal.ledger.repeated_ids import take_back
from importer.journal.rows.remarks import add_remarks
from importer.journal.states import (
    STATE_OF,
    WHEN_CONFIRMED,
    WHEN_FINISHED,
    WHEN_RELEASED,
    WHEN_STARTED,
    Held,
    RowState,
    state_of,
)
from importer.model import REPEATED_ID, Outcome

ENDINGS: Final = frozenset(
    status for status, state in STATE_OF.items() if any(state in after for after in WHEN_FINISHED.values())
)
"""Statuses that a row may end with once it was started."""


def _leaving(states: Iterable[RowState]) -> Update:
    """An update of those rows of a run that are in one of some states."""
    return update(ROWS).where(
        ROWS.c.run == bindparam("own_run"), or_(*(ROWS.c.state == int(state) for state in states))
    )


def _stepping(steps: Mapping[RowState, RowState]) -> Update:
    """An update of some rows along a table of steps, all in one statement.

    Each step of a statement gives up the interpreter's lock and must win it back from the busy event loop.
    """
    codes = {int(before): int(after) for before, after in steps.items()}
    state = case(codes, value=ROWS.c.state)
    return _leaving(steps).where(ROWS.c.row.in_(bindparam("rows"))).values(state=state, mac=mac_of(ROWS, state=state))


_START: Final = _stepping(WHEN_STARTED)
_RELEASE: Final = _stepping(WHEN_RELEASED)


def _ending(steps: Mapping[RowState, Collection[RowState]]) -> Update:
    """An update of one row of a run along a table of steps: its outcome."""
    outcome = bindparam("outcome", type_=Integer)
    allowed = (  # no IN: its list would not pass in a statement of many records
        and_(ROWS.c.state == int(state), or_(*(outcome == int(one) for one in after))) for state, after in steps.items()
    )
    return (
        update(ROWS)
        .where(ROWS.c.run == bindparam("own_run"), ROWS.c.row == bindparam("own_row"), or_(*allowed))
        .values(
            state=outcome,
            freedom_id=bindparam("given_id"),
            mac=mac_of(ROWS, state=outcome, freedom_id=bindparam("given_id", type_=LargeBinary)),
        )
    )


_FINISH: Final = _ending(WHEN_FINISHED)
_CONFIRM: Final = _ending({state: {after} for state, after in WHEN_CONFIRMED.items()})


class CommitGroup:
    """Collects what happened, in order; ``write`` writes the sum of it.

    ``confirming``: what ends are rows in doubt, told by a person. ``in_spite``: of ``started``, rows that begin though
    another run has not been heard of with their phone; ``updates``: of ``started``, those that change a known user.

    Attributes:
        held: Once it is written: rows that were not started after all, and why.
    """

    def __init__(self, *, confirming: bool = False) -> None:
        self._finish = _CONFIRM if confirming else _FINISH
        self.started: dict[int, None] = {}
        self.in_spite: set[int] = set()
        self.updates: dict[int, UnderWay] = {}
        self.held: dict[int, Held] = {}
        self.released: dict[int, None] = {}
        self.finished: dict[int, Outcome] = {}
        self.doubtful: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.started or self.released or self.finished or self.doubtful)

    def start(self, row: int, *, in_spite: bool = False, update: UnderWay | None = None) -> None:
        """A request for the row is about to leave; an ``update``: of a user that is known."""
        if in_spite:
            self.in_spite.add(row)
        if update is not None:
            self.updates[row] = update
        if row in self.released:  # neither reaches the disk: the row stands as started there
            del self.released[row]
        else:
            self.started[row] = None

    def release(self, row: int) -> None:
        """The row's request never left; its user stays in doubt, and may be updated once too often."""
        self.released[row] = None

    def finish(self, row: int, outcome: Outcome) -> None:
        """The row has its outcome."""
        self.finished[row] = outcome
        self.released.pop(row, None)

    def take_back(self, freedom_id: str, code: str) -> None:
        """A FreedomID that was recorded, here or earlier, cannot be told to be right."""
        self.doubtful[freedom_id] = code

    def beginnings(self) -> "CommitGroup":
        """What it says of rows that begin, or did not begin after all."""
        part = CommitGroup()
        part.started, part.updates, part.released, part.held = self.started, self.updates, self.released, self.held
        return part

    def doubts(self) -> "CommitGroup":
        """What it says of FreedomIDs."""
        part = CommitGroup()
        part.doubtful = self.doubtful
        return part

    def write(self, connection: Connection, run: int, now: int) -> None:
        """Write all of it; in the block of a transaction.

        Raises:
            sqlalchemy.exc.DBAPIError: It cannot be written.
            BooksDontBalance: A row is not in the journal, or had its outcome already.
        """
        starting = self.started.keys() - self.held.keys()
        if _each(connection, _START, run, starting) != len(starting):
            raise _not_to_be_done(starting)
        if self.updates:
            mark_users(connection, run, {row: self.updates[row] for row in starting & self.updates.keys()})
        _each(connection, _RELEASE, run, self.released)  # a doubt of an earlier process is not released
        self._store_outcomes(connection, run, now)
        self._take_back(connection, run)

    def _store_outcomes(self, connection: Connection, run: int, now: int) -> None:
        if not self.finished:
            return
        done = [
            {
                "own_run": run,
                "own_row": row,
                "outcome": int(state_of(outcome)),
                "given_id": id_to_bytes(outcome.freedom_id),
            }
            for row, outcome in self.finished.items()
        ]
        if executemany(connection, self._finish, done) != len(done):
            raise _not_to_be_done(self.finished)
        note_users(connection, run, now, self.finished)
        unmark_users(connection, run, self.finished)
        add_remarks(connection, [(run, row, outcome) for row, outcome in self.finished.items()])
        repeated = {
            outcome.freedom_id
            for outcome in self.finished.values()
            if outcome.freedom_id and any(error.code == REPEATED_ID for error in outcome.errors)
        }
        if repeated:
            self.doubtful.update(dict.fromkeys(repeated, REPEATED_ID))

    def _take_back(self, connection: Connection, run: int) -> None:
        if self.doubtful:
            api = connection.execute(select(RUNS.c.api).where(RUNS.c.number == run)).scalar_one()
            for code in set(self.doubtful.values()):
                stored = [id_to_bytes(freedom_id) for freedom_id, why in self.doubtful.items() if why == code]
                take_back(connection, run, api, [given for given in stored if given], code)


def _each(connection: Connection, step: Update, run: int, rows: Collection[int]) -> int:
    """Take a step with each of some rows; how many took it."""
    if not rows:
        return 0
    return connection.execute(step, {"own_run": run, "rows": list(rows)}).rowcount


def _not_to_be_done(rows: Collection[int]) -> BooksDontBalance:
    return BooksDontBalance(
        "Some of the rows {first} to {last} are not in the journal as rows still to do, though the "
        "run is working on them. It was stopped; nothing of this was recorded.",
        first=min(rows),
        last=max(rows),
    )
