"""Dates like 31.12.1999, 31/12/1999 and 31-12-1999, a whole column at a time: how most files write their dates."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import Texts, where
from importer.columns.arrow_text import Positions
from schemas.letters import Letters, letters_of, texts_of

Integers = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

_WIDTH: Final = 10
_ZERO: Final = np.uint8(ord("0"))
_DIGITS: Final = [0, 1, 3, 4, 6, 7, 8, 9]
_FIRST, _SECOND, _YEAR = slice(0, 2), slice(3, 5), slice(6, 10)
_DAYS: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MONTHS: Final = 12
_FIRST_YEAR: Final = 1000
"""Earlier ones are what programs write for an empty date, and are looked at one by one."""


@dataclass(frozen=True)
class PlainDates:
    """The cells of a column that hold two digits, two digits and four, parted by one dot, slash or hyphen each.

    Attributes:
        positions: Where in the column, 0-based, ascending.
        letters: Their bytes, ten each.
        dotted: Where the separator is a dot.
    """

    positions: Positions
    letters: Letters
    dotted: Mask

    @property
    def first(self) -> Integers:
        """The first number of each."""
        return self._number(_FIRST)

    @property
    def second(self) -> Integers:
        """The second number of each."""
        return self._number(_SECOND)

    def read(self, order: str, today: str) -> tuple[Mask, Texts]:
        """Which cells have a day of the calendar, not to come, in this order ("dmy" or "mdy"); and those as Y-m-d."""
        place = {"dmy": (_FIRST, _SECOND), "mdy": (_SECOND, _FIRST)}[order]
        day, month, year = (self._number(part) for part in (*place, _YEAR))
        leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        longest = _DAYS[np.minimum(month, _MONTHS)] + (leap & (month == 2))  # noqa: PLR2004 (February)
        good = (month >= 1) & (month <= _MONTHS) & (day >= 1) & (day <= longest) & (year >= _FIRST_YEAR)
        good &= (year * 100 + month) * 100 + day <= int(today.replace("-", ""))
        written = np.full((int(good.sum()), _WIDTH), ord("-"), dtype=np.uint8)
        for target, source in ((slice(0, 4), _YEAR), (slice(5, 7), place[1]), (slice(8, 10), place[0])):
            written[:, target] = self.letters[good, source]
        return good, texts_of(written)

    def _number(self, part: slice) -> Integers:
        digits = (self.letters[:, part] - _ZERO).astype(np.int64)
        return digits @ 10 ** np.arange(digits.shape[1])[::-1]


def plain_dates(texts: Texts) -> PlainDates:
    """The plainly written dates of a column."""
    at = where(pc.equal(pc.binary_length(texts), _WIDTH))
    letters = letters_of(texts.take(pa.array(at)), _WIDTH)
    separator = letters[:, 2]
    plain = (separator == letters[:, 5]) & np.isin(separator, np.frombuffer(b"./-", np.uint8))
    for place in _DIGITS:
        plain &= letters[:, place] - _ZERO <= 9  # noqa: PLR2004 (unsigned: what is below "0" is far above)
    return PlainDates(at[plain], letters[plain], separator[plain] == ord("."))
