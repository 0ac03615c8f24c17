"""One phone cell of free text taken apart: its numbers, its extension, and what stands in the way."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from importer.cleaning.characters import BLANK_WORDS, flat
from schemas.rules import DIGITS_LOST

_BREAKS: Final = re.compile(r"[\r\n\v\f\u2028\u2029]+")
_SEPARATORS: Final = re.compile(r"\s*(?:[,;/|\\&]|:::|\b(?:или|либо|или же|and|or|и)\b)\s*", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    r"[\s,(]*(?:доб(?:ав\w*)?|вн(?:утр\w*)?|ext(?:ension)?|x|#|ішкі)[\s.:№#]*([0-9]{1,6})\s*\)?\s*\Z", re.IGNORECASE
)
_LABEL: Final = re.compile(
    r"(?:тел(?:ефон)?|моб(?:ильный)?|сот(?:овый|ка)?|раб(?:очий)?|дом(?:ашний)?|факс|[тмрдс]|tel|mob(?:ile)?|phone|cell|fax|"
    r"home|work|wh?ats?app|wa|ватсап|вотсап|viber|вайбер|telegram|tg|[ptm])\s*[.:=\s+(]*(?=[+(0-9])",
    re.IGNORECASE,
)
_GLUED: Final = re.compile(r"[0-9][^\W\d_]|[^\W\d_][0-9]")
_LETTERS: Final = re.compile(r"[^\W\d_]+[.:]*")
_FLOAT: Final = re.compile(r"\A(\+?[0-9]{9,})[.,]0{1,2}\Z")
_TRUNK_ZERO: Final = re.compile(r"(\+[0-9 ]{1,5})\(0\)")
_DIGITS_FOR: Final = str.maketrans("OoОоQIlІіЗзЅ", "000001111335")
_LOST: Final = re.compile(DIGITS_LOST)
_WHOLE: Final = (10, 12)
"""Digits of each of two numbers that only a space parts."""

_FEWEST_DIGITS: Final = 5
"""A piece with fewer digits is a remark (a flat, an hour), not a number."""


@dataclass(frozen=True)
class PhoneCell:
    """What one cell holds.

    Attributes:
        numbers: Digits with at most a leading plus, in their order.
        extension: Digits behind доб., ext., x.
        problem: A code that no reading of the numbers can lift, or "".
        guess: With the code phone_letters: the number with digits for look-alike letters.
    """

    numbers: tuple[str, ...] = ()
    extension: str = ""
    problem: str = ""
    guess: str = ""


@lru_cache(maxsize=1 << 13)
def take_apart(text: str) -> PhoneCell:
    """Read one cell."""
    shown = flat(_BREAKS.sub(";", text)).strip(" ';")
    if shown.lower() in BLANK_WORDS or not shown or not shown.strip("0-"):
        return PhoneCell(problem="phone_missing")
    if _LOST.fullmatch(shown):
        return PhoneCell(problem="phone_digits_lost")
    numeric = _FLOAT.match(shown)
    shown = _TRUNK_ZERO.sub(r"\1", numeric[1] if numeric else shown)
    numbers: list[str] = []
    extension = ""
    for piece in _SEPARATORS.split(shown):
        found = _EXTENSION.search(piece)
        extension = extension or (found[1] if found else "")
        unlabelled = _LABEL.sub("", piece[: found.start()] if found else piece, count=1)
        if _GLUED.search(unlabelled):
            return PhoneCell(problem="phone_letters", guess=_squash(unlabelled.translate(_DIGITS_FOR)))
        numbers += _numbers_of(_LETTERS.sub(" ", unlabelled))
    chosen = tuple(number for number in numbers if len(number) >= _FEWEST_DIGITS) or tuple(numbers[:1])
    return PhoneCell(chosen, extension, "" if chosen else "phone_pattern")


def _numbers_of(piece: str) -> list[str]:
    """The numbers of a piece: one, or more where a plus begins anew or two whole numbers stand side by side."""
    starts = [part for part in re.split(r"(?<=[0-9)])\s*(?=\+)", piece) if re.search(r"[0-9]", part)]
    found: list[str] = []
    for part in starts:
        gaps = (gap.start() for gap in re.finditer(r"\s+", part.strip()))
        halves = ((_squash(part.strip()[:gap]), _squash(part.strip()[gap:])) for gap in gaps)
        pair = next((two for two in halves if all(_WHOLE[0] <= len(one.lstrip("+")) <= _WHOLE[1] for one in two)), None)
        found += pair or (_squash(part),)
    return found


def _squash(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", text)
    return f"+{digits}" if text.lstrip(" (").startswith("+") else digits
