"""The rows of a block of sheet XML as columns: the same texts and flags that ``xlsx_cells`` gives row by row."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from importer.reading.limits import MAX_BATCH_TEXT, MAX_SHEET_ROWS, MIB
from importer.reading.record_batch import TEXT
from importer.reading.workbook.plain_xml import ooxml_text, plain
from importer.reading.workbook.sheets import CellFlag, Grid, SheetRow
from importer.reading.workbook.tags import Mask, Places, Tags
from importer.reading.workbook.xlsx_numbers import NUMBERS, at_once, value_text
from importer.reading.workbook.xlsx_scan import Cells, scan
from importer.reading.workbook.xlsx_strings import SharedStrings

_ODD_SHARE: Final = 2
"""With more than half of the rows unusual, the exact reader takes them all."""
_LARGEST: Final = 8 * MIB
"""Bytes of a block; a larger one holds a row that is no row of users."""
_TEXTS: Final = frozenset({"inlineStr", "str"})


class GridReader:
    """Reads blocks of a sheet's XML that begin with a row.

    Args:
        strings: The shared strings.
        kinds: By cell style, how numbers are shown.
        exact: Gives the rows of a stretch of such XML, read cell by cell. Raises NotPlainError.
        epoch_1904: Whether days count from 1904.
    """

    def __init__(
        self,
        strings: SharedStrings,
        kinds: Sequence[str],
        exact: Callable[[str], Iterator[SheetRow]],
        *,
        epoch_1904: bool,
    ) -> None:
        self._strings = strings
        self._kinds = kinds
        self._exact = exact
        self._epoch_1904 = epoch_1904

    def grid(self, content: bytes, above: int, hidden: Callable[[str], None]) -> Grid | None:
        """The rows of a block that follows row ``above``; None if the exact reader must look at it as a whole.

        ``hidden`` is given the block where some of its rows or columns are.
        """
        if len(content) > _LARGEST:
            return None
        tags = Tags(content)
        cells = scan(tags)
        block = None if cells is None else self._block(tags, cells)
        if cells is None or block is None:
            return None
        odd = np.zeros(len(cells.numbers), dtype=bool)
        odd[cells.row[~cells.fine]] = True
        if np.count_nonzero(odd) * _ODD_SHARE > len(odd):
            return None
        rows, found = block.grid(odd)
        others = [
            (int(row), one)
            for row in np.flatnonzero(odd)
            for one in self._exact(tags.slice(int(cells.edges[row]), int(cells.edges[row + 1])))
        ]
        merged = _merged(rows, found, others)
        if merged is None or (merged.numbers <= above).any() or (merged.numbers > MAX_SHEET_ROWS).any():
            return None
        if tags.tell(np.flatnonzero(tags.letters[tags.starts[: tags.kinds.size] + 2] == ord("o")), 'hidden="'):
            hidden(plain(content))
        return merged

    def _block(self, tags: Tags, cells: Cells) -> "_Block | None":
        """The cells with their texts; None if those are very much."""
        block = _Block(tags, cells)
        for look, places in block.looks():
            kind, style = cells.looks[look]
            if kind == "s":
                if not block.refer(places, self._strings):
                    return None
            elif kind in _TEXTS:
                block.unescape(places)
            else:
                block.convert(places, kind, how_shown(self._kinds, style), epoch_1904=self._epoch_1904)
        return block


def _merged(rows: Places, found: Grid, others: Sequence[tuple[int, SheetRow]]) -> Grid | None:
    """All rows, which ``rows`` and ``others`` place in the block; None if their numbers don't ascend in it."""
    if others:
        found = Grid.joined([found, Grid.of([one for _, one in others])])
    order = np.argsort(np.append(rows, np.array([row for row, _ in others], np.int64)), kind="stable")
    if (np.diff(found.numbers[order]) < 1).any():
        return None
    return found.ascending() if others else found


def how_shown(kinds: Sequence[str], style: str) -> str:
    """How numbers of a cell style are shown; plainly where there is no such style."""
    return kinds[int(style)] if style and int(style) < len(kinds) else "number"


