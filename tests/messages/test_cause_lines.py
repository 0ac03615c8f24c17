"""Causes as lines: no two that read the same, and each says what tells it from the others."""

from dataclasses import replace

import pytest

from importer.messages.cause_lines import cause_lines
from importer.messages.language import speaking
from importer.model import Cause, Severity

REFUSED = Cause("api_422", "phone", Severity.ERROR, 50, (2, 9, 10, 11, 12))


def texts(*causes: Cause) -> list[tuple[int, str]]:
    return [(cause.count, text) for cause, text in cause_lines(causes)]


def test_refusals_of_several_fields_name_the_field_and_one_alone_does_not():
    others = (replace(REFUSED, field="body.email", count=3), replace(REFUSED, field="", count=2))
    assert texts(REFUSED) == [(50, "Refused by the API (422)")]
    assert texts(REFUSED, *others) == [
        (50, "Refused by the API (422): Phone"),
        (3, "Refused by the API (422): E-mail"),
        (2, "Refused by the API (422)"),
    ]
    with speaking("ru"):
        assert texts(REFUSED, *others)[0][1].endswith(": Телефон")


def test_codes_of_several_fields_with_one_headline_name_the_field():
    damaged = [Cause(f"{field}_damaged", field, Severity.ERROR, 1, (2,)) for field in ("firstname", "lastname")]
    assert texts(*damaged) == [(1, "Damaged text: First name"), (1, "Damaged text: Last name")]


def test_an_error_and_a_warning_of_one_code_are_two_lines_without_a_field():
    assert texts(REFUSED, replace(REFUSED, severity=Severity.WARNING)) == [(50, "Refused by the API (422)")] * 2


@pytest.mark.parametrize(
    "field",
    [
        "+77010000009",
        "ann@example.com",
        "user.77010000009",
        "p7701.0000.001",
        "ivanov.ivan",
        "Ann Lee",
        "Анна",
        "a" * 61,
    ],
)
def test_lines_whose_fields_may_be_a_persons_are_one_line_that_adds_up_and_names_none(field):
    one = replace(REFUSED, field=field, count=40, first_rows=(3, 4), values=(("a", 2), ("b", 1)))
    other = replace(REFUSED, field="+77010000010", count=2, first_rows=(2, 8), values=(("b", 4),))
    ((cause, text),) = cause_lines([one, other])
    assert (cause.count, cause.first_rows, text) == (42, (2, 3, 4, 8), "Refused by the API (422)")
    assert cause.values == (("b", 5), ("a", 2))


def test_of_lines_put_together_the_five_first_rows_are_named():
    rows = [replace(REFUSED, field=f"+7701000000{row}", count=1, first_rows=(row,)) for row in (9, 8, 7, 6, 5, 4)]
    ((cause, _text),) = cause_lines(rows)
    assert (cause.count, cause.first_rows) == (6, (4, 5, 6, 7, 8))
