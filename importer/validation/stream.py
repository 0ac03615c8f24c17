"""Reading, mapping, cleaning and validating as one stream of checked chunks: what every pass over a file shares."""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning import (
    Cleaned,
    Decisions,
    are_phones,
    clean,
    put_before,
    still_ambiguous,
    still_lost,
    turned_dates,
)
from importer.columns.arrow_text import frame_of, from_arrow, to_arrow
from importer.columns.read_ahead import ahead
from importer.mapping import ColumnMapping, SecondHeaders, select
from importer.model import Severity
from importer.reading.table import Chunk, Table
from importer.validation.check import check
from importer.validation.duplicate_policy import DUPLICATE_CODE
from importer.validation.example_row_check import example_rows
from importer.validation.optional_fields import without_wrong_cells
from schemas.patterns import PHONE

if TYPE_CHECKING:
    from importer.validation.check_engine import CheckEngine  # which gives what is checked here

CHUNK_ROWS = 98_304
"""Four are in memory at once. Each costs 0.1 s whatever its size, mostly pandera's; twice as many rows cost 60 MB."""


@dataclass(frozen=True)
class MappedInput:
    """An opened file with everything decided about it: how it is read, mapped and cleaned.

    Attributes:
        table: The cells.
        mapping: Which columns serve which field.
        decisions: How cells are read.
        returned: Of a file that was refused before: finds what is wrong with the rows of a chunk because of what they
            were then (ISSUE_COLUMNS, all errors).
        engine: Who checks all of its rows, where that is not this machine.
    """

    table: Table
    mapping: ColumnMapping
    decisions: Decisions
    returned: "Callable[[Checked], pd.DataFrame] | None" = None
    engine: "CheckEngine | None" = None

    def raw_fields(self, chunk: Chunk) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The FIELDS as the chunk has them, and what is known to be wrong with them before they are cleaned."""
        own = self.with_dial_codes(chunk)
        raw, issues = select(own, self.mapping, usable=lambda phones: are_phones(phones, self.decisions))
        earlier = {name: chunk.cells[position] for name, position in self.mapping.result_columns.items()}
        turned = self.decisions.turned or self.decisions.turned_dots
        again = [turned_dates(raw, issues, earlier, self.decisions)] if earlier or turned else []
        if "import_error_code" in earlier:
            again.append(still_ambiguous(raw, earlier["import_error_code"], self.decisions))
        if "import_error" in earlier:
            again.append(still_lost(raw, earlier["import_error"]))
        return raw, pd.concat([issues, *again], ignore_index=True) if again else issues

    def with_dial_codes(self, chunk: Chunk) -> Chunk:
        """The chunk with the country codes of their columns before the phones that need one: so they are selected."""
        if not self.mapping.dial_codes:
            return chunk
        cells = chunk.cells.copy(deep=False)
        for phone, codes in self.mapping.dial_codes.items():
            name = self.mapping.header.shown(codes) or self.mapping.header.letters[codes]
            texts = put_before(
                to_arrow(cells[phone]),
                to_arrow(cells[codes]),
                name,
                self.decisions,
                of_another=self.mapping.code_of_another(phone),
            )
            cells[phone] = from_arrow(texts, cells.index)
        return replace(chunk, cells=cells)

    def fields_to_send(self, chunk: Chunk, rows: Collection[int]) -> pd.DataFrame:
        """The FIELDS of some rows of a chunk that were planned to be sent, as they are sent."""
        if self.decisions.drop_optional:
            fields = self.checked(chunk).fields
            return fields[fields.index.isin(rows)]
        raw, _ = self.raw_fields(chunk)
        return clean(raw[raw.index.isin(rows)], self.decisions, notes=False).fields

    def checked(self, chunk: Chunk) -> "Checked":
        """One chunk by itself, without the cleaner's notes."""
        raw, reading_issues = self.raw_fields(chunk)
        selected = _Selected(chunk, raw, reading_issues, example_rows(raw))
        return _judged(selected, clean(raw, self.decisions, notes=False), self)


