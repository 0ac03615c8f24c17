"""The cells of one .xlsx sheet, as a person sees them: a pattern tells them apart, Arrow applies it to many at once."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import RefusedFile
from importer.messages.text import Text
from importer.reading.limits import MAX_BATCH_TEXT, MAX_CELL, MAX_SHEET_ROWS
from importer.reading.record_batch import TEXT, Numbers
from importer.reading.sheets import CellFlag, Grid, Marks
from importer.reading.workbook.durations import iso_moment
from importer.reading.workbook.number_format import GENERAL, NumberFormat, Shows
from importer.reading.workbook.plain_xml import (
    MAX_HELD,
    ooxml_text,
    ooxml_texts,
    plain,
    rewritten,
    stretches,
    too_large,
)
from importer.reading.workbook.shown_number import shown
from importer.reading.workbook.xlsx_cell_parts import CellParts, References, column_number

_FORMULA: Final = re.compile(r"<f[^>]*>([^<]*)</f>")
_TEXT_KINDS: Final = frozenset({"s", "str", "inlineStr", "", "n"})
"""Types of cells that hold a text; a number's type with a text in place says nothing."""
_DIGITS: Final = "^[0-9]{1,15}$"
"""A number that is shown as it is written: a double holds so many digits."""
_MARK: Final = re.compile(r"<(row|col|mergeCell) ([^<>]*)>")
_ATTRIBUTE: Final = re.compile(r"""(?<![\w:])([a-z]+)=["']([^"']*)["']""")
_AREA: Final = re.compile(r"\$?[A-Z]+\$?([0-9]+):\$?[A-Z]+\$?([0-9]+)", re.IGNORECASE)
_KEPT: Final[dict[str, tuple[str, ...]]] = {
    "c": ("r", "s", "t"),
    "row": ("r", "hidden"),
    "col": ("min", "max", "hidden"),
    "mergeCell": ("ref",),
    **dict.fromkeys(("v", "f", "is", "t"), ()),
}

ShownCells = tuple[pa.Array, list[tuple[int, str, str]]]
"""Texts of some cells; and for those with something wrong the place among them, the code and the raw text."""


