"""The patterns at their edges: a digit more, a digit less, another digit."""

import re

import pandas as pd
import pyarrow as pa
import pytest
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from schemas import patterns
from schemas.email_addresses import have_dead_domain
from schemas.phone_plans import codes_beginning_with, misdialled

TAIL = "0112345678901234"


def fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


@pytest.mark.parametrize("head", [f"+{number}" for number in range(100)])
@pytest.mark.parametrize("digits", range(9, 16))
def test_a_trunk_prefix_is_an_8_before_a_number_of_exactly_its_countrys_length(head, digits):
    text = (head + TAIL)[: digits + 1]
    expected = (head in {"+83", "+87", "+89"} and digits == 11) or (head == "+78" and digits == 12)
    assert misdialled(pa.array([text], pa.large_string()))[0] or not expected


@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize("code", ["7", "12", "998", "1268"])
@pytest.mark.parametrize("count", range(6, 12))
def test_a_placeholder_repeats_one_digit_in_place_of_a_number(digit, code, count):
    enough = 8 if digit == "0" else 10
    ends_alike = len(code) - len(code.rstrip(digit))
    joined = min(ends_alike, len(code) - 1)  # digits of the code that the repeated one goes on from
    assert fits(patterns.PHONE_PLACEHOLDER, f"+{code}{digit * count}") is (count + joined >= enough)


@pytest.mark.parametrize(("digits", "sound"), [(9, False), (10, True), (15, True), (16, False)])
def test_a_phone_has_ten_to_fifteen_digits(digits, sound):
    assert fits(patterns.PHONE, "+" + "1" * digits) is sound


@pytest.mark.parametrize("text", ["+7701123456٧", "+7701123456７", "+77011234567\n", "77011234567", "+7701 1234567"])
def test_a_phone_holds_ascii_digits_behind_a_plus_and_nothing_else(text):
    assert not fits(patterns.PHONE, text)


@pytest.mark.parametrize("text", ["7.70112E+10", "7,70112e10", "+7.7E+1"])
def test_a_spreadsheets_short_form_has_lost_digits(text):
    assert fits(patterns.DIGITS_LOST, text)


@pytest.mark.parametrize("text", ["770112", "7.70112", "7E10", "7.70112E", "x7.70112E+10", "7.70112E-10"])
def test_other_numbers_have_not(text):
    assert not fits(patterns.DIGITS_LOST, text)


def test_a_dead_ending_is_told_of_addresses_alone():
    texts = pd.Series(["anna@mail.con", "anna..x@mail.con", "@mail.con", "anna@mail.com", ""], dtype="str")
    assert have_dead_domain(texts).tolist() == [True, False, False, False, False]


def test_codes_that_begin_with_a_prefix_are_longer_than_it_and_there_are_none_for_no_prefix():
    assert set(codes_beginning_with("8").split("|")) == {
        one for one in map(str, COUNTRY_CODE_TO_REGION_CODE) if one[0] == "8"
    }
    assert codes_beginning_with("7") == ""
    assert codes_beginning_with("") == ""
