"""Phones as cells hold them, kind by kind: what is sent, and what is refused with which suggestion. Region KZ."""

import re

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.cleaning.column import Column
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.phone import are_phones, clean_phone
from schemas.phone_plans import calling_code, misdialled, without_trunk_prefix
from schemas.user import user_schema

KZ = Decisions(today="2026-01-01")

SENT = [
    ("тел: +84912673868", "+84912673868"),
    ("📱+84912673868", "+84912673868"),
    ("WhatsApp:+14155552671", "+14155552671"),
    ("tel:+84912673868", "+84912673868"),
    ("☎ +84912673868", "+84912673868"),
    ("№ +84912673868", "+84912673868"),
    ("№+84912673868", "+84912673868"),
    ("(моб.) +84912673868", "+84912673868"),
    ("~+84912673868", "+84912673868"),
    ("≈ +84912673868", "+84912673868"),
    ("➕84912673868", "+84912673868"),
    ("плюс 84912673868", "+84912673868"),
    ("wa.me/84912673868", "+84912673868"),
    ("https://wa.me/84912673868", "+84912673868"),
    ("https://api.whatsapp.com/send?phone=84912673868", "+84912673868"),
    ("%2B84912673868", "+84912673868"),
    ("84912673868@c.us", "+84912673868"),
    ("⁺84912673868", "+84912673868"),
    ("-+84912673868", "+84912673868"),
    ("тел.+7(701)558-98-32", "+77015589832"),
    ("т+77015589832", "+77015589832"),
    ("Тел.:(+84)912673868", "+84912673868"),
    ("Марат +7 701 558 98 32", "+77015589832"),
    ("Марат 8 701 558 98 32", "+77015589832"),
    ("Март 87015589832", "+77015589832"),
    ("т 87015589832", "+77015589832"),
    ("тел87015589832", "+77015589832"),
    ("м.87015589832", "+77015589832"),
    ("Алматы 8 727 250 00 00", "+77272500000"),
    ("Айгерим: 8(701)5589832 жена", "+77015589832"),
    ("8 10 852 5123 4567", "+85251234567"),
    ("81085251234567", "+85251234567"),
    ("8~10 852 5123 4567", "+85251234567"),
    ("8-10-852-5123-4567", "+85251234567"),
    ("8 (10) 852 51234567", "+85251234567"),
    ("0085251234567", "+85251234567"),
    ("00 852 5123 4567", "+85251234567"),
    ("8 10 800 1234 5678", "+80012345678"),
    ("8 10 7 701 558 98 32", "+77015589832"),
    ("8 10 44 20 7946 0958", "+442079460958"),
    ("+84951234567", "+84951234567"),
    ("+84912673868", "+84912673868"),
    ("+8613812345678", "+8613812345678"),
    ("+86 138 1234 5678", "+8613812345678"),
    ("+819012345678", "+819012345678"),
    ("+82 10 1234 5678", "+821012345678"),
    ("+85251234567", "+85251234567"),
    ("+90 0532 123 45 67", "+905321234567"),
    ("+9005321234567", "+905321234567"),
    ("+44 (0)20 7946 0958", "+442079460958"),
    ("+4402079460958", "+442079460958"),
    ("+49 (0)30 901820", "+4930901820"),
    ("+38 050 123 45 67", "+380501234567"),
    ("+380 (050) 123-45-67", "+380501234567"),
    ("+3800501234567", "+380501234567"),
    ("+380 0 50 123 45 67", "+380501234567"),
    ("+39 02 1234 5678", "+390212345678"),
    ("+39 (0)2 12345678", "+390212345678"),
    ("+375 (029) 123-45-67", "+375291234567"),
    ("+36 06 30 123 4567", "+36301234567"),
    ("+996 0555 123456", "+996555123456"),
    ("+7 777 123 45 67 (с 9 до 18)", "+77771234567"),
    ("+77771234567 12", "+77771234567"),
    ("7771234567(+7 701 558 98 32)", "+77771234567"),
    ("+49 30 126619 (2)", "+4930126619"),
    ("87011234567 кв 5", "+77011234567"),
    ("+7 777 123 45 67 с 9:00 до 18:00", "+77771234567"),
    ("+7 777 123 45 67 10:00-18:00", "+77771234567"),
    ("+7 777 123 45 67 12.05.2024", "+77771234567"),
    ("+7 777 123 45 67 2024-05-12", "+77771234567"),
    ("+77771234567 500 тг", "+77771234567"),
    ("+7 777 123 45 67 (2)", "+77771234567"),
    ("8 777 123-45-67 12", "+77771234567"),
    ("+49 30 126619 12", "+493012661912"),
    ("+49 30 126619-12", "+493012661912"),
    ("(+49 30 126619 12)", "+493012661912"),
    ("+49 30 (126619 12)", "+493012661912"),
    ("87272500000/01/02", "+77272500000"),
    ("8 727 250-00-00/01", "+77272500000"),
    ("8 727 250-00-00/701/712", "+77272500000"),
    ("8 727 250 00 00, 01", "+77272500000"),
    ("87011234567 2", "+77011234567"),
    ("87011234567 (2)", "+77011234567"),
    ("87011234567 8702111223", "+77011234567"),
    ("8 701 123 45 67 8 702 111 22 33", "+77011234567"),
    ("87011234567/87021112233", "+77011234567"),
    ("87011234567 87021112233 87051112233", "+77011234567"),
    ("+7 701 123 45 67, +7 702 111 22 33", "+77011234567"),
    ("+7+77011234567", "+77011234567"),
    ("8 (+7) 701 123 45 67", "+77011234567"),
    ("+84 / 912 673 868", "+84912673868"),
    ("ivan90@mail.ru 87011234567", "+77011234567"),
    ("87011234567*", "+77011234567"),
    ("87011234567 ИИН 990101300123", "+77011234567"),
    ("ИИН 990101300123 тел 87011234567", "+77011234567"),
    ("1) +77011234567", "+77011234567"),
    ("факс 87272500000", "+77272500000"),
    ("факс 87272500000; моб 87011234567", "+77011234567"),
    ("тел/факс 87272500000", "+77272500000"),
    ("87272500000 (факс), 87011234567", "+77011234567"),
    ("87272500000#12", "+77272500000"),
    ("87272500000;ext=12", "+77272500000"),
    ("87011234567 Айгуль 2 этаж", "+77011234567"),
    ("87O11234567; 87021112233", "+77021112233"),
    ("+7 (701) 123-45-67 доб. 3", "+77011234567"),
    ("+77011234567;", "+77011234567"),
    ("+1 (415) 555-2671 x5", "+14155552671"),
    ("+1234567890", "+1234567890"),
    ("тел. +1234567890", "+1234567890"),
    ("+308001234 567 12", "+30800123456712"),  # nine digits together, but no number without the rest
    ("+999 1234567890", "+9991234567890"),
    ("+12 3456 7890", "+1234567890"),
    ("+7(701)1234567(89)", "+77011234567"),
    ("8(701)123-45-67,8(702)111-22-33", "+77011234567"),
    ("+7 701 1234567 8 702 1112233", "+77011234567"),
    ("84912673868", "+74912673868"),
    ("8 491 267-38-68", "+74912673868"),
    ("8-491-267-38-68", "+74912673868"),
    ("8491 267 38 68", "+74912673868"),
    ("(8) 4912 67 38 68", "+74912673868"),
    ("8 (7272) 50-12-34", "+77272501234"),
    ("87 01 123 45 67", "+77011234567"),
    ("89 16 123 45 67", "+79161234567"),
    ("960 771 23 45", "+79607712345"),
    ("(423) 234-56-78", "+74232345678"),
    ("7 701 123 45 67", "+77011234567"),
]

