"""Whether a run's books balance: every contradiction that the journal itself can show, told without personal data."""

import json
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, LargeBinary, and_, bindparam, func, literal_column, not_, or_, select, true

from importer.journal.database.engine import Database
from importer.journal.database.tables import ARRIVALS, LEDGER, PACKED_REMARKS, REMARKS, REPEATS, ROWS, RUNS
from importer.journal.integrity.mac_function import mac
from importer.journal.integrity.macs import is_unsound
from importer.journal.ledger.audited_entries import pairs_of, sound_entries
from importer.journal.rows.outcomes import lacks_reason, outcomes_of
from importer.journal.rows.packed_remarks import ROWS_OF_ONE, firsts_elsewhere
from importer.journal.rows.row_span import Span, read_span
from importer.journal.rows.rows import STARTED
from importer.journal.rows.rows import counts as count_rows
from importer.journal.states import TO_BE_UPDATED, RowState, RunState
from importer.messages.text import Text, counted
from importer.model import REPEATED_ID, Status

_RUN: Final = bindparam("run", type_=ROWS.c.run.type)
_NEED_ID: Final = [RowState.CREATED, RowState.ALREADY_IMPORTED, RowState.UPDATED, *TO_BE_UPDATED]
_MAY_HAVE_ID: Final = [RowState.EXISTS, RowState.UNCONFIRMED, RowState.REJECTED]
_ENTERED: Final = [RowState.CREATED, RowState.UPDATED]
"""States of rows that the ledger remembers; of an unconfirmed one, too, where it has a FreedomID."""

_AGREES: Final = or_(LEDGER.c.freedom_id == ROWS.c.freedom_id, LEDGER.c.run != ROWS.c.run)

_PRINTS_SEAL: Final = func.substr(LEDGER.c.prints, 45, type_=LargeBinary)
_PRINTS_MAC: Final = mac(
    literal_column("'prints'"), LEDGER.c.phone, func.substr(LEDGER.c.prints, 1, 44, type_=LargeBinary)
)

_LEDGER_CHECKS: Final[tuple[tuple[ColumnElement[bool], str], ...]] = (
    (func.coalesce(not_(_AGREES), true()), Text("a FreedomID that the ledger does not have for the phone")),
    (
        and_(LEDGER.c.phone.is_not(None), is_unsound(LEDGER)),
        Text("a FreedomID whose entry in the ledger is not what was written: the journal is damaged"),
    ),
    (
        LEDGER.c.prints.is_not(None) & (_PRINTS_SEAL != _PRINTS_MAC),
        Text("fields whose prints in the ledger are not what was written: the journal is damaged"),
    ),
)
"""(condition, what such rows have)."""

_IN_LEDGER: Final = (
    select(*(func.min(ROWS.c.row).filter(condition) for condition, _ in _LEDGER_CHECKS))
    .join_from(ROWS, LEDGER, and_(LEDGER.c.api == bindparam("api"), LEDGER.c.phone == ROWS.c.phone), isouter=True)
    .where(
        ROWS.c.run == _RUN,
        ROWS.c.row.between(bindparam("first"), bindparam("last")),
        or_(ROWS.c.state.in_(_ENTERED), and_(ROWS.c.state == RowState.UNCONFIRMED, ROWS.c.freedom_id.is_not(None))),
        ROWS.c.phone.is_not(None),
        # not correlated: with a condition on the outer row it would be made anew for each row
        ROWS.c.row.not_in(select(ARRIVALS.c.row).where(ARRIVALS.c.run == _RUN)),
    )
)
"""The first row of a span for each check: they are counted only where there is one."""

