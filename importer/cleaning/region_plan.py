"""Where a phone without a country code gets one: from the region, if exactly one reading of its digits is valid."""

from collections.abc import Iterator
from functools import lru_cache, reduce
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import Texts, matches, placed, where
from importer.columns.arrow_text import Positions, joined
from importer.errors import UsageError
from schemas.phone_plans import CALL_ABROAD, codes_beginning_with, valid, valid_national, without_groups

_ABROAD: Final = range(1, 9)
"""Digits of the prefixes of calls abroad: Samoa's 0, Australia's 14110011."""


@lru_cache(maxsize=8)
def plan_of(region: str) -> "RegionPlan":
    """The plan of a region (ISO 3166-1 alpha-2). Raises UsageError where libphonenumber knows no such region."""
    return RegionPlan(region)


class RegionPlan:
    """How phones without a country code are read in one region (alpha-2); ``code``: its calling code, "7".

    ``prefix``: the digits of its prefix of domestic calls, "" where that is none or one of several.
    ``fewest``: digits of its shortest national numbers. ``codes_with_prefix``: RE2 of what begins with a country code
    set apart whose first digits are the prefix of domestic calls (84 912 …), "" where there is no such code.
    """

    def __init__(self, region: str) -> None:
        # Only commands that clean phones pay for the import.
        from phonenumbers import PhoneMetadata  # noqa: PLC0415

        metadata = PhoneMetadata.metadata_for_region(region.upper(), None)
        if metadata is None:
            raise UsageError(
                "unknown region {region}: expected a country's two letters, such as KZ", region=repr(region)
            )
        self.region = region.upper()
        self.code = str(metadata.country_code)
        described = metadata.general_desc
        self.fewest = min(described.possible_length) if described else 1
        self._needs_parser = bool(metadata.national_prefix_transform_rule)
        national = valid_national(self.code)
        prefix = metadata.national_prefix_for_parsing or ""
        self.prefix = "" if prefix and not prefix.isdecimal() else prefix
        self.codes_with_prefix = rf"\A[ (]*(?:{codes})[ ()-]" if (codes := codes_beginning_with(self.prefix)) else ""
        self._national = rf"\A(?:{national})\z"
        self._prefixed = rf"\A{self.prefix}(?:{national})\z" if self.prefix else ""
        prefix = without_groups(prefix)  # so that the number itself is group 1
        self._domestic = rf"\A(?:{prefix})?({national})\z" if prefix and not self.prefix else ""
        self._with_code = rf"\A{self.code}(?:{national})\z"
        self._abroad = rf"(?:00|{metadata.international_prefix or '00'})"

    def resolve(self, digits: Texts) -> tuple[Texts, "np.ndarray[Any, np.dtype[np.bool_]]"]:
        """Digits without a plus → E.164, and which of them are certain.

        A number is certain if all valid readings (domestic, with the country code) give one number, as they do where
        the prefix of domestic calls is the country code itself (North America's 1); where none is valid, if it is one
        of another country, dialled abroad.
        """
        result, votes = digits, np.zeros(len(digits), dtype=np.int64)
        for at, written in self._parsed(digits) if self._needs_parser else self._readings(digits):
            another = pc.not_equal(written, _some(result, at))
            real = np.asarray(pc.and_not(another, pc.starts_with(written, CALL_ABROAD)))
            votes[at[real]] += 1
            result = placed(result, at[real], written.filter(pa.array(real)))
        unread = np.flatnonzero(votes == 0)
        for at, written in self._abroad_readings(digits, unread):
            votes[at] += 1
            result = placed(result, at, written)
        return result, votes == 1

    def says_country(self, digits: Texts) -> pa.BooleanArray:
        """Which digits say of which country they are: by the region's code, or its prefix of calls."""
        ways = filter(None, (self._with_code, self._prefixed, rf"\A{self._abroad}[1-9]"))
        return reduce(pc.or_, (matches(digits, way) for way in ways))

    def _abroad_readings(self, digits: Texts, unread: Positions) -> Iterator[tuple[Positions, Texts]]:
        """Where digits are a valid number behind the prefix of calls abroad (00, 8~10, 011 …), however long that is."""
        begun = unread[where(matches(_some(digits, unread), rf"\A{self._abroad}[1-9]"))]
        if not len(begun):
            return
        some = _some(digits, begun)
        for length in _ABROAD:
            dialled = where(matches(pc.utf8_slice_codeunits(some, 0, length), rf"\A{self._abroad}\z"))
            written = joined("+", pc.utf8_slice_codeunits(some.take(pa.array(dialled)), length))
            good = valid(written)
            yield begun[dialled[good]], written.filter(pa.array(good))

    def _readings(self, digits: Texts) -> Iterator[tuple[Positions, Texts]]:
        """Where digits are a valid number of the region, and how that is written in E.164: domestic, with its code."""
        if self._domestic:
            fits = where(matches(digits, self._domestic))
            yield fits, pc.replace_substring_regex(_some(digits, fits), self._domestic, rf"+{self.code}\1")
        else:
            bare = np.arange(len(digits))
            if self._prefixed:
                prefixed = matches(digits, self._prefixed)
                fits, bare = where(prefixed), where(pc.invert(prefixed))
                yield fits, pc.utf8_replace_slice(_some(digits, fits), 0, len(self.prefix), f"+{self.code}")
            fits = bare[where(matches(_some(digits, bare), self._national))]
            yield fits, joined(f"+{self.code}", _some(digits, fits))
        fits = where(matches(digits, self._with_code))
        yield fits, joined("+", _some(digits, fits))

    def _parsed(self, digits: Texts) -> Iterator[tuple[Positions, Texts]]:
        """Regions whose domestic form is rewritten (Argentina, Brazil, Mexico …): the library reads each number.

        A call abroad is not left to it: it takes the first two digits of 00 212 5… for a Brazilian carrier.
        """
        parsed = pa.array([_parse(text, self.region) for text in digits.to_pylist()], pa.large_string())
        own = where(pc.starts_with(parsed, f"+{self.code}"))
        yield own, parsed.take(pa.array(own))


def _some(texts: Texts, at: Positions) -> Texts:
    """The texts at ascending positions."""
    return texts if len(at) == len(texts) else texts.take(pa.array(at))


@lru_cache(maxsize=1 << 13)
def _parse(text: str, region: str) -> str:
    from phonenumbers import (  # noqa: PLC0415 (see RegionPlan)
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_valid_number,
        parse,
    )

    try:
        number = parse(text, region)
    except NumberParseException:
        return text
    return format_number(number, PhoneNumberFormat.E164) if is_valid_number(number) else text
