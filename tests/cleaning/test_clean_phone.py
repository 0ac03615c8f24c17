import random

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest

from importer.cleaning.region_plan import plan_of
from importer.errors import UsageError
from schemas.phone_plans import valid

ONE_NUMBER = [
    "8 701 123-45-67",
    "+7 (701) 123 45 67",
    "7011234567",
    "77011234567",
    "87011234567",
    "(701) 123-45-67",
    "77011234567.0",
    "87011234567.00",
    "87011234567.0000",
    "77011234567,0",
    "+77011234567,00",
    "тел. 7011234567.0",
    "77011234567.0 (Айгуль)",
    "+77011234567.0.",
    "'+77011234567",
    "p:+77011234567",
    "tel:+77011234567",
    "8.701.123.45.67",
    "8701\u00a0123\u00a045\u00a067",
    "8701\u200b1234567",
    "\u202a+77011234567\u202c",
    "８７０１１２３４５６７",
    "٨٧٠١١٢٣٤٥٦٧",
    "8–701–123–45–67",
    "++77011234567",
    "тел. 8 701 123 45 67",
    "моб.87011234567",
    "87011234567 (Айгуль)",
    "87011234567;",
    "+7\n701 123 45 67",
    "007 701 123 45 67",
]


@pytest.mark.parametrize("cell", ONE_NUMBER)
def test_every_spelling_of_a_number_becomes_the_same_e164_with_a_note(clean_cell, cell):
    found = clean_cell("phone", cell)
    assert found.text == "+77011234567"
    assert found.issues == (("phone_cleaned", "note", "+77011234567"),)


@pytest.mark.parametrize(
    ("cell", "region", "number"),
    [
        ("+4930123456.0 (Anna)", "KZ", "+4930123456"),
        ("Tel. 0301234567.0", "DE", "+49301234567"),
        ("0301234567.0/0301234568.0", "DE", "+49301234567"),
        ("842108412861.0 *", "DE", "+49842108412861"),
        ("+49301234567.0 12.5", "KZ", "+49301234567"),  # what stands behind is no part of it
        ("0301234567.0-12", "DE", "+49301234567"),
        ("+49.30.123456.0", "DE", "+49301234560"),  # dots all through part the groups of a number
        ("+49 30 123456-0", "DE", "+49301234560"),  # so does the hyphen before the line of a switchboard
        ("8 701 123 45.00", "KZ", "+77011234500"),  # what is too short without them has no decimals
    ],
)
def test_zeros_behind_a_decimal_point_are_no_digits_of_a_number_though_its_plan_has_room(
    clean_cell, cell, region, number
):
    assert clean_cell("phone", cell, region=region).text == number


@pytest.mark.parametrize(
    ("cell", "region"),
    [
        ("+49 30 123456.0", "KZ"),
        ("49 301 234 567.00", "DE"),
        ("+4930123456.5", "KZ"),
        ("50031831.0", "UZ"),
        ("87011234567.5332", "KZ"),
        ("моб. 77011234567.5", "KZ"),
        ("870112345.50", "KZ"),
        ("870112345.0 12", "KZ"),
        ("+493012345.0 17 30", "KZ"),
    ],
)
def test_what_may_be_decimals_or_digits_is_refused(clean_cell, cell, region):
    found = clean_cell("phone", cell, region=region)
    assert found.text == cell
    assert [severity for _, severity, _ in found.issues] == ["error"]


def test_a_number_in_e164_needs_no_note(clean_cell):
    found = clean_cell("phone", "+77011234567")
    assert (found.text, found.issues) == ("+77011234567", ())


def test_outer_spaces_alone_are_no_note(clean_cell):
    assert clean_cell("phone", " +77011234567 ").issues == ()


@pytest.mark.parametrize(
    "cell",
    [
        "87011234567,87021112233",
        "8 701 123 45 67; 8 702 111 22 33",
        "8 701 123 45 67 / 8 702 111 22 33",
        "87011234567\n87021112233",
        "87011234567 ::: 87021112233",
        "87011234567 87021112233",
        "+77011234567 +77021112233",
        "моб. 87011234567, раб. 87021112233",
        "87011234567 или 87021112233",
    ],
)
def test_of_two_numbers_in_a_cell_the_first_serves_and_a_note_names_the_other(clean_cell, cell):
    found = clean_cell("phone", cell)
    assert found.text == "+77011234567"
    assert found.detail("phone_others") == "+77021112233"


