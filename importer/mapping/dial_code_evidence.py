"""Whether a column under ``Country code`` holds the country codes of its phones, or ISO's numbers or a list's own.

31 is the Netherlands, and Azerbaijan's 031 that a spreadsheet took the zero of. The phones tell which is meant.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from schemas.dial_codes import dial_code_in
from schemas.iso3166 import ALPHA_2_OF
from schemas.phone_plans import code_of_region, trunk_prefix, valid_national

_NOT_OF_A_PHONE: Final = re.compile(r"[^0-9+]+")
_FLOAT: Final = re.compile(r"[.,]0+\s*\Z")
_ABROAD: Final = re.compile(r"\A(?:\+|00)")
_ISO_LENGTH: Final = 3


def borne_out(pairs: Iterable[tuple[str, str]], region: str) -> int:
    """How many more phones say that the cells beside them are country codes than say that they are not.

    Args:
        pairs: Cells of the column of codes, each with the phone beside it.
        region: Whose plan phones without a code are read by (ISO 3166-1 alpha-2), "" = not known.
    """
    own = code_of_region(region)
    votes = (
        _vote(cell, code, digits, own)
        for cell, phone in pairs
        if (code := dial_code_in(cell)) and (digits := _NOT_OF_A_PHONE.sub("", _FLOAT.sub("", phone)))
    )
    return sum(votes)


def _vote(cell: str, code: str, digits: str, own: str) -> int:
    """1 where a phone bears out that its cell is a country code, -1 where it says otherwise, 0 where both can be."""
    bare = _ABROAD.sub("", digits)
    if bare != digits:
        return 1 if bare.startswith(code) else -1
    with_code, as_ever = _is_of(digits, code), _is_of(digits, own)
    if not with_code:
        return -1 if as_ever else 0
    if code == own or "+" in cell:
        return 1
    if len(code) == 1:  # as likely the first entry of a list of countries
        return 0 if as_ever else 1
    iso = code_of_region(ALPHA_2_OF.get(code.zfill(_ISO_LENGTH), ""))
    return 0 if _is_of(digits, iso) else 1


def _is_of(digits: str, code: str) -> bool:
    """Whether digits are a valid number of a country code, with or without it or the prefix of domestic calls."""
    return bool(code and _numbers(code).fullmatch(digits))


@lru_cache(maxsize=256)
def _numbers(code: str) -> re.Pattern[str]:
    prefix = trunk_prefix(code).pattern or "0"
    return re.compile(rf"(?:{code})?(?:{prefix})?(?:{valid_national(code)})")
