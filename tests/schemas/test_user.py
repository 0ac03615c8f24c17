from datetime import date

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pytest

from schemas.fields import FIELDS
from schemas.iso3166 import ALPHA_3, ALPHA_3_OF
from schemas.user import user_schema

GOOD = {
    "phone": "+1234567890",
    "email": "user@example.com",
    "firstname": "John",
    "lastname": "Doe",
    "date_of_birth": "2000-01-01",
    "identifier": "123456789",
    "country": "KAZ",
    "gender": "M",
    "nationality": "citizen of the world",
}
"""The documented example."""


def first_codes(**cells: str) -> list[str]:
    frame = pd.DataFrame({field: pd.Series([(GOOD | cells)[field]], dtype="str") for field in FIELDS})
    try:
        user_schema("2025-06-01").validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as exc:
        return [error.check.error for error in exc.schema_errors]
    return []


def test_the_documented_example_is_valid():
    assert first_codes() == []


def test_only_the_phone_is_required():
    assert first_codes(**{field: "" for field in FIELDS if field != "phone"}) == []
    assert first_codes(phone="") == ["phone_missing"]


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        ("phone", "77011234567", "phone_pattern"),
        ("phone", "+123456789", "phone_pattern"),
        ("phone", "+1234567890123456", "phone_pattern"),
        ("phone", "+77011234567\n", "phone_pattern"),
        ("phone", "+7701123456٧", "phone_pattern"),
        ("phone", "+7701123456７", "phone_pattern"),
        ("phone", " +77011234567", "phone_pattern"),
        ("phone", "+77777777777", "phone_placeholder"),
        ("phone", "+70000000000", "phone_placeholder"),
        ("phone", "+87011234567", "phone_trunk_prefix"),
        ("phone", "+787011234567", "phone_trunk_prefix"),
        ("email", "a@b", "email_format"),
        ("email", "a@b,kz", "email_format"),
        ("email", "a@b.kz\n", "email_format"),
        ("email", "a@b.kz c@d.kz", "email_format"),
        ("email", "я@b.kz", "email_format"),
        ("email", "x" * 65 + "@b.kz", "email_format"),
        ("email", "a@gmail.con", "email_dead_domain"),
        ("date_of_birth", "31.12.1999", "date_of_birth_pattern"),
        ("date_of_birth", "1999-12-31\n", "date_of_birth_pattern"),
        ("date_of_birth", "1999-1-1", "date_of_birth_pattern"),
        ("date_of_birth", "1999-02-29", "date_of_birth_calendar"),
        ("date_of_birth", "0000-01-01", "date_of_birth_calendar"),
        ("date_of_birth", "2025-06-02", "date_of_birth_future"),
        ("country", "KZ", "country_pattern"),
        ("country", "kaz", "country_pattern"),
        ("country", "KAZ\n", "country_pattern"),
        ("country", "XXX", "country_unknown"),
        ("gender", "m", "gender_unknown"),
        ("gender", "MF", "gender_unknown"),
        ("gender", "M\n", "gender_unknown"),
        ("identifier", "8.50101E+11", "identifier_digits_lost"),
    ],
)
def test_a_broken_rule_has_its_code(field, cell, code):
    assert first_codes(**{field: cell}) == [code]


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("phone", "+123456789012345"),
        ("email", "a@почта.рф"),
        ("email", "o'hara@b.kz"),
        ("email", "a@xn--80a1acny.xn--p1ai"),
        ("date_of_birth", "2025-06-01"),
        ("date_of_birth", "2000-02-29"),
        ("country", "NAM"),
        ("gender", "F"),
        ("firstname", "=1+1"),
        ("lastname", "Null"),
        ("identifier", "000"),
    ],
)
def test_what_the_rules_allow_passes(field, cell):
    assert first_codes(**{field: cell}) == []


@pytest.mark.parametrize(
    ("field", "most"), {"firstname": 200, "lastname": 200, "identifier": 100, "nationality": 200}.items()
)
def test_a_text_is_refused_from_its_first_character_over_the_limit(field, most):
    assert first_codes(**{field: "w" * most}) == []
    assert first_codes(**{field: "w" * (most + 1)}) == [f"{field}_too_long"]


def test_a_missing_or_foreign_column_is_refused():
    frame = pd.DataFrame({field: pd.Series([GOOD[field]], dtype="str") for field in FIELDS})
    for wrong in (frame.drop(columns="gender"), frame.assign(patronymic="x")):
        with pytest.raises(pandera.errors.SchemaErrors):
            user_schema("2025-06-01").validate(wrong, lazy=True)


def test_a_hundred_thousand_failures_make_a_short_error():
    bad = pd.DataFrame({field: pd.Series(["x"] * 100_000, dtype="str") for field in FIELDS})
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        user_schema("2025-06-01").validate(bad, lazy=True)
    assert len(str(caught.value)) < 10_000
    assert {int((~error.check_output).sum()) for error in caught.value.schema_errors} == {100_000}


def test_the_standard_lists_249_countries():
    assert len(ALPHA_3) == 249
    assert len(ALPHA_3_OF) == 3 * 249
    assert (ALPHA_3_OF["KZ"], ALPHA_3_OF["KAZ"], ALPHA_3_OF["398"]) == ("KAZ", "KAZ", "KAZ")


def has_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def test_a_date_is_in_the_calendar_if_and_only_if_python_knows_its_day():
    years = (0, 1, 4, 100, 400, 1600, 1900, 1999, 2000, 2023, 2024, 2100)
    days = [(year, month, day) for year in years for month in range(14) for day in range(34)]
    texts = [f"{year:04}-{month:02}-{day:02}" for year, month, day in days]
    calendar = user_schema("9999-12-31").columns["date_of_birth"]
    with pytest.raises(pandera.errors.SchemaErrors) as told:
        calendar.validate(pd.DataFrame({"date_of_birth": pd.Series(texts, dtype="str")}), lazy=True)
    (error,) = told.value.schema_errors
    assert error.check.error == "date_of_birth_calendar"
    assert np.flatnonzero(error.check_output).tolist() == [at for at, day in enumerate(days) if has_day(*day)]
