"""Which Latin code page a text is in, by the languages that its words may be of.

Detectors that learnt from running text read names one by one wrongly: of 300 Spanish people chardet 7.7 made Muńoz of
every Muñoz, of French ones Anaďs of Anaïs. A word is of one language, so each letter says what the others may be.
"""

import math
from operator import ne
from typing import Final

from importer.reading.text.non_ascii import count_non_ascii

_WESTERN: Final = ("üöäß", "éèçêàëôîïâùûœ", "íéáóñúü", "ãáçéíóêâõúô", "èàòìùé", "öäå", "øåæéö", "ëéïöèüê")
_NORTHERN: Final = (*_WESTERN, "áíóéúöýæðþ")
_CENTRAL: Final = ("łóżąęśńćź", "íáéěřšžčýůúťďňó", "áéížčšýľúťňäďôóĺŕ", "áéóöüőíúű", "čćšžđ", "čšž", "ăşţîâ", "üöäß")
_ALPHABETS: Final = {
    "cp1252": _NORTHERN,
    "cp1250": _CENTRAL,
    "cp1254": (*_WESTERN, "ışüöçğâîû"),
    "cp1257": ("ėšžūąįčęų", "āīšēņļžčūķģ"),
    "iso8859-2": _CENTRAL,
    "cp852": _CENTRAL,
    "cp850": _NORTHERN,
    "mac-roman": _NORTHERN,
}
"""Code page → the letters above ASCII of each language that may be written in it, the commonest first.

Of cp1252: German, French, Spanish, Portuguese, Italian, Swedish and Finnish, Danish and Norwegian, Dutch, Icelandic. Of
cp1250: Polish, Czech, Slovak, Hungarian, Croatian, Slovene, Romanian, German. Of cp1254: Turkish among the first. Of
cp1257: Lithuanian, Latvian.
"""

PAGES: Final = {
    "cp1252": 0, "cp1250": -1, "cp1254": -1, "cp1257": -2, "iso8859-2": -8, "cp852": -8, "cp850": -8, "mac-roman": -8
}  # fmt: skip
"""Code page → what speaks against it before a word was read, as the logarithm of a chance; Icelanders are few."""

_USUAL: Final = ("cp1252", "cp1250", "cp1254")
_DIFFERENT: Final = -0.25
"""What else speaks against another page, for each letter that it reads in another way than the likeliest of these."""

_FOREIGN: Final = -7.0
_UNDEFINED: Final = -30.0
_CONTROLS: Final = dict.fromkeys(range(0x80, 0xA0), "\ufffd")
_SIGNS: Final = dict.fromkeys("“”„‚«»‹›…•·°№©®™€£§¡¿ºª²±\xa0", -3.0)
_IN_NAMES: Final = dict.fromkeys("‘’´–—", -1.0)
"""``Yo‘ldosh``, ``O’Brien``, ``Smith–Jones``: as common as a letter, or Uzbeks would be read as mac-roman, Yoëldosh."""

_SIGNS_IN_NO_WORD: Final = "¡¿“„‚«•·©€£§¤¦¬µ¶"
_OF_ODD: Final = -4.0
_NO_PAGE: Final = -4.0
_AGAINST_NO_PAGE: Final = -10.0
"""The logarithm of a chance of a letter that is in none of these pages; letters that are read right are likelier."""


def _likely(page: str, alphabet: str) -> dict[str, float]:
    """Letter → the logarithm of its share: the second is half as common as the first, and so on."""
    whole = sum(1 / place for place in range(1, len(alphabet) + 1))
    shares = {letter: -math.log(place * whole) for place, letter in enumerate(alphabet, 1)}
    return shares | _SIGNS | (_IN_NAMES if page in _USUAL else {}) | {"\ufffd": _UNDEFINED}


_LIKELY: Final = {page: [_likely(page, one) for one in alphabets] for page, alphabets in _ALPHABETS.items()}


def code_page(evidence: bytes) -> str:
    """The page of PAGES in which the words are the likeliest, the first where another reads them alike; or ""."""
    chances = {page: _chance(evidence, page) for page in _USUAL}
    usual = max(chances, key=chances.__getitem__)
    words = b" ".join(dict.fromkeys(evidence.split()))  # Bât. 3 in every row says no more than in one
    rivals = [page for page in PAGES if page not in _USUAL or _read(words, page) == _read(words, usual)]
    page = max(rivals, key=lambda page: _chance(words, page, usual))
    chance = chances[page] if page in chances else _chance(evidence, page)
    if chance < _AGAINST_NO_PAGE + _NO_PAGE * count_non_ascii(evidence):
        return ""
    first = next(iter(PAGES))
    return first if _read(evidence, first) == _read(evidence, page) else page


def _read(evidence: bytes, page: str) -> str:
    return evidence.decode(page, "replace").translate(_CONTROLS)


def _chance(evidence: bytes, page: str, usual: str = "") -> float:
    """The logarithm of a chance."""
    text = _read(evidence, page)
    different = sum(map(ne, text, _read(evidence, usual))) if usual else 0
    return PAGES[page] + _likelihood(text, page) + _DIFFERENT * different


def _likelihood(text: str, page: str) -> float:
    words = ([letter for letter in word if not letter.isascii()] for word in text.replace("İ", "ı").lower().split())
    told = sum(
        max(sum(shares.get(letter, _FOREIGN) for letter in word) for shares in _LIKELY[page]) for word in words if word
    )
    return told + _OF_ODD * sum(map(_is_odd, text, text[1:]))


def _is_odd(letter: str, following: str) -> bool:
    """``FranÁois``, ``Ď©``: a capital behind a small letter, a sign behind a letter, of which one is no ASCII."""
    if letter.isascii() and following.isascii():
        return False
    return letter.isalpha() and ((letter.islower() and following.isupper()) or following in _SIGNS_IN_NO_WORD)
