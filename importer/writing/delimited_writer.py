"""CSV and its kin, a block at a time in Arrow: quoting and escaping touch only the cells that need it."""

import contextlib
import gzip
from typing import BinaryIO, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import RESULT_COLUMNS
from importer.reading.table import Dialect
from importer.writing.arrow import TEXT, byte_set, concat, rows_with, text_array
from importer.writing.result_block import Block, Layout
from importer.writing.output_encoding import Encoder
from importer.writing.spreadsheet_guard import without_formulas

_GZIP_LEVEL: Final = 4
_LINE_BREAK: Final = r"\r\n|\n|\r"


class DelimitedWriter:
    """Writes one file of delimited text in a given dialect.

    Rows stand on the lines that their numbers name: where the input had blank lines, so has the output.
    """

    def __init__(self, file: BinaryIO, layout: Layout, dialect: Dialect) -> None:
        self._file = file
        self._gzip = (
            gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=file, mtime=0)
            if dialect.gzip
            else None
        )
        self._out = cast("BinaryIO", self._gzip or file)
        self._dialect = dialect
        self._encoder = Encoder(dialect)
        self._needs_quotes = byte_set((*dialect.delimiter.encode(), *b'"\r\n'))
        self._out.write(self._encoder.start)
        for row in layout.preamble:
            self._write_plain(row)
        self._write_plain(layout.header, trailing=dialect.trailing_delimiter)
        breaks = pc.sum(pc.count_substring_regex(text_array(layout.header), _LINE_BREAK)).as_py()
        self._next_line = layout.header_row + 1 + breaks

    def write(self, block: Block) -> None:
        """Write rows below those already written."""
        for part in block.slices():
            originals = part.cells[: -len(RESULT_COLUMNS)]
            results = tuple(self._encoder.fit(cell) for cell in part.cells[-len(RESULT_COLUMNS) :])
            cells = [self._quoted(without_formulas(cell)) for cell in (*originals, *results)]
            mark = '"' if self._dialect.quote_all else ""
            blank_lines = self._blank_lines(part)
            if mark or blank_lines is not None:
                cells[0] = concat(blank_lines if blank_lines is not None else "", mark, cells[0])
            cells[-1] = concat(cells[-1], mark, self._tails(part), self._line_end)
            lines = concat(*cells, separator=f"{mark}{self._dialect.delimiter}{mark}")
            self._out.write(self._encoder.encode(lines))

    def close(self) -> None:
        """Complete the file; the underlying one stays open."""
        if self._gzip is not None:
            self._gzip.close()

    def abort(self) -> None:
        """Let go of a file that can't be completed."""
        if self._gzip is not None:
            with contextlib.suppress(Exception):
                self._gzip.close()

    @property
    def _line_end(self) -> str:
        return (self._dialect.delimiter if self._dialect.trailing_delimiter else "") + self._dialect.line_ending

    def _quoted(self, cells: pa.Array) -> pa.Array:
        """Cells with quotes doubled, and around them where the dialect doesn't put quotes around all."""
        mask = rows_with(cells, self._needs_quotes)
        if mask is None:
            return cells
        doubled = pc.replace_substring(cells, pattern='"', replacement='""')
        if self._dialect.quote_all:
            return doubled
        return pc.if_else(pa.array(mask), concat('"', doubled, '"'), cells)

    def _tails(self, part: Block) -> pa.Array | str:
        """What follows the last column: cells beyond the header, behind the results so that nothing shifts."""
        if not part.surplus:
            return ""
        tails = [""] * len(part.rows)
        for at, cells in part.surplus.items():
            tails[at] = self._dialect.delimiter + self._plain(cells)
        return pa.array(tails, TEXT)

    def _blank_lines(self, part: Block) -> pa.Array | None:
        """The line endings before each row that bring it to its own line; None where there are none."""
        starts = np.append(part.rows, 0)
        if part.rows[0] == self._next_line and (np.diff(part.rows) == 1).all():
            self._next_line = int(part.rows[-1]) + 1 + int(self._breaks(part, slice(-1, None))[0])
            return None
        ends = part.rows + 1 + self._breaks(part, slice(None))
        gaps = np.maximum(starts[:-1] - np.concatenate(([self._next_line], ends[:-1])), 0)
        self._next_line = int(ends[-1])
        if not gaps.any():
            return None
        return pa.array([self._dialect.line_ending * int(gap) for gap in gaps], TEXT)

    @staticmethod
    def _breaks(part: Block, which: slice) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """How many line breaks each of the chosen rows holds inside its cells."""
        chosen = range(*which.indices(len(part.rows)))
        total = np.zeros(len(chosen), dtype=np.int64)
        breaking = byte_set(b"\r\n")
        for cell in part.cells:
            cells = cell.slice(chosen.start, len(chosen))
            if rows_with(cells, breaking) is not None:
                total += pc.count_substring_regex(cells, _LINE_BREAK).to_numpy(zero_copy_only=False)
        for at, texts in part.surplus.items():
            if at in chosen:
                total[at - chosen.start] += pc.sum(pc.count_substring_regex(pa.array(texts, TEXT), _LINE_BREAK)).as_py()
        return total

    def _plain(self, cells: tuple[str, ...]) -> str:
        """A few cells as text of the dialect."""
        mark = '"' if self._dialect.quote_all else ""
        quoted = self._quoted(without_formulas(pa.array(cells, TEXT))).to_pylist()
        return self._dialect.delimiter.join(f"{mark}{cell}{mark}" for cell in quoted)

    def _write_plain(self, cells: tuple[str, ...], *, trailing: bool = False) -> None:
        end = self._line_end if trailing else self._dialect.line_ending
        text = (self._plain(cells) if any(cells) else self._dialect.delimiter * (len(cells) - 1)) + end
        self._out.write(self._encoder.encode(pa.array([text], TEXT)))
