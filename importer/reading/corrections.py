"""What a person wrote in the place of cells, laid over the table that they stand in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from importer.messages.kept_sentences import kept, kept_values
from importer.messages.text import Text
from importer.model import CELL_CORRECTED, Severity, issues_of
from importer.reading.table import Chunk
from importer.reading.table_overlay import TableOverlay


@dataclass(frozen=True)
class Correction:
    """What a person wrote in the place of a cell.

    Attributes:
        raw: The cell as the file has it: where it has another, the correction is not meant for it.
        text: What stands there instead.
        who: Who wrote it.
        sent_instead: The number of the row that a person chose to be sent in this one's place; 0: none was.
    """

    raw: str
    text: str
    who: str
    sent_instead: int = 0


CORRECTION_CODES: Final = (CELL_CORRECTED, "phone_duplicate")
"""The issue codes at a cell in whose place a person wrote something, and at one whose row is not sent for another's."""

CellCorrections = Mapping[tuple[int, int], Correction]
"""Row number and position → the correction of that cell."""


@dataclass(frozen=True)
class EditedTable(TableOverlay):
    """A table with corrections over its cells. See ``Table``.

    Each corrected cell has a note (``cell_corrected``, by its field once it is mapped), or the error that another row
    is sent in its place.
    """

    corrections: CellCorrections

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time. Raises RefusedFile."""
        by_row = sorted(self.corrections)
        rows = np.array([row for row, _ in by_row], dtype=np.int64)
        for chunk in self.table.chunks(size):
            if not len(chunk.cells):
                yield chunk
                continue
            first, last = np.searchsorted(rows, [chunk.cells.index[0], chunk.cells.index[-1] + 1])
            here = {cell: self.corrections[cell] for cell in by_row[first:last]}
            yield corrected(chunk, here) if here else chunk


def corrected(chunk: Chunk, corrections: CellCorrections) -> Chunk:
    """The chunk with the corrections of cells that are as they were when somebody corrected them."""
    cells = chunk.cells
    done: dict[tuple[int, int], Correction] = {}
    for position in sorted({position for _, position in corrections}):
        if position >= cells.shape[1]:
            continue
        mine = {row: each for (row, at), each in corrections.items() if at == position and row in cells.index}
        column = cells[position]
        mine = {row: each for row, each in mine.items() if column.loc[row] == each.raw}
        done |= {(row, position): each for row, each in mine.items()}
        if mine:
            cells = cells.copy() if cells is chunk.cells else cells
            cells[position] = column.where(
                ~column.index.isin(list(mine)), pd.Series({row: each.text for row, each in mine.items()}, dtype="str")
            ).astype("str")
    if not done:
        return chunk
    known = chunk.issues
    if len(known):
        at = pd.MultiIndex.from_arrays([known["row"], known["field"]])
        known = known[~at.isin([(row, f"#{position}") for row, position in done])]
    notes = issues_of(_issue(*cell, each) for cell, each in done.items())
    issues = pd.concat([known, notes], ignore_index=True)
    return Chunk(cells, issues.sort_values("row", kind="stable", ignore_index=True), chunk.surplus)


def _issue(row: int, position: int, each: Correction) -> tuple[int, str, str, str, str, str]:
    if each.sent_instead:
        instead = Text("row {row}, chosen by {who}", row=each.sent_instead, who=each.who)
        error = (CORRECTION_CODES[1], str(Severity.ERROR), each.raw, kept(instead))
        return row, f"#{position}", *error
    corrected = Text("'{text}' by {who}", text=each.text, who=each.who)
    return row, f"#{position}", CELL_CORRECTED, str(Severity.NOTE), each.raw, kept(corrected)


def text_typed(detail: str) -> str:
    """What a person wrote in the place of a cell, by the detail of its note."""
    return str(kept_values(detail)["text"])