class SheetReader:
    """Reads a sheet's XML.

    Args:
        strings: The shared strings.
        formats: By cell style, how numbers are shown.
        epoch_1904: Whether days count from 1904.
        name: The file's name, for messages.
    """

    def __init__(self, strings: pa.Array, formats: Sequence[NumberFormat], *, epoch_1904: bool, name: str) -> None:
        self._strings = strings
        self._lengths = pc.binary_length(strings)
        self._formats = formats
        self._epoch_1904 = epoch_1904
        self._name = name
        self._given = 0

    def plain(self, pieces: Iterable[bytes], marks: Marks) -> Iterator[Grid]:
        """Rows of a part that is plain. Raises NotPlainError where it turns out not to be."""
        self._given = 0
        yield from self._grids(pieces, marks, "worksheet")

    def rewritten(self, pieces: Iterable[bytes], marks: Marks) -> Iterator[Grid]:
        """Rows of a part in any XML; those that ``plain`` has given already are left out."""
        done, self._given = self._given, 0
        marks.hidden_rows.clear()
        marks.merged.clear()
        marks.hidden_columns.clear()
        for grid in self._grids(rewritten(pieces, _KEPT, References().fix), marks, ""):
            left = grid.below(done)
            if len(left.numbers):
                yield left

    def _grids(self, pieces: Iterable[bytes], marks: Marks, root: str) -> Iterator[Grid]:
        for stretch in stretches(pieces, b"</row>"):
            text = plain(stretch, root)
            root = ""
            _mark(marks, text)
            cells = CellParts.of(text)
            if len(cells.row):
                yield from self._bounded(cells, self._in_order(cells))

    def _in_order(self, cells: CellParts) -> Numbers:
        """The row number of each cell. Raises RefusedFile if rows don't ascend."""
        rows: Numbers = pc.cast(cells.row, pa.int64()).to_numpy()
        numbers = rows[_new(rows)]
        wrong = (np.diff(numbers, prepend=self._given) < 1) | (numbers > MAX_SHEET_ROWS)
        if wrong.any():
            row = numbers[wrong.argmax()]
            text = Text("{name} is a damaged workbook: row {row} stands where it can't be", name=self._name, row=row)
            raise RefusedFile(text)
        self._given = int(numbers[-1])
        return rows

    def _bounded(self, cells: CellParts, rows: Numbers) -> Iterator[Grid]:
        """The rows as grids, none with very much text: many cells may refer to one long string."""
        shared = self._references(cells.value.filter(pc.equal(cells.kind, "s")))
        size = pc.sum(self._lengths.take(shared)).as_py() or 0
        starts = np.flatnonzero(_new(rows))
        if size > MAX_BATCH_TEXT and starts.size > 1:
            middle = int(starts[starts.size // 2])
            yield from self._bounded(cells.slice(0, middle), rows[:middle])
            yield from self._bounded(cells.slice(middle, len(rows)), rows[middle:])
        elif size > MAX_HELD:
            raise too_large("</row>")
        else:
            yield from self._grid(cells, rows)

    def _grid(self, cells: CellParts, rows: Numbers) -> Iterator[Grid]:
        """The rows that show something, as columns."""
        texts, wrong = self._texts(cells)
        longest = pc.max(pc.utf8_length(texts)).as_py()
        if longest > MAX_CELL:
            place = cells.letters[pc.index(pc.utf8_length(texts), longest).as_py()]
            told = {"name": self._name, "place": place}
            raise RefusedFile("{name}: a cell in column {place} holds more than a cell can; see there", **told)
        shows = pc.not_equal(texts, "").to_numpy(zero_copy_only=False).copy()
        shows[[place for place, _, _ in wrong]] = True
        if not shows.any():
            return
        numbers, line = np.unique(rows[shows], return_inverse=True)
        named = cells.letters.dictionary_encode()
        codes = named.indices.to_numpy()
        places = [column_number(name) for name in named.dictionary.to_pylist()]
        found = np.flatnonzero(shows)
        order = np.argsort(codes[found], kind="stable")  # once, not a look over all cells for each of 16,384 columns
        columns = {}
        for here in np.split(order, np.flatnonzero(np.diff(codes[found][order])) + 1):
            chosen = np.full(len(numbers), -1)
            chosen[line[here]] = found[here]
            columns[places[codes[found[here[0]]]]] = pc.fill_null(texts.take(pa.array(chosen, mask=chosen < 0)), "")
        columns = dict(sorted(columns.items()))
        flags = tuple((int(rows[at]), CellFlag(places[codes[at]], code, text)) for at, code, text in sorted(wrong))
        yield Grid(numbers, columns, flags)

    def _texts(self, cells: CellParts) -> ShownCells:
        """What the cells show, those of one type and style at a time."""
        kinds, styles = cells.kind.dictionary_encode(), cells.style.dictionary_encode()
        looks = kinds.indices.to_numpy() * len(styles.dictionary) + styles.indices.to_numpy()
        parts, order, wrong = [], [], []
        for look in np.unique(looks):
            places = np.flatnonzero(looks == look)
            kind, style = divmod(int(look), len(styles.dictionary))
            texts, flags = self._shown(
                kinds.dictionary[kind].as_py(), styles.dictionary[style].as_py(), cells.take(places)
            )
            parts.append(texts)
            order.append(places)
            wrong += [(int(places[at]), code, text) for at, code, text in flags]
        back = np.argsort(np.concatenate(order))
        return pa.concat_arrays(parts).take(pa.array(back)), wrong

    def _shown(self, kind: str, style: str, cells: CellParts) -> ShownCells:
        flags: list[tuple[int, str, str]] = []
        how = self._format(style)
        if kind in {"", "n"} and cells.inline.null_count == len(cells.inline):
            texts, flags = self._numbers(cells.value, how)
        elif kind in _TEXT_KINDS:
            texts = _around(self._strings_of(kind, cells), how)
        else:
            texts, flags = _other(kind, ooxml_texts(cells.value), how)
        if kind != "str":
            flags += _without_value(cells)
        return texts, flags

    def _strings_of(self, kind: str, cells: CellParts) -> pa.Array:
        """Texts, wherever they stand: most programs write them where the type says, some do not."""
        if kind != "s":
            return ooxml_texts(pc.coalesce(cells.inline, cells.value))
        values = pc.fill_null(self._strings.take(self._references(cells.value)), "")
        return pc.coalesce(ooxml_texts(cells.inline), values)

    def _references(self, values: pa.Array) -> pa.Array:
        """Numbers of shared strings, null where a cell has none. Raises LookupError or ValueError."""
        numbers = pc.cast(pc.replace_with_mask(values, pc.equal(values, ""), pa.scalar(None, TEXT)), pa.int64())
        edges = pc.min_max(numbers).as_py()
        if edges["max"] is not None and not 0 <= edges["min"] <= edges["max"] < len(self._strings):
            raise IndexError(edges["max"])
        return numbers

    def _format(self, style: str) -> NumberFormat:
        return self._formats[int(style)] if style and int(style) < len(self._formats) else GENERAL

    def _numbers(self, values: pa.Array, how: NumberFormat) -> ShownCells:
        """Numbers as they are shown: each distinct one is looked at once, and none that is shown as it stands."""
        mask = pc.match_substring_regex(values, f"{_DIGITS}|^$" if how.bare else "^$")
        places = pc.indices_nonzero(pc.invert(mask)).to_numpy()
        if not places.size:
            return values, []
        coded = values.take(pa.array(places)).dictionary_encode()
        codes = coded.indices.to_numpy()
        made = [shown(value, how, epoch_1904=self._epoch_1904) for value in coded.dictionary.to_pylist()]
        texts = pa.array([text for text, _ in made], TEXT)
        lost = np.array([is_lost for _, is_lost in made])[codes]
        flags = [
            (int(at), "cell_digits_lost", made[code][0]) for at, code in zip(places[lost], codes[lost], strict=True)
        ]
        return pc.replace_with_mask(values, pc.invert(mask), texts.take(coded.indices)), flags


def _new(rows: Numbers) -> npt.NDArray[np.bool_]:
    """True for the first cell of each row."""
    return np.append(True, rows[1:] != rows[:-1])


def _around(texts: pa.Array, how: NumberFormat) -> pa.Array:
    """Texts as a format shows them: few have a section for them that adds something."""
    section = how.of_texts
    if section is None:
        return texts
    coded = texts.dictionary_encode()
    shown_texts = [section.around(text) if text else "" for text in coded.dictionary.to_pylist()]
    return pa.array(shown_texts, TEXT).take(coded.indices)


def _other(kind: str, values: pa.Array, how: NumberFormat) -> ShownCells:
    if kind == "b":
        truth = pc.replace_substring_regex(pc.replace_substring_regex(values, "^1$", "TRUE"), "^0$", "FALSE")
        return pc.utf8_upper(truth), []
    if kind == "d":
        shows = how.sections[0].shows if how.sections else Shows.DIGITS
        return pa.array([iso_moment(text, shows) if text else "" for text in values.to_pylist()], TEXT), []
    flags = [(at, "cell_error", text) for at, text in enumerate(values.to_pylist()) if text] if kind == "e" else []
    return values, flags


def _without_value(cells: CellParts) -> list[tuple[int, str, str]]:
    """The cells whose formula has no value yet."""
    bare = pc.and_(pc.not_equal(cells.formula, ""), pc.and_(pc.equal(cells.value, ""), pc.is_null(cells.inline)))
    found = []
    for place in pc.indices_nonzero(bare).to_pylist():
        formula = _FORMULA.fullmatch(cells.formula[place].as_py())
        found.append((place, "cell_formula", "=" + ooxml_text(formula.group(1)) if formula else "="))
    return found


def _mark(marks: Marks, stretch: str) -> None:
    if " hidden=" not in stretch and "<mergeCell " not in stretch:
        return
    for name, text in _MARK.findall(stretch):
        attributes = dict(_ATTRIBUTE.findall(text))
        hidden = attributes.get("hidden") in {"1", "true"}
        if name == "row" and hidden:
            marks.hidden_rows.append(int(attributes.get("r", "0")))
        elif name == "col" and hidden:
            first = int(attributes.get("min", "1"))
            marks.hidden_columns.append((first - 1, int(attributes.get("max", first)) - 1))
        elif area := _AREA.fullmatch(attributes.get("ref", "")):
            marks.merged.append((int(area.group(1)), int(area.group(2))))
