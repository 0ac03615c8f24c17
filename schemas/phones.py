"""Two phone rules that a pattern alone checks too slowly: a look at head or tail first, the pattern for the rest."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import rules

_SAME_DIGITS: Final = tuple(str(digit) * 8 for digit in range(10))
_TRUNK_HEADS: Final = ("+83", "+87", "+89", "+78")


def are_placeholders(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which E.164 texts repeat one digit in place of a number."""
    return _narrowed(texts, pc.utf8_slice_codeunits(texts, -8), _SAME_DIGITS, rules.PHONE_PLACEHOLDER)


def have_trunk_prefix(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which E.164 texts have the domestic prefix 8 behind their plus or country code."""
    return _narrowed(texts, pc.utf8_slice_codeunits(texts, 0, 3), _TRUNK_HEADS, rules.PHONE_TRUNK_PREFIX)


def _narrowed(
    texts: pa.LargeStringArray, part: pa.LargeStringArray, suspects: tuple[str, ...], pattern: str
) -> pa.BooleanArray:
    """The texts that match a pattern, which only those with a suspicious part can do."""
    found = np.asarray(pc.is_in(part, pa.array(suspects, part.type))).copy()
    at = np.flatnonzero(found)
    if len(at):
        found[at] = np.asarray(pc.match_substring_regex(texts.take(pa.array(at)), pattern))
    return pa.array(found)
