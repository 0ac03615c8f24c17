"""Characters that look alike made one: what every cleaner does to a text before it reads it."""

import re
import unicodedata
from typing import Final

_ODD_SPACES: Final = re.compile(r"\s+")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣-"), "-")
_APOSTROPHES: Final = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")
_NEUTRALISED: Final = re.compile(r"\A'(?=[=+\-@\t\r])")

BLANK_MARKERS: Final = frozenset(
    {"-", "--", "---", "_", ".", "?", "*", "/", "n/a", "n.a.", "#n/a", "n\\a", "н/д", "б/н"}
)
"""Texts that stand for an empty cell in any optional field, names included (folded, lower case)."""

BLANK_WORDS: Final = BLANK_MARKERS | {
    "null", "none", "nil", "nan", "undefined", "empty", "unknown", "not specified", "unspecified", "not set", "no data",
    "no", "нет", "нету", "нет данных", "не указан", "не указана", "не указано", "не задан", "не задано", "неизвестно",
    "пусто", "отсутствует", "не выбрано", "не выбран", "жоқ", "белгісіз", "көрсетілмеген",
}  # fmt: skip
"""… and words that do, where a name can't stand (Null, NA, None and Нет are surnames)."""


def without_guard(text: str) -> str:
    """The text without the apostrophe that keeps a spreadsheet from running it (see the output's contract)."""
    return text[1:] if text.startswith("'") and _NEUTRALISED.match(text) else text


def tidy(text: str) -> str:
    """NFC, one plain space for every run of spaces, without control and invisible characters or outer spaces."""
    if text.isascii() and text.isprintable():  # nearly every text: there is nothing to compose and nothing to hide
        shown = without_guard(text).strip()
        return _ODD_SPACES.sub(" ", shown) if "  " in shown else shown
    shown = "".join(_visible(char) for char in without_guard(text))
    return _ODD_SPACES.sub(" ", unicodedata.normalize("NFC", shown)).strip()


def flat(text: str) -> str:
    """As ``tidy``, and full-width forms, dashes, apostrophes and any script's digits in their plain ASCII form.

    Superscripts, fractions and circled numbers stay: a footnote's mark is no digit of a phone.
    """
    shown = tidy(text)
    if shown.isascii():  # all that the tables hold of ASCII
        return shown.replace("`", "'").strip()
    plain = unicodedata.normalize("NFC", "".join(map(_compatible, shown))).translate(_DASHES).translate(_APOSTROPHES)
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
    return "" if kind == "Cf" else char
