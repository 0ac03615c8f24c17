"""Whether texts have a form of fixed width, such as ``0000-00-00``: as a pattern tells it, in a tenth of its time."""

from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa

from schemas.letters import WORD, Places, Words, spelled, word, words_of

Mask = np.ndarray[Any, np.dtype[np.bool_]]

_DIGIT: Final = "0"
_SIGNS: Final = np.uint64(0x8080808080808080)
"""The highest bit of each byte of a word."""


def have_form(texts: pa.LargeStringArray, *forms: str) -> Mask:
    """Which texts have one of the forms: ASCII of eight characters or more, in which 0 stands for any ASCII digit."""
    letters, edges = spelled(texts)
    words, starts, lengths = words_of(letters), edges[:-1], np.diff(edges)
    found = np.zeros(len(texts), np.bool_)
    for form in forms:
        at = np.flatnonzero(lengths == len(form))
        if len(at):
            found[at] = _fit(words, starts[at], form)
    return found


def _fit(words: Words, starts: Places, form: str) -> Mask:
    """Which texts of a form's length, at their starts, have it."""
    fit = np.ones(len(starts), np.bool_)
    last = len(form) - WORD
    for skipped in (*range(0, last, WORD), last):
        pattern, room = _word(form[skipped : skipped + WORD])
        rest = words[starts + skipped] ^ pattern  # of each byte 0 to 9 for a digit, 0 for another character
        # A byte that overflows was too large by itself, so what it carries into the next one changes nothing.
        fit &= (rest | (rest + room)) & _SIGNS == 0
    return fit


@cache
def _word(form: str) -> tuple[np.uint64, np.uint64]:
    """Eight characters of a form, and what each byte may be added before its highest bit is set."""
    room = bytes(0x80 - 10 if letter == _DIGIT else 0x80 - 1 for letter in form)
    return word(form.encode()), word(room)
