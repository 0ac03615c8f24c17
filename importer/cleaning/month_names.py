"""Months as people write them in English, Russian, Kazakh, Kyrgyz and Uzbek, whole or shortened."""

import re
from functools import lru_cache
from typing import Final

from schemas.header_words import PLAIN_KAZAKH

_NAMES: Final = (
    "january январь января қаңтар қаңтары yanvar",
    "february февраль февраля ақпан ақпаны fevral",
    "march март марта наурыз наурызы mart",
    "april апрель апреля сәуір сәуірі aprel",
    "may май мая мамыр мамыры",
    "june июнь июня маусым маусымы iyun",
    "july июль июля шілде шілдесі iyul",
    "august август августа тамыз тамызы avgust",
    "september сентябрь сентября қыркүйек қыркүйегі sept sentabr sentyabr",
    "october октябрь октября қазан қазаны oktabr oktyabr",
    "november ноябрь ноября қараша қарашасы нояб noyabr",
    "december декабрь декабря желтоқсан желтоқсаны dekabr",
)
_SHORTEST: Final = 3
_ENDINGS: Final = re.compile(r"(?<=...)(?:[дт][ае]|ы|[dt]a|i)\Z")
"""Of a whole name, "in" or "of": желтоқсанда, Kyrgyz декабры, Uzbek dekabrda."""


@lru_cache(maxsize=512)
def month_of(word: str) -> int | None:
    """1-12 for a month's name or the first three or more letters of exactly one month; None for any other word."""
    folded = word.lower().rstrip(".").translate(PLAIN_KAZAKH)
    if len(folded) < _SHORTEST:
        return None
    found = {
        number
        for number, names in enumerate(_NAMES, start=1)
        for name in names.translate(PLAIN_KAZAKH).split()
        if name.startswith(folded)
    }
    exact = {number for number, names in enumerate(_NAMES, start=1) if folded in names.translate(PLAIN_KAZAKH).split()}
    whole = _ENDINGS.sub("", folded)
    if not found and whole != folded:
        return month_of(whole)
    chosen = exact or found
    return chosen.pop() if len(chosen) == 1 else None