REFUSED = [
    ("Марат87015589832", "phone_letters", "+77015589832"),
    ("81085251234567890", "phone_pattern", ""),
    ("6561234567", "phone_no_code", "+6561234567"),
    ("376712345", "phone_pattern", "+376712345"),  # of Andorra, and too short for the API even with its plus
    ("8108001234567", "phone_not_valid", ""),
    ("+781085251234567", "phone_trunk_prefix", "+85251234567"),
    ("+7 8 10 852 5123 4567", "phone_trunk_prefix", "+85251234567"),
    ("+81085251234567", "phone_trunk_prefix", "+85251234567"),
    ("+8 (495) 123-45-67", "phone_trunk_prefix", "+74951234567"),
    ("+8-495-123-45-67", "phone_trunk_prefix", "+74951234567"),
    ("+8 495 1234567", "phone_trunk_prefix", "+74951234567"),
    ("+8(7272)500000", "phone_trunk_prefix", "+77272500000"),
    ("+8 701 558 98 32", "phone_trunk_prefix", "+77015589832"),
    ("+88005553535", "phone_trunk_prefix", "+78005553535"),
    ("+8 800 555 35 35", "phone_trunk_prefix", "+78005553535"),
    ("+8 10 852 5123 4567", "phone_trunk_prefix", "+85251234567"),
    ("+88612345678", "phone_trunk_prefix", "+78612345678"),
    ("(+8) 495 123 45 67", "phone_trunk_prefix", "+74951234567"),
    ("+85212345678", "phone_trunk_prefix", ""),
    ("+0442079460958", "phone_zero_code", "+442079460958"),
    ("+00442079460958", "phone_zero_code", "+442079460958"),
    ("+0044 20 7946 0958", "phone_zero_code", "+442079460958"),
    ("+07015589832", "phone_zero_code", "+77015589832"),
    ("+0 701 558 98 32", "phone_zero_code", "+77015589832"),
    ("+00 7 701 558 98 32", "phone_zero_code", "+77015589832"),
    ("+375 8 029 123 45 67", "phone_trunk_prefix", "+375291234567"),
    ("+1 1 202 555 0123", "phone_trunk_prefix", "+12025550123"),
    ("+7 0 701 558 98 32", "phone_trunk_prefix", "+77015589832"),
    ("+998 0 90 123 45 67", "phone_trunk_prefix", "+998901234567"),
    ("+90 0532 12", "phone_pattern", ""),
    ("+370 8 612 34567", "phone_trunk_prefix", "+37061234567"),
    ("87011234567 кв 5 8", "phone_unclear_end", "+77011234567"),
    ("+7 777 123 45 67 500 тг", "phone_unclear_end", "+77771234567"),
    ("8 777 123 45 67 12", "phone_unclear_end", "+77771234567"),
    ("+4930126619 12", "phone_unclear_end", "+4930126619"),
    ("+4930126619 10 18", "phone_unclear_end", "+4930126619"),
    ("+49 30 126619 2", "phone_unclear_end", "+4930126619"),
    ("+49 30 126619 12 3", "phone_unclear_end", "+493012661912"),
    ("+49 30 126619/12/3456", "phone_unclear_end", "+4930126619"),
    ("8(701)123-45-67 5 8", "phone_unclear_end", "+77011234567"),
    ("8(701)123-45-67 12 345", "phone_unclear_end", "+77011234567"),
    ("8 701 123 45 67/70 71", "phone_unclear_end", "+77011234567"),
    ("8 701 123 45 67/1234567", "phone_unclear_end", "+77011234567"),
    ("87011234567-2", "phone_not_valid", ""),
    ("8 701 123 45 67 2к", "phone_letters", ""),
    ("12345 87011234567", "phone_pattern", ""),
    ("+84\n912673868", "phone_unclear_end", ""),
    ("8495:1234567", "phone_unclear_end", ""),
    ("87011234567@mail.ru", "phone_pattern", ""),
    ("8701***4567", "phone_pattern", ""),
    ("+7 701 XXX 45 67", "phone_pattern", ""),
    ("1) 87011234567", "phone_not_valid", ""),
    ("8 7O1 123 45 67", "phone_letters", "+77011234567"),
    ("+7 70l 123 45 67", "phone_letters", "+77011234567"),
    ("+7 7011234567 8", "phone_unclear_end", "+77011234567"),
    ("+7-701-123-45-67-68", "phone_unclear_end", "+77011234567"),
    ("+7 701 123 45 67-68", "phone_unclear_end", "+77011234567"),
    ("+77011234567-68", "phone_unclear_end", "+77011234567"),
    ("+7 (701) 123-45-67.2", "phone_unclear_end", "+77011234567"),
    ("+998 90 123 45 67-68", "phone_unclear_end", "+998901234567"),
    ("+1-415-555-2671-1234", "phone_unclear_end", "+14155552671"),
    ("+1 415 555 2671 5", "phone_unclear_end", "+14155552671"),
    ("998 90 123 45 67", "phone_no_code", "+998901234567"),
    ("998 90 123-45 67", "phone_no_code", "+998901234567"),
    ("(998) 90 123-45-67", "phone_no_code", "+998901234567"),
    ("998(90)1234567", "phone_no_code", "+998901234567"),
    ("90 532 123 45 67", "phone_no_code", "+905321234567"),
    ("996 700 12 34 56", "phone_no_code", "+996700123456"),
    ("91 98765 43210", "phone_no_code", "+919876543210"),
    ("49 301 234 567.00", "phone_unclear_end", "+49301234567"),
    ("998 90 123 45 67 5", "phone_unclear_end", "+998901234567"),
    ("916 123 45 67 89", "phone_unclear_end", "+79161234567"),
    ("(84) 912 673 868", "phone_ambiguous", "+74912673868 / +84912673868"),
    ("84-912-673-868", "phone_ambiguous", "+74912673868 / +84912673868"),
    ("84 912 673 868", "phone_ambiguous", "+74912673868 / +84912673868"),
    ("84 912673868", "phone_ambiguous", "+74912673868 / +84912673868"),
    ("84.912.673.868", "phone_ambiguous", "+74912673868 / +84912673868"),
    ("тел. 84 912 673 868", "phone_ambiguous", "+74912673868 / +84912673868"),
]


