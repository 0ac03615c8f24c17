"""Input cells and outcomes joined by row number, in blocks that a writer of any format can take."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import pandera.errors

from importer.errors import BooksDontBalance
from importer.messages.text import Text
from importer.model import IMPORT_ROW, RESULT_COLUMNS, TO_BE_FIXED
from importer.reading.table import Chunk, Table
from importer.writing.inert_text import without_controls, without_half_characters
from importer.writing.output_layout import OutputLayout
from schemas.result import result_schema
from schemas.template import EXAMPLE_CODE

STATUS_FROM_THE_RIGHT: Final = RESULT_COLUMNS.index("import_status") - len(RESULT_COLUMNS)
"""Where the status stands among the columns of an output, counted from their end."""

_CODE_FROM_THE_RIGHT: Final = RESULT_COLUMNS.index("import_error_code") - len(RESULT_COLUMNS)

_SCHEMA: Final = result_schema()
_JOINED_ROWS: Final = 32_768
_CELLS_AT_ONCE: Final = 500_000


@dataclass(frozen=True)
class ResultChunk:
    """The outcomes of one chunk of rows.

    Attributes:
        frame: index "row" (the chunk's own), RESULT_COLUMNS, str, no NA.
        marks: wrong cells: row (int64), position (int64, of the column in the input), message (str).
    """

    frame: pd.DataFrame
    marks: pd.DataFrame


ResultSource = Callable[[pd.Index], ResultChunk]
"""Gives the outcomes of the rows of an index."""


@dataclass(frozen=True)
class ResultBlock:
    """Rows ready to be written.

    Attributes:
        cells: The kept columns, then the result columns: str, no NA, columns RangeIndex. Index int64 "row": where each
            row goes (the header's row is ``OutputLayout.header_row``), ascending.
        surplus: By row: cells beyond the header.
        marks: Wrong cells, ordered by row: row, column (position in ``cells``), message.
        original_rows: For each row its number in the original file, as text.
    """

    cells: pd.DataFrame
    surplus: Mapping[int, tuple[str, ...]]
    marks: pd.DataFrame
    original_rows: Any

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The number and the texts of each row: its cells, then what it has beyond the header.

        Some rows at a time become objects of Python, so that a block is not held twice.
        """
        step = max(1, _CELLS_AT_ONCE // self.cells.shape[1])
        for start in range(0, len(self.cells), step):
            part = self.cells.iloc[start : start + step]
            columns = (part.iloc[:, column].tolist() for column in range(part.shape[1]))
            for row, texts in zip(part.index.tolist(), zip(*columns, strict=True), strict=True):
                yield row, texts + self.surplus.get(row, ())

    def wrong_cells(self) -> Mapping[int, Mapping[int, str]]:
        """Row → column → what is wrong with that cell; several messages are lines of one."""
        found: dict[int, dict[int, str]] = {}
        for row, column, message in self.marks.drop_duplicates().itertuples(index=False, name=None):
            cells = found.setdefault(row, {})
            cells[column] = f"{cells[column]}\n{message}" if column in cells else message
        return found

    def to_be_fixed(self, first_row: int, *, numbered: bool, column: int | None = None) -> "ResultBlock":
        """The rows that only a person can mend, numbered from ``first_row`` on.

        Args:
            first_row: Where the first one goes.
            numbered: Whether a column left of the result's says which rows of the original they are.
            column: The column that does so already, if one does.
        """
        statuses = self.cells.iloc[:, STATUS_FROM_THE_RIGHT]
        example = self.cells.iloc[:, _CODE_FROM_THE_RIGHT] == EXAMPLE_CODE  # there is nothing to mend
        chosen = statuses.isin(TO_BE_FIXED) & ~example
        cells = self.cells[chosen].copy()
        numbers = pd.Series(self.original_rows[chosen], index=cells.index, dtype="str")
        if column is not None:
            cells[column] = numbers
        elif numbered:
            cells.insert(cells.shape[1] - len(RESULT_COLUMNS), IMPORT_ROW, numbers)
            cells.columns = pd.RangeIndex(cells.shape[1])
        return self._moved(cells, self.original_rows[chosen], first_row)

    def moved_to(self, first_row: int) -> "ResultBlock":
        """The same rows, one below the other from ``first_row`` on."""
        return self._moved(self.cells, self.original_rows, first_row)

    def _moved(self, cells: pd.DataFrame, original_rows: Any, first_row: int) -> "ResultBlock":
        rows = pd.Index(range(first_row, first_row + len(cells)), dtype="int64", name="row")
        new_row = dict(zip(cells.index.tolist(), rows.tolist(), strict=True))
        marks = self.marks[self.marks["row"].isin(cells.index)]
        return ResultBlock(
            cells=cells.set_axis(rows),
            surplus={new_row[row]: texts for row, texts in self.surplus.items() if row in new_row},
            marks=marks.assign(row=marks["row"].map(new_row).astype("int64")),
            original_rows=original_rows,
        )


def result_blocks(table: Table, layout: OutputLayout, results: ResultSource) -> Iterator[ResultBlock]:
    """Every row of the input in its order, with its outcome, at its row number.

    Raises:
        BooksDontBalance: The outcomes aren't those of the rows, or break the schema of the result columns.
    """
    for chunk in table.chunks(_JOINED_ROWS):
        if len(chunk.cells):
            result = results(chunk.cells.index)
            _check(chunk, result.frame)
            yield _join(chunk, result, layout)


def first_blocks(
    found: Iterator[ResultBlock], most_cells: int
) -> tuple[list[ResultBlock], Iterator[ResultBlock] | None]:
    """The first blocks, until they hold more than ``most_cells`` cells; and the others, None where there are none."""
    first: list[ResultBlock] = []
    cells = 0
    for block in found:
        first.append(block)
        cells += block.cells.size
        if cells > most_cells:
            return first, found
    return first, None


def _check(chunk: Chunk, frame: pd.DataFrame) -> None:
    index = chunk.cells.index
    span = Text("rows {first}–{last}", first=index[0], last=index[-1])
    if not frame.index.equals(index):
        raise BooksDontBalance(
            "{span}: the input has {rows} rows and the journal gives outcomes for {outcomes} (or for "
            "others); nothing was overwritten",
            span=span,
            rows=len(index),
            outcomes=len(frame),
        )
    try:
        _SCHEMA.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as broken:
        causes = ", ".join(sorted(set(broken.failure_cases["check"].astype("str"))))
        # Without its cause: the original exception quotes cells.
        raise BooksDontBalance(
            "{span}: outcomes break the result schema ({causes}); nothing was overwritten", span=span, causes=causes
        ) from None


def _join(chunk: Chunk, result: ResultChunk, layout: OutputLayout) -> ResultBlock:
    outcomes = result.frame.apply(without_controls)
    cells = pd.concat([chunk.cells.iloc[:, list(layout.kept)], outcomes], axis="columns", ignore_index=True)
    column_of = {position: column for column, position in enumerate(layout.kept)}
    marks = result.marks
    known = marks[marks["row"].isin(chunk.cells.index) & marks["position"].isin(column_of)]
    joined = pd.DataFrame(
        {
            "row": known["row"],
            "column": known["position"].map(column_of).astype("int64"),
            "message": without_controls(known["message"]),
        }
    )
    surplus = {row: tuple(map(without_half_characters, texts)) for row, texts in chunk.surplus.items()}
    marked = joined.sort_values("row", kind="stable", ignore_index=True)
    return ResultBlock(cells, surplus, marked, _original_rows(chunk, layout))


def _original_rows(chunk: Chunk, layout: OutputLayout) -> Any:
    """The numbers that the input tells of its original, and its own where it tells none."""
    own = pd.Series(chunk.cells.index, index=chunk.cells.index).astype("str")
    if layout.import_row is None:
        return own.to_numpy()
    told = chunk.cells[layout.import_row].str.strip()
    return told.where(told != "", own).to_numpy()
