"""Two phone rules that a pattern alone checks too slowly: a look at head or tail first, the pattern for the rest."""

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas import rules
from schemas.suspects import among

_SAME_DIGITS: Final = pa.array([f"{digit}".encode() * 8 for digit in range(10)], pa.large_binary())
_TRUNK_HEADS: Final = pa.array([b"+83", b"+87", b"+89", b"+78"], pa.large_binary())


def are_placeholders(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which E.164 texts repeat one digit in place of a number."""
    tails = pc.binary_slice(texts.view(pa.large_binary()), -8)
    return among(texts, pc.is_in(tails, _SAME_DIGITS), _matching(rules.PHONE_PLACEHOLDER))


def have_trunk_prefix(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which E.164 texts have the domestic prefix 8 behind their plus or country code."""
    heads = pc.binary_slice(texts.view(pa.large_binary()), 0, 3)
    return among(texts, pc.is_in(heads, _TRUNK_HEADS), _matching(rules.PHONE_TRUNK_PREFIX))


def _matching(pattern: str) -> Callable[[pa.LargeStringArray], Any]:
    return lambda texts: pc.match_substring_regex(texts, pattern)
