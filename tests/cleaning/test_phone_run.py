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


@pytest.mark.parametrize(("digits", "is_one"), [(6, False), (7, True), (17, True), (18, False)])
def test_a_stretch_of_seven_to_seventeen_digits_may_be_a_phone_by_itself(digits: int, is_one: bool) -> None:
    run = DigitRun(("1" * digits, "22"), (" ",))
    assert ((0, 1) in set(run.spans())) is is_one
