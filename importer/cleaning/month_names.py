"""Months as people write them in English, Russian and Kazakh, whole or shortened."""

from functools import lru_cache
from typing import Final

from schemas.header_words import PLAIN_KAZAKH

_NAMES: Final = (
    "january январь января қаңтар қаңтары",
    "february февраль февраля ақпан ақпаны",
    "march март марта наурыз наурызы",
    "april апрель апреля сәуір сәуірі",
    "may май мая мамыр мамыры",
    "june июнь июня маусым маусымы",
    "july июль июля шілде шілдесі",
    "august август августа тамыз тамызы",
    "september сентябрь сентября қыркүйек қыркүйегі sept",
    "october октябрь октября қазан қазаны",
    "november ноябрь ноября қараша қарашасы нояб",
    "december декабрь декабря желтоқсан желтоқсаны",
)
_SHORTEST: Final = 3


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
    chosen = exact or found
    return chosen.pop() if len(chosen) == 1 else None
