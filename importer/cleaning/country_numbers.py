"""Numbers in a column of countries: ISO's only where the whole column is, else they may be dialling codes."""

import re
from functools import lru_cache
from typing import Final

import pandas as pd

from importer.cleaning.characters import flat, stands_for_nothing
from importer.cleaning.unpacking import unpacked
from importer.columns.arrow_text import to_arrow
from schemas.blank_words import BLANK_WORDS
from schemas.iso3166 import ALPHA_3_OF

_NUMBER: Final = re.compile(r"\+?([0-9]{1,3})(?:\.0)?")
_LENGTH: Final = 3
_BOTH: Final = 2


class CountryNumbers:
    """Tells over all chunks whether a column holds ISO's numbers of three digits and nothing else."""

    def __init__(self) -> None:
        """No cell was seen yet."""
        self.others = False
        self.plain = False

    def add(self, column: pd.Series) -> None:
        """Look at a chunk's raw cells (str, "" = blank)."""
        if self.others:
            return
        for text in map(flat, unpacked(to_arrow(column)).unique().to_pylist()):
            if text and not stands_for_nothing(text, BLANK_WORDS):
                number = text.removesuffix(".0")
                if not number.isdecimal() or number not in ALPHA_3_OF:
                    self.others = True
                    return
                self.plain = self.plain or not _dialled(number)

    def include(self, other: "CountryNumbers") -> None:
        """Take in what another one saw."""
        self.others = self.others or other.others
        self.plain = self.plain or other.plain

    def are_plain(self) -> bool:
        """Whether all filled cells are ISO's numbers, and not all of them dialling codes besides."""
        return self.plain and not self.others


def number_in(shown: str) -> str:
    """The digits of a cell that is a bare number of up to three digits, else ""."""
    found = _NUMBER.fullmatch(shown)
    return found[1] if found else ""


def meanings(number: str) -> str:
    """The countries that a number can stand for, ISO's first, for a suggestion: ``ITA / UKR``."""
    found = (ALPHA_3_OF.get(number.zfill(_LENGTH), ""), *_dialled(number))
    return " / ".join(dict.fromkeys(code for code in found if code))


@lru_cache(maxsize=1 << 10)
def _dialled(number: str) -> tuple[str, ...]:
    """alpha-3 of the country that is called with this code, of two that share it both (+7), of more the main one."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 (only where a country is a number)

    regions = () if number.startswith("0") else COUNTRY_CODE_TO_REGION_CODE.get(int(number), ())
    told = sorted(regions) if len(regions) == _BOTH else regions[:1]
    return tuple(ALPHA_3_OF[region] for region in told if region in ALPHA_3_OF)