@pytest.mark.parametrize(("cell", "number"), SENT)
def test_a_number_whose_plus_and_end_are_certain_is_sent_whatever_surrounds_it(clean_cell, cell, number):
    found = clean_cell("phone", cell)
    assert found.text == number
    assert "error" not in [severity for _, severity, _ in found.issues]
    assert cell == number or found.detail("phone_cleaned") == number


@pytest.mark.parametrize(("cell", "code", "suggestion"), REFUSED)
def test_a_number_that_is_not_certain_is_refused_with_what_it_may_be(clean_cell, cell, code, suggestion):
    found = clean_cell("phone", cell)
    assert (found.text, found.issues) == (cell.strip(), ((code, "error", suggestion),))


@pytest.mark.parametrize(("cell", "code", "suggestion"), REFUSED)
def test_what_is_refused_breaks_the_schema_too(cell, code, suggestion):
    assert not are_phones(pa.array([cell], pa.large_string()), KZ).any(), (code, suggestion)
    (text,) = cleaned([cell])
    checks = user_schema("2026-01-01").columns["phone"].checks
    assert not all(
        check(pa.array([text], pa.large_string()).to_pandas().astype("str")).check_passed for check in checks
    )


@pytest.mark.parametrize(
    ("region", "cell", "number"),
    [
        ("US", "011 44 20 7946 0958", "+442079460958"),
        ("US", "(415) 555-2671 (2)", "+14155552671"),
        ("RU", "8~10 44 20 7946 0958", "+442079460958"),
        ("BY", "8 10 44 20 7946 0958", "+442079460958"),
        ("BY", "8 029 123-45-67", "+375291234567"),
        ("AU", "0011 44 20 7946 0958", "+442079460958"),
        ("KR", "00700 44 20 7946 0958", "+442079460958"),
        ("DE", "030/12661901", "+493012661901"),
        ("DE", "03029624/68499", "+49302962468499"),
        ("DE", "+49 30 90 18 20 10", "+493090182010"),
        ("GB", "020 7946 0958", "+442079460958"),
        ("TR", "0532 123 45 67", "+905321234567"),
        ("UZ", "90 123 45 67 (после 18:00)", "+998901234567"),
        ("UZ", "95 123 45 67 (после 18:00)", "+998951234567"),
        ("DE", "992 900-12/3456", "+49992900123456"),
    ],
)
def test_the_regions_own_prefixes_count(clean_cell, region, cell, number):
    assert clean_cell("phone", cell, region=region).text == number


