"""Which texts of the form Y-m-d are days that exist: told from their tails, without reading each one."""

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.forms import have_form

_FORM: Final = "0000-00-00"
"""``rules.DATE``."""

_LEAP_YEAR: Final = 2000
_LEAP_DAY: Final = b"-02-29"
_FIRST_OF_LEAP_YEAR: Final = date(_LEAP_YEAR, 1, 1).toordinal()
_TAILS: Final = pa.array(
    [date.fromordinal(_FIRST_OF_LEAP_YEAR + day).isoformat()[4:].encode() for day in range(366)], pa.large_binary()
)
"""``-01-01`` to ``-12-31``, the leap day among them."""


def are_dates(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which texts have the form Y-m-d: ``rules.DATE``."""
    return pa.array(have_form(texts, _FORM))


def are_days(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which texts are days of the calendar (years 1 to 9999), if their form is four, two and two digits.

    Texts of another form may get either answer.
    """
    tails = pc.binary_slice(texts.view(pa.large_binary()), 4, 10)
    found = pc.and_not(pc.is_in(tails, _TAILS), pc.starts_with(texts, "0000"))
    leap = np.flatnonzero(np.asarray(pc.equal(tails, _LEAP_DAY)))
    if not len(leap):
        return found
    days = np.asarray(found).copy()
    days[leap] = [_is_day(text) for text in texts.take(pa.array(leap)).to_pylist()]
    return pa.array(days)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
