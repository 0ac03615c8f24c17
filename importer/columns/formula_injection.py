"""Text that a spreadsheet would run as a formula, and the apostrophe that keeps it from that (CWE-1236).

At the beginning of a cell the apostrophe stands before it; where another list separator stands inside a cell it stands
behind that: a spreadsheet that splits lines at ``;`` begins a cell there, quotes or not.
"""

import re
from collections.abc import Callable
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
_BEGINS: Final = rf"(?:[\t\r\x{{0}}]|{_BLANK}*[=@+\-＝＠＋－])"

_RUNS: Final = rf"^{_BEGINS}"
_HARMLESS: Final = rf"^{_BLANK}*(?:{_PHONES}|{_NUMBER}|{_SIGNS_ALONE}){_BLANK}*$"
_BEHIND_SEPARATOR: Final = rf"[,;\t]'*{_BEGINS}"
_SEPARATOR: Final = re.compile(r"([,;\t])")


def would_run(texts: pa.Array) -> pa.BooleanArray:
    """Where a text begins with what a spreadsheet runs: ``=``, ``@``, tab, CR, NUL, also behind blanks.

    ``+`` or ``-`` unless a phone, a list of phones, a number or nothing follows. The wide forms of the signs count too:
    some locales read them alike.
    """
    runs = pc.match_substring_regex(texts, _RUNS)
    # Arrow's own words: Python's expressions don't know Unicode's classes of blanks.
    return pc.and_not(runs, pc.match_substring_regex(texts, _HARMLESS)) if pc.any(runs).as_py() else runs


def with_apostrophes_inside(texts: pd.Series, delimiter: str) -> pd.Series:
    """Texts (str, no NA) with an apostrophe behind each separator that what a spreadsheet runs follows.

    But for the file's own delimiter, at which quotes help. One that has apostrophes there already gets one more,
    whatever the separator, so that ``without_apostrophes_inside`` gives every text back.
    """
    return _behind_separators(texts, lambda text, sep: f"'{text}" if sep != delimiter or text[:1] == "'" else text)


def without_apostrophes_inside(texts: pd.Series) -> pd.Series:
    """The texts that ``with_apostrophes_inside`` was given, whatever the delimiter was."""
    return _behind_separators(texts, lambda text, _: text.removeprefix("'"))


def _behind_separators(texts: pd.Series, change: Callable[[str, str], str]) -> pd.Series:
    """Changes what stands behind a separator and would run, but for apostrophes; hardly a cell has any."""
    array = pa.array(texts, from_pandas=True)
    suspects = pc.match_substring_regex(array, _BEHIND_SEPARATOR)
    if not pc.any(suspects).as_py():
        return texts
    parts = {text: _SEPARATOR.split(text) for text in pc.unique(array.filter(suspects)).to_pylist()}
    behind = [part.lstrip("'") for cut in parts.values() for part in cut[2::2]]
    runs = iter(would_run(pa.array(behind, pa.large_string())).to_pylist())
    changed = {
        text: cut[0]
        + "".join(
            separator + (change(part, separator) if next(runs) else part)
            for separator, part in zip(cut[1::2], cut[2::2], strict=True)
        )
        for text, cut in parts.items()
    }
    return texts.map(changed).where(suspects.to_pandas().to_numpy(dtype=bool), texts).astype(texts.dtype)
