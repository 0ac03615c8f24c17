"""The check digit of an IIN, and the zeros that it has lost: the state's rule, written out digit by digit."""

import random

import numpy as np
import pandas as pd

from schemas.iin import have_lost_zeros, is_iin

NO_DIGIT = 10


def check_digit(eleven):
    digits = [int(digit) for digit in eleven]
    first = sum(place * digit for place, digit in enumerate(digits, start=1)) % 11
    if first != NO_DIGIT:
        return first
    weights = [*range(3, 12), 1, 2]  # the second round begins with 3
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11


def numbers(count):
    dice = random.Random(7)
    return [f"{dice.randrange(10**11):011d}" for _ in range(count)]


def test_a_number_is_an_iin_with_the_check_digit_of_the_state_and_with_no_other():
    drawn = numbers(3_000)
    right = {eleven: check_digit(eleven) for eleven in drawn}
    assert sum(sum(i * int(d) for i, d in enumerate(eleven, 1)) % 11 == NO_DIGIT for eleven in drawn) > 100
    for last in range(10):
        found = is_iin(np.array([int(f"{eleven}{last}") for eleven in drawn]))
        assert found.tolist() == [right[eleven] == last for eleven in drawn]


def test_one_digit_twelve_times_is_no_iin_though_its_check_digit_may_be_right():
    assert check_digit("0" * 11) == 0
    assert not is_iin(np.array([int(str(digit) * 12) for digit in range(10)])).any()


def whole(begins):
    """The first IIN whose eleven digits begin so."""
    elevens = (f"{begins}{end:0{11 - len(begins)}d}" for end in range(1, 100))
    return next(f"{eleven}{check_digit(eleven)}" for eleven in elevens if check_digit(eleven) < NO_DIGIT)


def test_a_number_has_lost_zeros_where_they_make_an_iin_of_it_and_its_length_or_its_date_says_so():
    of_1999, of_2005, of_2000 = whole("0912313"), whole("0512315"), whole("0012315")
    short = [of_1999[1:], of_2005[1:], of_2000[2:], f"{of_1999[1:-1]}{(int(of_1999[-1]) + 1) % 10}", of_1999]
    assert have_lost_zeros(pd.Series(short, dtype="str")).tolist() == [True, True, True, False, False]
    undated = whole("00993133")[2:]  # ten digits, and no day of birth since 2000
    assert have_lost_zeros(pd.Series([undated], dtype="str")).tolist() == [False]
