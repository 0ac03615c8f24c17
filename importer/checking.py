"""Reading, mapping, cleaning and validating as one stream of checked chunks: what every pass over a file shares."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from importer.ahead import ahead
from importer.cleaning import Cleaned, Decisions, clean
from importer.mapping import Mapping, select
from importer.memory import give_back_at_once
from importer.model import Severity
from importer.reading import Chunk, Table
from importer.validation import check
from schemas.template import example_rows

CHUNK_ROWS = 32_768
"""Four chunks are in memory at once; twice the rows save 10 ms a chunk and cost 90 MB."""


@dataclass(frozen=True)
class Source:
    """An opened file with everything decided about it: how it is read, mapped and cleaned."""

    table: Table
    mapping: Mapping
    decisions: Decisions


@dataclass(frozen=True)
class Checked:
    """A chunk with its verdicts. All frames share the chunk's index (row numbers) except ``issues``.

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
        errors = self.issues.loc[self.issues["severity"] == Severity.ERROR, "row"]
        faulty: pd.Index = pd.Index(errors.unique()).sort_values()
        return faulty

    @cached_property
    def sound(self) -> pd.DataFrame:
        """``fields`` of the rows without an error."""
        faulty = self.faulty
        return self.fields if faulty.empty else self.fields[~self.fields.index.isin(faulty)]


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
    give_back_at_once()
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
    for chunk in chunks:
        raw, reading_issues = select(chunk, source.mapping)
        yield chunk, raw, reading_issues, clean(raw, source.decisions, notes=notes)
