"""What workers do with a part of a file. Every function is pure: done twice, it gives the same and changes nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from importer.cleaning import Decisions
from importer.mapping import HeaderRepeats, Mapping
from importer.planning.plan import FileRepeats, spellings_in
from importer.reading.table import Dialect
from importer.reading.table_parts import PartTable, TablePart
from importer.reading.text.row_reader import ReadRows
from importer.storage import Storage, Stored
from importer.validation.duplicates import RepeatIndex, Shares
from importer.validation.duplicates import compared as repeated_among
from importer.validation.look import Look
from importer.validation.repeated_rows import Repeats
from importer.validation.stream import Checked, Source, checked_chunks


@dataclass(frozen=True, repr=False)
class WholeFile:
    """What the parts of a file have in common.

    Attributes:
        storage: Where they lie.
        path: Of the file, for messages; no worker opens it.
        told: What a person decided, as against ``decisions``, which hold for all cells.
        email_key: What e-mails are hashed with.
    """

    storage: str
    path: Path
    dialect: Dialect
    header: tuple[str, ...]
    mapping: Mapping
    told: Decisions
    decisions: Decisions
    email_key: str


@dataclass(frozen=True, repr=False)
class FilePart:
    """A part: where it stands in the file, where it lies, and the header above that misplaces its columns (0: none)."""

    part: TablePart
    stored: Stored
    moved: int = 0


@dataclass(frozen=True, repr=False)
class PartLook:
    """What a look through a part showed; it stays with the worker."""

    look: Look
    index: RepeatIndex
    moved: int
    read: ReadRows
    blank: int


@dataclass(frozen=True, repr=False)
class PartShown:
    """What the client has to know of it: counts, the rows that are refused, and how the part ends."""

    look: Look
    refused: pd.Index
    moved: int
    read: ReadRows
    blank: int


def look_through(file: WholeFile, part: FilePart) -> PartLook:
    """Read, map, clean and validate a part."""
    table, source = _opened(file, part)
    look, index = Look.at(file.mapping, file.told), RepeatIndex(email_key=file.email_key)
    headers = HeaderRepeats(file.mapping, part.moved)
    for checked in checked_chunks(source, seen=look.evidence.add, notes=False, headers=headers):
        look.add(checked)
        index.add(checked.held(), checked.refused)
    return PartLook(look, index, headers.moved, table.read, table.blank)


def shown(found: PartLook) -> PartShown:
    """What the client gets of a look."""
    return PartShown(found.look, found.index.refused(), found.moved, found.read, found.blank)


def shared(phone_key: int, count: int, found: PartLook) -> list[Shares]:
    """A part's phones and e-mails, hashed, as shares for so many recipients."""
    return found.index.shares(phone_key, count)


def one_of(at: int, shares: list[Shares]) -> Shares:
    """One recipient's."""
    return shares[at]


def compared(*shares: Shares) -> tuple[pd.DataFrame, ...]:
    """What stands in several rows among one recipient's shares of all parts: phones and e-mails (row, value)."""
    return repeated_among(shares)


def to_send(duplicates: Repeats, found: PartLook) -> list[list[str]]:
    """The phones of a part that could be sent; ``duplicates`` are the part's, as the whole file tells."""
    return list(found.index.to_send(duplicates))


def spellings(file: WholeFile, part: FilePart, rows: Any) -> dict[int, str]:
    """Row → its phone as written, for some rows of a part."""
    return spellings_in(_opened(file, part)[1], rows)


def judged(file: WholeFile, part: FilePart, repeats: FileRepeats) -> list[tuple[Checked, pd.DataFrame]]:
    """The chunks of a part with all that is to be said of their rows."""
    headers = HeaderRepeats(file.mapping, part.moved)
    source = _opened(file, part)[1]
    return [(checked, repeats.added_to(checked)) for checked in checked_chunks(source, headers=headers)]


def _opened(file: WholeFile, part: FilePart) -> tuple[PartTable, Source]:
    content = Storage(file.storage).read(part.stored)
    table = PartTable(part.part, content, file.path, file.dialect, file.header)
    return table, Source(table, file.mapping, file.decisions)
