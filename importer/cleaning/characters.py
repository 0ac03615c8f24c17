"""Characters that look alike made one: what every cleaner does to a text before it reads it."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from schemas.blank_words import BLANK_WORDS

_ODD_SPACES: Final = re.compile(r"\s+")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣-"), "-")
_APOSTROPHES: Final = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")
_JOINING: Final = "\u0600-\u08ff\u0900-\u109f\u1780-\u18af"
_VIRAMAS: Final = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_JOINER: Final = re.compile(
    rf"((?<=[{_JOINING}])[\u200c\u200d](?=[\u200c\u200d]*[{_JOINING}])|(?<=[{_VIRAMAS}])[\u200c\u200d])?[\u200c\u200d]*"
)
"""ZWNJ and ZWJ: they change how Arabic and Indic letters are written (a virama's also at the end of a word); elsewhere
they are invisible rubbish."""

_NEUTRALISED: Final = re.compile(r"\A'(?=[=+\-@\t\r])")

LONGEST_CELL: Final = 2_000
"""Characters of a cell with one value and whatever is noted beside it; a longer one is another column's, or damaged,
and to look for a value in it would take seconds."""

_IN_BRACKETS: Final = BLANK_WORDS | {"", "na", "blank"}
_NO_NUMBER: Final = frozenset({"NaN", "nan"})
"""As programs write it; Nan and NAN are names."""


def stands_for_nothing(shown: str, words: Collection[str]) -> bool:
    """Whether a flat text stands for an empty cell.

    So do the words, any of them in brackets as databases write them (``[NULL]``, ``<null>``, ``(не указано)``), a
    lone ``NaN``, and signs alone: dashes, dots, the ``#######`` of a column that was too narrow.
    """
    word = shown.lower()
    if word in words or shown in _NO_NUMBER or not word.strip("-_.*/#~=… "):
        return True
    return word[0] in "[(<{" and word[-1] in "])>}" and word[1:-1].strip() in _IN_BRACKETS


def without_apostrophe(text: str) -> str:
    """The text without the apostrophe that keeps a spreadsheet from running it (see the output's contract)."""
    return text[1:] if text.startswith("'") and _NEUTRALISED.match(text) else text


def tidy(text: str) -> str:
    """NFC, one plain space for every run of spaces, without control and invisible characters or outer spaces."""
    if text.isascii() and text.isprintable():  # nearly every text: there is nothing to compose and nothing to hide
        shown = without_apostrophe(text).strip()
        return _ODD_SPACES.sub(" ", shown) if "  " in shown else shown
    shown = _JOINER.sub(lambda found: found[1] or "", "".join(map(_visible, without_apostrophe(text))))
    return _ODD_SPACES.sub(" ", unicodedata.normalize("NFC", shown)).strip()


def flat(text: str, kept: str = "") -> str:
    """As ``tidy``, and full-width forms, dashes, apostrophes and any script's digits in their plain ASCII form.

    Superscripts, fractions and circled numbers stay: a footnote's mark is no digit of a phone. So do the ``kept``
    characters.
    """
    shown = tidy(text)
    if shown.isascii():  # all that the tables hold of ASCII
        return shown.replace("`", "'").strip()
    alike = "".join(char if char in kept else _compatible(char) for char in shown)
    plain = unicodedata.normalize("NFC", alike).translate(_DASHES).translate(_APOSTROPHES)
    if plain.isascii():
        return plain.strip()
    digits = "".join(str(unicodedata.decimal(char, char)) for char in plain)
    return _ODD_SPACES.sub(" ", digits).strip()


def _compatible(char: str) -> str:
    return char if unicodedata.category(char) == "No" else unicodedata.normalize("NFKC", char)


def _visible(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in {"Cc", "Zs", "Zl", "Zp"}:
        return " " if char.isspace() else ""
    return "" if kind == "Cf" and char not in "\u200c\u200d" else char
