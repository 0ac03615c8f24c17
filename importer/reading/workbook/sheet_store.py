"""The rows of a sheet, read once and kept, many of them compactly, so that later passes cost next to nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant
from importer.errors import RefusedFile
from importer.reading.damaged_cells import flag_damage
from importer.reading.limits import (
    BATCH_ROWS,
    MAX_BATCH_TEXT,
    MAX_CHUNK_CELLS,
    MAX_COLUMNS,
    MAX_SHEET_CELLS,
    MAX_SHEET_TEXT,
    MIB,
)
from importer.reading.record_batch import Flag, Numbers, RecordBatch, without_blank_rows
from importer.reading.sheets import Grid
from importer.reading.table import letters

_LOOSE: Final = 32 * MIB
"""Bytes of columns that are kept as they are; those beyond are packed."""
_CODEC: Final = pa.Codec("zstd", 1)
"""A third of the size that lz4 gives, for 4 ms more each 32,768 rows of ten columns."""


class SheetStore:
    """Rows by absolute column; ``first`` and ``last`` are the outermost columns that hold text.

    Until rows are added those of the header (0-based). ``name``: the file's, for messages.
    """

    def __init__(self, name: str, first: int, last: int) -> None:
        self.first = first
        self.last = last
        self.rows = 0
        self._name = name
        self._kept: list[tuple[Numbers, Mapping[int, pa.Array] | bytes, tuple[Flag, ...]]] = []
        self._loose = 0
        self._grids: list[Grid] = []
        self._waiting = self._text = self._all_text = self._cells = 0

    def add(self, grid: Grid) -> None:
        """Takes the next rows. Raises RefusedFile if the sheet is larger than is read."""
        if not len(grid.numbers):
            return
        self._count(grid)
        self._grids.append(grid)
        self._waiting += len(grid.numbers)
        full = self._waiting * (self.last - self.first + 1) >= MAX_CHUNK_CELLS
        if full or self._waiting >= BATCH_ROWS or self._text > MAX_BATCH_TEXT:
            self.flush()

    def flush(self) -> None:
        """Packs away the rows held so far."""
        if not self._grids:
            return
        grid = Grid.joined(self._grids)
        told = {(row, flag.column) for row, flag in grid.flags}
        flags = [Flag(row, flag.code, flag.value, "", flag.column) for row, flag in grid.flags]
        for column, texts in sorted(grid.columns.items()):
            seen = flag_damage(RecordBatch((texts,), grid.numbers)).flags
            flags += [replace(flag, position=column) for flag in seen if (flag.row, column) not in told]
        self._loose += sum(texts.nbytes for texts in grid.columns.values())
        self._kept.append((grid.numbers, grid.columns if self._loose <= _LOOSE else _pack(grid.columns), tuple(flags)))
        self.rows += len(grid.numbers)
        self._grids = []
        self._waiting = self._text = 0

    def batches(self) -> Iterator[RecordBatch]:
        """The rows again, with a column for each place from ``first`` to ``last``."""
        for rows, kept, flags in self._kept:
            arrays = _unpack(kept) if isinstance(kept, bytes) else kept
            blank = constant("", len(rows))
            places = range(self.first, self.last + 1)
            relative = tuple(
                Flag(flag.row, flag.code, flag.value, flag.detail, (flag.position or 0) - self.first) for flag in flags
            )
            yield without_blank_rows(RecordBatch(tuple(arrays.get(place, blank) for place in places), rows, relative))

    def _count(self, grid: Grid) -> None:
        self.first, self.last = min(self.first, *grid.columns), max(self.last, *grid.columns)
        if self.last - self.first >= MAX_COLUMNS:
            far = int(grid.numbers[pc.indices_nonzero(pc.not_equal(grid.column(max(grid.columns)), ""))[0].as_py()])
            raise RefusedFile(
                "{name}: row {far} has text as far as column {letter}; a table of users has at most "
                "{max_columns:,} columns. Delete what stands beside it and save again",
                name=self._name,
                far=far,
                letter=letters(self.last),
                max_columns=MAX_COLUMNS,
            )
        self._text += grid.text
        self._all_text += grid.text
        self._cells += grid.cells
        if self._all_text > MAX_SHEET_TEXT or self._cells > MAX_SHEET_CELLS:
            raise RefusedFile(
                "{name}: the sheet holds more than is read from a workbook ({max_sheet_cells:,} cells, {most:,} "
                "MB of text); save it as CSV",
                name=self._name,
                max_sheet_cells=MAX_SHEET_CELLS,
                most=MAX_SHEET_TEXT // MIB,
            )


def _pack(columns: Mapping[int, pa.Array]) -> bytes:
    batch = pa.record_batch(list(columns.values()), names=[str(place) for place in columns])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression=_CODEC)) as writer:
        writer.write_batch(batch)
    # the stream's own buffer is up to twice as large as what stands in it
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpack(packed: bytes) -> dict[int, pa.Array]:
    with pa.ipc.open_stream(packed) as reader:
        batch = reader.read_next_batch()
    return {int(name): column for name, column in zip(batch.schema.names, batch.columns, strict=True)}
