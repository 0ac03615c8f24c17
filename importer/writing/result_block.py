"""Input cells and outcomes joined by row number, in blocks that a writer of any format can take."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.errors
import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import BooksDontBalance
from importer.model import RESULT_COLUMNS, TO_BE_FIXED
from importer.reading.table import Chunk, Table
from importer.writing.arrow import TEXT, size, text_array, text_columns
from importer.writing.spreadsheet_guard import without_controls
from importer.writing.preamble import Rows, preamble
from schemas.result import result_schema

_SCHEMA: Final = result_schema()
_STATUS: Final = RESULT_COLUMNS.index("import_status")
_MOST_ROWS: Final = 1_048_576
_JOINED_ROWS: Final = 32_768
_SLICE_ROWS: Final = 16_384
_SLICE_BYTES: Final = 4 << 20
_SLICE_CELLS: Final = 500_000


@dataclass(frozen=True)
class ResultChunk:
    """The outcomes of one chunk of rows.

    Attributes:
        frame: index "row" (the chunk's own), RESULT_COLUMNS, str, no NA.
        marks: wrong cells: row (int64), position (int64, of the column in the input), message (str).
    """

    frame: pd.DataFrame
    marks: pd.DataFrame


Results = Callable[[pd.Index], ResultChunk]


@dataclass(frozen=True)
class Layout:
    """What stands in an output besides its rows.

    Attributes:
        header: The input's own column names, without those of an earlier output, then RESULT_COLUMNS.
        kept: The positions in the input of its own columns, in order.
        header_row: The row of the header, from 1.
        first_column: How many columns stand empty before the first.
        preamble: The rows above the header.
        sheet: The name of the sheet in a workbook.
        rows_expected: About how many rows will follow, where that is known.
    """

    header: tuple[str, ...]
    kept: tuple[int, ...]
    header_row: int = 1
    first_column: int = 0
    preamble: Rows = ()
    sheet: str = "Users"
    rows_expected: int | None = None

    @property
    def cells_expected(self) -> int:
        """About how many cells will follow; where the rows aren't known, as many as a spreadsheet holds."""
        rows = _MOST_ROWS if self.rows_expected is None else self.rows_expected
        return rows * len(self.header)

    def at_the_top(self) -> "Layout":
        """The same columns with the header in row 1."""
        return replace(self, header_row=1, preamble=())


@dataclass(frozen=True)
class Block:
    """Rows ready to be written.

    Attributes:
        rows: Where each row goes (the header's row is ``Layout.header_row``), ascending.
        cells: The kept columns, then the five result columns: large_string arrays as long as rows.
        surplus: By position in the block: cells beyond the header.
        marks: Wrong cells, ordered by index: index (position in the block), column (position in ``cells``), message.
    """

    rows: npt.NDArray[np.int64]
    cells: tuple[pa.Array, ...]
    surplus: Mapping[int, tuple[str, ...]]
    marks: pd.DataFrame

    @property
    def statuses(self) -> pa.Array:
        """The import status of each row."""
        return self.cells[_STATUS - len(RESULT_COLUMNS)]

    def slices(self) -> Iterator["Block"]:
        """The block in parts small enough to be held a second time as marked-up text."""
        count = len(self.rows)
        weight = max(sum(size(cell) for cell in self.cells) / _SLICE_BYTES, count * len(self.cells) / _SLICE_CELLS)
        step = max(1, min(_SLICE_ROWS, int(count / max(weight, 1e-9))))
        for start in range(0, count, step):
            yield self._part(start, min(start + step, count))

    def wrong_cells(self) -> Iterator[tuple[int, int, str]]:
        """Position in the block, column and message of each wrong cell; several messages are lines of one."""
        messages: dict[tuple[int, int], list[str]] = {}
        for index, column, message in self.marks.itertuples(index=False, name=None):
            messages.setdefault((index, column), []).append(message)
        for (index, column), lines in sorted(messages.items()):
            yield index, column, "\n".join(dict.fromkeys(lines))

    def _part(self, start: int, stop: int) -> "Block":
        low, high = np.searchsorted(self.marks["index"].to_numpy(), (start, stop))
        marks = self.marks.iloc[low:high]
        return Block(
            rows=self.rows[start:stop],
            cells=tuple(cell.slice(start, stop - start) for cell in self.cells),
            surplus={at - start: cells for at, cells in self.surplus.items() if start <= at < stop},
            marks=marks.assign(index=marks["index"] - start),
        )

    def to_be_fixed(self, first_row: int) -> "Block":
        """The rows that only a person can mend, numbered from ``first_row`` on."""
        statuses = pa.array([str(status) for status in sorted(TO_BE_FIXED)], TEXT)
        mask = pc.is_in(self.statuses, statuses)
        chosen = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
        target = np.full(len(self.rows), -1)
        target[chosen] = np.arange(len(chosen))
        marks = self.marks.assign(index=target[self.marks["index"].to_numpy()])
        return Block(
            rows=np.arange(first_row, first_row + len(chosen), dtype=np.int64),
            cells=tuple(cell.filter(mask) for cell in self.cells),
            surplus={int(target[at]): cells for at, cells in self.surplus.items() if target[at] >= 0},
            marks=marks[marks["index"] >= 0],
        )

    def moved_to(self, first_row: int) -> "Block":
        """The same rows, one below the other from ``first_row`` on."""
        return replace(self, rows=np.arange(first_row, first_row + len(self.rows), dtype=np.int64))


def layout_of(table: Table, dropped: Collection[int], *, keep_rows: bool) -> Layout:
    """What an output of ``table`` has around its rows; ``keep_rows``: whether they stay where they are in the input."""
    kept = tuple(position for position in range(len(table.header)) if position not in dropped)
    layout = Layout(
        header=(*(table.header[position] for position in kept), *RESULT_COLUMNS),
        kept=kept,
        sheet=table.dialect.sheet or "Users",
        rows_expected=table.row_count_hint,
    )
    if not keep_rows:
        return layout
    dialect = table.dialect
    return replace(layout, header_row=dialect.header_row, first_column=dialect.first_column, preamble=preamble(table))


def blocks(table: Table, layout: Layout, results: Results) -> Iterator[Block]:
    """Every row of the input in its order, with its outcome, at its row number.

    Raises:
        BooksDontBalance: The outcomes aren't those of the rows, or break the schema of the result columns.
    """
    for chunk in table.chunks(_JOINED_ROWS):
        if len(chunk.cells):
            result = results(chunk.cells.index)
            _check(chunk, result.frame)
            yield _join(chunk, result, layout)


def taken(found: Iterator[Block], most_cells: int) -> tuple[list[Block], Iterator[Block] | None]:
    """The first blocks, until they hold more than ``most_cells`` cells; and the others, None where there are none."""
    first: list[Block] = []
    cells = 0
    for block in found:
        first.append(block)
        cells += len(block.rows) * len(block.cells)
        if cells > most_cells:
            return first, found
    return first, None


def _check(chunk: Chunk, frame: pd.DataFrame) -> None:
    index = chunk.cells.index
    span = f"rows {index[0]}–{index[-1]}"
    if not frame.index.equals(index):
        raise BooksDontBalance(
            f"{span}: the input has {len(index)} rows and the journal gives outcomes for {len(frame)} (or for others); "
            "nothing was overwritten"
        )
    try:
        _SCHEMA.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as broken:
        causes = ", ".join(sorted(set(broken.failure_cases["check"].astype("str"))))
        # Without its cause: the original exception quotes cells.
        raise BooksDontBalance(
            f"{span}: outcomes break the result schema ({causes}); nothing was overwritten"
        ) from None


def _join(chunk: Chunk, result: ResultChunk, layout: Layout) -> Block:
    index = chunk.cells.index
    originals = text_columns(chunk.cells.iloc[:, list(layout.kept)])
    outcomes = [without_controls(text_array(result.frame[name])) for name in RESULT_COLUMNS]
    column_of = {position: column for column, position in enumerate(layout.kept)}
    marks = result.marks
    joined = pd.DataFrame(
        {
            "index": index.get_indexer(pd.Index(marks["row"])),
            "column": marks["position"].map(column_of).fillna(-1).astype("int64"),
            "message": marks["message"],
        }
    )
    joined = joined[(joined["index"] >= 0) & (joined["column"] >= 0)].sort_values("index", kind="stable")
    joined["message"] = without_controls(text_array(joined["message"])).to_pylist()
    beyond = index.get_indexer(pd.Index(list(chunk.surplus), dtype="int64"))
    return Block(
        rows=index.to_numpy(dtype=np.int64),
        cells=(*originals, *outcomes),
        surplus=dict(zip(beyond.tolist(), chunk.surplus.values(), strict=True)),
        marks=joined.reset_index(drop=True),
    )
