"""What the values of .xlsx cells show, one by one and many at once."""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.record_batch import TEXT
from importer.reading.workbook.number_format import shown
from importer.reading.workbook.plain_xml import ooxml_text
from importer.reading.workbook.tags import Mask, Places, Tags

NUMBERS: Final = frozenset({"", "n"})
"""Types of cells that hold a number."""
_SAFE_DIGITS: Final = 15
"""What a double holds for certain."""
_ZEROS_ONLY: Final = re.compile(r"pattern:(0{1,15})")
_LAST_DAY: Final = 2_932_896
"""31 December 9999, in days from 1970."""
_SERIAL_1970: Final = {False: 25_569, True: 24_107}
_AFTER_LEAP_BUG: Final = 61


def value_text(kind: str, how: str, value: str, *, epoch_1904: bool) -> tuple[str, str]:
    """The text of a cell's value as written, and what is wrong with it ("" or a code); ``how`` is a number's format."""
    if kind in NUMBERS:
        if not value or (how == "number" and len(value) <= _SAFE_DIGITS and value.isdigit()):
            return value, ""
        text, lost = shown(value, how, epoch_1904=epoch_1904)
        return text, "cell_digits_lost" if lost else ""
    return _other(kind, ooxml_text(value)), "cell_error" if kind == "e" else ""


def _other(kind: str, value: str) -> str:
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(value, value.upper())
    if kind == "d":
        return value.removesuffix("Z").replace("T00:00:00", "").replace("T", " ").removesuffix(".000")
    return value


def at_once(tags: Tags, starts: Places, ends: Places, how: str, *, epoch_1904: bool) -> tuple[pa.Array | None, Mask]:
    """Numbers in a block as ``value_text`` shows them, as far as that is done without a look at each.

    Returns:
        The texts of those that are done (None: as written), and which they are.
    """
    lengths = ends - starts
    if how in {"date", "time"}:
        serials, fine = tags.numbers(starts, lengths)
        days = serials - _SERIAL_1970[epoch_1904]
        fine &= (serials >= _AFTER_LEAP_BUG) & (days <= _LAST_DAY)
        return pa.array(days[fine].astype(np.int32)).cast(pa.date32()).cast(pa.string()).cast(TEXT), fine
    whole = tags.whole(starts, lengths) & (lengths <= _SAFE_DIGITS)
    if how == "number":
        return None, whole
    zeros = _ZEROS_ONLY.fullmatch(how)
    if not zeros:
        return None, np.zeros(len(starts), dtype=bool)
    whole &= tags.letters[starts] != ord("0")
    places = np.flatnonzero(whole)
    if not places.size:
        return None, whole
    texts = tags.texts(starts[places], ends[places]).take(pa.array(np.arange(0, 2 * len(places), 2)))
    return pc.ascii_lpad(texts, width=len(zeros.group(1)), padding="0"), whole
