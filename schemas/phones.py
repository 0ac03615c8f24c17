"""The phone rules, which a pattern alone checks too slowly: a look at the bytes first, the pattern for the rest."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import rules
from schemas.forms import have_form
from schemas.letters import WORD, spelled, word, words_of
from schemas.suspects import among

_FORMS: Final = tuple("+" + "0" * digits for digits in range(10, 16))
"""``rules.PHONE``."""

_TRUNK_HEADS: Final = tuple(map(word, (b"+83", b"+87", b"+89", b"+78")))
_HEAD: Final = np.uint64(0xFFFFFF)
"""The first three bytes of a word."""

_ONE_BYTE: Final = np.uint64(0x0101010101010101)
"""Times a byte, it is a word of that byte alone."""


def are_phones(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which texts have the form of E.164: ``rules.PHONE``."""
    return pa.array(have_form(texts, *_FORMS))


def are_placeholders(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which E.164 texts repeat one digit in place of a number."""
    return among(texts, _suspects(texts, _ends_in_one_digit), _matching(rules.PHONE_PLACEHOLDER))


def have_trunk_prefix(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which E.164 texts have the domestic prefix 8 behind their plus or country code."""
    return among(texts, _suspects(texts, _begins_with_trunk), _matching(rules.PHONE_TRUNK_PREFIX))


def _suspects(texts: pa.LargeStringArray, look: Callable[[Any, Any, Any], Any]) -> pa.BooleanArray:
    """Which texts are worth the pattern: ``look`` gets all words, and where long enough texts start and end."""
    letters, edges = spelled(texts)
    found = np.diff(edges) >= WORD
    found[found] = look(words_of(letters), edges[:-1][found], edges[1:][found])
    return pa.array(found)


def _ends_in_one_digit(words: Any, _starts: Any, ends: Any) -> Any:
    tails = words[ends - WORD]
    return tails == (tails & np.uint64(0xFF)) * _ONE_BYTE


def _begins_with_trunk(words: Any, starts: Any, _ends: Any) -> Any:
    heads = words[starts] & _HEAD
    found = heads == _TRUNK_HEADS[0]
    for head in _TRUNK_HEADS[1:]:
        found |= heads == head
    return found


def _matching(pattern: str) -> Callable[[pa.LargeStringArray], Any]:
    return lambda texts: pc.match_substring_regex(texts, pattern)
