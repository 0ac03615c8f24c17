"""Reading, mapping, cleaning and validating as one stream of checked chunks: what every pass over a file shares."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning import Cleaned, Decisions, clean
from importer.columns.ahead import ahead
from importer.columns.arrow_text import frame_of, to_arrow
from importer.mapping import HeaderRepeats, Mapping, select
from importer.model import Severity
from importer.reading.table import Chunk, Table
from importer.validation.check import check
from importer.validation.example_row import example_rows

CHUNK_ROWS = 49_152
"""Four chunks are in memory at once. Each one costs 10 ms whatever its size; half as many rows more cost 25 MB."""


@dataclass(frozen=True)
class Source:
    """An opened file with everything decided about it: how it is read, mapped and cleaned."""

    table: Table
    mapping: Mapping
    decisions: Decisions


@dataclass(frozen=True)
class Checked:
    """A chunk with what was found in it. All frames share the chunk's index (row numbers) except ``issues``.

    Attributes:
        chunk: The cells as read.
        raw: The nine FIELDS as written in the file (str, "" blank).
        fields: The nine FIELDS as they would be sent (str, "" left out).
        issues: ISSUE_COLUMNS; every error, warning and note of these rows.
    """

    chunk: Chunk
    raw: pd.DataFrame
    fields: pd.DataFrame
    issues: pd.DataFrame

    @cached_property
    def faulty(self) -> pd.Index:
        """Row numbers with at least one error, ascending."""
        errors = np.asarray(pc.equal(to_arrow(self.issues["severity"]), Severity.ERROR))
        faulty: pd.Index = pd.Index(np.unique(self.issues["row"].to_numpy()[errors]))
        return faulty

    def sound(self, *columns: str) -> pd.DataFrame:
        """Some columns of ``fields``, of the rows without an error; every error is one of these rows."""
        rows = self.fields.index
        kept = np.ones(len(rows), dtype=bool)
        kept[np.searchsorted(rows.to_numpy(), self.faulty.to_numpy())] = False
        texts = {name: to_arrow(self.fields[name]).filter(pa.array(kept)) for name in columns}
        return frame_of(texts, rows[kept])


def checked_chunks(
    source: Source,
    *,
    size: int = CHUNK_ROWS,
    seen: Callable[[pd.DataFrame], None] | None = None,
    notes: bool = True,
) -> Iterator[Checked]:
    """Every row of the file, checked; reading and cleaning run ahead, each in a thread of its own.

    ``seen`` gets the raw fields of each chunk. Without ``notes``, the cleaner's notes are left out of the issues.
    """
    with (
        closing(ahead(source.table.chunks(size))) as chunks,
        closing(ahead(_cleaned(chunks, source, notes=notes))) as stream,
    ):
        for chunk, raw, reading_issues, cleaned in stream:
            if seen is not None:
                seen(raw)
            issues = check(cleaned, reading_issues)
            examples = example_rows(raw)
            if len(examples):
                issues = pd.concat([issues[~issues["row"].isin(examples["row"])], examples], ignore_index=True)
            yield Checked(chunk, raw, cleaned.fields, issues)


def _cleaned(
    chunks: Iterator[Chunk], source: Source, *, notes: bool
) -> Iterator[tuple[Chunk, pd.DataFrame, pd.DataFrame, Cleaned]]:
    repeats = HeaderRepeats(source.mapping)
    for chunk in chunks:
        raw, reading_issues = select(chunk, source.mapping)
        if len(found := repeats.issues(chunk)):
            reading_issues = pd.concat([reading_issues[~reading_issues["row"].isin(found["row"])], found])
        yield chunk, raw, reading_issues, clean(raw, source.decisions, notes=notes)
