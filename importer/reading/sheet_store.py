"""The rows of a sheet, read once and packed away compactly, so that later passes cost next to nothing."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from importer.errors import RefusedFile
from importer.reading.batch import TEXT, Batch, Flag, Numbers, without_blank_rows
from importer.reading.damage import flag_damage
from importer.reading.limits import (
    MAX_BATCH_TEXT,
    MAX_CHUNK_CELLS,
    MAX_COLUMNS,
    MAX_SHEET_CELLS,
    MAX_SHEET_TEXT,
    MIB,
)
from importer.reading.sheets import SheetRow
from importer.reading.table import letters

_ROWS: Final = 65_536


class SheetStore:
    """Rows by absolute column; ``first`` and ``last`` are the outermost columns that hold text.

    Args:
        name: The file's name, for messages.
        first: 0-based column where the header begins.
        last: 0-based column where the header ends.
    """

    def __init__(self, name: str, first: int, last: int) -> None:
        self.first = first
        self.last = last
        self.rows = 0
        self._name = name
        self._packed: list[tuple[Numbers, list[int], pa.Buffer, tuple[Flag, ...]]] = []
        self._held: list[SheetRow] = []
        self._text = self._all_text = self._cells = 0

    def add(self, row: SheetRow) -> None:
        """Takes the next row. Raises RefusedFile if the sheet is larger than is read."""
        if not row.cells:
            return
        self.first, self.last = min(self.first, min(row.cells)), max(self.last, max(row.cells))  # noqa: PLW3301 (min of a lone key fails)
        if self.last - self.first >= MAX_COLUMNS:
            raise RefusedFile(
                f"{self._name}: row {row.number} has text as far as column {letters(self.last)}; a table of users "
                f"has at most {MAX_COLUMNS:,} columns. Delete what stands beside it and save again"
            )
        size = sum(map(len, row.cells.values()))
        self._text += size
        self._all_text += size
        self._cells += len(row.cells)
        if self._all_text > MAX_SHEET_TEXT or self._cells > MAX_SHEET_CELLS:
            raise RefusedFile(
                f"{self._name}: the sheet holds more than is read from a workbook ({MAX_SHEET_CELLS:,} cells, "
                f"{MAX_SHEET_TEXT // MIB:,} MB of text); save it as CSV"
            )
        self._held.append(row)
        full = len(self._held) * (self.last - self.first + 1) >= MAX_CHUNK_CELLS
        if full or len(self._held) >= _ROWS or self._text > MAX_BATCH_TEXT:
            self.flush()

    def flush(self) -> None:
        """Packs away the rows held so far."""
        if not self._held:
            return
        columns = sorted({column for row in self._held for column in row.cells})
        rows = np.asarray([row.number for row in self._held], dtype=np.int64)
        arrays = tuple(pa.array([row.cells.get(column, "") for row in self._held], TEXT) for column in columns)
        seen = flag_damage(Batch(arrays, rows))
        told = {(row.number, flag.column) for row in self._held for flag in row.flags}
        flags = [Flag(row.number, flag.code, flag.value, "", flag.column) for row in self._held for flag in row.flags]
        for flag in seen.flags:
            column = columns[flag.position or 0]
            if (flag.row, column) not in told:
                flags.append(Flag(flag.row, flag.code, flag.value, "", column))
        self._packed.append((rows, columns, _pack(arrays), tuple(flags)))
        self.rows += len(rows)
        self._held = []
        self._text = 0

    def batches(self) -> Iterator[Batch]:
        """The rows again, with a column for each place from ``first`` to ``last``."""
        for rows, columns, packed, flags in self._packed:
            arrays: Mapping[int, pa.Array] = dict(zip(columns, _unpack(packed), strict=True))
            blank = pa.repeat(pa.scalar("", TEXT), len(rows))
            places = range(self.first, self.last + 1)
            relative = tuple(
                Flag(flag.row, flag.code, flag.value, flag.detail, (flag.position or 0) - self.first) for flag in flags
            )
            yield without_blank_rows(Batch(tuple(arrays.get(place, blank) for place in places), rows, relative))


def _pack(arrays: tuple[pa.Array, ...]) -> pa.Buffer:
    batch = pa.record_batch(list(arrays), names=[str(place) for place in range(len(arrays))])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def _unpack(packed: pa.Buffer) -> list[pa.Array]:
    with pa.ipc.open_stream(packed) as reader:
        columns: list[pa.Array] = reader.read_next_batch().columns
    return columns
