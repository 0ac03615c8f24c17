"""Numbers in addresses and forms: anybody can write anything there."""

import pytest

from importer.web.number_parameter import asked_page, number_parameter

NONE = dict.fromkeys(("", "9" * 10, "-1", "+1", "1.0", "²", "٣", "x"), -1)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("12", 12), ("9" * 9, 999_999_999), *NONE.items()],
)
def test_a_number_is_a_few_digits_and_anything_else_is_none(text, number):
    assert number_parameter(text, -1) == number
    assert asked_page(text) == max(1, number)
