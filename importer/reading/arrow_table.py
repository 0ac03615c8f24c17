"""The text of a DataFrame as a Table: the file in which the Python API hands a frame to the pipeline.

An Arrow file of text columns is as plain as CSV and says what CSV cannot: which row a cell with line breaks is in, and
that a row without any text is a row. So the rows of a frame are 2, 3, 4, … whatever their cells hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from importer.errors import RefusedFile
from importer.model import Finding
from importer.reading.content import FileContent
from importer.reading.header_row import HeaderScore
from importer.reading.input_format import InputFormat
from importer.reading.record_batch import TEXT, RecordBatch
from importer.reading.table import Chunk, Dialect, ReadOptions, letters

ENDING: Final = ".arrow"
FIRST_ROW: Final = 2
_MAGIC: Final = b"ARROW1\0\0"
_ROWS_AT_ONCE: Final = 65_536
_API: Final = b"freedom_id_api"


@dataclass
class ArrowTable:
    """A file that ``write_text_columns`` made, opened. See ``Table``.

    ``api``: at which the users of its FreedomIDs are; "" where nobody told; None where it has none, or was made by a
    version that did not ask.
    """

    path: Path
    header: tuple[str, ...]
    row_count_hint: int | None
    api: str | None = None
    findings: tuple[Finding, ...] = ()
    dialect: Dialect = field(default_factory=lambda: Dialect("csv"))

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time. Raises RefusedFile."""
        row = FIRST_ROW
        with pa.OSFile(str(self.path)) as file:
            reader = ipc.open_file(file)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                rows = np.arange(row, row + batch.num_rows, dtype=np.int64)
                row += batch.num_rows
                yield from RecordBatch(tuple(batch.columns), rows).chunks(size)

    def column_letter(self, position: int) -> str:
        """The letter that a spreadsheet would give the column."""
        return letters(position)

    def close(self) -> None:
        """Nothing is held open between passes."""


def write_text_columns(path: Path, names: Sequence[str], columns: Sequence[pa.Array], api: str | None = None) -> None:
    """Write columns of text (large_string, no nulls) of one length; the same columns give the same file.

    ``api``: see ``ArrowTable``.

    Raises:
        OSError: It cannot be written.
    """
    table = pa.Table.from_arrays([pa.chunked_array([column]) for column in columns], names=list(names))
    if api is not None:
        table = table.replace_schema_metadata({_API: api})
    with pa.OSFile(str(path), "wb") as file, ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=_ROWS_AT_ONCE)


def _open(content: FileContent, _options: ReadOptions, _score: HeaderScore) -> ArrowTable:
    """Looks at all of it once: what is read later cannot be damaged then. Raises RefusedFile."""
    path = content.path
    rows = 0
    try:
        with pa.OSFile(str(path)) as file:
            reader = ipc.open_file(file)
            names = tuple(reader.schema.names)
            api = (reader.schema.metadata or {}).get(_API)
            plain = all(kind == TEXT for kind in reader.schema.types)
            for number in range(reader.num_record_batches if plain else 0):
                batch = reader.get_batch(number)
                batch.validate(full=True)
                rows += batch.num_rows
                plain = plain and not any(column.null_count for column in batch.columns)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as exc:
        raise RefusedFile("{name} is a damaged Arrow file", name=path.name) from exc
    if not plain:
        raise RefusedFile("{name} is an Arrow file whose columns are not all text; export it as .csv", name=path.name)
    return ArrowTable(path, names, rows, api if api is None else api.decode())


FORMAT: Final = InputFormat(
    "arrow", lambda content: content.head.startswith(_MAGIC) and content.path.suffix == ENDING, _open
)
