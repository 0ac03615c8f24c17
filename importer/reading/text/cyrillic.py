"""Which Cyrillic code page a text is in, by how often its letters are used and where its capitals stand.

Detectors that learnt from running text take names in capitals, as databases and personnel offices write them, for
another code page: those of 1251 are the small letters of KOI8-R. Of 10 such rows beneath a Latin header chardet 7.7
read none right, and nothing showed it but the names. Letters and capitals alone tell the pages apart from a row on.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

PAGES: Final = {
    "cp1251": 0, "kz1048": -1, "koi8-r": -1, "cp866": -1, "koi8-u": -2, "ptcp154": -3, "iso8859-5": -4,
    "mac-cyrillic": -4,
}  # fmt: skip
"""Code page → what speaks against it before a letter was read, as the logarithm of a chance."""

_SHARES: Final = {
    "о": 110, "а": 100, "е": 84, "и": 73, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44, "к": 35, "м": 32,
    "д": 30, "п": 28, "у": 26, "я": 20, "ы": 19, "г": 17, "з": 16, "б": 16, "ч": 14, "й": 12, "ь": 10, "х": 10,
    "ж": 9, "ш": 7, "ю": 6, "ц": 5, "э": 5, "щ": 4, "і": 4, "ә": 2, "қ": 4, "ң": 4, "һ": 4, "ф": 3,
    "ө": 2, "ү": 2, "ұ": 2, "ғ": 2, "є": 2, "ї": 2, "ґ": 2, "ў": 2, "ё": 1, "ъ": 0.4,
}  # fmt: skip
"""Letter → of a thousand of Russian names and texts so many are it; those of Kazakh and its neighbours as a guess.

Where a byte is a letter of Kazakh in one page and of Ukrainian in another both have the same share.
"""

_ALIKE: Final = (
    {"cp1251", "kz1048", "ptcp154"}, {"koi8-r", "koi8-u"}, {"cp866"}, {"iso8859-5"}, {"mac-cyrillic"}
)  # fmt: skip
"""Pages whose Russian letters are the same."""

_PART: Final = 48
_PLAINLY: Final = 20.0
"""Bytes that are looked at together, and by how much another page must be likelier for them."""

_SIGNS: Final = "«»№–—“”„’‘…\xa0"
_LIKELY: Final = {letter: math.log(share / 1000) for letter, share in _SHARES.items()} | dict.fromkeys(_SIGNS, -3.0)
_UNLIKELY: Final = -9.0
_SMALL: Final = "а-яёәғқңөұүһіїєґў"
_CAPITAL: Final = _SMALL.upper()
_NO_LETTER: Final = rf"[^{_SMALL}{_CAPITAL}]"
_ODD: Final = re.compile(
    rf"[{_SMALL}][{_CAPITAL}]"  # иВАНОВ
    rf"|(?:\A|(?<={_NO_LETTER}))[ьъыЬЪЫ]"
    rf"|[A-Za-z][{_SMALL}{_CAPITAL}]|[{_SMALL}{_CAPITAL}][A-Za-z]"
    rf"|(?:\A|(?<={_NO_LETTER}))[^мживскоуаяМЖИВСКОУАЯ\x00-\x7f«»№–—](?=\Z|{_NO_LETTER})"  # a letter that is no word
)
_MISSPELT: Final = re.compile(
    r"(?<![аеёиоуыэюяі])ў|[бвгджзйклмнпрстфхцчшщ]ї|\bє[аоуыэи]"  # Нўрлан, Мїрат, Єалым: no Belarusian, no Ukrainian
    r"|[аеёоыэіөүұ]ә|ә[аоыэ]"  # Андріәнко, Әалым: no Kazakh
    rf"|(?:\A|(?<={_NO_LETTER}))[өүұ](?=\Z|{_NO_LETTER})"  # ±5 and ‰ of 1251
    r"|[аеёиоуыэюяіәөүұ][өүұ]|[іәөү]ғ|ғ[іәөүе]|\bғ[бвгджзйклмнпрстфхцчшщ]"  # Киұв, Андріғнко, Ғвген: no Kazakh
)
_OF_ODD: Final = -4.0


def code_page(evidence: bytes) -> str:
    """The page of PAGES in which the bytes above ASCII are the likeliest letters."""
    return max(PAGES, key=lambda page: chance(evidence, page))


def chance(evidence: bytes, page: str) -> float:
    """The logarithm of a chance that this is the page of the evidence."""
    return PAGES[page] + _likelihood(evidence.decode(page, "replace"))


def page_of_a_part(evidence: bytes, page: str) -> str:
    """The code page that a part of the evidence is plainly in instead of this one, or "": two files glued together."""
    alike = next(pages for pages in _ALIKE if page in pages)
    for part in _parts(evidence.splitlines()):
        chances = {other: _likelihood(part.decode(other, "replace")) for other in PAGES if other not in alike}
        other = max(chances, key=chances.__getitem__)
        if chances[other] > _likelihood(part.decode(page, "replace")) + _PLAINLY:
            return other
    return ""


def _parts(lines: list[bytes]) -> Iterator[bytes]:
    """Neighbouring lines with some letters each."""
    part = b""
    for line in lines:
        part += line + b"\n"
        if len(part) > _PART:
            yield part
            part = b""
    yield part


def _likelihood(text: str) -> float:
    """The logarithm of a chance; the pages give as many characters as there are bytes, so theirs can be compared."""
    small = text.lower()
    letters = Counter(small)
    told = sum(_LIKELY.get(letter, _UNLIKELY) * count for letter, count in letters.items() if not letter.isascii())
    return told + _OF_ODD * (len(_ODD.findall(text)) + len(_MISSPELT.findall(small)))
