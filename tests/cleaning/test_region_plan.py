"""Which numbers without a plus get the region's code: those with one valid reading, and no others."""

import pyarrow as pa
import pytest

from importer.cleaning.region_plan import plan_of

ONE_READING = [
    ("KZ", "7011234567", "+77011234567"),
    ("KZ", "87011234567", "+77011234567"),
    ("KZ", "77011234567", "+77011234567"),
    ("DE", "030124198", "+4930124198"),
    ("IT", "0298765432", "+390298765432"),
    ("KZ", "00442079460958", "+442079460958"),
    ("WS", "0442079460958", "+442079460958"),
    ("AU", "14110011442079460958", "+442079460958"),
    ("TJ", "002908728", "+992002908728"),  # not Saint Helena's 8728
]
NO_READING = [
    ("KZ", "887011234567"),
    ("KZ", "8870112345"),
    ("KZ", "870112345678"),
    ("KZ", "07011234567"),
    ("KZ", "0087011234567"),
    ("KZ", "442079460958"),
    ("DE", "0030124198"),
]
TWO_READINGS = [
    ("DE", "4930124198"),
    ("AT", "435359308"),
    ("IT", "390298765"),
    ("IN", "9118004303"),
    ("FI", "358412367"),
    ("ID", "62218715072"),
]
"""Numbers that are valid at home as they stand, and valid too if they begin with the country code."""


def resolved(region: str, digits: str) -> tuple[str, bool]:
    numbers, certain = plan_of(region).resolve(pa.array([digits], pa.large_string()))
    return numbers[0].as_py(), bool(certain[0])


@pytest.mark.parametrize(("region", "digits", "number"), ONE_READING)
def test_a_number_with_one_valid_reading_gets_its_code(region, digits, number):
    assert resolved(region, digits) == (number, True)


@pytest.mark.parametrize(("region", "digits"), [*NO_READING, *TWO_READINGS])
def test_a_number_with_no_reading_or_with_two_is_never_certain(region, digits):
    assert resolved(region, digits)[1] is False


@pytest.mark.parametrize(("region", "digits"), [*NO_READING, *TWO_READINGS])
def test_what_is_not_certain_keeps_its_text_and_says_why(clean_cell, region, digits):
    found = clean_cell("phone", digits, region=region)
    assert found.text == digits
    assert [severity for _, severity, _ in found.issues] == ["error"]


@pytest.mark.parametrize(("region", "digits"), [("KZ", 10), ("EE", 7)])
def test_a_plan_knows_how_short_the_numbers_of_its_region_can_be(region, digits):
    assert plan_of(region).fewest == digits


@pytest.mark.parametrize(
    ("region", "digits", "number"),
    [
        ("US", "12125551234", "+12125551234"),
        ("US", "2125551234", "+12125551234"),
        ("CA", "14165551234", "+14165551234"),
        ("PR", "17875551234", "+17875551234"),
        ("DO", "18095551234", "+18095551234"),
        ("JM", "18765551234", "+18765551234"),
    ],
)
def test_two_readings_that_give_one_number_are_one_reading(region, digits, number):
    assert resolved(region, digits) == (number, True)


@pytest.mark.parametrize("cell", ["1 (212) 555-1234", "12125551234", "12125551234.0", "1-212-555-1234"])
def test_a_number_of_the_region_written_with_its_1_is_sent(clean_cell, cell):
    assert clean_cell("phone", cell, region="US").text == "+12125551234"
