"""The check digit of a Kazakh IIN, and the zeros that a spreadsheet takes from its beginning.

Source: the state's rule for the individual identification number: year, month and day of birth, a digit for century
and sex (5 and 6 for births since 2000), four digits, and a check digit over the eleven others.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LENGTH: Final = 12
"""Digits of an IIN."""

_PLACES: Final = 10 ** np.arange(LENGTH, dtype=np.int64)[::-1]
_WEIGHTS: Final = (
    (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2),
)
"""First and second round of the check digit; a remainder of ten means the next round, then no IIN."""

_NO_DIGIT: Final = 10
_SHORTENED: Final = "[0-9]{11}|[1-9][0-9]{8,9}"
_BORN_SINCE_2000: Final = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[56][0-9]{5}"


def is_iin(numbers: "np.ndarray[Any, np.dtype[np.int64]]") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which numbers of up to twelve digits (int64) have a right check digit and are not one digit repeated."""
    digits = numbers[:, np.newaxis] // _PLACES % 10
    check = np.full(len(digits), _NO_DIGIT)
    for weights in _WEIGHTS:
        check = np.where(check == _NO_DIGIT, digits[:, :11] @ np.array(weights) % 11, check)
    right: np.ndarray[Any, np.dtype[np.bool_]] = (check == digits[:, 11]) & ~(digits == digits[:, :1]).all(axis=1)
    return right


def have_lost_zeros(identifiers: "pd.Series[str]") -> "pd.Series[bool]":
    """Which texts are an IIN without the zeros at its beginning.

    Eleven digits are, where the check digit fits; nine and ten only with a date of birth since 2000 besides, since
    other numbers have so many digits.
    """
    short = identifiers.str.len().between(LENGTH - 3, LENGTH - 1)
    if short.any():
        short[short] = identifiers[short].str.fullmatch(_SHORTENED)
    found = short.to_numpy(dtype=bool)
    if found.any():
        whole = identifiers[found].str.zfill(LENGTH)
        fits = is_iin(whole.to_numpy().astype(np.int64))
        dated = whole.str.fullmatch(_BORN_SINCE_2000) | (identifiers[found].str.len() == LENGTH - 1)
        short = short.copy()
        short[found] = fits & dated.to_numpy(dtype=bool)
    return short
