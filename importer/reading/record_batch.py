"""Rows on their way into chunks: Arrow columns with their numbers and what was found wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import frame_of
from importer.model import Severity, issues_of
from importer.reading.limits import MAX_CHUNK_CELLS
from importer.reading.table import Chunk

Numbers = npt.NDArray[np.int64]
TEXT: Final = pa.large_string()
_NOTHING_SEEN: Final = (
    r"\A[\s\v\x{85}\x{1c}-\x{1f}\p{Z}\x{ad}\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}"
    r"\x{2060}-\x{2069}\x{2800}\x{3164}\x{feff}\x{ffa0}]*\z"
)
"""White space of every script, and fillers and marks that show nothing."""

_SHAPES: Final = frozenset({"row_shape", "row_truncated"})
"""Flags that a row without any text does not need."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing wrong with a row (position None) or with one of its cells."""

    row: int
    code: str
    value: str = ""
    detail: str = ""
    position: int | None = None


@dataclass(frozen=True)
class RecordBatch:
    """Consecutive rows: ``columns`` of large_string without nulls, ``rows`` their numbers, ascending."""

    columns: tuple[pa.Array, ...]
    rows: Numbers
    flags: tuple[Flag, ...] = ()
    surplus: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows in equal parts of at most ``size``; fewer where the table is very wide."""
        most = max(1, min(size, MAX_CHUNK_CELLS // max(1, len(self.columns))))
        parts = -(-len(self.rows) // most)
        for part in range(parts):
            start, stop = (len(self.rows) * edge // parts for edge in (part, part + 1))
            yield self._chunk(start, stop)

    def _chunk(self, start: int, stop: int) -> Chunk:
        rows = self.rows[start:stop]
        index = pd.Index(rows, name="row")
        columns = (column.slice(start, stop - start) for column in self.columns)
        cells = frame_of(dict(enumerate(columns)), index)
        cells.columns = pd.RangeIndex(len(self.columns))
        first, last = int(rows[0]), int(rows[-1])
        flags = [flag for flag in self.flags if first <= flag.row <= last]
        surplus = {row: more for row, more in self.surplus.items() if first <= row <= last}
        return Chunk(cells, issue_frame(flags), surplus)


def issue_frame(flags: Sequence[Flag]) -> pd.DataFrame:
    """Flags as an issue frame (ISSUE_COLUMNS), by row."""
    return issues_of(
        (
            flag.row,
            "" if flag.position is None else f"#{flag.position}",
            flag.code,
            str(Severity.ERROR),
            flag.value,
            flag.detail,
        )
        for flag in sorted(flags, key=lambda flag: flag.row)
    )


def from_lists(rows: Sequence[int], cells: Sequence[Sequence[str]], width: int) -> RecordBatch:
    """A batch out of Python rows; short rows are filled with blanks, cells beyond ``width`` become surplus."""
    surplus = {row: tuple(line[width:]) for row, line in zip(rows, cells, strict=True) if len(line) > width}
    blanks = [""] * width
    even = [line if len(line) == width else [*line[:width], *blanks[len(line) :]] for line in cells]
    columns = (
        tuple(pa.array(column, TEXT) for column in zip(*even, strict=True))
        if even
        else tuple(pa.array([], TEXT) for _ in range(width))
    )
    return RecordBatch(columns, np.asarray(rows, dtype=np.int64), (), surplus)


def without_blank_rows(batch: RecordBatch, but: int = 0) -> RecordBatch:
    """The batch without rows in which no cell holds anything but white space, of any script, or what can't be seen.

    ``but``: the number of a row that stays all the same.
    """
    kept = _filled(batch, but)
    if kept is None:
        return batch
    mask = pa.array(kept)
    columns = tuple(column.filter(mask) for column in batch.columns)
    rows = batch.rows[kept]
    left = set(rows.tolist())
    return RecordBatch(
        columns,
        rows,
        tuple(flag for flag in batch.flags if flag.row in left),
        {row: more for row, more in batch.surplus.items() if row in left},
    )


def _nothing_seen(cells: Sequence[str]) -> bool:
    return bool(pc.all(pc.match_substring_regex(pa.array(cells, TEXT), _NOTHING_SEEN)).as_py())


def _filled(batch: RecordBatch, but: int) -> npt.NDArray[np.bool_] | None:
    """True for rows to keep, or None if all are."""
    if not len(batch.rows):
        return None
    places = np.arange(len(batch.rows))
    for column in batch.columns:
        blank_cells = pc.match_substring_regex(column.take(pa.array(places)), _NOTHING_SEEN)
        places = places[blank_cells.to_numpy(zero_copy_only=False)]
    told = {flag.row for flag in batch.flags if flag.code not in _SHAPES} | ({but} if but else set())
    told |= {row for row, more in batch.surplus.items() if not _nothing_seen(more)}
    if told:
        places = places[~np.isin(batch.rows[places], list(told))]
    if not places.size:
        return None
    kept = np.ones(len(batch.rows), dtype=bool)
    kept[places] = False
    return kept


def joined(parts: Sequence[RecordBatch]) -> RecordBatch:
    """Consecutive batches as one."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part.columns for part in parts), strict=True)
    return RecordBatch(
        tuple(pa.concat_arrays(column) for column in columns),
        np.concatenate([part.rows for part in parts]),
        tuple(flag for part in parts for flag in part.flags),
        {row: more for part in parts for row, more in part.surplus.items()},
    )


def merge(first: RecordBatch, second: RecordBatch) -> RecordBatch:
    """Two batches over different rows of the same stretch, put in the order of their numbers."""
    rows = np.concatenate([first.rows, second.rows])
    order = np.argsort(rows, kind="stable")
    take = pa.array(order)
    columns = tuple(
        pa.concat_arrays([one, other]).take(take) for one, other in zip(first.columns, second.columns, strict=True)
    )
    return RecordBatch(columns, rows[order], first.flags + second.flags, {**first.surplus, **second.surplus})
