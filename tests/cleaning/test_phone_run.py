"""What the length of a run of digits says of it."""

import pytest

from importer.cleaning.phone_run import DigitRun


@pytest.mark.parametrize(("digits", "is_so"), [("1234", True), ("12345", False), ("123456", False)])
def test_fewer_than_five_digits_are_a_remark(digits: str, is_so: bool) -> None:
    assert DigitRun((digits,)).is_remark is is_so
    assert DigitRun((digits[:2], digits[2:]), (" ",)).is_remark is is_so


@pytest.mark.parametrize(("whole", "is_so"), [("123456", False), ("1234567", True), ("12345678", True)])
def test_seven_digits_and_more_before_a_point_have_a_fraction(whole: str, is_so: bool) -> None:
    assert DigitRun((whole, "5"), (".",)).has_fraction is is_so
    assert not DigitRun((whole, "5"), (" ",)).has_fraction
