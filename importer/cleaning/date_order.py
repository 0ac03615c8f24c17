"""Which comes first in a column of dates, day, month or year: gathered over the whole file before any cell is read."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import matches, where
from importer.cleaning.date import ZERO_DAY, readings
from importer.cleaning.date_parts import take_apart
from importer.cleaning.turned_dates import EXCEPTIONS, FEWEST, PUT_RIGHT, count_year_first
from importer.cleaning.unpacking import unpacked
from importer.columns.arrow_text import to_arrow

_SHAPE: Final = (
    r"\A[^0-9]*(?P<first>[0-9]{1,2})\s?(?P<separator>[./\\ -])\s?(?P<second>[0-9]{1,2})[./\\ -]\s?"
    r"(?P<third>[0-9]{4}|[0-9]{1,2})(?:\D.*)?\z"
)
"""Three numbers, no year first with four digits, also behind a word. (RE2's ``\\D`` is ASCII: a time or a word.)"""

_SAYS_NOTHING: Final = r"\A\s*(?:[0-9]{3}|\z)"
"""Cells with the year first, and blank ones: nothing of the order of the others, and in most files most of them."""

_PLAIN: Final = (
    r"\A[0-9]{1,2}(?:/[0-9]{1,2}/|\.[0-9]{1,2}\.|-[0-9]{1,2}-)(?:[0-9]{4}|[0-9]{2})"
    r"(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?\z"
)
"""Cells of that shape, with a time or without. Of others not all can be read: ``31/12/1999 or 1998``, ``31/12.99``."""

_MONTHS: Final = 12
_DAYS: Final = 31
_SHORT_YEARS: Final = 100
_LAST_LEAP_YEAR: Final = 2000
_NEVER: Final = 9999
"""In place of the years 0000 to 0099: in the future, nobody is born then."""

KINDS: Final = ("day_first", "month_first", "year_first", "short_day_first", "year_last", "unclear", "same")


@dataclass
class DateEvidence:
    """Counts of the cells that can be read in one order only. Chunks may be added in any order.

    A cell counts only if it can be sent: a day that is in no calendar, in the future, or in a cell that cannot be read
    for what else stands there decides nothing.

    Attributes:
        today: ISO date.
        counts: Per kind of separator (True: dots), and per kind of cell of ``KINDS``:
            ``day_first`` and ``month_first`` one number over 12 in the first or second place;
            ``short_day_first`` the same in a cell whose three numbers may also be year, month, day (14-05-12);
            ``year_first`` a first number over 31 (85-05-14), ``year_last`` a last one of two digits over 31;
            ``unclear`` both orders fit, with different days, ``same`` with the same day.
        turnable: Cells that begin with a whole year, and are another day with day and month the other way round.
        settled: Those of them whose day is over 12.
    """

    today: str
    counts: dict[tuple[bool, str], int] = field(
        default_factory=lambda: {(dots, kind): 0 for dots in (True, False) for kind in KINDS}
    )
    turnable: int = 0
    settled: int = 0

    def add(self, column: pd.Series) -> None:
        """Count a chunk's raw cells (str, "" = blank)."""
        cells = unpacked(to_arrow(column))
        encoded = cells.dictionary_encode()
        texts, counts = encoded.dictionary, np.bincount(np.asarray(encoded.indices), minlength=len(encoded.dictionary))
        turnable, settled = count_year_first(texts, counts)
        self.turnable += turnable
        self.settled += settled
        others = where(pc.invert(matches(texts, _SAYS_NOTHING)))
        texts, counts = texts.take(pa.array(others)), counts[others]
        found = pc.extract_regex(texts, _SHAPE)
        dates = np.asarray(found.is_valid())
        if not dates.any():
            return
        odd = where(pc.and_not(pa.array(dates), matches(texts, _PLAIN)))
        unreadable = [not self._can_be_read(text) for text in texts.take(pa.array(odd)).to_pylist()]
        dates[odd[np.array(unreadable, dtype=bool)]] = False
        first, second, third = (
            np.asarray(pc.cast(pc.struct_field(found, name), pa.int64()).fill_null(0))[dates]
            for name in ("first", "second", "third")
        )
        full = np.asarray(pc.equal(pc.utf8_length(pc.struct_field(found, "third")), 4).fill_null(False))[dates]
        third = np.where(full & (third < _SHORT_YEARS), _NEVER, third)
        single = np.asarray(pc.equal(pc.utf8_length(pc.struct_field(found, "third")), 1).fill_null(False))[dates]
        dotted = np.asarray(pc.equal(pc.struct_field(found, "separator"), ".").fill_null(False))[dates]
        for kind, mask in self._kinds(first, second, third, single).items():
            for dots in (True, False):
                self.counts[dots, kind] += int(counts[dates][mask & (dotted == dots)].sum())

    def include(self, other: "DateEvidence") -> None:
        """Take in what another one counted."""
        for key, count in other.counts.items():
            self.counts[key] += count
        self.turnable += other.turnable
        self.settled += other.settled

    def _can_be_read(self, text: str) -> bool:
        parts = take_apart(text)
        if parts is None or parts.month:  # of May 05 13 10:30 the hour is no year
            return False
        return bool(readings(parts, date.fromisoformat(self.today), "any"))

    def _kinds(self, first: Any, second: Any, third: Any, single: Any) -> dict[str, Any]:
        """Which cells, by their three numbers, are of which kind; ``single``: the third has one digit, and no year."""
        day_first = self._can_be_sent(third, second, first) & ~single
        month_first = self._can_be_sent(third, first, second) & ~single
        year_first = (third < _SHORT_YEARS) & self._can_be_sent(first, second, third)
        year = (first > _DAYS) & year_first
        only_day, only_month = (first > _MONTHS) & day_first, (second > _MONTHS) & month_first
        return {
            "day_first": only_day & ~year_first,
            "short_day_first": only_day & year_first,
            "month_first": only_month,
            "year_first": year,
            "year_last": (third > _DAYS) & (third < _SHORT_YEARS) & (day_first | month_first),
            "unclear": day_first & month_first & (first != second),
            "same": day_first & month_first & (first == second),
        }

    def _can_be_sent(self, year: Any, month: Any, day: Any) -> Any:
        """Which of these dates are in the calendar and not to come; two digits are a year that is past."""
        short = year < _SHORT_YEARS
        whole = np.where(short, _LAST_LEAP_YEAR + year, year)
        plain = (month >= 1) & (month <= _MONTHS) & (day >= 1) & (day <= _DAYS)
        parts = {"year": whole, "month": np.where(plain, month, 1), "day": np.where(plain, day, 1)}
        days = pd.to_datetime(pd.DataFrame(parts), errors="coerce")
        past = (days <= pd.Timestamp(self.today)) & (days != pd.Timestamp(ZERO_DAY))
        return plain & days.notna().to_numpy() & (past.to_numpy() | short)

    def decide(self) -> tuple[str, str]:
        """The ``date_order`` and the ``dotted_order`` of Decisions.

        Nobody writes dots month first: a dotted cell that can only be that makes the dotted ones doubtful, one with
        slashes says nothing about them.
        """
        other, dotted = self._order(dots=False), self._order(dots=True)
        if other == "none" and dotted == "dmy":
            other = "dmy"
        return other, {"none": "dmy", "mdy": "both"}.get(dotted, dotted)

    def turned(self) -> int:
        """How many cells tell of a spreadsheet that turned round what it understood of the column; 0: it did not.

        They are those that it left as text: see ``turned_dates``.
        """
        for dots in (True, False):
            left = self._count("day_first", "short_day_first", "month_first", dots=dots)
            if self._no_chance(self.turnable, left, self.settled, dots=dots):
                return left
        return 0

    def turned_dots(self) -> int:
        """The same where it wrote them with dots: what it left has the month first, or it would have read that, too."""
        left = self.counts[False, "month_first"]
        settled = self._count("day_first", "short_day_first", "year_first", "month_first", dots=True)
        settled += self._count("day_first", "short_day_first", "year_first", dots=False)
        return left if self._no_chance(self.counts[True, "unclear"], left, settled, dots=False) else 0

    def _no_chance(self, turnable: int, left: int, settled: int, *, dots: bool) -> bool:
        """Whether chance does not explain that hardly any cell is ``settled``; ``dots``: those that were left."""
        unclear, others = self.counts[dots, "unclear"], settled + self.counts[dots, "same"]
        others += unclear if unclear * PUT_RIGHT > left else 0
        return min(turnable, left) >= FEWEST and others * EXCEPTIONS <= turnable + left

    def _count(self, *kinds: str, dots: bool) -> int:
        return sum(self.counts[dots, kind] for kind in kinds)

    def clear_cells(self, order: str, *, dots: bool) -> int:
        """How many cells can be read in that order only."""
        kinds = {"dmy": ("day_first", "short_day_first"), "mdy": ("month_first",), "ymd": ("year_first",)}
        return self._count(*kinds.get(order, ()), dots=dots)

    def unclear(self, *, dots: bool) -> int:
        """How many cells fit day first and month first alike."""
        return self.counts[dots, "unclear"]

    def _order(self, *, dots: bool) -> str:
        count = {kind: self.counts[dots, kind] for kind in KINDS}
        if count["year_first"]:
            return "any" if count["year_last"] else "ymd"
        day_first = count["day_first"] + count["short_day_first"]
        if day_first and count["month_first"]:
            return "both"
        if day_first or count["month_first"]:
            return "dmy" if day_first else "mdy"
        return "none"
