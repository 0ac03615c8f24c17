"""The cells of a stretch of sheet XML, taken apart by a pattern that Arrow applies to all of them at once."""

import re
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.record_batch import TEXT
from importer.reading.table import letters
from importer.reading.workbook.plain_xml import NotPlainError, element, escaped
from importer.reading.workbook.xlsx_strings import RUNS, item_runs, untagged

_CELL: Final = (
    r'^r="(?P<letters>[A-Za-z]{1,3})(?P<row>[0-9]{1,7})"(?: s="(?P<style>[0-9]+)")?(?: t="(?P<kind>[a-zA-Z]+)")? ?'
    r"(?:/>|>(?P<formula><f(?: [^>]*)?(?:/>|>[^<]*</f>))?"
    rf"(?:<v>(?P<value>[^<]*)</v>|<v/>|<is>(?P<inline>{RUNS})</is>)?</c>)"
)
"""What follows "<c " of a cell as most programs write it; the rest is looked at one by one. Without it
``validate`` of 100,000 rows takes 9.6 s of CPU, not 4.8, where five of six columns are formulas; 5.4, not 3.9, where
the phone's alone is one."""
_OTHER_CELL: Final = re.compile(r"<c[^ a-zA-Z]")
_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.IGNORECASE | re.ASCII)

_NONE: Final = pa.scalar(None, TEXT)

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CellParts:
    """Cells in their order, as they are written: large_string arrays of one length; ``inline``: null where is none."""

    letters: pa.Array
    row: pa.Array
    style: pa.Array
    kind: pa.Array
    formula: pa.Array
    value: pa.Array
    inline: pa.Array

    @classmethod
    def of(cls, text: str) -> Self:
        """The cells of a stretch of plain XML. Raises NotPlainError."""
        if _OTHER_CELL.search(text):
            raise NotPlainError
        cells = pc.split_pattern(pa.array([text], TEXT), "<c ").values[1:]
        found = pc.extract_regex(cells, _CELL).flatten()
        if found[0].null_count:
            odd = pc.is_null(found[0])
            pairs = zip(found, _singly(cells.filter(odd)), strict=True)
            found = [pc.replace_with_mask(column, odd, part) for column, part in pairs]
        found[-1] = pc.if_else(pc.equal(found[-1], ""), _NONE, untagged(found[-1]))
        return cls(pc.ascii_upper(found[0]), *found[1:])

    def slice(self, start: int, stop: int) -> Self:
        """Some consecutive ones."""
        return type(self)(*(column.slice(start, stop - start) for column in vars(self).values()))

    def take(self, places: Places) -> Self:
        """Some of them."""
        return type(self)(*(column.take(pa.array(places)) for column in vars(self).values()))


def _singly(cells: pa.Array) -> list[pa.Array]:
    return [pa.array(part, TEXT) for part in zip(*map(_odd, cells.to_pylist()), strict=True)]


def _odd(cell: str) -> tuple[str, ...]:
    """The parts of a cell that is written in another way; ``cell`` is what follows its "<c "."""
    made = element("c", " " + cell)
    place = _REFERENCE.fullmatch(made.get("r", ""))
    value, formula, inline = made.find("v"), made.find("f"), made.find("is")
    if place is None or (value is not None and len(value)):
        raise NotPlainError
    return (
        *place.groups(),
        made.get("s", ""),
        made.get("t", ""),
        "" if formula is None else f"<f>{escaped(formula.text or '')}</f>",
        "" if value is None else escaped(value.text or ""),
        "" if inline is None else item_runs(inline),
    )


class References:
    """Gives rows and cells without a reference the next one, as the format says; ValueError for one that is none."""

    def __init__(self) -> None:
        self._row = 0
        self._column = 0

    def fix(self, name: str, attributes: dict[str, str]) -> None:
        """Completes the attributes of the next element."""
        if name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            attributes["r"] = str(self._row)
        elif name == "c":
            if "r" not in attributes:
                attributes["r"] = f"{letters(self._column)}{self._row}"
            found = _REFERENCE.fullmatch(attributes["r"])
            if found is None:
                raise ValueError(attributes["r"])  # taken for the next cell, it would shift the others
            self._column = column_number(found.group(1)) + 1


def column_number(name: str) -> int:
    """The 0-based number of a column: A -> 0, AA -> 26."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
