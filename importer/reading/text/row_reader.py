"""Blocks of delimited text -> batches of rows: fast where that is proven exact, row by row where it is not."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from importer.errors import RefusedFile
from importer.messages.kept_sentences import kept
from importer.messages.text import Text
from importer.reading import damaged_cells
from importer.reading.limits import MAX_LINE, MAX_RECORD, MAX_ROW_CELLS, MAX_STRAY_ROWS, MAX_UNEVEN_ROWS
from importer.reading.record_batch import Flag, Numbers, RecordBatch, from_lists, joined, merge, without_blank_rows
from importer.reading.table import letters
from importer.reading.text.records import Record, Scanner
from importer.reading.text.regular_blocks import parse, regular_end

_SLACK: Final = MAX_LINE + MAX_RECORD
"""Bytes beyond a stretch that the exact reader may look at: more than any record it accepts."""

_FIRST_STRETCH: Final = 4 * 1024
"""Bytes read exactly from something irregular on before the fast path is tried again; doubled each time."""

_LONG_RUN: Final = 32 * 1024
"""Bytes of a regular stretch after which irregular rows no longer count as dense."""


@dataclass(frozen=True)
class ReadRows:
    """What the rows of a text file have shown so far: all that reading on from there has to know.

    Attributes:
        stray: Whether a quote out of place still waits for its other half.
        rows: How many there were, blank ones too.
        uneven: Those of them of another width than the header.
    """

    stray: bool = False
    rows: int = 0
    uneven: int = 0


class RowReader:
    """Reads the rows below the header.

    Args:
        delimiter: One character.
        width: Columns of the table.
        trailing: Whether each row ends in a delimiter more.
        line: Physical line number of the first row.
        name: The file's name, for messages.
        above: What the rows above showed, where it does not begin below the header.

    Attributes:
        blank: Rows left out so far because they hold no text.
    """

    def __init__(
        self, delimiter: str, width: int, *, trailing: bool, line: int, name: str, above: ReadRows | None = None
    ) -> None:
        above = above or ReadRows()
        self.blank = 0
        self._delimiter = delimiter
        self._width = width
        self._trailing = trailing
        self._whole = width + trailing
        self._line = line
        self._left = b""
        self._name = name
        self._rows, self._uneven_rows = above.rows, above.uneven
        self._stray = self._first_stray = 0
        self._cut = 0  # the row of the letter inside which the text ends
        self._scanner = Scanner(delimiter, self._whole, stray=above.stray)

    @property
    def read(self) -> ReadRows:
        """What the rows have shown so far."""
        return ReadRows(self._scanner.stray, self._rows, self._uneven_rows)

    def batches(self, blocks: Iterable[bytes]) -> Iterator[RecordBatch]:
        """The rows of consecutive blocks of UTF-8 text, without blank ones. Raises RefusedFile."""
        for block in blocks:
            batch = self._block(self._left + block, final=False)
            del block  # nobody needs a text while the rows are looked at
            if batch is not None:
                yield batch
        if self._left and (batch := self._block(self._left, final=True)) is not None:
            yield batch

    def _block(self, text: bytes, *, final: bool) -> RecordBatch | None:
        parts: list[RecordBatch] = []
        at = 0
        for batch, end, _ in self._stretches(text, final=final):
            parts.append(batch)
            at = end
        self._left = text[at:]
        return self._finished(parts, text) if parts else None

    def _stretches(self, text: bytes, *, final: bool) -> Iterator[tuple[RecordBatch, int, bool]]:
        """Rows, the offset where they end, and whether the last of them are regular; what is left needs more text."""
        at, exact = 0, _FIRST_STRETCH
        while at < len(text):
            end = regular_end(text, self._delimiter, at, final=final)
            batch = self._fast(text[at:end]) if end > at else None
            if batch is not None:
                # where irregular rows are dense, each try of the fast path costs more than it saves
                exact = _FIRST_STRETCH if end - at > _LONG_RUN else exact
                at = end
                yield batch, at, True
            batch, size = self._exact(text, at, exact, final=final)
            if not size:
                return
            at += size
            exact *= 2
            yield batch, at, False

    def _finished(self, parts: list[RecordBatch], text: bytes) -> RecordBatch | None:
        """The rows that are not blank, and what is damaged in them; ``text`` holds all of them."""
        batch = joined(parts)
        kept = without_blank_rows(batch, but=self._cut)
        self.blank += len(batch.rows) - len(kept.rows)
        lost, errors = damaged_cells.possible(text)
        if lost or errors:
            kept = damaged_cells.flag_damage(kept, lost=lost, errors=errors)
        return kept if len(kept.rows) else None

    def _fast(self, block: bytes) -> RecordBatch | None:
        """The rows of a regular block; None if it turns out not to be one."""
        parsed = parse(block, self._delimiter, self._whole)
        if parsed is None:
            return None
        numbers = self._line + parsed.starts
        self._rows += len(numbers)
        self._line += parsed.lines
        others = sorted(parsed.others)
        batch = self._even(RecordBatch(parsed.columns, np.delete(numbers, others).astype(np.int64)))
        if not others:
            return batch
        lists = [self._scanner.cells(parsed.others[place]) for place in others]
        return merge(batch, self._uneven(numbers[others], lists))

    def _even(self, batch: RecordBatch) -> RecordBatch:
        """Rows of the right width; the empty cell after a trailing delimiter is taken off."""
        if not self._trailing:
            return batch
        tails = batch.columns[-1].to_pylist()
        surplus = {int(batch.rows[place]): (tail,) for place, tail in enumerate(tails) if tail}
        flags = tuple(self._shape(row, self._whole) for row in surplus)
        return replace(batch, columns=batch.columns[:-1], flags=flags, surplus=surplus)

    def _uneven(self, rows: Numbers, lists: list[list[str]]) -> RecordBatch:
        """Rows of a wrong width."""
        flags = [self._shape(int(row), len(cells)) for row, cells in zip(rows, lists, strict=True)]
        return replace(from_lists([int(row) for row in rows], lists, self._width), flags=tuple(flags))

    def _shape(self, row: int, cells: int) -> Flag:
        if cells > MAX_ROW_CELLS:
            raise RefusedFile(
                "{name}: row {row} has {cells:,} cells, the header has {width}; this is no table of users",
                name=self._name,
                row=row,
                cells=cells,
                width=self._width,
            )
        self._uneven_rows += 1
        if self._uneven_rows > MAX_UNEVEN_ROWS and 2 * self._uneven_rows > self._rows:
            raise RefusedFile(
                "{name}: most rows (so far {uneven_rows:,}) have more or fewer cells than the header ({width}); "
                "look for a quote mark that is never closed, or name --delimiter or --header-row",
                name=self._name,
                uneven_rows=self._uneven_rows,
                width=self._width,
            )
        return Flag(
            row, "row_shape", "", kept(Text("{cells} cells, the header has {whole}", cells=cells, whole=self._whole))
        )

    def _exact(self, block: bytes, start: int, budget: int, *, final: bool) -> tuple[RecordBatch, int]:
        """Rows read one by one until ``budget`` bytes are used up, and how many bytes they took."""
        for slack in (budget, _SLACK):
            window = block[start : start + budget + slack]
            whole = start + len(window) == len(block)
            batch, size = self._one_by_one(window, budget, final=final and whole)
            if size or whole:
                break
        return batch, size

    def _one_by_one(self, window: bytes, budget: int, *, final: bool) -> tuple[RecordBatch, int]:
        decoder = codecs.getincrementaldecoder("utf-8")()
        text = decoder.decode(window)
        half = len(decoder.getstate()[0]) if final else 0  # of a letter inside which the text ends
        nul = "\0" in text
        rows: list[int] = []
        lists: list[list[str]] = []
        flags: list[Flag] = []
        end = 0
        for record in self._scanner.records(text, line=self._line, final=final):
            self._rows += 1
            flag = self._flag(record, nul=nul, cut=half > 0)
            if flag:
                flags.append(flag)
            tail = self._trailing and len(record.cells) == self._whole and not record.cells[-1]
            rows.append(record.line)
            lists.append(record.cells[:-1] if tail else record.cells)
            end, self._line = record.end, record.line + record.lines
            if end >= budget:
                break
        size = len(text[:end].encode())
        if half and size + half == len(window):
            if text[-1:] in {"", "\n", "\r"}:  # all that there is of a row
                rows.append(self._line)
                lists.append([""])
                flags.append(Flag(self._line, "row_truncated"))
            self._cut, size = rows[-1], len(window)
        return replace(from_lists(rows, lists, self._width), flags=tuple(flags)), size

    def _flag(self, record: Record, *, nul: bool, cut: bool) -> Flag | None:
        """What is wrong with a row as a whole; ``nul``: look for one; ``cut``: the text ends inside a letter."""
        cells = record.cells
        if record.problem:
            self._count_stray(record.line)
            return Flag(record.line, f"row_{record.problem}")
        for position, cell in enumerate(cells) if nul else ():
            at = cell.find("\0")
            if at >= 0:
                place = Text("column {letter}, character {at}", letter=letters(position), at=at + 1)
                return Flag(record.line, "row_nul", "", kept(place))
        if record.open_end and (cut or len(cells) < self._whole):
            return Flag(record.line, "row_truncated")
        if len(cells) == self._whole and not (self._trailing and cells[-1]):
            return None
        return self._shape(record.line, len(cells))

    def _count_stray(self, line: int) -> None:
        self._first_stray = self._first_stray or line
        self._stray += 1
        if self._stray > MAX_STRAY_ROWS:
            raise RefusedFile(
                "{name}: quote marks are out of place in more than {max_stray_rows:,} rows, first in row "
                "{first_stray}; export the file again with cells quoted properly, or save it as .xlsx",
                name=self._name,
                max_stray_rows=MAX_STRAY_ROWS,
                first_stray=self._first_stray,
            )