def test_an_invalid_first_number_gives_way_to_a_valid_second_one(clean_cell):
    found = clean_cell("phone", "8999, 8 701 123 45 67")
    assert found.text == "+77011234567"


@pytest.mark.parametrize(
    "cell", ["8 727 250 00 00 доб. 12", "8 727 250 00 00 ext 12", "87272500000 вн.12", "87272500000 x12"]
)
def test_an_extension_is_dropped_with_a_note(clean_cell, cell):
    found = clean_cell("phone", cell)
    assert found.text == "+77272500000"
    assert found.detail("phone_extension") == "12"


@pytest.mark.parametrize("cell", ["нет", "-", "—", "0", "000", "n/a", "null"])
def test_a_word_for_nothing_is_a_missing_phone(clean_cell, cell):
    assert clean_cell("phone", cell).codes == ["phone_missing"]


@pytest.mark.parametrize(
    "cell",
    [
        "77777777777",
        "+70000000000",
        "70000000000",
        "8 000 000 00 00",
        "99999999999",
        "1234567890",
        "11111",
        "7777777.0",
        "+77777777777",
        "+87777777777",
    ],
)
def test_a_placeholder_is_an_error(clean_cell, cell):
    found = clean_cell("phone", cell)
    assert found.codes == ["phone_placeholder"]
    assert found.text == cell


@pytest.mark.parametrize("cell", ["+8 701 123 45 67", "+87011234567", "+7 8 701 123 45 67"])
def test_the_domestic_prefix_behind_a_plus_is_an_error_with_a_suggestion(clean_cell, cell):
    assert clean_cell("phone", cell).issues == (("phone_trunk_prefix", "error", "+77011234567"),)


def test_the_documented_example_is_sent_with_a_doubt(clean_cell):
    found = clean_cell("phone", "+1234567890")
    assert found.text == "+1234567890"
    assert found.issues == (("phone_doubtful", "warning", ""),)


@pytest.mark.parametrize("cell", ["+998901234567", "+79161234567", "+4930901820", "+12025550123"])
def test_a_foreign_number_with_a_plus_is_kept(clean_cell, cell):
    assert clean_cell("phone", cell).text == cell
    assert clean_cell("phone", cell).issues == ()


def test_a_number_that_is_possible_in_the_region_but_not_valid_is_an_error(clean_cell):
    found = clean_cell("phone", "87991234567")
    assert found.codes == ["phone_not_valid"]
    assert found.text == "87991234567"


def test_a_foreign_number_without_a_plus_is_no_guess_but_a_suggestion(clean_cell):
    assert clean_cell("phone", "998901234567").issues == (("phone_no_code", "error", "+998901234567"),)


def test_an_extension_of_six_digits_is_one(clean_cell):
    found = clean_cell("phone", "8 727 250 00 00 доб. 123456")
    assert found.text == "+77272500000"
    assert found.detail("phone_extension") == "123456"


def test_letters_among_the_digits_are_an_error_with_a_suggestion(clean_cell):
    assert clean_cell("phone", "87O11234567").issues == (("phone_letters", "error", "+77011234567"),)


@pytest.mark.parametrize("cell", ["+77011234567p12", "+7701①234567"])
def test_no_number_is_suggested_that_no_plan_has(clean_cell, cell):
    assert clean_cell("phone", cell).issues == (("phone_letters", "error", ""),)


@pytest.mark.parametrize("cell", ["+7 701 123 45 67²", "8701¹1234567", "8 701 123-45-6½", "+7701123456⑦"])
def test_a_superscript_a_fraction_or_a_circled_number_is_no_digit(clean_cell, cell):
    found = clean_cell("phone", cell)
    assert found.text == cell
    assert [issue[:2] for issue in found.issues] == [("phone_letters", "error")]


def test_a_shortened_number_has_lost_its_digits(clean_cell):
    for cell in ("7.70112E+10", "7,70112E+10"):
        assert clean_cell("phone", cell).codes == ["phone_digits_lost"]


