"""What keeps a spreadsheet from running or reformatting a cell, ours or another program's: no part of the text."""

import re
import unicodedata
from typing import Final

import pyarrow.compute as pc

from importer.cleaning.column import Texts, matches

_WITH_APOSTROPHE: Final = r"\A'\s*[=@+\-＝＠＋－\t\r]"
_NEEDS_NO_APOSTROPHE: Final = (
    r"\A'\s*(?:[+＋](?:[\s().,;/|:+\x{a0}\-]*[0-9]){7,}[\s)]*|[+\-][0-9]*(?:[\s\x{a0}][0-9]{3})*(?:[.,][0-9]+)?%?)\s*\z"
)
"""Phones and numbers, before which no output puts one: it came with the file, and a note says that it went."""

WRAPPED: Final = r"\A[\s\p{Z}\p{Cc}\p{Cf}]*(?:'|=[\s\p{Z}]*\")"
"""Which cells ``unwrapped`` may change (RE2): nearly none, so that only they are looked at one by one."""

_UNSEEN: Final = frozenset({"Cc", "Cf"})
"""Kinds of marks that nobody sees before the apostrophe."""

_FORMULA_TEXT: Final = re.compile(r"=\s*\"((?:[^\"]|\"\")*)\"\s*")
_DUTCH: Final = re.compile(r"'[tsnTSN][\s-]")
"""``'t Hart`` and ``'s-Gravesande`` begin with an apostrophe."""


def without_apostrophes(texts: Texts) -> Texts:
    """The cells without the apostrophe of an output, so that one read again says what its input said."""
    if not pc.any(pc.starts_with(texts, "'")).as_py():
        return texts
    has_one = pc.and_not(matches(texts, _WITH_APOSTROPHE), matches(texts, _NEEDS_NO_APOSTROPHE))
    return pc.if_else(has_one, pc.utf8_slice_codeunits(texts, 1), texts) if pc.any(has_one).as_py() else texts


def unwrapped(text: str) -> str:
    """The text in ``="…"``, and one without the apostrophe that says "this is text": Excel's, amoCRM's, Shopify's."""
    shown = text
    while True:
        start, end = _inside(shown)
        formula = _FORMULA_TEXT.fullmatch(shown, start, end)
        if not formula:
            return shown[start:end]
        shown = formula[1].replace('""', '"')


def _inside(text: str) -> tuple[int, int]:
    """Where the text within its apostrophes, spaces and unseen marks begins and ends: no copy for each of a million."""
    start, end = 0, len(text)
    while True:
        while start < end and (text[start].isspace() or unicodedata.category(text[start]) in _UNSEEN):
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if not text.startswith("'", start, end) or _DUTCH.match(text, start, end):
            return start, end
        start, end = start + 1, end - (text[end - 1] == "'" and end - start > 1)