@pytest.mark.parametrize(
    ("region", "cell"),
    [
        ("FI", "8 10 358 41 2345678"),
        ("UZ", "+84\n90 123 45 67"),
        ("DE", "030: 12661901"),
        ("DE", "030296246/8499"),
        ("US", "+1 415 555 2671 5"),
        ("DE", "49 30 126619 (2) 5 8"),
        ("AC", "+24740123 12"),
        ("FK", "+500 51234 12"),
    ],
)
def test_pieces_of_a_number_are_no_number(clean_cell, region, cell):
    assert [severity for _, severity, _ in clean_cell("phone", cell, region=region).issues] == ["error"]


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_domestic_zero_is_taken_out_only_where_the_plan_has_one_and_no_number_begins_with_it(region):
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        return
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    code = str(example.country_code)
    written = pa.array([f"+{code}0{number[1 + len(code) :]}"], pa.large_string())
    (mended,), certain = without_trunk_prefix(written)
    own = phonenumbers.ndd_prefix_for_region(phonenumbers.region_code_for_country_code(int(code)), True) or ""
    if misdialled(written)[0]:
        assert mended.as_py() == number
        assert certain[0] or not own.startswith("0") or code in {"229", "242", "225", "241"}
    else:
        assert phonenumbers.is_valid_number(phonenumbers.parse(written[0].as_py()))


