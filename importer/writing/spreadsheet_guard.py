"""Text that does nothing when a spreadsheet or a terminal opens it."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from importer.writing.arrow import byte_set, concat, rows_starting, rows_with

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
# First bytes of what can match _RUNS: ASCII signs and blanks, and the lead bytes of the wider ones.
_SUSPECT_STARTS: Final = byte_set((*b"=@+-\t\r \n\v\f", 0xC2, 0xE1, 0xE2, 0xE3, 0xEF))

_CONTROL: Final = (
    r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{fffe}\x{ffff}]+"
)
_SUSPECT_BYTES: Final = byte_set((*range(0x20), 0x7F, 0xC2, 0xE2, 0xEF))


def without_formulas(array: pa.Array) -> pa.Array:
    """Texts of a CSV file, with a leading ``'`` where a spreadsheet would run them (design.md, the output).

    Meant are ``=``, ``@``, tab and CR at the beginning, also behind blanks, and ``+`` or ``-`` unless a phone, a list
    of phones, a number or nothing follows. The wide forms of the signs count too: some locales read them alike.
    """
    suspects = rows_starting(array, _SUSPECT_STARTS)
    if suspects is None:
        return array
    runs = pc.match_substring_regex(array, _RUNS)
    if not runs.true_count:
        return array
    dangerous = pc.and_not(runs, pc.match_substring_regex(array, _HARMLESS))
    return pc.if_else(dangerous, concat("'", array), array) if dangerous.true_count else array


def without_controls(array: pa.Array) -> pa.Array:
    """Texts of messages in which control characters, line breaks and marks that turn the writing are blanks."""
    if rows_with(array, _SUSPECT_BYTES) is None:
        return array
    return pc.replace_substring_regex(array, _CONTROL, " ")
