"""Days, times and durations that a workbook writes as text of ISO 8601, as a person sees them.

Source: ECMA-376 part 1, 18.17.4 and 18.18.11 (strict workbooks write such cells with type d); OpenDocument 1.3 part 3,
19.384 (office:time-value).
"""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from importer.reading.workbook.number_format import Shows
from importer.reading.workbook.shown_number import SHORT_OF_A_SECOND, clock, moment

_DURATION: Final = re.compile(
    r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?)?", re.IGNORECASE | re.ASCII
)
_FIRST_DAY: Final = datetime(1899, 12, 31)  # noqa: DTZ001 (a cell has no zone)
_LEAP_BUG: Final = datetime(1900, 3, 1)  # noqa: DTZ001 (a cell has no zone)
"""From here on Excel counts a day more than there were since 1899-12-31."""


def duration(text: str) -> str:
    """A duration such as PT36H15M as 36:15:00; "" for what is none."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()[1:]):
        return ""
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    return ("-" if match.group(1) else "") + clock(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def iso_moment(text: str, shows: Shows) -> str:
    """A cell of type d: a day, a time or both, under what its number format shows; itself where it is none of them."""
    bare = text.strip().removesuffix("Z")
    if bare.startswith("T") or (":" in bare and "-" not in bare):
        return bare.removeprefix("T").partition(".")[0]
    try:
        when = datetime.fromisoformat(bare).replace(tzinfo=None)
    except ValueError:
        return duration(bare) or text
    return _shown(_to_the_second(when), shows)


def _to_the_second(when: datetime) -> datetime:
    """The nearest second of its day; the next day only as ``SHORT_OF_A_SECOND`` has it."""
    with suppress(OverflowError):  # the last second there is, which databases write for "for ever"
        near = when + timedelta(seconds=0.5)
        return (near if near.date() == when.date() else when + timedelta(seconds=SHORT_OF_A_SECOND)).replace(
            microsecond=0
        )
    return when.replace(microsecond=0)


def _shown(when: datetime, shows: Shows) -> str:
    if shows is Shows.ELAPSED:
        span = when - _FIRST_DAY + timedelta(days=when >= _LEAP_BUG)
        return clock(max(0, span.days) * 86_400 + span.seconds)
    if shows is Shows.TIME and when < _FIRST_DAY + timedelta(days=1):
        return f"{when:%H:%M:%S}"
    return moment(when)
