"""One transaction of the writer: what happened to rows since the last one, written with a handful of statements.

Each step of a statement gives up the interpreter's lock and must win it back from the busy event loop; so a batch is
a few statements over many rows, not many statements over one.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final

import orjson

from importer.errors import BooksDontBalance
from importer.journal.database import begin_immediate
from importer.journal.keys import id_to_bytes
from importer.journal.states import STATE_OF, TO_LEDGER, UNFINISHED, RowState
from importer.model import Outcome

_MOST: Final = 256
"""Rows in one statement."""

_STEP: Final = 8
"""Statements come in multiples of so many rows (filled up by repeating one), so that few are ever prepared."""

_Record = tuple[Any, ...]


class Batch:
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

    def store(self, connection: sqlite3.Connection, run: int, now: int) -> None:
        """Write all of it durably, or nothing.

        Raises:
            sqlite3.Error: It cannot be written.
            BooksDontBalance: A row is not in the journal, or had its outcome already.
        """
        begin_immediate(connection)
        try:
            _update(connection, _start, run, [(row,) for row in self.started])
            _update(connection, _release, run, [(row,) for row in self.released], all_of_them=False)
            self._store_outcomes(connection, run, now)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _store_outcomes(self, connection: sqlite3.Connection, run: int, now: int) -> None:
        done = [
            (
                row,
                int(STATE_OF[outcome.status]),
                id_to_bytes(outcome.freedom_id) if outcome.freedom_id else None,
            )
            for row, outcome in self.finished.items()
        ]
        _update(connection, _finish, run, done)
        arrived = [
            (row,) for row, outcome in self.finished.items() if outcome.freedom_id and outcome.status in TO_LEDGER
        ]
        for some in _portions(arrived):
            connection.execute(_arrive(len(some)), [now, run, *_flat(some)])
        remarks = [
            (run, row, _errors_text(outcome), _encodable(outcome.note))
            for row, outcome in self.finished.items()
            if outcome.errors or outcome.note
        ]
        connection.executemany(_REMARK, remarks)


def _update(
    connection: sqlite3.Connection,
    statement: Any,
    run: int,
    records: list[_Record],
    *,
    all_of_them: bool = True,
) -> None:
    """Run an update over all records; each must meet a row that is still unfinished."""
    changed = 0
    for some in _portions(records):
        changed += connection.execute(statement(len(some)), [*_flat(some), run]).rowcount
    if all_of_them and changed != len(records):
        raise BooksDontBalance(
            f"{len(records) - changed} of the rows {_span(records)} are not in the journal as rows still to do, "
            "though the run is working on them. It was stopped; nothing of this was recorded."
        )


def _portions(records: Sequence[_Record]) -> Iterator[list[_Record]]:
    for first in range(0, len(records), _MOST):
        some = list(records[first : first + _MOST])
        yield some + some[-1:] * (-len(some) % _STEP)


def _flat(records: Iterable[_Record]) -> list[Any]:
    return [value for record in records for value in record]


def _span(records: Sequence[_Record]) -> str:
    numbers = [record[0] for record in records]
    return f"{min(numbers)} to {max(numbers)}"


def _errors_text(outcome: Outcome) -> str:
    errors = [[error.field, error.code, error.message] for error in outcome.errors]
    if not errors:
        return ""
    try:
        return orjson.dumps(errors).decode()
    except TypeError:  # half a surrogate pair in an answer of the API
        return _encodable(json.dumps(errors, ensure_ascii=False))


def _encodable(text: str) -> str:
    """Give a text with "?" for what no encoding knows (lone surrogates, which JSON can smuggle in)."""
    return text.encode("utf-8", "replace").decode()


def _marks(count: int, columns: int) -> str:
    return ",".join([f"({','.join('?' * columns)})"] * count)


@cache
def _start(count: int) -> str:
    return (
        f"UPDATE rows SET state = CASE state WHEN {RowState.NOT_SENT:d} THEN {RowState.STARTED:d} "  # noqa: S608 (constants and question marks, as below)
        f"ELSE {RowState.STARTED_AGAIN:d} END FROM (VALUES {_marks(count, 1)}) AS v "
        f"WHERE rows.run = ? AND rows.row = v.column1 AND {UNFINISHED}"
    )


@cache
def _release(count: int) -> str:
    return (
        f"UPDATE rows SET state = {RowState.NOT_SENT:d} FROM (VALUES {_marks(count, 1)}) AS v "  # noqa: S608
        f"WHERE rows.run = ? AND rows.row = v.column1 AND state = {RowState.STARTED:d}"
    )


@cache
def _finish(count: int) -> str:
    return (
        f"UPDATE rows SET state = v.column2, freedom_id = v.column3 FROM (VALUES {_marks(count, 3)}) AS v "  # noqa: S608
        f"WHERE rows.run = ? AND rows.row = v.column1 AND {UNFINISHED}"
    )


@cache
def _arrive(count: int) -> str:
    return (
        "INSERT INTO arrivals (run, row, at) SELECT run, row, ? FROM rows "  # noqa: S608
        f"WHERE run = ? AND phone IS NOT NULL AND row IN ({','.join('?' * count)})"
    )


_REMARK: Final = (
    "INSERT INTO remarks (run, row, errors, note) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (run, row) DO UPDATE SET errors = excluded.errors, note = CASE "
    "WHEN note = '' THEN excluded.note WHEN excluded.note = '' THEN note ELSE note || '; ' || excluded.note END"
)
"""What the plan noted on a row (its repairs) stays before what the API adds."""
