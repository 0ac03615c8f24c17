"""One written date taken apart: which numbers stand in which place, before anyone decides on day and month."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from importer.cleaning.characters import flat
from importer.cleaning.month_names import month_of

_TIME: Final = re.compile(
    r"(?:[T,]\s*|\s+)([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?)\s*(am|pm|a\.m\.|p\.m\.)?\s*"
    r"(z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?)?\Z",
    re.IGNORECASE,
)
_MIDNIGHT: Final = re.compile(r"(?:0?0|12(?=.*am))[:0.,]*(?:am)?", re.IGNORECASE)
_NUMERIC: Final = re.compile(r"([0-9]{1,4})\s*([./\\-])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,4})\Z")
_TOKENS: Final = re.compile(r"[0-9]+|[^\W\d_]+")
_YEAR_WORDS: Final = re.compile(r"[\s,]*(?<![^\W\d_])(?:гг?|год[а-я]*|ж|жыл\w*|y)\.?\Z", re.IGNORECASE)
_FILLER_WORDS: Final = """
    г год года ж жыл жылы жылғы жылгы of the th st nd rd го е y mon tue wed thu fri sat sun monday tuesday wednesday
    thursday friday saturday sunday пн вт ср чт пт сб вс понедельник вторник среда четверг пятница суббота воскресенье
"""
_FILLERS: Final = frozenset(_FILLER_WORDS.split())


@dataclass(frozen=True)
class Parts:
    """Three numbers in their written order.

    Attributes:
        numbers: As texts ("99" is not "1999"); with ``month`` set, only day and year.
        separator: "." "/" "-", or "" for words.
        month: Number of a month written as a word, or 0.
        zoned: Whether a time of day with a zone was dropped: the day may be another one where the person lives.
    """

    numbers: tuple[str, ...]
    separator: str = ""
    month: int = 0
    zoned: bool = False


@lru_cache(maxsize=1 << 15)
def take_apart(text: str) -> Parts | None:
    """The parts of a date without its time, or None where there aren't three."""
    shown = flat(text).lstrip("'")
    time = _TIME.search(shown)
    zoned = bool(time and time[3] and not _MIDNIGHT.fullmatch(time[1] + (time[2] or "")))
    day = _YEAR_WORDS.sub("", shown[: time.start()] if time else shown).strip(" ,.")
    numeric = _NUMERIC.match(day)
    if numeric:
        return Parts((numeric[1], numeric[3], numeric[4]), numeric[2].replace("\\", "/"), zoned=zoned)
    spaced = re.fullmatch(r"([0-9]{1,2}) ([0-9]{1,2}) ([0-9]{4})", day)
    if spaced:
        return Parts(spaced.groups(), " ", zoned=zoned)
    return _in_words(day, zoned=zoned)


def _in_words(day: str, *, zoned: bool) -> Parts | None:
    """``31 декабря 1999``, ``Dec 31st, 1999``, ``1999 жылғы 31 желтоқсан``, ``31-дек-99``."""
    numbers: list[str] = []
    months: list[int] = []
    for token in _TOKENS.findall(day):
        if token.isdecimal():
            numbers.append(token)
        elif token.lower() in _FILLERS:
            continue
        else:
            month = month_of(token)
            if month is None:
                return None
            months.append(month)
    if (len(numbers), len(months)) != (2, 1):
        return None
    if len(numbers[0]) == len("1999"):
        numbers.reverse()
    return Parts(tuple(numbers), month=months[0], zoned=zoned)
