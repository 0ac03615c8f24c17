"""What is decided for a whole column at once is what would be decided cell by cell."""

from datetime import date

import pandas as pd
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.cleaning.column import Column
from importer.cleaning.date import clean_date, date_reader
from importer.cleaning.date_order import DateEvidence
from importer.cleaning.email import clean_email, read_email
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.plain_text import clean_identifier, read_identifier
from importer.cleaning.region_plan import plan_of
from schemas.blank_words import BLANK_WORDS
from schemas.email_addresses import are_addresses, is_address
from schemas.user import user_schema


def told(column):
    """Each cell's text and its issues, in the order in which they were made."""
    issues = [[] for _ in range(len(column.raw))]
    for some in column.issues:
        parts = (part.to_pylist() for part in (some.codes, some.severities, some.details))
        for position, *issue in zip(some.positions.tolist(), *parts, strict=True):
            issues[position].append(tuple(issue))
    return list(zip(column.texts.to_pylist(), issues, strict=True))


def cleaned(clean, cells, *decided):
    column = Column(pa.array(cells, pa.large_string()))
    clean(column, *decided)
    return told(column)


ADDRESSES = st.text("aZ0.@@-_+%,; atxn:'<>é", max_size=24) | st.builds(
    "{}{}{}".format, st.text("abA.", max_size=5), st.sampled_from(["@", "@@", "@.", ".@", "@@@"]),
    st.sampled_from(["example", "example.com", "Example.com", "mail..ru", "mail.ru.", "gmail.con", "x@b.kz"]),
)  # fmt: skip
PLAIN_ADDRESSES = ADDRESSES.filter(lambda cell: "xn--" not in cell)  # these the schema alone explains


@settings(deadline=None)
@given(st.lists(PLAIN_ADDRESSES, min_size=1, max_size=8))
@example(["user1@@example", "user@@example.com", "a@b@c.kz", "@", "a@", "user.at@@b.kz", "A@@B.kz", "a@@xn--b.kz"])
def test_an_address_is_read_the_same_in_a_column_and_alone(cells):
    slips = {"email_doubtful"}
    for (text, issues), cell in zip(
        cleaned(clean_email, cells, "email", Decisions(today="2025-06-01")), cells, strict=True
    ):
        alone = read_email(cell, "email")
        assert text == alone.text, cell
        assert [issue for issue in issues if issue[0] not in slips] == [tuple(one) for one in alone.issues], cell


@settings(deadline=None)
@given(st.lists(st.from_regex("[A-Z]{0,4}[0-9]{0,7}", fullmatch=True), min_size=1, max_size=8))
@example(
    ["N12345678", "AB0000000", "E12345", "NAN00000", "ABCD12345", "A1234", "a12345", "A12345 ", "A12345\n", "Я12345"]
)
def test_an_identifier_is_read_the_same_in_a_column_and_alone(cells):
    column = cleaned(clean_identifier, cells, "identifier", Decisions(today="2025-06-01"))
    for (text, issues), cell in zip(column, cells, strict=True):
        if not cell.isdecimal() or not cell.strip("0"):
            alone = read_identifier(cell, "identifier")
            assert (text, issues) == (alone.text, [tuple(one) for one in alone.issues]), cell


def test_no_word_that_stands_for_nothing_holds_an_at():
    assert not [word for word in BLANK_WORDS if "@" in word]


@settings(deadline=None)
@given(st.lists(PLAIN_ADDRESSES, max_size=8))
@example(["a@xn--a.kz", "xn--a@b.kz"])
@example(["a@B.xn--p1ai", "A@xn--80ak6aa92e.com", "A@B.kz", "a" * 65 + "@b.kz"])
def test_texts_are_addresses_in_a_column_if_they_are_alone(cells):
    assert are_addresses(pd.Series(cells, dtype="str")).tolist() == [is_address(cell) for cell in cells]


def is_day(text):
    try:
        return date.fromisoformat(text) is not None
    except ValueError:
        return False


@pytest.mark.parametrize("year", ["0000", "0001", "1900", "1999", "2000", "2024", "2100", "9999"])
def test_the_days_of_a_year_are_those_of_the_calendar(year):
    texts = [f"{year}-{month:02d}-{day:02d}" for month in range(14) for day in range(33)]
    calendar = user_schema("9999-12-31").columns["date_of_birth"].checks[1]
    held = calendar(pd.Series(texts, dtype="str"))
    assert (calendar.error, held.check_output.tolist()) == ("date_of_birth_calendar", [is_day(text) for text in texts])


NUMBERS = st.integers(0, 32).map("{:02d}".format)
DATES = st.text("0123/.- 9", max_size=12) | st.builds(
    "{0}{4}{1}{5}{2}{3}".format, NUMBERS, NUMBERS,
    st.sampled_from(["1999", "2000", "1900", "2025", "2026", "0001", "0000", "0999", "1000", "99", "9999"]),
    st.sampled_from(["", "", "", "г", " 00:00"]), st.sampled_from("./-"), st.sampled_from("./-"),
)  # fmt: skip
ORDERS = st.sampled_from(["", "none", "both", "dmy", "mdy"])


@settings(deadline=None)
@given(st.lists(DATES, min_size=1, max_size=8), ORDERS)
@example(["31.12.1999", "12.31.1999", "01/02/1999", "29.02.1900", "29.02.2000", "01.06.2025", "02.06.2025"], "none")
@example(["31.12.1999", "12/31/1999", "31/12/1999", "01/02/1999", "01-02-1999", "29.02.1900", "02.06.2025"], "dmy")
@example(["31.12.1999", "12/31/1999", "31/12/1999", "01/02/1999", "01-02-1999", "02/29/1900", "06/02/2025"], "mdy")
def test_a_date_is_read_the_same_in_a_column_and_alone(cells, order):
    decisions = Decisions(today="2025-06-01", date_order=order)
    read = date_reader("date_of_birth", decisions)
    of_column = {"date_of_birth_early", "date_of_birth_maybe_empty"}
    for (text, issues), cell in zip(cleaned(clean_date, cells, "date_of_birth", decisions), cells, strict=True):
        alone = read(cell)
        assert text == alone.text, cell
        assert [issue for issue in issues if issue[0] not in of_column] == [tuple(one) for one in alone.issues]


@settings(deadline=None)
@given(st.lists(DATES, max_size=12))
def test_cells_tell_the_same_order_of_dates_whether_they_are_plain_or_not(cells):
    together, padded = DateEvidence("2025-06-01"), DateEvidence("2025-06-01")
    together.add(pd.Series(cells, dtype="str"))
    padded.add(pd.Series([f" {cell}" for cell in cells], dtype="str"))  # a space before them, and none is plain
    assert together == padded


@pytest.mark.parametrize("region", ["KZ", "AU", "BO", "CN", "CO", "KR", "DE", "GB", "US", "BR"])
def test_a_number_as_dialled_at_home_is_read_as_the_library_reads_it(region):
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    dialled = phonenumbers.normalize_digits_only(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    )
    numbers, certain = plan_of(region).resolve(pa.array([dialled], pa.large_string()))
    assert numbers.to_pylist() == [phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)]
    assert certain.all()
