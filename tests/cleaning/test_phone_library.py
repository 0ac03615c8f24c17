"""Every region's example numbers in many spellings: what is sent is the number, or the reason is one of a list."""

from collections.abc import Iterator

import phonenumbers
import pyarrow as pa
import pytest

from importer.cleaning.column import Column
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.phone import clean_phone
from importer.model import Severity

E164 = phonenumbers.PhoneNumberFormat.E164
KINDS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
SHORTEST = 11  # a plus and ten digits

EXPLAINED = {
    ("plus zero", "phone_zero_code"): "no country code begins with 0",
    ("plus and 00", "phone_zero_code"): "no country code begins with 0",
    ("zero behind the code", "phone_trunk_prefix"): "the plan has no domestic 0, or numbers that begin with one",
    ("(0) behind the code", "phone_trunk_prefix"): "the plan has no domestic 0, or numbers that begin with one",
    (
        "prefix behind the code",
        "phone_trunk_prefix",
    ): "a domestic prefix other than 0 (+1 1 …, +7 8 …) is only suggested away",
    (
        "code, no plus",
        "phone_no_code",
    ): "the number is valid at home as it stands, too (or the region's reader says so)",
    ("00", "phone_not_valid"): "regions whose domestic form is rewritten, and which dial abroad by another prefix",
    ("whole and more", "phone_unclear_end"): "the plan has numbers of several lengths: the tail may belong to it",
}
"""(Spelling, code) → why a number that stands in the cell is refused all the same."""

BELONGS_TO_THE_NUMBER = {"IT", "VA"}
"""A 0 before a mobile number makes a fixed line of Italy of it."""


def spellings(number: phonenumbers.PhoneNumber, region: str) -> Iterator[tuple[str, str]]:
    form = phonenumbers.format_number
    e164, code = form(number, E164), str(number.country_code)
    international = form(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = form(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    digits = phonenumbers.national_significant_number(number)
    prefix = phonenumbers.ndd_prefix_for_region(region, True) or ""
    yield "E.164", e164
    yield "international", international
    yield "international, dots", international.replace(" ", ".").replace("-", ".")
    yield "national", national
    yield "national, digits", phonenumbers.normalize_digits_only(national)
    yield "RFC 3966", form(number, phonenumbers.PhoneNumberFormat.RFC3966)
    yield "no prefix", digits
    yield "code, no plus", code + digits
    yield "00", f"00{code}{digits}"
    yield "label", f"тел: {e164}"
    yield "symbol", f"☎{international}"
    yield "name", f"Марат {international}"
    yield "extension", f"{international} ext. 12"
    yield "remark", f"{e164} (с 9 до 18)"
    yield "whole and more", f"{e164} 12"
    yield "zero behind the code", f"+{code} 0{digits}"
    yield "(0) behind the code", f"+{code} (0) {digits}"
    if prefix:
        yield "prefix behind the code", f"+{code} {prefix} {digits}"
    yield "plus zero", f"+0{code}{digits}"
    yield "plus and 00", f"+00 {code} {digits}"


def cases(region: str) -> list[tuple[str, str, str]]:
    found = []
    for kind in KINDS:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None and len(form := phonenumbers.format_number(number, E164)) >= SHORTEST:
            found += [(name, cell, form) for name, cell in spellings(number, region)]
    return found


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_number_in_any_spelling_is_sent_or_refused_for_a_listed_reason(region):
    listed = cases(region)
    if not listed:
        return
    column = Column(pa.array([cell for _, cell, _ in listed], pa.large_string()))
    clean_phone(column, "phone", Decisions(today="2026-01-01", region=region))
    errors = {}
    for some in column.issues:
        told = zip(some.positions.tolist(), some.codes.to_pylist(), some.severities.to_pylist(), strict=True)
        errors |= {position: code for position, code, severity in told if severity == str(Severity.ERROR)}
    for position, ((name, cell, number), text) in enumerate(zip(listed, column.texts.to_pylist(), strict=True)):
        if position in errors:
            assert (name, errors[position]) in EXPLAINED, cell
        elif not (region in BELONGS_TO_THE_NUMBER and name.endswith("behind the code")):
            assert text == number, cell