def test_the_same_person_with_and_without_the_domestic_zero_is_one_phone():
    assert len(set(cleaned(["+90 0532 123 45 67", "+90 532 123 45 67", "+9005321234567", "+90 (0) 532 1234567"]))) == 1


def cleaned(cells, region="KZ"):
    column = Column(pa.array(cells, pa.large_string()))
    clean_phone(column, "phone", Decisions(today="2026-01-01", region=region))
    return column.texts.to_pylist()


NUMBERS = st.sampled_from(
    ["87011234567", "+77011234567", "8 701 123-45-67", "+49 30 126619", "7011234567", "+84912673868",
     "+44 (0)20 7946 0958", "8 10 852 5123 4567", "+8 (495) 123-45-67", "12",
     "5", "2024", "8", "+7", "0", "00", "+0", "1234567", "10:00"]
)  # fmt: skip
AROUND = st.sampled_from(
    [" ", "", ", ", ";", "/", " (", ")", "-", " - ", "тел. ", " кв ", "\n", "+", " доб. ", ":", "№", ".", "м", " факс "]
)
CELLS = st.lists(st.tuples(AROUND, NUMBERS), min_size=1, max_size=4).map(lambda parts: "".join(a + b for a, b in parts))


@settings(deadline=None, max_examples=60)  # of many cells each: a call costs more than a cell
@given(
    st.lists(CELLS | st.text("0123456789+-() /.8тм,", max_size=24), min_size=20, max_size=40),
    st.sampled_from(["KZ", "DE", "UZ", "US"]),
)
def test_the_digits_that_are_sent_stand_together_in_the_cell(cells, region):
    fine = are_phones(pa.array(cells, pa.large_string()), Decisions(today="2026-01-01", region=region))
    for cell, number, sent in zip(cells, cleaned(cells, region), fine, strict=True):
        national = number[1 + len(calling_code(number[1:4])) :]
        digits = re.sub(r"[^0-9]", "", cell)
        assert not sent or national in digits, (cell, number)
