"""Text that does nothing when a spreadsheet or a terminal opens it."""

from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_BLANK: Final = r"[ \n\v\f\x{85}\p{Z}\x{200b}-\x{200f}\x{2060}\x{feff}]"
_DIGIT: Final = r"\p{Nd}"
_BETWEEN: Final = r"[ \-().\x{a0}\x{2000}-\x{2015}\x{202f}\x{2060}]"
_PHONE: Final = rf"{_BLANK}*\(?{_DIGIT}(?:{_BETWEEN}*{_DIGIT}){{6,17}}\)?"
_EXTENSION: Final = rf"(?:[ ,;]*(?:доб|вн|ext|x|#)\.?:? *{_DIGIT}{{1,6}})?"
_PHONES: Final = rf"[+＋]{_PHONE}(?:{_BLANK}*(?:[,;/|\n]|:::){_BLANK}*[+＋]?{_PHONE})*{_EXTENSION}"
_NUMBER: Final = rf"[+\-]{_DIGIT}+(?:[ \x{{a0}}\x{{202f}}]{_DIGIT}{{3}})*(?:[.,]{_DIGIT}+)?(?:[eE][+\-]?{_DIGIT}+)?%?"
_SIGNS_ALONE: Final = r"[+\-＋－ ]+"

_RUNS: Final = rf"^(?:[\t\r]|{_BLANK}*[=@+\-＝＠＋－])"
_HARMLESS: Final = rf"^{_BLANK}*(?:{_PHONES}|{_NUMBER}|{_SIGNS_ALONE}){_BLANK}*$"
_CONTROL: Final = (
    r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{fffe}\x{ffff}]+"
)


def without_formulas(texts: pd.Series) -> pd.Series:
    """Texts of a CSV file, with a leading ``'`` where a spreadsheet would run them (CWE-1236).

    Meant are ``=``, ``@``, tab and CR at the beginning, also behind blanks, and ``+`` or ``-`` unless a phone, a list
    of phones, a number or nothing follows. The wide forms of the signs count too: some locales read them alike.

    Args:
        texts: str, no NA.

    Returns:
        Same index; the same object where nothing is dangerous.
    """
    # Arrow's own words: Python's expressions don't know Unicode's classes of blanks.
    array = pa.array(texts, from_pandas=True)
    runs = pc.match_substring_regex(array, _RUNS)
    if not pc.any(runs).as_py():
        return texts
    dangerous = pc.and_not(runs, pc.match_substring_regex(array, _HARMLESS)).to_pandas().to_numpy(dtype=bool)
    return texts.mask(dangerous, "'" + texts) if dangerous.any() else texts


def without_controls(texts: pd.Series) -> pd.Series:
    """Texts of messages in which control characters, line breaks and marks that turn the writing are blanks.

    Args:
        texts: str, no NA.

    Returns:
        Same index; the same object where there are none.
    """
    array = pa.array(texts, from_pandas=True)
    if not pc.any(pc.match_substring_regex(array, _CONTROL)).as_py():
        return texts
    return pd.Series(pc.replace_substring_regex(array, _CONTROL, " "), texts.index, dtype=texts.dtype)


def without_half_characters(text: str) -> str:
    """A text in which a lone surrogate (half a character, which no encoding holds) is its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
