"""Columns that say the country code of the phone beside them: their headers and their cells."""

import re
from functools import lru_cache
from typing import Final

from schemas.word_lists import names

DIAL_CODES: Final = names(
    """
    dial code | dialing code | dialling code | country dial code | country dialing code | country dialling code |
    calling code | country calling code | phone country code | country phone code | phone dial code |
    country code (phone) | isd code | телефонный код страны | код страны телефона | код страны (телефон) |
    международный телефонный код | елдің телефон коды
    """
)
"""The country code of a phone beside it: digits, unless the cells are the letters of countries."""

DIAL_CODES_IF_SHOWN: Final = ("код телефона", "телефонный код", "phone code")
"""The same where the cells show it, for they may be of operators or towns: a plus, or fewer than three digits."""

DIAL_CODES_IF_DIGITS: Final = ("country code", "код страны", "countrycode", "ел коды")
"""The same where the cells are such codes, and not the letters of countries."""

ALL_DIAL_CODES: Final = (*DIAL_CODES, *DIAL_CODES_IF_SHOWN, *DIAL_CODES_IF_DIGITS)

_WITH_PLUS: Final = re.compile(r"[^0-9+]*\+[\s(]*([1-9][0-9]{0,2})[^0-9+]*")
_BARE: Final = re.compile(r"[\s'(\[]*(?:00\s*)?([1-9][0-9]{0,2})(?:[.,]0+)?[\s')\]]*")
_OF_NO_COUNTRY: Final = "001"
"""The library's region of codes that no country has: +800, +883."""


@lru_cache(maxsize=1 << 12)
def dial_code_in(cell: str) -> str:
    """The digits of the country code that a cell (``+91``, ``91.0``, ``0091``, ``IN (+91)``) holds alone, or ""."""
    found = _WITH_PLUS.fullmatch(cell) or _BARE.fullmatch(cell)
    return found[1] if found and main_region(found[1]) else ""


@lru_cache(maxsize=256)
def main_region(code: str) -> str:
    """ISO 3166-1 alpha-2 of the main country of a code (of 7 it is RU, of 1 US), or "" where no country has it."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 (only where a column holds such codes)

    region = next(iter(COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())), _OF_NO_COUNTRY)
    return "" if region == _OF_NO_COUNTRY else str(region)