@pytest.mark.parametrize("cell", ["8701", "не звонить", "abc", "+79999", "+77011234567890123", "87011234567 кв 5 8",
             "+49308303.00", "tel:+49308303"])  # fmt: skip
def test_what_holds_no_phone_is_an_error_and_keeps_its_text(clean_cell, cell):
    found = clean_cell("phone", cell)
    assert [severity for _, severity, _ in found.issues] == ["error"]
    assert found.text == cell


def test_a_trunk_zero_in_brackets_is_left_out(clean_cell):
    assert clean_cell("phone", "+49 (0)30 901820").text == "+4930901820"


@pytest.mark.parametrize(
    ("region", "cell", "number"),
    [
        ("RU", "8 916 123-45-67", "+79161234567"),
        ("KG", "0555 123 456", "+996555123456"),
        ("UZ", "90 123 45 67", "+998901234567"),
        ("DE", "030 901820", "+4930901820"),
        ("AR", "011 15-2345-6789", "+5491123456789"),
    ],
)
def test_the_region_decides_how_a_domestic_number_reads(clean_cell, region, cell, number):
    assert clean_cell("phone", cell, region=region).text == number


def test_a_call_abroad_is_not_taken_for_one_by_a_carrier_to_another_country(clean_cell):
    """To Morocco, not by the Brazilian carrier 21 to Somalia."""
    assert clean_cell("phone", "00212520115971", region="BR").text == "+212520115971"
    assert clean_cell("phone", "0049 1512 3456789", region="BR").text == "+4915123456789"


def test_an_unknown_region_is_a_usage_error(clean_cell):
    with pytest.raises(UsageError, match="XX"):
        clean_cell("phone", "87011234567", region="XX")


def test_arrow_and_libphonenumber_agree_on_what_is_valid():
    chance = random.Random(7)
    numbers = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            continue
        text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        for _ in range(3):
            place = chance.randrange(len(text) - 3, len(text))
            numbers.add(text[:place] + chance.choice("123456789") + text[place + 1 :])
    ordered = sorted(numbers)
    ours = valid(pa.array(ordered, pa.large_string()))
    theirs = np.array([phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in ordered])
    assert [n for n, a, b in zip(ordered, ours, theirs, strict=True) if a != b] == []


def test_every_region_of_libphonenumber_can_be_chosen():
    digits = pa.array(["87011234567", "0123456789"], pa.large_string())
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        plan_of.__wrapped__(region).resolve(digits)


def test_region_codes_may_be_written_small(clean_cell):
    assert clean_cell("phone", "87011234567", region="kz").text == "+77011234567"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("87011234525 (факс) / 87011234526 (моб)", "+77011234526"),
        ("87011234521 факс 87011234522 моб", "+77011234522"),
        ("+7 701 123 45 19 fax / +7 701 123 45 20 mob", "+77011234520"),
        ("87011234521 факс/87011234522 моб", "+77011234522"),
        ("87011234517 (факс) 87011234518", "+77011234518"),
        ("факс 87011234521 / моб 87011234522", "+77011234522"),
        ("(факс) 87011234521 (моб) 87011234522", "+77011234522"),
        ("моб 87011234523 факс 87011234524", "+77011234523"),
        ("87011234521 моб 87011234522 факс", "+77011234521"),
        ("87011234521 факс 87011234522", "+77011234521"),  # the label before a number, as far as anything tells
        ("87011234521 тел/факс 87011234522", "+77011234521"),
        ("87011234521 факс 87272501234 (раб.)", "+77011234521"),  # a place says nothing of the number before it
        ("87011234521 факс 87272501234 раб.", "+77011234521"),
        ("87011234521 факс 87272501234 дом", "+77011234521"),
        ("87011234521 факс 87272501234 тел", "+77011234521"),
        ("87011234521 факс 87272501234 факс", "+77011234521"),
        ("87272501234 раб 87272501235 факс", "+77272501234"),
    ],
)
def test_of_two_numbers_with_their_labels_before_or_behind_them_the_fax_gives_way(clean_cell, cell, number):
    assert clean_cell("phone", cell).text == number
