"""Cells whose text shows that a spreadsheet damaged them: lost digits, error values, values that were not shown.

Source of the rules: Excel writes ``########`` into a text for what a column is too narrow to show, a number of 12 or
more digits in a cell of General format as ``7.70112E+10``, and an error value as its name in the language of the
program; LibreOffice numbers some of its own.
"""

from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.record_batch import Flag, RecordBatch

_ERROR: Final = (
    r"^\s*(?:#\p{Lu}[\p{Lu}0/_]*[!?]|#(?:N/A|NV|N/D|Н/Д|GETTING_DATA)"
    r"|(?:Err|Ошибка|Қате):5[0-9]{2})\s*$"
)
"""Of Excel, Google Sheets and LibreOffice, in any language: ``#REF!``, ``#ИМЯ?``, ``#ERROR!``, ``Err:502``."""
_NARROW: Final = r"^\s*#{3,}\s*$"
_SIGNS: Final = ("#", ":5")
"""One of them stands in every error. RE2 takes a millisecond to prepare the pattern, for each column of each batch."""
_NUMBERED: Final = ("Err:5", "Ошибка:5", "Қате:5")
_LOST: Final = r"^\s*'?[+-]?[0-9]+([.,][0-9]+)?[eE]\+[0-9]{1,3}\s*$"
"""As a spreadsheet writes it, in a cell of any column: always with E+, and 7E+10 where all digits behind are zeros.

``schemas.patterns.DIGITS_LOST`` is the same damage in a phone or an identifier, however it came: other programs write
no plus, and then only a fraction tells it from a number with a letter in it, 7E10.
"""


def possible(text: bytes) -> tuple[bool, bool]:
    """Whether a stretch of text may hold lost digits, and whether it may hold error values (cheap, never misses)."""
    searched = pa.array([text], pa.binary())

    def holds(sign: str) -> bool:
        """Whatever the case: so Arrow is faster than Python, and no other thread waits for it."""
        return bool(pc.match_substring(searched, sign, ignore_case=True)[0].as_py())

    return holds("e+"), b"#" in text or any(map(holds, _NUMBERED))


def flag_damage(batch: RecordBatch, *, lost: bool = True, errors: bool = True) -> RecordBatch:
    """The batch with cell_digits_lost, cell_error and cell_too_narrow for the cells that need them."""
    flags: list[Flag] = []
    for position, column in enumerate(batch.columns):
        if lost:
            flags += _flags(batch, position, pc.match_substring_regex(column, _LOST), "cell_digits_lost")
        if errors and any(pc.any(pc.match_substring(column, sign)).as_py() for sign in _SIGNS):
            flags += _flags(batch, position, pc.match_substring_regex(column, _ERROR), "cell_error")
            flags += _flags(batch, position, pc.match_substring_regex(column, _NARROW), "cell_too_narrow")
    return replace(batch, flags=(*batch.flags, *flags))


def _flags(batch: RecordBatch, position: int, mask: pa.Array, code: str) -> list[Flag]:
    places = pc.indices_nonzero(mask)
    if not len(places):
        return []
    values = batch.columns[position].take(places).to_pylist()
    return [
        Flag(int(batch.rows[place]), code, value, "", position)
        for place, value in zip(places.to_pylist(), values, strict=True)
    ]
