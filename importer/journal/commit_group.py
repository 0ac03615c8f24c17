"""One commit of the writer: what happened to rows since the last one, written with a handful of statements."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Connection, LargeBinary, Update, bindparam, case, insert, or_, select, update

from importer.errors import BooksDontBalance
from importer.journal import sqlite
from importer.journal.engine import transaction
from importer.journal.keys import id_to_bytes
from importer.journal.macs import mac_of
from importer.journal.states import OUTCOMES, STATE_OF, TO_LEDGER, WHEN_FINISHED, WHEN_RELEASED, WHEN_STARTED, RowState
from importer.journal.tables import ARRIVALS, REMARKS, ROWS
from importer.model import Outcome

ENDINGS: Final = frozenset(status for status, state in STATE_OF.items() if state in OUTCOMES)
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
_FINISH: Final = (
    _leaving(WHEN_FINISHED)
    .where(ROWS.c.row == bindparam("own_row"))
    .values(
        state=bindparam("outcome"),
        freedom_id=bindparam("given_id"),
        mac=mac_of(ROWS, state=bindparam("outcome"), freedom_id=bindparam("given_id", type_=LargeBinary)),
    )
)
_ARRIVE: Final = insert(ARRIVALS).from_select(
    ["run", "row", "at"],
    select(ROWS.c.run, ROWS.c.row, bindparam("now", type_=BigInteger)).where(
        ROWS.c.run == bindparam("own_run"), ROWS.c.row.in_(bindparam("rows"))
    ),
)

_NEW_REMARK: Final = ("run", "row", "errors", "note")
_REMARK: Final = sqlite.upsert(REMARKS).values(
    {name: bindparam(name) for name in _NEW_REMARK}
    | {"mac": mac_of(REMARKS, {name: bindparam(name) for name in _NEW_REMARK})}
)
_BOTH_NOTES: Final = case(
    (REMARKS.c.note == "", _REMARK.excluded.note),
    (_REMARK.excluded.note == "", REMARKS.c.note),
    else_=REMARKS.c.note + "; " + _REMARK.excluded.note,
)
_ADD_REMARK: Final = _REMARK.on_conflict_do_update(
    index_elements=[REMARKS.c.run, REMARKS.c.row],
    set_={
        "errors": _REMARK.excluded.errors,
        "note": _BOTH_NOTES,
        "mac": mac_of(REMARKS, errors=_REMARK.excluded.errors, note=_BOTH_NOTES),
    },
)
"""What the plan noted on a row (its repairs) stays before what the API adds."""


class CommitGroup:
    """Collects what happened, in order; ``store`` writes the sum of it."""

    def __init__(self) -> None:
        self.started: dict[int, None] = {}
        self.released: dict[int, None] = {}
        self.finished: dict[int, Outcome] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.started or self.released or self.finished)

    def start(self, row: int) -> None:
        """A request for the row is about to leave."""
        if row in self.released:  # neither reaches the disk: the row stands as started there
            del self.released[row]
        else:
            self.started[row] = None

    def release(self, row: int) -> None:
        """The row's request never left."""
        self.released[row] = None

    def finish(self, row: int, outcome: Outcome) -> None:
        """The row has its outcome."""
        self.finished[row] = outcome
        self.released.pop(row, None)

    def store(self, connection: Connection, run: int, now: int) -> None:
        """Write all of it durably, or nothing.

        Raises:
            sqlalchemy.exc.DBAPIError: It cannot be written.
            BooksDontBalance: A row is not in the journal, or had its outcome already.
        """
        with transaction(connection):
            if _each(connection, _START, run, self.started) != len(self.started):
                raise _not_to_be_done(self.started)
            _each(connection, _RELEASE, run, self.released)  # a doubt of an earlier process is not released
            self._store_outcomes(connection, run, now)

    def _store_outcomes(self, connection: Connection, run: int, now: int) -> None:
        if not self.finished:
            return
        done = [
            {
                "own_run": run,
                "own_row": row,
                "outcome": int(STATE_OF[outcome.status]),
                "given_id": id_to_bytes(outcome.freedom_id),
            }
            for row, outcome in self.finished.items()
        ]
        if connection.execute(_FINISH, done).rowcount != len(done):
            raise _not_to_be_done(self.finished)
        arrived = [row for row, outcome in self.finished.items() if outcome.freedom_id and outcome.status in TO_LEDGER]
        if arrived:
            connection.execute(_ARRIVE, {"own_run": run, "now": now, "rows": arrived})
        remarks = [
            {"run": run, "row": row, "errors": _errors_text(outcome), "note": _encodable(outcome.note)}
            for row, outcome in self.finished.items()
            if outcome.errors or outcome.note
        ]
        if remarks:
            connection.execute(_ADD_REMARK, remarks)


def _each(connection: Connection, step: Update, run: int, rows: Collection[int]) -> int:
    """Take a step with each of some rows; how many took it."""
    if not rows:
        return 0
    return connection.execute(step, {"own_run": run, "rows": list(rows)}).rowcount


def _not_to_be_done(rows: Collection[int]) -> BooksDontBalance:
    return BooksDontBalance(
        f"Some of the rows {min(rows)} to {max(rows)} are not in the journal as rows still to do, "
        "though the run is working on them. It was stopped; nothing of this was recorded."
    )


def _errors_text(outcome: Outcome) -> str:
    errors: list[list[Any]] = [[error.field, error.code, error.message] for error in outcome.errors]
    if not errors:
        return ""
    try:
        return orjson.dumps(errors).decode()
    except TypeError:  # half a surrogate pair in an answer of the API
        return _encodable(json.dumps(errors, ensure_ascii=False))


def _encodable(text: str) -> str:
    """Give a text with "?" for what no encoding knows (lone surrogates, which JSON can smuggle in)."""
    return text.encode("utf-8", "replace").decode()