class _Block:
    """The cells of a block on their way into columns.

    ``_index`` says for each cell which text of the pool is its own; the pool begins with the cells' texts as they
    are written (see ``Tags.texts``).
    """

    def __init__(self, tags: Tags, cells: Cells) -> None:
        self._tags = tags
        self._cells = cells
        self._filled: Mask = cells.ends > cells.starts
        self._index: Places = np.arange(0, 2 * len(cells.starts), 2)
        self._parts = [tags.texts(cells.starts, cells.ends)]
        self._size = len(self._parts[0])
        self._blank = self._size - 1
        self._flags: list[tuple[int, str, str]] = []

    def looks(self) -> Iterator[tuple[int, Places]]:
        """Each look of cells that show something, with the indexes of those cells."""
        look = self._cells.look
        for one in np.flatnonzero(np.bincount(look[self._filled])):
            yield int(one), np.flatnonzero(self._filled & (look == one))

    def refer(self, places: Places, strings: SharedStrings) -> bool:
        """Gives cells the shared strings that they name; False if those are very much text."""
        starts = self._cells.starts[places]
        numbers, fine = self._tags.numbers(starts, self._cells.ends[places] - starts)
        fine &= numbers < len(strings)
        self._cells.fine[places[~fine]] = False
        numbers = numbers[fine]
        if int((strings.ends[numbers + 1] - strings.ends[numbers]).sum()) > 2 * MAX_BATCH_TEXT:
            return False
        self._put(strings.texts.take(pa.array(numbers)), places[fine])
        return True

    def unescape(self, places: Places) -> None:
        """Undoes the escapes of cells that hold a text."""
        starts, ends = self._cells.starts[places], self._cells.ends[places]
        found = self._tags.escaped(starts, ends)
        texts = [ooxml_text(self._tags.slice(starts[place], ends[place])) for place in found]
        if texts:
            self._put(pa.array(texts, TEXT), places[found])

    def convert(self, places: Places, kind: str, how: str, *, epoch_1904: bool) -> None:
        """Gives cells that hold a value what it shows: see ``value_text``."""
        cells = self._cells
        if kind in NUMBERS:
            texts, done = at_once(self._tags, cells.starts[places], cells.ends[places], how, epoch_1904=epoch_1904)
            if texts is not None:
                self._put(texts, places[done])
            places = places[~done]
        if not places.size:
            return
        coded = self._parts[0].take(pa.array(self._index[places])).dictionary_encode()
        codes = coded.indices.to_numpy()
        shown = [value_text(kind, how, value, epoch_1904=epoch_1904) for value in coded.dictionary.to_pylist()]
        self._put(pa.array([text for text, _ in shown], TEXT), places, codes)
        self._filled[places] = np.array([bool(text) for text, _ in shown])[codes]
        wrong = np.array([bool(code) for _, code in shown])[codes]
        for place, found in zip(places[wrong], codes[wrong], strict=True):
            text, code = shown[found]
            self._flags.append((int(place), code, text))

    def grid(self, odd: Mask) -> tuple[Places, Grid]:
        """The rows that are not ``odd`` and show something: their indexes, and they themselves."""
        cells = self._cells
        kept = np.flatnonzero(self._filled & ~odd[cells.row])
        new = np.diff(cells.row[kept], prepend=-1) > 0
        rows = cells.row[kept[new]]
        numbers = cells.numbers[rows]
        place = np.cumsum(new) - 1
        pool = self._parts[0] if len(self._parts) == 1 else pa.concat_arrays(self._parts)
        column = cells.column[kept].astype(np.uint16)
        order = np.argsort(column, kind="stable")
        columns = {}
        for some in np.split(order, np.flatnonzero(np.diff(column[order])) + 1) if order.size else []:
            wanted = np.full(len(rows), self._blank)
            wanted[place[some]] = self._index[kept[some]]
            columns[int(column[some[0]])] = pool.take(pa.array(wanted))
        flags = tuple(
            (int(cells.numbers[cells.row[cell]]), CellFlag(int(cells.column[cell]), code, text))
            for cell, code, text in sorted(self._flags)
            if not odd[cells.row[cell]]
        )
        return rows, Grid(numbers, columns, flags)

    def _put(self, texts: pa.Array, places: Places, order: Places | None = None) -> None:
        """Gives cells these texts: one each in their order, or the one that ``order`` says."""
        self._index[places] = self._size + (np.arange(len(places)) if order is None else order)
        self._parts.append(texts)
        self._size += len(texts)
