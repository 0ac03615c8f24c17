"""CSV and its kin, in the dialect of the input."""

import contextlib
import csv
import gzip
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import BinaryIO, Final, cast

import pandas as pd

from importer.model import RESULT_COLUMNS
from importer.reading.table import Dialect
from importer.writing.inert_text import without_formulas
from importer.writing.output_encoding import OutputEncoding
from importer.writing.output_layout import OutputLayout, is_separator_note
from importer.writing.pending_file import PendingFile
from importer.writing.result_block import ResultBlock

_GZIP_LEVEL: Final = 4
_RECORD_END: Final = "\r\n"
"""How Python's writer ends records here, so that it quotes cells with either of the two; the dialect's own follows."""


class DelimitedWriter:
    """Writes one file of delimited text in a given dialect.

    Rows stand on the lines that their numbers name: where the input had blank lines, so has the output.
    """

    def __init__(self, target: PendingFile, layout: OutputLayout, dialect: Dialect) -> None:
        self._gzip = (
            gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=target.file, mtime=0)
            if dialect.gzip
            else None
        )
        self._out = cast("BinaryIO", self._gzip or target.file)
        self._dialect = dialect
        self._encoding = OutputEncoding(dialect)
        self._harmless = partial(without_formulas, delimiter=dialect.delimiter, has_apostrophes=layout.has_apostrophes)
        self._harmless_outcome = partial(without_formulas, delimiter=dialect.delimiter)
        self._records: list[str] = []
        self._csv = csv.writer(
            SimpleNamespace(write=self._records.append),
            delimiter=dialect.delimiter,
            quoting=csv.QUOTE_ALL if dialect.quote_all else csv.QUOTE_MINIMAL,
            lineterminator=_RECORD_END,
        )
        self._trailing = dialect.delimiter if dialect.trailing_delimiter else ""
        self._out.write(self._encoding.start)
        for cells in layout.preamble:
            text = self._above(cells)
            self._out.write(self._encoding.encode(text + dialect.line_ending))
        header = self._record(layout.header)
        self._out.write(self._encoding.encode(header + self._trailing + dialect.line_ending))
        self._next_line = layout.header_row + 1 + _line_breaks(header)

    def write(self, block: ResultBlock) -> None:
        """Write rows below those already written."""
        ending = self._dialect.line_ending
        self._csv.writerows(texts for _, texts in self._inert(block).rows())
        lines = []
        for row, record in zip(block.cells.index.tolist(), self._records, strict=True):
            text = record.removesuffix(_RECORD_END)
            lines += [ending * (row - self._next_line), text, self._trailing, ending]
            self._next_line = row + 1 + _line_breaks(text)
        self._records.clear()
        self._out.write(self._encoding.encode("".join(lines)))

    def close(self) -> None:
        """Complete the file; the underlying one stays open."""
        if self._gzip is not None:
            self._gzip.close()

    def abort(self) -> None:
        """Let go of a file that can't be completed."""
        if self._gzip is not None:
            with contextlib.suppress(Exception):
                self._gzip.close()

    def _inert(self, block: ResultBlock) -> ResultBlock:
        """The block with texts that the encoding holds and no spreadsheet runs."""
        own = block.cells.iloc[:, : -len(RESULT_COLUMNS)]
        outcomes = block.cells.iloc[:, -len(RESULT_COLUMNS) :].apply(self._encoding.fit)
        return replace(
            block,
            cells=pd.concat([own.apply(self._harmless), outcomes.apply(self._harmless_outcome)], axis="columns"),
            surplus={row: self._inert_cells(texts) for row, texts in block.surplus.items()},
        )

    def _above(self, cells: tuple[str, ...]) -> str:
        """A row above the header; the note to Excel keeps its form, whatever is quoted."""
        if is_separator_note(cells):
            return f"sep={self._dialect.delimiter}"
        return self._record(cells) if any(cells) else self._dialect.delimiter * (len(cells) - 1)

    def _record(self, cells: tuple[str, ...]) -> str:
        """A few cells as text of the dialect."""
        self._csv.writerow(self._inert_cells(cells))
        return self._records.pop().removesuffix(_RECORD_END)

    def _inert_cells(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._harmless(pd.Series(cells, dtype="str")).tolist())


def _line_breaks(record: str) -> int:
    return record.count("\n") + record.count("\r") - record.count("\r\n")
