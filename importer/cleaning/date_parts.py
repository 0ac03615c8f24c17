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
_NUMBERS: Final = re.compile(r"[0-9]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_TOKENS: Final = re.compile(r"[0-9]+|[^\W\d_]+")
_FILLER_WORDS: Final = """
    г гг год года ж жыл жылы жылғы жылгы жылдын жылдың of the th st nd rd го е y yil yili yilda yilgi yilning
    mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
    пн вт ср чт пт сб вс понедельник вторник среда четверг пятница суббота воскресенье
    гр р др д рожд рождения род родился родилась т туған туылған туулган born on dob
"""
_FILLERS: Final = frozenset(_FILLER_WORDS.split())
_BEFORE: Final = re.compile(r"[^\W\d_]+[.:, /]*")
_BEHIND: Final = re.compile(r"[.,\- ]*[^\W\d_]+[. /]*")
"""A word that says that what stands beside it is a date of birth or a year: ``1999 г.р.``, ``род. 31.12.1999``."""


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
    day = without_words(shown[: time.start()] if time else shown)
    numeric = _NUMERIC.match(day)
    if numeric:
        return Parts((numeric[1], numeric[3], numeric[4]), numeric[2].replace("\\", "/"), zoned=zoned)
    spaced = re.fullmatch(r"([0-9]{1,2}) ([0-9]{1,2}) ([0-9]{4})", day)
    if spaced:
        return Parts(spaced.groups(), " ", zoned=zoned)
    return _in_words(day, zoned=zoned)


def without_words(shown: str) -> str:
    """What is left of a flat text without words around it that only say that it is a date."""
    numbers = list(_NUMBERS.finditer(shown))
    if not numbers:
        return shown
    begin, end = numbers[0].start(), numbers[-1].end()
    if _only_fillers(_BEFORE, shown[:begin]):
        shown, end = shown[begin:], end - begin
    return shown[:end] if _only_fillers(_BEHIND, shown[end:]) else shown.strip(" ,.")


def _only_fillers(word: "re.Pattern[str]", text: str) -> bool:
    words = [found.lower() for found in _LETTERS.findall(text)]
    return not word.sub("", text).strip(" ,.") and all(found in _FILLERS for found in words)


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
