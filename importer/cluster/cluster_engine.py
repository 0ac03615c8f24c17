"""Checking a file on a cluster: its parts are stored, looked through by workers, and what they find put together here.

The whole file decides what holds for it (mapping, encoding, order of dates), once. A part depends on the rows above it
in two ways, both rare: a second header may have moved its columns, and rows of another width may have become too many.
A part of which that turns out is looked through again. All else adds up.
"""

import secrets
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from importer.cleaning import Decisions
from importer.cluster.checking_worker import FilePart, PartShown, WholeFile
from importer.cluster.connection import Cluster
from importer.errors import RefusedFile
from importer.planning.plan import FileDuplicates
from importer.progress import Watch
from importer.reading.limits import MAX_UNEVEN_ROWS
from importer.reading.table_parts import parts_of, tell_blank_rows
from importer.storage import Storage, Stored
from importer.validation.check_engine import Looked
from importer.validation.duplicate_exchange import DuplicateExchange
from importer.validation.duplicate_policy import DuplicateRows, Duplicates
from importer.validation.duplicates import DuplicateIndex
from importer.validation.file_stats import FileStats
from importer.validation.stream import Checked, MappedInput
from importer.validation.survey import Survey

_SHARE: Final = 64 * 2**20
"""Bytes of a file whose phones are compared at once: of rows of 90 bytes some 700,000, which take 60 MB. It is known
before the first row is read; a workbook, whose rows take fewer bytes, has a million of them at most."""


@dataclass(frozen=True)
class _Place:
    """A part that was looked through: its outermost row numbers (0: it has none), and where its phones lie.

    ``index``: whole; ``shares``: in the shares of those who compare them.
    """

    part: FilePart
    first: int
    last: int
    index: Stored
    shares: list[Stored]


class ClusterEngine:
    """See ``validation.check_engine.CheckEngine``.

    The parts, of about ``rows`` rows each, lie in a folder of the storage and stay until that is removed.
    """

    def __init__(self, cluster: Cluster, storage: Storage, folder: str, rows: int) -> None:
        self._cluster, self._storage, self._folder, self._rows = cluster, storage, folder, rows
        self._exchange = DuplicateExchange(secrets.randbits(64) | 1 << 63, secrets.token_hex(8), shares=1)
        self._parts: list[FilePart] = []
        self._places: list[_Place] = []

    def look(self, mapped: MappedInput, told: Decisions, duplicates: str, watch: Watch) -> Looked:
        """Look through the file; its parts are made and stored with the first look."""
        size = mapped.table.path.stat().st_size
        self._exchange = replace(self._exchange, shares=max(self._cluster.threads, -(-size // _SHARE)))
        file, look = self._file(mapped, told), FileStats.at(mapped.mapping, told)
        parts = list(self._parts) or self._stored(mapped)
        self._parts, self._places = [], []
        refused: list[pd.Index] = [pd.Index([], dtype="int64")]
        blank = uneven = moved = 0
        for part, found in self._looks(file, parts):
            own = found.read.uneven
            if moved != part.moved or (own and uneven + own > MAX_UNEVEN_ROWS):
                above = replace(part.part.above, uneven=uneven)
                part = replace(part, part=replace(part.part, above=above), moved=moved)  # noqa: PLW2901 (the same one)
                found = self._cluster.answer(self._cluster.ask("look_through", file, part))  # noqa: PLW2901 (of the same part)
                own = found.read.uneven - uneven
            look.go_on_with(found.look)
            refused.append(found.refused)
            blank, uneven, moved = blank + found.blank, uneven + own, found.moved
            self._parts.append(replace(part, part=replace(part.part, above=replace(part.part.above, uneven=0))))
            rows = found.look.first_row, found.look.last_row
            self._places.append(_Place(self._parts[-1], *rows, found.index, found.shares))
            watch.advanced(found.look.rows)
        tell_blank_rows(mapped.table, blank)
        refused_rows = pd.Index(np.concatenate(refused))
        phones, emails = self._exchanged()
        duplicate_rows = DuplicateRows(duplicates, phones, emails, refused_rows)
        return Looked(
            look, duplicate_rows, _PhonesToSend(self._cluster, self._storage.url, self._places, duplicate_rows.phones)
        )

    def judged(self, found: Survey) -> Iterator[tuple[Checked, pd.DataFrame]]:
        """Every chunk with all that is to be said of its rows, in the order of the file."""
        file = self._file(found.mapped, found.mapped.decisions)
        duplicates = FileDuplicates.of(found)
        named = duplicates.named()
        places = [place for place in self._places if place.first]
        wanted = {place.first: _between(named, place) for place in places}
        spellings: dict[int, str] = {}
        some = ((file, place.part, wanted[place.first]) for place in places if len(wanted[place.first]))
        for part in self._cluster.answers("spellings", some):
            spellings |= part
        duplicates = replace(duplicates, spellings=spellings)
        parts = ((file, place.part, duplicates.between(place.first, place.last)) for place in places)
        for chunks in self._cluster.answers("judged", parts):
            yield from chunks

    def _file(self, mapped: MappedInput, told: Decisions) -> WholeFile:
        table = mapped.table
        return WholeFile(
            self._storage.url,
            table.path,
            table.dialect,
            table.header,
            mapped.mapping,
            told,
            mapped.decisions,
            self._exchange,
        )

    def _stored(self, mapped: MappedInput) -> Iterator[FilePart]:
        for part, content in parts_of(mapped.table, self._rows):
            yield FilePart(part, self._storage.write(f"{self._folder}/part-{part.number:06}", content))

    def _looks(self, file: WholeFile, parts: Iterable[FilePart]) -> Iterator[tuple[FilePart, PartShown]]:
        """Every part, and what the look through it showed; while they are looked through, others are stored."""
        asked: deque[tuple[FilePart, Any]] = deque()
        error = None
        try:
            for part in parts:
                asked.append((part, self._cluster.ask("look_through", file, part)))
                while asked and asked[0][1].done():
                    yield self._shown(*asked.popleft())
        except RefusedFile as exc:
            error = exc  # what is wrong with rows above comes first, as it does when a file is read on one machine
        while asked:
            yield self._shown(*asked.popleft())
        if error is not None:
            raise error

    def _shown(self, part: FilePart, future: Any) -> tuple[FilePart, PartShown]:
        return part, self._cluster.answer(future)

    def _exchanged(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Rows that share a phone, and those that share an e-mail (row, value): each call compares one share."""
        if not self._places:
            nobody = DuplicateIndex().duplicate_rows()
            return nobody.phones_found, nobody.emails_found
        each = zip(*(place.shares for place in self._places), strict=True)
        compared = self._cluster.answers("compared", ((self._storage.url, one) for one in each))
        phones, emails = zip(*compared, strict=True)
        return _by_row(phones), _by_row(emails)


def _by_row(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(found, ignore_index=True).sort_values("row", ignore_index=True)


def _between(rows: Any, place: _Place) -> Any:
    start, stop = np.searchsorted(rows, [place.first, place.last + 1])
    return rows[start:stop]


@dataclass(frozen=True)
class _PhonesToSend:
    """The phones of the rows that could be sent: asked of the workers, whenever they are wanted."""

    cluster: Cluster
    storage: str
    places: list[_Place]
    duplicates: Duplicates

    def __iter__(self) -> Iterator[list[str]]:
        calls = ((self.storage, place.index, self.duplicates.between(place.first, place.last)) for place in self.places)
        for lists in self.cluster.answers("to_send", calls):
            yield from lists
