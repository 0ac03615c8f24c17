"""The world's numbering plans as RE2 patterns, so that Arrow can look at a million phones at once.

All patterns are taken from libphonenumber's metadata at run time: none is written here by hand.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import Texts, matches

_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The descriptions that make a number valid for libphonenumber (``is_valid_number``)."""


def valid(texts: Texts) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which texts, a plus and digits each, are valid numbers of any country, as libphonenumber sees it."""
    found = np.zeros(len(texts), dtype=bool)
    by_head = pc.binary_slice(texts.view(pa.large_binary()), 1, 4).dictionary_encode()
    codes = [calling_code(head.decode()) for head in by_head.dictionary.to_pylist()]
    known = sorted({code for code in codes if code})
    number_of = np.array([known.index(code) if code else -1 for code in codes], np.int64)[np.asarray(by_head.indices)]
    for number, code in enumerate(known):
        here = np.flatnonzero(number_of == number)
        some = texts if len(here) == len(texts) else texts.take(pa.array(here))
        found[here] = np.asarray(matches(some, rf"\A\+{code}(?:{valid_national(code)})\z"))
    return found


@lru_cache(maxsize=2048)
def calling_code(head: str) -> str:
    """The calling code at the start of up to three digits, or ""."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 (see RegionPlan)

    starts = (head[:length] for length in (1, 2, 3) if head[:length].isdecimal())
    return next((start for start in starts if int(start) in COUNTRY_CODE_TO_REGION_CODE and start[0] != "0"), "")


@lru_cache(maxsize=256)
def valid_national(code: str) -> str:
    """An RE2 pattern of all valid national numbers behind a calling code."""
    return "|".join(dict.fromkeys(_patterns(code)))


def _patterns(code: str) -> Iterator[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # noqa: PLC0415 (see RegionPlan)

    for region in COUNTRY_CODE_TO_REGION_CODE[int(code)]:
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
        for kind in _KINDS:
            described = getattr(metadata, kind)
            if described is not None and described.national_number_pattern:
                yield described.national_number_pattern
