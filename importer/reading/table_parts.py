"""A table in parts that others can read, on other machines: each by itself gives the rows that it has in the whole.

Delimited text is cut between records, and read where the part is; what was read already (a workbook, an Arrow file)
becomes Arrow batches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import ipc

from importer.model import Finding
from importer.reading.arrow_chunk import batch_of, chunk_of, schema_of
from importer.reading.table import Chunk, Dialect, Table, letters
from importer.reading.text.csv_table import CsvTable
from importer.reading.text.row_reader import ReadRows, RowReader

_ARROW: Final = 0


@dataclass(frozen=True)
class TablePart:
    """Where a part stands in its table.

    Attributes:
        number: From 0 on.
        line: Row number of its first record, where it is text; 0: it is Arrow.
        above: What the rows above it showed, where it is text.
    """

    number: int
    line: int = _ARROW
    above: ReadRows = field(default_factory=ReadRows)


def parts_of(table: Table, rows: int) -> Iterator[tuple[TablePart, bytes]]:
    """A table in parts of about so many rows, with their contents. Raises RefusedFile."""
    if isinstance(table, CsvTable):
        for number, span in enumerate(table.spans(rows)):
            yield TablePart(number, span.line, span.above), span.content
        return
    schema = schema_of(len(table.header))
    for number, chunk in enumerate(table.chunks(rows)):
        sink = pa.BufferOutputStream()
        with ipc.new_stream(sink, schema) as writer:
            writer.write_batch(batch_of(chunk, schema))
        yield TablePart(number), sink.getvalue().to_pybytes()


@dataclass
class PartTable:
    """A part of a table, opened; it has no findings. See ``Table``.

    Attributes:
        content: What ``parts_of`` gave.
        read: After a pass, what the rows up to its end have shown.
        blank: After a pass, how many blank rows it has.
    """

    part: TablePart
    content: bytes
    path: Path
    dialect: Dialect
    header: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    row_count_hint: int | None = None
    read: ReadRows = field(default_factory=ReadRows)
    blank: int = 0

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time. Raises RefusedFile."""
        if self.part.line == _ARROW:
            with ipc.open_stream(self.content) as batches:
                for batch in batches:
                    for start in range(0, batch.num_rows, size):
                        yield chunk_of(batch.slice(start, size))
            return
        reader = RowReader(
            self.dialect.delimiter,
            len(self.header),
            trailing=self.dialect.trailing_delimiter,
            line=self.part.line,
            name=self.path.name,
            above=self.part.above,
        )
        for batch in reader.batches([self.content]):
            yield from batch.chunks(size)
        self.read, self.blank = reader.read, reader.blank

    def column_letter(self, position: int) -> str:
        """The letter of a column of delimited text; the mapping knows all others."""
        return letters(position)

    def close(self) -> None:
        """Nothing is held open."""


def tell_blank_rows(table: Table, count: int) -> None:
    """Tell a table of text, whose parts others read, how many blank rows they skipped."""
    if isinstance(table, CsvTable):
        table.saw_blank_rows(count)
