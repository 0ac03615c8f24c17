"""Numbers of cells as a person sees them: whole digits, dates as ISO 8601, masks filled in."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from importer.reading.workbook.number_format import NumberFormat, Shows

_SAFE_DIGITS: Final = 15
_LEAP_BUG: Final = 60
"""Excel believes in 29 February 1900; serial numbers below are a day off."""

SHORT_OF_A_SECOND: Final = 0.0001
"""What the number for midnight may lack of it. More does not end a day: 23:59:59.997 is how databases write its end,
and Excel and LibreOffice show it under that day."""


def shown(value: str, how: NumberFormat, *, epoch_1904: bool) -> tuple[str, bool]:
    """A stored number as a person sees it under a format; and whether digits are lost.

    A mask is filled with whole numbers only; others, and those without a mask, are their digits.
    """
    digits, lost = number_text(value)
    if how.bare:
        return digits, lost
    try:
        number = float(value)
        section = how.section(number)
    except ValueError:
        return digits, lost
    shows = Shows.DIGITS if section is None else section.shows
    if section is not None and shows is Shows.MASK:
        # what a mask hides is still a number, unless it is the zero of a column that is blank
        hidden = number and not section.has_digits
        return (section.masked(digits), False) if digits.isdigit() and not lost and not hidden else (digits, lost)
    text = _moment(value, shows, epoch_1904=epoch_1904) if shows is not Shows.DIGITS else ""
    return (text, False) if text else (digits, lost)


def number_text(value: str) -> tuple[str, bool]:
    """A stored number as plain digits (no exponent, no ``.0``), and whether digits are lost beyond the 15th."""
    try:
        number = float(value)
    except ValueError:
        return value, False
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 (NaN)
        return value, False
    if number == int(number):
        text = str(int(number))
        return text, len(text.lstrip("-")) > _SAFE_DIGITS
    text = f"{number:.15g}"
    return (f"{number:.17f}".rstrip("0") if "e" in text else text), False


@lru_cache(maxsize=65_536)
def _moment(value: str, shows: Shows, *, epoch_1904: bool) -> str:
    """A count of days as a date or time; "" where it is none."""
    try:
        serial = float(value)
        exact = (serial % 1) * 86_400
        seconds = round(exact) if exact > 86_400 - SHORT_OF_A_SECOND else min(round(exact), 86_399)
        days = int(serial // 1)
        if days < 0 or (shows is Shows.DATE and days < 1 and not epoch_1904):
            return ""
        if shows is Shows.ELAPSED or (days == 0 and shows is Shows.TIME):
            return clock(days * 86_400 + seconds)
        base = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30 if days >= _LEAP_BUG else 31)  # noqa: DTZ001 (a cell has no zone)
        return moment(base + timedelta(days=days, seconds=seconds))
    except (ValueError, OverflowError):
        return ""


def clock(seconds: int) -> str:
    """So many seconds as hours, which may be more than a day has, minutes and seconds."""
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def moment(when: datetime) -> str:
    """A date, with its time only where there is one."""
    if when.hour or when.minute or when.second:
        return f"{when:%Y-%m-%d %H:%M:%S}" if when.year >= 1000 else when.isoformat(" ", "seconds")  # noqa: PLR2004 (strftime drops zeros)
    return when.date().isoformat()
