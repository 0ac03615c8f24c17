"""A column of country codes beside a column of phones: what is sent, what is refused, what is said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer.errors import UsageError
from importer.mapping import recorded_users
from importer.messages.issue_sentences import ERRORS
from importer.planning.mapped_input import closing_input, open_input
from importer.settings import Settings
from importer.validation.stream import Checked, checked_chunks
from importer.web.uploads.saved_input import input_as_json, input_from_json

Read = Callable[..., dict[int, tuple[str, list[str]]]]


def told(checked: Checked) -> dict[int, tuple[str, list[str]]]:
    """Row → its phone as it would be sent, and the codes of what is said of it, notes left out."""
    said = checked.issues[checked.issues["severity"] != "note"]
    return {
        row: (phone, said.loc[said["row"] == row, "code"].tolist()) for row, phone in checked.fields["phone"].items()
    }


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Any]:
    def run(*lines: str, **options: Any) -> Any:
        path = tmp_path / "users.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return closing_input(open_input(path, Settings(**options), "2026-01-01"))

    return run


@pytest.fixture
def read(opened: Callable[..., Any]) -> Read:
    def run(*lines: str, **options: Any) -> dict[int, tuple[str, list[str]]]:
        with opened(*lines, **options) as mapped:
            return told(next(checked_chunks(mapped)))

    return run


@pytest.mark.parametrize(
    "header",
    [
        "phone_country_code", "Dial Code", "Код страны", "Код телефона", "country_code", "CountryCode",
        "Код страны (телефон)", "Country calling code", "Phone (country code)",
    ],
)  # fmt: skip
def test_a_column_of_country_codes_says_the_country_of_a_national_number(read: Read, header: str) -> None:
    found = read(f"{header};Phone;First name", "+91;9812345678;Ravi", "7;7011234567;Yan", "49;030 1234567;Hans")
    assert found == {2: ("+919812345678", []), 3: ("+77011234567", []), 4: ("+49301234567", [])}


@pytest.mark.parametrize(
    ("code", "phone", "sent"),
    [
        ("91", "919812345678", "+919812345678"),  # the code without its plus is no part of the number
        ("+7", "77011234567", "+77011234567"),
        ("7", "8 701 123 45 67", "+77011234567"),
        ("91.0", "09812345678", "+919812345678"),
        ("0091", "98123 45678", "+919812345678"),
        ("IN (+91)", "98123-45678", "+919812345678"),
        ("'+91", "'9812345678", "+919812345678"),
        ("+91", "+91 98123 45678", "+919812345678"),
        ("+91", "0091 98123 45678", "+919812345678"),
        ("1", "(212) 555-0123", "+12125550123"),
        ("7", "+919812345678", "+919812345678"),  # the code of the region itself says no more than ever
        ("", "7011234567", "+77011234567"),
        ("-", "7011234567", "+77011234567"),
        ("KZ", "+77011234567", "+77011234567"),  # a phone that says its country needs no code
    ],
)
def test_a_phone_is_read_as_if_its_code_were_that_of_the_region(read: Read, code: str, phone: str, sent: str) -> None:
    found = read("Dial Code;Phone", "+91;9812345670", "+91;9812345671", f"{code};{phone}")
    assert found[4] == (sent, [])


@pytest.mark.parametrize(
    ("code", "phone", "sent"),
    [
        *(
            (said, "7011234567", "+77011234567")
            for said in ("8", "+8", "8-7", "KZ", "Казахстан", "7 (KZ)", "7 KZ", "KZ 7")
        ),
        ("7/Казахстан", "7011234567", "+77011234567"),
        ("Россия", "89161234567", "+79161234567"),
        ("UZ", "901234567", "+998901234567"),
        ("Узбекистан (998)", "901234567", "+998901234567"),
        ("+38", "0501234567", "+380501234567"),
        ("38", "050 123-45-67", "+380501234567"),
        *(
            ("Нарния", phone, "+77011234567")
            for phone in ("87011234567", "8 701 123 45 67", "+77011234567", "77011234567")
        ),
        ("Нарния", "8-10-998-90-123-45-67", "+998901234567"),
    ],
)
def test_a_cell_that_tells_its_country_otherwise_than_by_a_code_refuses_no_phone(
    read: Read, code: str, phone: str, sent: str
) -> None:
    found = read("Dial Code;Phone", "+91;9812345670", "+91;9812345671", f"{code};{phone}")
    assert found[4] == (sent, [])


@pytest.mark.parametrize("phone", ["87272501234", "77272501234", "+77272501234", "8 727 250 12 34"])
@pytest.mark.parametrize("header", ["Country code;Phone;Work phone", "Dial code;Phone;Work phone"])
def test_a_phone_that_says_its_country_is_as_it_says_beside_the_code_of_another(
    read: Read, header: str, phone: str
) -> None:
    rows = ("91;9812345678;", f"91;;{phone}", "91;;9812345679")
    found = read(header, *rows, map=("Phone, Work phone=phone",))
    assert found == {2: ("+919812345678", []), 3: ("+77272501234", []), 4: ("+919812345679", [])}


@pytest.mark.parametrize(
    ("code", "phone", "sent"),
    [
        ("998", "8-10-998-90-123-45-67", "+998901234567"),
        ("998", "810998901234567", "+998901234567"),
        ("380", "8 10 380 50 123 45 67", "+380501234567"),
        ("91", "8~10 91 9812345678", "+919812345678"),
        ("91", "00 91 9812345678", "+919812345678"),
    ],
)
def test_a_phone_dialled_abroad_from_the_region_agrees_with_its_code(
    read: Read, code: str, phone: str, sent: str
) -> None:
    assert read("Dial Code;Phone", f"{code};{phone}")[2] == (sent, [])


@pytest.mark.parametrize(
    ("code", "phone", "error"),
    [
        ("+91", "+77011234567", "phone_dial_code_differs"),
        ("+91", "007 701 123 45 67", "phone_dial_code_differs"),
        ("+91", "тел. +77011234567", "phone_dial_code_differs"),
        ("701", "1234567", "phone_dial_code_unknown"),
        ("NA", "7011234567", "phone_dial_code_unknown"),
        ("IN (7)", "7011234567", "phone_dial_code_unknown"),  # letters and digits of two countries
        ("38", "501234567", "phone_dial_code_unknown"),  # 385 is another country's
        ("KZ", "9812345678901", "phone_not_valid"),
        ("+999", "7011234567", "phone_dial_code_unknown"),
        ("+1", "7001234567", "phone_dial_code_not_valid"),
        ("+91", "98123", "phone_dial_code_not_valid"),
        ("+91", "998901234567", "phone_dial_code_not_valid"),
        ("+91", "98123O45678", "phone_letters"),
    ],
)
def test_a_code_that_does_not_fit_its_phone_is_an_error(read: Read, code: str, phone: str, error: str) -> None:
    found = read("Dial Code;Phone", "+91;9812345670", "+91;9812345671", f"{code};{phone}")
    assert found[4][1] == [error]
    assert error in ERRORS


def test_the_note_shows_both_cells_and_names_the_column(opened: Callable[..., Any]) -> None:
    with opened("Dial Code;Phone", "91;98123 45678") as mapped:
        notes = next(checked_chunks(mapped)).issues
        found = [finding.text for finding in mapped.mapping.findings if "Dial Code" in finding.text]
    assert notes[["code", "value", "detail"]].values.tolist() == [
        ["phone_cleaned", "Dial Code: +91 ❘ 98123 45678", "+919812345678"]
    ]
    assert [text.partition(":")[0] for text in found] == [
        'country code of the phones in column B "Phone" ← column A "Dial Code"'
    ]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("phone_country_code", ("KZ", "KAZ")),
        ("Country code", ("KZ", "IN")),
        ("Код страны", ("398", "643")),
        ("Код телефона", ("701", "996")),
        ("Код", ("91", "7")),
    ],
)
def test_a_column_of_other_codes_is_none_of_country_codes(read: Read, header: str, cells: tuple[str, str]) -> None:
    found = read(f"{header};Phone", *(f"{cell};701123456{at}" for at, cell in enumerate(cells)))
    assert [phone for phone, _ in found.values()] == ["+77011234560", "+77011234561"]


@pytest.mark.parametrize(
    ("region", "header", "rows", "sent"),
    [
        (
            "AZ",
            "Country code;Phone",
            ("31;501234567", "31;0501234568"),
            ("+994501234567", "+994501234568"),
        ),  # ISO's 031
        ("KZ", "Country code;Phone", ("31;501234567",), ("501234567",)),  # and where the region is another
        ("IN", "Country code;Phone", ("356;9812345678",), ("+919812345678",)),
        ("AM", "Код страны;Телефон", ("51;77123456", "51;+37477123457"), ("+37477123456", "+37477123457")),
        ("KZ", "Код страны;Телефон", ("1;9161234567", "6;7011234567"), ("+79161234567", "+77011234567")),
        ("KZ", "Country code;Phone", ("1;9162234567", "4;7011234567"), ("+79162234567", "+77011234567")),
        ("KZ", "Country code;Phone", ("+1;+77011234567",), ("+77011234567",)),
        ("KZ", "phone code;Phone", ("55;87011234567", "81;87011234568"), ("+77011234567", "+77011234568")),
        ("IN", "phone_country_code;Phone", ("356;9812345678", "356;+919812345679"), ("+919812345678", "+919812345679")),
        ("KZ", "Country code;Phone;Work phone", ("91;9812345678;", "91;;"), ("+919812345678", "")),
        ("KZ", "Country code;Phone", ("91.0;9812345678.0",), ("+919812345678",)),
        ("KZ", "Country code;Phone", ("1;2125550123",), ("+12125550123",)),
    ],
)
def test_the_phones_tell_whether_a_country_code_is_one_of_phones(
    read: Read, region: str, header: str, rows: tuple[str, ...], sent: tuple[str, ...]
) -> None:
    found = read(header, *rows, region=region)
    assert tuple(phone for phone, _ in found.values()) == sent


def test_a_person_can_name_another_column_or_none(read: Read) -> None:
    lines = ("Dial Code;Prefix;Phone", "+91;998;901234567")
    assert read(*lines, map=("Prefix=dial_code",)) == {2: ("+998901234567", [])}
    for none in ("Dial Code=-", "=dial_code"):
        assert read(*lines, map=(none,))[2][1] == ["phone_pattern"]


def test_each_of_several_phones_has_the_code_beside_it(read: Read) -> None:
    row = "91;9812345678;998;901234567"
    found = read("Dial Code 1;Phone 1;Dial Code 2;Phone 2", row, map=("Phone 1, Phone 2=phone",))
    assert found == {2: ("+919812345678", [])}
    found = read("Phone 1;Dial Code 1;Phone 2;Dial Code 2", ";91;901234567;998", map=("Phone 1, Phone 2=phone",))
    assert found == {2: ("+998901234567", [])}
    found = read("Phone;Home Phone;Dial Code", "9812345678;8727 250 12 34;91", map=("Phone, Home Phone=phone",))
    assert found == {2: ("+919812345678", [])}
    for more, cell in (("", ""), (";Postal code", ";050000")):
        assert read(f"Dial Code;Mobile;Phone{more}", f"91;;9812345678{cell}") == {2: ("+919812345678", [])}


@pytest.mark.parametrize(
    ("header", "row", "sent"),
    [
        ("Mobile country code;Mobile;Phone country code;Phone", "7;9123456781;91;", "+79123456781"),
        ("Mobile;Mobile country code;Phone;Phone country code", "9123456781;7;;91", "+79123456781"),
        ("Phone;Phone country code;Work phone;Work phone country code", ";91;9123456780;7", "+79123456780"),
        ("Phone;Phone country code;Work phone;Work phone country code", ";7;9812345678;91", "+919812345678"),
        ("Код страны;Телефон;Код страны моб.;Мобильный", "91;;7;9123456781", "+79123456781"),
        ("Код страны;Телефон;Моб. код;Мобильный", "91;;7;9123456781", "+79123456781"),
        ("Телефон;Код страны;Мобильный;Префикс", ";91;9123456781;7", "+79123456781"),
        ("Phone;Fax;Dial code", "9123456781;;91", "+79123456781"),
        ("Phone;Country code mobile;Mobile", "9123456781;91;", "+79123456781"),
    ],
)
def test_the_code_of_one_phone_is_none_of_another(read: Read, header: str, row: str, sent: str) -> None:
    phones = {"map": ("Phone, Work phone=phone",)} if "Work" in header else {}
    assert read(header, row, **phones)[2] == (sent, [])


def test_a_refused_row_comes_back_beside_a_column_of_country_codes_still(read: Read) -> None:
    header = "Код страны;Телефон;import_status;import_error_code"
    assert read(header, "Нарния;9812345678;invalid;phone_dial_code_unknown")[2][1] == ["phone_dial_code_unknown"]


def test_rows_that_are_read_by_themselves_are_read_as_in_the_file(opened: Callable[..., Any]) -> None:
    with opened("Dial Code;Phone", "91;9812345678", "998;901234567", "91;12") as mapped:
        chunk = next(mapped.table.chunks())
        assert mapped.fields_to_send(chunk, [3])["phone"].tolist() == ["+998901234567"]
        assert mapped.checked(chunk).fields["phone"].tolist()[:2] == ["+919812345678", "+998901234567"]
        again = input_from_json(input_as_json(mapped), chunk)
        assert told(next(checked_chunks(again)))[2] == ("+919812345678", [])


def test_digits_that_a_spreadsheet_took_are_missed_behind_a_country_code_too(read: Read) -> None:
    header = "Dial Code;Phone;import_status;import_error_code;import_error"
    line = "+91;9812340000;invalid;phone_digits_lost;phone 'Dial Code: +91 ❘ 9.81234E+09' has lost its last digits"
    assert read(header, line)[2][1] == ["cell_digits_lost"]


def test_an_output_is_read_with_the_country_codes_that_its_manifest_names() -> None:
    header = ("Dial Code", "Phone", "freedom_id", "import_status")
    told = {"mapping": {"phone": ["Phone"]}, "dial_codes": [["Phone", "Dial Code"]]}
    letters = "ABCD".__getitem__
    assert recorded_users(header, told, column_letter=letters, names=False).dial_codes == {1: 0}
    assert recorded_users(header, told | {"dial_codes": []}, column_letter=letters, names=False).dial_codes == {}
    for wrong in ([["Phone", "Code"]], 5, [1]):
        with pytest.raises(UsageError):
            recorded_users(header, told | {"dial_codes": wrong}, column_letter=letters, names=False)


def test_a_run_is_another_one_where_a_column_of_country_codes_decides(opened: Callable[..., Any]) -> None:
    lines = ("Dial Code;Phone", "91;9812345678")
    with opened(*lines) as one, opened(*lines, map=("Dial Code=-",)) as other:
        assert one.mapping.fingerprint() != other.mapping.fingerprint()
        assert "dial_codes" not in other.mapping.fingerprint()
