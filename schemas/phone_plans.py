"""The world's numbering plans as RE2 patterns, so that Arrow can look at a million phones at once.

All patterns are taken from libphonenumber's metadata at run time: none is written here by hand. How a phone without a
country code is read by its region: ``importer.cleaning.region_plan``.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

_KINDS: Final = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The descriptions that make a number valid for libphonenumber (``is_valid_number``)."""

CALL_ABROAD: Final = "+7810"
"""8~10 is how Kazakhstan and Russia dial abroad; the metadata lists one such call (8~10 800 …) as a Russian number."""

_GROUP: Final = re.compile(r"\((?!\?)")


class TrunkPrefix(NamedTuple):
    """The prefix of domestic calls in the numbering plan of a calling code.

    Attributes:
        pattern: RE2, such as ``0``, ``06``, ``0|80?``; "" where the plan has none.
        zero_led: Whether the plan has numbers that begin with 0 themselves (Italy, Gabon): there a 0 says nothing.
    """

    pattern: str
    zero_led: bool


def without_groups(pattern: str) -> str:
    """A pattern of the metadata that captures nothing."""
    return _GROUP.sub("(?:", pattern)


def valid(texts: pa.LargeStringArray) -> Mask:
    """Which texts, a plus and digits each, are valid numbers of any country, as libphonenumber sees it.

    Its one number that is none, a call abroad behind +7, is not valid here.
    """
    found = np.zeros(len(texts), dtype=bool)
    for code, here in _by_code(texts):
        some = texts if len(here) == len(texts) else texts.take(pa.array(here))
        good = pc.match_substring_regex(some, rf"\A\+{code}(?:{valid_national(code)})\z")
        if CALL_ABROAD.startswith(f"+{code}"):
            good = pc.and_not(good, pc.starts_with(some, CALL_ABROAD))
        found[here] = np.asarray(good)
    return found


def misdialled(texts: pa.LargeStringArray) -> Mask:
    """Which texts, a plus and digits each, can't mean what their plus says, since no plan has them.

    No country code begins with 0. A number behind +8 that its plan does not have is one of Kazakhstan or Russia with
    their domestic 8. A prefix of domestic calls behind the country code belongs to no number.
    """
    found = np.asarray(pc.match_substring_regex(texts, _suspect())).copy()
    at = np.flatnonzero(found)
    if len(at):
        some = texts.take(pa.array(at))
        wrong = np.asarray(pc.match_substring_regex(some, r"\A\+(?:[08]|7810|78[0-9]{10}\z)"))
        found[at] = ~valid(some)
        left = at[found[at] & ~wrong]
        if len(left):
            mended, own_zero = without_trunk_prefix(texts.take(pa.array(left)))
            found[left] = own_zero | np.asarray(pc.not_equal(mended, ""))
    return found


def without_trunk_prefix(texts: pa.LargeStringArray) -> tuple[pa.LargeStringArray, Mask]:
    """Numbers that no plan has without the prefix of domestic calls behind their country code.

    Returns:
        Per text the valid number that is left, or ""; and where what stands behind the country code is a 0 that the
        plan itself has for domestic calls, and for nothing else.
    """
    mended = np.full(len(texts), "", dtype=object)
    own_zero = np.zeros(len(texts), dtype=bool)
    for code, here in _by_code(texts):
        prefix = trunk_prefix(code)
        some = texts.take(pa.array(here))
        for taken in filter(None, (prefix.pattern, "0")):  # Colombia's 0 may have a carrier's digit behind it
            shorter = pc.replace_substring_regex(some, rf"\A\+{code}(?:{taken})", f"+{code}")
            good = valid(shorter) & np.asarray(pc.not_equal(shorter, some))
            mended[here[good]] = shorter.filter(pa.array(good)).to_pylist()
        if re.match(prefix.pattern or "-", "06") and not prefix.zero_led:
            own_zero[here] = np.asarray(pc.starts_with(some, f"+{code}0"))
    return pa.array(mended, pa.large_string()), own_zero


@lru_cache(maxsize=2048)
def calling_code(head: str) -> str:
    """The calling code at the start of up to three digits, or ""."""
    starts = (head[:length] for length in (1, 2, 3) if head[:length].isdecimal())
    return next((start for start in starts if start in _codes()), "")


@lru_cache(maxsize=256)
def code_of_region(region: str) -> str:
    """The calling code of a country (ISO 3166-1 alpha-2), "" where there is no such country."""
    from phonenumbers import country_code_for_region  # noqa: PLC0415 (see _codes)

    return str(country_code_for_region(region.upper()) or "")


def codes_beginning_with(prefix: str) -> str:
    """RE2 of the calling codes that begin with a prefix of domestic calls and have more digits; "" where none does."""
    return "|".join(sorted(code for code in _codes() if prefix and code.startswith(prefix) and code != prefix))


@lru_cache(maxsize=256)
def valid_national(code: str) -> str:
    """An RE2 pattern of all valid national numbers behind a calling code."""
    kinds = (described.national_number_pattern for metadata in _plans(code) for described in _kinds(metadata))
    return "|".join(dict.fromkeys(pattern for pattern in kinds if pattern))


@lru_cache(maxsize=256)
def trunk_prefix(code: str) -> TrunkPrefix:
    """The prefix of domestic calls behind a calling code, from the plan of its main region."""
    plans = list(_plans(code))
    main = plans[0]
    own = main.national_prefix or ""
    if own and main.national_prefix_for_parsing and not main.national_prefix_transform_rule:
        own = without_groups(main.national_prefix_for_parsing)
    examples = (described.example_number or "" for metadata in plans for described in _kinds(metadata))
    return TrunkPrefix(own, any(example.startswith("0") for example in examples))


def _by_code(texts: pa.LargeStringArray) -> Iterator[tuple[str, "np.ndarray[Any, np.dtype[np.int64]]"]]:
    """The calling codes that texts begin with, and where."""
    by_head = pc.binary_slice(texts.view(pa.large_binary()), 1, 4).dictionary_encode()
    codes = [calling_code(head.decode("ascii", "replace")) for head in by_head.dictionary.to_pylist()]
    known = sorted({code for code in codes if code})
    number_of = np.array([known.index(code) if code else -1 for code in codes], np.int64)[np.asarray(by_head.indices)]
    for number, code in enumerate(known):
        yield code, np.flatnonzero(number_of == number)


@cache
def _codes() -> frozenset[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 (only commands that look at phones pay for it)

    return frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE if code)


@cache
def _suspect() -> str:
    """Beginnings that are worth a second look: every prefix of domestic calls starts with 0, 1 or 8."""
    return rf"\A\+(?:[08]|(?:{'|'.join(sorted(_codes()))})[018])"


def _plans(code: str) -> Iterator[Any]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # noqa: PLC0415 (see _codes)

    for region in COUNTRY_CODE_TO_REGION_CODE[int(code)]:
        yield PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)


def _kinds(metadata: Any) -> Iterator[Any]:
    return (described for kind in _KINDS if (described := getattr(metadata, kind)) is not None)