@dataclass(frozen=True)
class Checked:
    """A chunk with what was found in it. All frames share the chunk's index (row numbers) except ``issues``.

    Attributes:
        chunk: The cells as read.
        raw: The FIELDS as written in the file (str, "" blank).
        fields: The FIELDS as they would be sent (str, "" left out).
        issues: ISSUE_COLUMNS; every error, warning and note of these rows.
    """

    chunk: Chunk
    raw: pd.DataFrame
    fields: pd.DataFrame
    issues: pd.DataFrame

    @cached_property
    def refused(self) -> pd.Index:
        """Row numbers with at least one error, ascending."""
        return self._rows_where(self._errors)

    @cached_property
    def invalid(self) -> pd.Index:
        """Row numbers with an error that says more than that the phone is another row's, ascending."""
        return self._rows_where(self._errors & ~np.asarray(pc.equal(to_arrow(self.issues["code"]), DUPLICATE_CODE)))

    def held(self) -> pd.DataFrame:
        """Phone and e-mail of every row, as they would be sent; the phone "" where none can be read.

        Of a row that is broken as a whole the cells were not judged one by one: what has the form of a phone is one.
        """
        fields = self.fields[["phone", "email"]]
        if not len(self.invalid):
            return fields
        wrong = self._rows_where(self._errors & np.asarray(pc.equal(to_arrow(self.issues["field"]), "phone")))
        at = self._positions(self.invalid)
        unreadable = np.zeros(len(fields), dtype=bool)
        unreadable[at] = ~fields["phone"].iloc[at].str.fullmatch(PHONE).to_numpy() | self.invalid.isin(wrong)
        return fields.assign(phone=fields["phone"].mask(unreadable, ""))

    @cached_property
    def _errors(self) -> Any:
        return np.asarray(pc.equal(to_arrow(self.issues["severity"]), Severity.ERROR))

    def _rows_where(self, mask: Any) -> pd.Index:
        found = np.zeros(len(self.fields), dtype=bool)
        found[self._positions(self.issues["row"].to_numpy()[mask])] = True
        rows: pd.Index = self.fields.index[found]
        return rows

    def _positions(self, rows: Any) -> Any:
        return np.searchsorted(self.fields.index.to_numpy(), rows)

    def sound(self, *columns: str) -> pd.DataFrame:
        """Some columns of ``fields``, of the rows without an error; every error is one of these rows."""
        rows = self.fields.index
        kept = np.ones(len(rows), dtype=bool)
        kept[self._positions(self.refused)] = False
        texts = {name: to_arrow(self.fields[name]).filter(pa.array(kept)) for name in columns}
        return frame_of(texts, rows[kept])


def checked_chunks(
    mapped: MappedInput,
    *,
    size: int = CHUNK_ROWS,
    seen: Callable[[pd.DataFrame, pd.DataFrame], None] | None = None,
    notes: bool = True,
    headers: SecondHeaders | None = None,
) -> Generator[Checked]:
    """Every row of the file, checked; reading and cleaning run ahead, each in a thread of its own.

    ``seen`` gets what ``raw_fields`` gives of each chunk, in the thread that reads, which has the least to do;
    the one that runs the schema has the most. Without ``notes``, the cleaner's notes are left out of the issues.
    ``headers`` knows of those above, where the input is a part of a file.
    """
    headers = headers or SecondHeaders(mapped.mapping)
    with (
        closing(ahead(_selected(mapped, size, headers, seen))) as chunks,
        closing(ahead(_cleaned(chunks, mapped, notes=notes))) as stream,
    ):
        for selected, cleaned in stream:
            yield _judged(selected, cleaned, mapped)


@dataclass(frozen=True)
class _Selected:
    """A chunk's fields before they are cleaned, and what is known to be wrong with them.

    Attributes:
        chunk, raw: As in ``Checked``.
        issues: ISSUE_COLUMNS: of the reader, the mapping and further headers.
        examples: ISSUE_COLUMNS: rows that have anything of the template's example.
    """

    chunk: Chunk
    raw: pd.DataFrame
    issues: pd.DataFrame
    examples: pd.DataFrame


def _selected(
    mapped: MappedInput, size: int, headers: SecondHeaders, seen: Callable[[pd.DataFrame, pd.DataFrame], None] | None
) -> Iterator[_Selected]:
    for chunk in mapped.table.chunks(size):
        raw, issues = mapped.raw_fields(chunk)
        if len(found := headers.issues(chunk)):
            issues = pd.concat([issues[~issues["row"].isin(found["row"])], found])
        if seen is not None:
            seen(raw, issues)
        yield _Selected(chunk, raw, issues, example_rows(raw))


def _cleaned(chunks: Iterator[_Selected], mapped: MappedInput, *, notes: bool) -> Iterator[tuple[_Selected, Cleaned]]:
    for selected in chunks:
        yield selected, clean(selected.raw, mapped.decisions, notes=notes)


def _judged(selected: _Selected, cleaned: Cleaned, mapped: MappedInput) -> Checked:
    issues, examples = check(cleaned, selected.issues), selected.examples
    if len(examples):
        issues = pd.concat([issues[~issues["row"].isin(examples["row"])], examples], ignore_index=True)
    checked = Checked(selected.chunk, selected.raw, cleaned.fields, issues)
    if mapped.returned is not None and len(checked.raw):
        again = mapped.returned(checked)
        checked = replace(checked, issues=pd.concat([issues, again], ignore_index=True)) if len(again) else checked
    if mapped.decisions.drop_optional:
        fields, issues = without_wrong_cells(checked.fields, checked.issues)
        checked = replace(checked, fields=fields, issues=issues)
    return checked
