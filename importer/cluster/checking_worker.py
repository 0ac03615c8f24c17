"""What workers do with a part of a file. Done twice, every function gives the same, and changes nothing of the first.

Nothing stays with a worker: what is wanted later lies in the storage, beside the part, so that a worker's memory has no
part in the length of a file, and its death loses nothing.
"""

import pickle
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from importer.cleaning import Decisions
from importer.mapping import ColumnMapping, SecondHeaders
from importer.planning.plan import FileDuplicates, spellings_in
from importer.reading.table import Dialect
from importer.reading.table_parts import PartTable, TablePart
from importer.reading.text.row_reader import ReadRows
from importer.storage import Storage, Stored
from importer.validation.duplicate_exchange import DuplicateExchange, Share
from importer.validation.duplicate_exchange import compared as duplicates_in
from importer.validation.duplicate_policy import Duplicates
from importer.validation.duplicates import DuplicateIndex
from importer.validation.file_stats import FileStats
from importer.validation.stream import Checked, MappedInput, checked_chunks


@dataclass(frozen=True, repr=False)
class WholeFile:
    """What the parts of a file have in common.

    Attributes:
        storage: Where they lie.
        path: Of the file, for messages; no worker opens it.
        told: What a person decided, as against ``decisions``, which hold for all cells.
        exchange: How duplicates are found among the parts.
    """

    storage: str
    path: Path
    dialect: Dialect
    header: tuple[str, ...]
    mapping: ColumnMapping
    told: Decisions
    decisions: Decisions
    exchange: DuplicateExchange


@dataclass(frozen=True, repr=False)
class FilePart:
    """A part: where it stands in the file, where it lies, and the header above that misplaces its columns (0: none)."""

    part: TablePart
    stored: Stored
    moved: int = 0


@dataclass(frozen=True, repr=False)
class PartShown:
    """What the client has to know of a part: counts, the rows that are refused, and how the part ends.

    ``index``: where its ``DuplicateIndex`` lies; ``shares``: those of its phones and e-mails, in the order of who
    compares.
    """

    look: FileStats
    refused: pd.Index
    moved: int
    read: ReadRows
    blank: int
    index: Stored
    shares: list[Stored]


def look_through(file: WholeFile, part: FilePart) -> PartShown:
    """Read, map, clean and validate a part."""
    table, mapped = _opened(file, part)
    look, index = FileStats.at(file.mapping, file.told), DuplicateIndex(email_key=file.exchange.email_key)
    headers = SecondHeaders(file.mapping, part.moved)
    for checked in checked_chunks(mapped, seen=look.evidence.add, notes=False, headers=headers):
        look.add(checked)
        index.add(checked.held(), checked.refused)
    storage, shares = Storage(file.storage), file.exchange.divided(index.values())
    # Another name each time: whoever does it once more must not write into what somebody reads.
    name = f"{part.stored.name}-index-{secrets.token_hex(4)}"
    stored = storage.write(name, _bytes_of(index))
    exchanged = storage.write_pieces(f"{name}-shares", [_bytes_of(share) for share in shares])
    return PartShown(look, index.refused(), headers.moved, table.read, table.blank, stored, exchanged)


def compared(storage: str, shares: Sequence[Stored]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What stands in several rows among one share of the phones and e-mails of all parts: of each (row, value)."""
    place = Storage(storage)
    return duplicates_in(_object(place, one) for one in shares)


def to_send(storage: str, index: Stored, duplicates: Duplicates) -> list[list[str]]:
    """The phones of a part that could be sent; ``duplicates`` are the part's, as the whole file tells."""
    whole: DuplicateIndex = _object(Storage(storage), index)
    return list(whole.to_send(duplicates))


def spellings(file: WholeFile, part: FilePart, rows: Any) -> dict[int, str]:
    """Row → its phone as written, for some rows of a part."""
    return spellings_in(_opened(file, part)[1], rows)


def judged(file: WholeFile, part: FilePart, duplicates: FileDuplicates) -> list[tuple[Checked, pd.DataFrame]]:
    """The chunks of a part with all that is to be said of their rows."""
    headers = SecondHeaders(file.mapping, part.moved)
    mapped = _opened(file, part)[1]
    return [(checked, duplicates.added_to(checked)) for checked in checked_chunks(mapped, headers=headers)]


def _opened(file: WholeFile, part: FilePart) -> tuple[PartTable, MappedInput]:
    content = Storage(file.storage).read(part.stored)
    table = PartTable(part.part, content, file.path, file.dialect, file.header)
    return table, MappedInput(table, file.mapping, file.decisions)


def _bytes_of(what: DuplicateIndex | Share) -> bytes:
    return pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)


def _object(storage: Storage, stored: Stored) -> Any:
    content = storage.read(stored)
    return pickle.loads(content)  # noqa: S301 (a worker wrote it, whose answer told its SHA-256)
