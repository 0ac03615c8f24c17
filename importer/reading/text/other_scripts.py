"""Alphabets that are neither Cyrillic nor Latin, and bytes that fit none: never read by their letters, but recognised.

A Greek, Hebrew or Arabic text is all letters in a Cyrillic code page, too, so that the likeliest of those alone says
nothing: of 18 Greeks in cp1253 the reading as KZ-1048 had an error in every name, and no cell that was no name.
"""

import math
import re
from typing import Final

from importer.reading.text.non_ascii import count_non_ascii

_GREEK: Final = "αοιετσνηυρπκμλςωγδθχφβξζψάίόέήώύϊϋΐΰ"
_HEBREW: Final = "יולהמאתרבנשדקעחפגכטצסזךםןףץ"
_ARABIC: Final = "اليمنروبتعدسفحقكجهأشخةصطىغضذزثئظءإؤآ"
_THAI: Final = "านรกอเงทมย่วลคสด้ีัิ็ไุบจพะ์แชผถณใืขูโธศปญตหฝฟซษภฉฐฆฑฏฎฌฒฬ"

_ALPHABETS: Final = {
    "cp1253": _GREEK, "cp737": _GREEK, "cp1255": _HEBREW, "cp862": _HEBREW, "cp1256": _ARABIC, "iso8859-6": _ARABIC,
    "cp874": _THAI,
}  # fmt: skip
"""Code page → its letters, the commonest first, as a guess."""

_ODD: Final = re.compile(
    r"[α-ωά-ώ][Α-ΩΆ-Ώ]|ς(?=[^\W\d_])|σ(?![^\W\d_])"  # ιΩΑΝΝΟΥ, ςτέλιος
    r"|[ךםןףץةى](?=[^\W\d_])|(?<![^\W\d_])[ะ-ฺ็-๎]"  # what only ends a word, or only goes on with one
)
_OF_ODD: Final = -4.0

_AGAINST: Final = -8.0
"""What speaks against these alphabets before a letter was read, as the logarithm of a chance."""

_UNLIKELY: Final = -9.0
_NO_PAGE: Final = -4.15
_AGAINST_NO_PAGE: Final = -14.0
"""The same of a byte that is of no alphabet at all: letters that are read right are likelier than that."""


def likeliest(evidence: bytes) -> tuple[str, float]:
    """The likeliest of these code pages, "" where none, and the logarithm of its chance."""
    chances = {page: _AGAINST + _likelihood(evidence.decode(page, "replace"), page) for page in _ALPHABETS}
    chances[""] = _AGAINST_NO_PAGE + _NO_PAGE * count_non_ascii(evidence)
    page = max(chances, key=chances.__getitem__)
    return page, chances[page]


def _likelihood(text: str, page: str) -> float:
    likely = _LIKELY[page]
    told = sum(likely.get(letter, _UNLIKELY) for letter in text.lower() if not letter.isascii())
    return told + _OF_ODD * len(_ODD.findall(text))


def _shares(alphabet: str) -> dict[str, float]:
    """Letter → the logarithm of its share, which falls evenly from the first to the last."""
    weights = [len(alphabet) + 2 - place for place in range(len(alphabet))]
    return {letter: math.log(weight / sum(weights)) for letter, weight in zip(alphabet, weights, strict=True)}


_LIKELY: Final = {page: _shares(alphabet) for page, alphabet in _ALPHABETS.items()}