_ENDS: Final = [
    select(end).where(first.table.c.run == _RUN)
    for first, last in (
        (ROWS.c.row, func.max(ROWS.c.row)),
        (REMARKS.c.row, func.max(REMARKS.c.row)),
        (PACKED_REMARKS.c.first, func.max(PACKED_REMARKS.c.first) + ROWS_OF_ONE - 1),
        (REPEATS.c.first, func.max(REPEATS.c.last)),
    )
    for end in (func.min(first), last)
]
"""A query each: SQLite looks up either end alone, and reads all of the run's rows where it is asked for both."""

_ENDED: Final = select(RUNS.c.state, RUNS.c.rows, RUNS.c.counts).where(RUNS.c.number == _RUN)

_AT_ONCE: Final = 100_000
"""Rows looked at in one transaction, about a second: while one is open, what others write cannot leave the log."""

Advanced = Callable[[int], object]
"""Is told how many rows were looked at."""


class Audit:
    """Looks at the rows of a run once, in their order, and gives what it reads to whoever compares it with files.

    ``run`` and ``api`` are numbers. What arrived is sorted in, where it can be.

    Attributes:
        rows: How many the journal has, folded ones too.
    """

    def __init__(self, database: Database, run: int, api: int) -> None:
        self._database, self._run, self._api = database, run, api
        with database.reading() as connection:
            found = [connection.execute(query, {"run": run}).scalar_one() for query in _ENDS]
            ends = [end for end in found if end is not None]
            self._counts = count_rows(connection, run)
            self._ended = connection.execute(_ENDED, {"run": run}).one()
        self.rows = sum(self._counts.values())
        self._next, self._last = min(ends, default=0), max(ends, default=-1)
        self._entries: pd.Series[int] | None = None
        self._found: dict[str, tuple[int, int]] = {}
        self._ids: list[pd.Series[int]] = [pd.Series(dtype="int64")]

    def read_ledger(self, looked: Advanced = id) -> "pd.Series[int]":
        """Read what the ledger has of the run, before its rows; ``looked`` is told how many entries were read."""
        if self._entries is None:
            self._entries = sound_entries(self._database, self._run, self._api, self.rows, looked)
        return self._entries

    def read(self, last: int) -> pd.DataFrame:
        """Look at the rows after those that were read before, up to one; what became of them (see ``outcomes_of``).

        Raises:
            BooksDontBalance: A page, or what is folded, is damaged.
        """
        first, self._next = self._next, max(self._next, last + 1)
        span = read_span(self._database, self._run, first, last, salvage=False)
        self._check_rows(span.rows)
        found = outcomes_of(span)
        self._check_remarks(span, found)
        self._check_ledger(span.rows[_is_entered(span.rows) & span.rows["phone"].notna()], first, last)
        for ids in (span.rows["freedom_id"].dropna(), pd.Series(span.repeats, dtype="object").dropna()):
            self._ids.append(pd.Series(np.fromiter(map(hash, ids.tolist()), "int64", len(ids)), index=ids.index))
        return found

    def contradictions(self, looked: Advanced = id) -> Iterator[str]:
        """Look at what is left, and give a sentence for each kind of contradiction; none: the books balance.

        What the pipeline recorded of the run's end (rows, counts) is compared too, if the run had ended.
        """
        while self._next <= self._last:
            first = self._next
            looked(len(self.read(min(first + _AT_ONCE - 1, self._last))))
        for what, (count, row) in self._found.items():
            yield from _told(count, row, what)
        ids = pd.concat(self._ids)
        again = ids[ids.duplicated(keep=False)]
        if len(again):
            what = Text("a FreedomID that stands in more than one row")
            yield from _told(int(again.nunique()), int(again.index.min()), what)
        with self._database.reading() as connection:
            astray = firsts_elsewhere(connection, self._run)
        yield from _told(
            len(astray), min(astray, default=0), Text("texts that stand under another run: the journal is damaged")
        )
        yield from self._ending_faults()

    def _note(self, what: str, rows: "pd.Index[int]") -> None:
        if len(rows):
            count, first = self._found.get(what, (0, int(rows.min())))
            self._found[what] = count + len(rows), min(first, int(rows.min()))

    def _check_rows(self, rows: pd.DataFrame) -> None:
        state, has_id, has_phone = rows["state"], rows["freedom_id"].notna(), rows["phone"].notna()
        needs_id, entered = state.isin(_NEED_ID), _is_entered(rows)
        for wrong, what in (
            (~state.isin(list(RowState)), Text("a state that this program does not know")),
            (needs_id & ~has_id, Text("a status that comes with a FreedomID, but none")),
            (~needs_id & ~state.isin(_MAY_HAVE_ID) & has_id, Text("a FreedomID, but a status that has none")),
            (entered & ~has_phone, Text("a FreedomID, but no phone")),
            (~rows["sound"], Text("an outcome that is not what was written: the journal is damaged")),
            (
                state.isin(STARTED) & (self._ended.state == RunState.FINISHED),
                Text("a request that was started and no outcome, though the run has finished"),
            ),
        ):
            self._note(what, rows.index[wrong])

    def _check_remarks(self, span: Span, found: pd.DataFrame) -> None:
        remarks, rows = span.remarks, found.index
        astray = [some.start for some in span.damaged if not rows.isin(some).any()]
        unsound = remarks.index[~remarks["sound"]]
        self._note(Text("a remark that is not what was written: the journal is damaged"), unsound.union(astray))
        if self._ended.state != RunState.PURGED:
            lacking = rows[lacks_reason(found)].difference(unsound)
            self._note(Text("no reason, though their status has one: the journal is damaged"), lacking)
        repeated = remarks["errors"].str.contains(REPEATED_ID, regex=False)
        what = Text(
            "a FreedomID that the API gave to another phone as well, or that is nobody's ({code})", code=REPEATED_ID
        )
        self._note(what, remarks.index[repeated])
        self._note(Text("a remark, but no such row"), remarks.index.difference(rows))

    def _check_ledger(self, entered: pd.DataFrame, first: int, last: int) -> None:
        """Look up the entered rows of a span in the ledger, if one is not as what was read of it before."""
        pairs = pairs_of(entered["phone"].tolist(), entered["freedom_id"].tolist())
        here, there = pd.Series(pairs, index=entered.index, dtype="int64"), self.read_ledger().loc[first:last]
        if there.equals(here) or there.reindex(here.index).eq(here).all():
            return
        values = {"run": self._run, "api": self._api, "first": first, "last": last}
        with self._database.reading() as connection:
            found = connection.execute(_IN_LEDGER, values).one()
            for row, (condition, what) in zip(found, _LEDGER_CHECKS, strict=True):
                if row is not None:
                    rows_of = _IN_LEDGER.with_only_columns(ROWS.c.row).where(condition)
                    self._note(what, pd.Index(connection.execute(rows_of, values).scalars().all()))

    def _ending_faults(self) -> Iterator[str]:
        """Compare a run that has ended with what was recorded of its end."""
        state, rows, text = self._ended
        if state not in (RunState.FINISHED, RunState.STOPPED):
            return
        if rows and rows != self.rows:
            yield Text("The run has {rows} rows, the journal {there}.", rows=rows, there=self.rows)
        for name, number in json.loads(text).items():
            found = self._counts.get(Status(name), 0) if name in set(Status) else number
            if found != number:
                yield Text(
                    "The run ended with {number} rows {status}, the journal has {found}.",
                    number=number,
                    status=name,
                    found=found,
                )


def _is_entered(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the ledger remembers rows."""
    doubted = (rows["state"] == RowState.UNCONFIRMED) & rows["freedom_id"].notna()
    return rows["state"].isin(_ENTERED) | doubted


def _told(count: int, first: int, what: str) -> Iterator[str]:
    if count:
        yield counted(
            "{count} row has {what}; the first is row {first}.",
            "{count} rows have {what}; the first is row {first}.",
            count,
            what=what,
            first=first,
        )
