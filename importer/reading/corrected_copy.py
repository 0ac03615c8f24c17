"""The corrected copy of an input, from which a run starts: an Arrow file of text.

It holds every row of the original at its own number, what was wrong with how it is written, and the dialect of the
original: it is read, checked, sent and reported as that one would be. Where that is a workbook that can be marked in
place it holds the workbook, too: the result is the person's own one, with their corrections.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Final

import pyarrow as pa
from pyarrow import ipc

from importer.errors import RefusedFile
from importer.model import Finding
from importer.reading.arrow_chunk import batch_of, chunk_of, kinds_of, schema_of
from importer.reading.content import FileContent
from importer.reading.corrections import CORRECTION_CODES
from importer.reading.header_row import HeaderScore
from importer.reading.input_format import InputFormat
from importer.reading.table import Chunk, Dialect, ReadOptions, Table, letters

ENDING: Final = ".corrected"
_MAGIC: Final = b"ARROW1\0\0"
_KEY: Final = b"freedom-id-importer"
_WORKBOOK: Final = b"freedom-id-importer workbook"


def write_corrected_copy(path: Path, table: Table, preamble: Sequence[Sequence[str]], workbook: bytes = b"") -> None:
    """Write every row of a table, with what is known of it, as a file that reads the same; its name ends in ENDING.

    The table is read once. ``preamble``: the cells of the rows above its header. ``workbook``: what the result is to be
    marked in; b"" for none.

    Raises:
        OSError: It cannot be written. RefusedFile: the table cannot be read.
    """
    told = {
        "header": table.header,
        "letters": [table.column_letter(position) for position in range(len(table.header))],
        "dialect": asdict(table.dialect),
        "preamble": [list(cells) for cells in preamble],
        "findings": [asdict(finding) for finding in table.findings],
        "rows": table.row_count_hint,
    }
    metadata = {_KEY: json.dumps(told).encode()} | ({_WORKBOOK: workbook} if workbook else {})
    schema = schema_of(len(table.header), metadata)
    with pa.OSFile(str(path), "wb") as file, ipc.new_file(file, schema) as writer:
        for chunk in table.chunks():
            writer.write_batch(batch_of(chunk, schema))


@dataclass(frozen=True)
class CorrectedCopy:
    """A file that ``write_corrected_copy`` made, opened; ``preamble``: the cells above the header. See ``Table``.

    ``holds_workbook``: whether it holds the workbook that the result is to be marked in.
    """

    path: Path
    header: tuple[str, ...]
    dialect: Dialect
    findings: tuple[Finding, ...]
    row_count_hint: int | None
    preamble: tuple[tuple[str, ...], ...]
    _letters: tuple[str, ...]
    holds_workbook: bool = False

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time."""
        with pa.OSFile(str(self.path)) as file:
            reader = ipc.open_file(file)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                for start in range(0, batch.num_rows, size):
                    yield chunk_of(batch.slice(start, size))

    def column_letter(self, position: int) -> str:
        """The letter that the column had."""
        return self._letters[position] if position < len(self._letters) else letters(position)

    def close(self) -> None:
        """Let the workbook go, if anybody asked for it; nothing else is held open between passes."""
        if "_unpacked" in vars(self):
            self._unpacked.close()

    def workbook(self) -> Path:
        """The workbook that it holds, as a file that is there until the table is closed. Raises OSError."""
        return Path(self._unpacked.name)

    def corrected(self) -> Iterator[tuple[int, int, str]]:
        """Row, position and text of each cell that a person corrected."""
        for chunk in self.chunks():
            told = chunk.issues
            marked = told[told["field"].str.fullmatch(r"#\d+") & told["code"].isin(CORRECTION_CODES)]
            for row, field in zip(marked["row"].tolist(), marked["field"].tolist(), strict=True):
                position = int(field.removeprefix("#"))
                yield row, position, str(chunk.cells.loc[row, position])

    @cached_property
    def _unpacked(self) -> IO[bytes]:
        made = NamedTemporaryFile(prefix="importer-", suffix=".xlsx")  # noqa: SIM115 (``close`` closes it)
        with pa.OSFile(str(self.path)) as file:
            made.write(ipc.open_file(file).schema.metadata[_WORKBOOK])
        made.flush()
        return made


def workbook_of(table: Table) -> Path:
    """The workbook that outcomes may be marked in: the input, or the one that a corrected copy of it holds.

    Raises:
        OSError: It cannot be unpacked.
    """
    return table.workbook() if isinstance(table, CorrectedCopy) and table.holds_workbook else table.path


def _open(content: FileContent, _options: ReadOptions, _score: HeaderScore) -> CorrectedCopy:
    """Looks at all of it once: what is read later cannot be damaged then. Raises RefusedFile."""
    path = content.path
    try:
        with pa.OSFile(str(path)) as file:
            reader = ipc.open_file(file)
            told: dict[str, Any] = json.loads(reader.schema.metadata[_KEY])
            if [field.type for field in reader.schema] != kinds_of(len(told["header"])):
                raise ValueError(path.suffix)  # noqa: TRY301 (told as one kind of damage below)
            for number in range(reader.num_record_batches):
                reader.get_batch(number).validate(full=True)
        return CorrectedCopy(
            path,
            tuple(told["header"]),
            replace(Dialect("csv"), **told["dialect"]),
            tuple(Finding(**finding) for finding in told["findings"]),
            told["rows"],
            tuple(tuple(cells) for cells in told["preamble"]),
            tuple(told["letters"]),
            holds_workbook=_WORKBOOK in reader.schema.metadata,
        )
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError) as exc:
        raise RefusedFile("{name} is no corrected copy of an input, or a damaged one", name=path.name) from exc


FORMAT: Final = InputFormat(
    "corrected", lambda content: content.head.startswith(_MAGIC) and content.path.suffix == ENDING, _open
)
