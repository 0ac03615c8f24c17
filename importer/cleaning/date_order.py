"""Which comes first in a column of dates, day or month: gathered over the whole file before any cell is read."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import to_arrow

_SHAPE: Final = (
    r"\A\s*'?(?P<first>[0-9]{1,2})\s?(?P<separator>[./\\ -])\s?(?P<second>[0-9]{1,2})[./\\ -]\s?"
    r"(?:[0-9]{4}|[0-9]{2})(?:\D.*)?\z"
)
"""Day and month as numbers, year last. (RE2's ``\\D`` is ASCII: everything after the year is a time or a word.)"""

_MONTHS: Final = 12
_DAYS: Final = 31


@dataclass
class DateEvidence:
    """Counts of the cells that can be read in one order only. Chunks may be added in any order.

    Attributes:
        day_first: Cells with a first number over 12, per kind of separator (dots, others).
        month_first: Cells with a second number over 12, likewise.
        unclear: Cells that fit both orders with different results, likewise.
    """

    day_first: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    month_first: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    unclear: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    def add(self, column: pd.Series) -> None:
        """Count a chunk's raw cells (str, "" = blank)."""
        encoded = to_arrow(column).dictionary_encode()
        counts = np.bincount(np.asarray(encoded.indices), minlength=len(encoded.dictionary))
        found = pc.extract_regex(encoded.dictionary, _SHAPE)
        dates = np.asarray(found.is_valid())
        first, second = (
            np.asarray(pc.cast(pc.struct_field(found, name), pa.int64()).fill_null(0)) for name in ("first", "second")
        )
        dotted = np.asarray(pc.equal(pc.struct_field(found, "separator"), ".").fill_null(False))
        self._count(first[dates], second[dates], dotted[dates], counts[dates])

    def _count(self, first: Any, second: Any, dotted: Any, counts: Any) -> None:
        """Dates by their two numbers and separators, and how often each stands in the column."""
        plain = (first <= _DAYS) & (second <= _DAYS)
        for dots in (True, False):
            here = plain & (dotted == dots)
            self.day_first[dots] += int(counts[here & (first > _MONTHS) & (second <= _MONTHS)].sum())
            self.month_first[dots] += int(counts[here & (second > _MONTHS) & (first <= _MONTHS)].sum())
            both = here & (first <= _MONTHS) & (second <= _MONTHS) & (first != second)
            self.unclear[dots] += int(counts[both].sum())

    def decide(self) -> str:
        """The ``date_order`` of Decisions: "dmy", "mdy", "both" or "none".

        Month-first slashes say nothing about dots, which nobody writes month first: a column that has both is "both".
        """
        day_first, month_first = any(self.day_first.values()), any(self.month_first.values())
        if month_first and not self.month_first[True] and self.unclear[True]:
            return "both"
        if day_first and month_first:
            return "both"
        if day_first or month_first:
            return "dmy" if day_first else "mdy"
        return "none"
