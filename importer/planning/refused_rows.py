"""What the journal keeps of the rows that a person is asked to mend: made when they are refused."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Final

import orjson
import pandas as pd

from importer.mapping import ColumnMapping, select
from importer.model import IMPORT_ROW, PHONE_CHANGED, TO_BE_FIXED, Severity, Status
from importer.reading.table import Chunk
from importer.settings import Settings
from importer.validation.duplicate_policy import HOLDER_CODE
from importer.validation.stream import Checked, MappedInput
from importer.versions import version_of
from schemas.fields import FIELDS

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library
    from importer.journal.ledger.refused_fingerprints import CellPrint, RefusedRow, RefusedRows

MOST_REMEMBERED: Final = 100_000
"""Refused rows that a run leaves in the journal, some 250 bytes each: nobody mends more by hand."""


@dataclass(frozen=True)
class RowPrints:
    """Makes the prints of rows: of those that are refused, and of those that come back; the journal has the key."""

    rows: "RefusedRows"
    settings: Settings
    _readings: dict[str, bytes] = dataclass_field(default_factory=dict, init=False, compare=False)

    def reading_of(self, field: str) -> bytes:
        """What a cell's meaning depends on besides its text, hashed: the same text that was wrong is wrong again."""
        if field not in self._readings:  # the same for all rows
            settings = self.settings
            order = settings.date_order if field == "date_of_birth" else settings.region
            how: list[object] = [field, order, list(settings.map), settings.full_name, version_of()]
            how += [settings.values[field]] if field in settings.values else []  # noqa: PD011 (no frame: value tables)
            self._readings[field] = self.rows.short_hash_of("reading", json.dumps(how))
        return self._readings[field]

    def written(self, field: str, text: str) -> bytes:
        """The hash of a cell as it is written."""
        return self.rows.short_hash_of(f"written {field}", text)

    def meaning(self, field: str, value: str) -> bytes:
        """The hash of what a cell would be sent as."""
        return self.rows.short_hash_of(f"meaning {field}", value)

    def cell(self, field: str, raw: str, value: str, *, wrong: bool) -> "CellPrint":
        """The print of a filled cell: of one that was right, with what would be sent."""
        from importer.journal.ledger.refused_fingerprints import CellPrint  # noqa: PLC0415 (where there is a journal, it is loaded)

        meaning = self.reading_of(field) if wrong else self.meaning(field, value)
        return CellPrint(self.written(field, raw), len(raw), meaning)

    def fingerprint(self, cells: Iterable[str]) -> bytes:
        """The hash of a whole row."""
        return self.rows.hash_of("row", "\x1f".join(cell.strip() for cell in cells))


class RefusedRecorder:
    """Records the refused rows of one run, up to MOST_REMEMBERED."""

    def __init__(self, journal: "Journal", run: "Run", mapping: ColumnMapping, settings: Settings) -> None:
        self._rows, self._run = journal.refused, journal.number_of(run.id)
        self._mapping, self._prints = mapping, RowPrints(journal.refused, settings)
        self._left = MOST_REMEMBERED

    def planned(self, checked: Checked, plan: pd.DataFrame, others: Mapping[int, int]) -> None:
        """Record the rows of a chunk that are refused before anything is sent.

        ``plan``: its plan frame (PLAN_COLUMNS); ``others``: duplicates → the row that holds their phone.
        """
        told = checked.issues.loc[checked.issues["severity"] == Severity.WARNING, ["row", "field"]]
        warned: dict[int, dict[str, str]] = {}
        for row, field in told.itertuples(index=False, name=None):
            warned.setdefault(row, {})[field] = ""
        self._record(checked.chunk, checked.raw, checked.fields, plan, warned, others)

    def answered(self, chunk: Chunk, raw: pd.DataFrame, fields: pd.DataFrame, outcomes: pd.DataFrame) -> None:
        """Record rows of a chunk that were refused since; ``outcomes``: status and errors, index row."""
        self._record(chunk, raw, fields, outcomes, {}, {})

    def _record(
        self,
        chunk: Chunk,
        raw: pd.DataFrame,
        fields: pd.DataFrame,
        outcomes: pd.DataFrame,
        warned: Mapping[int, Mapping[str, str]],
        others: Mapping[int, int],
    ) -> None:
        refused = outcomes.index[outcomes["status"].isin(TO_BE_FIXED)][: self._left]
        if not len(refused):
            return
        self._left -= len(refused)
        errors = outcomes.loc[refused, "errors"].to_dict()
        made = []
        for row, written, value, cells, number in row_values(chunk, self._mapping, raw, fields, refused):
            wrong = {**warned.get(row, {}), **_wrong(errors[row])}
            made.append(self._refused(number or row, written, value, cells, wrong, others.get(row, 0)))
        self._rows.remember(self._run, made)

    def _refused(
        self,
        number: int,
        written: Mapping[str, str],
        value: Mapping[str, str],
        cells: Iterable[str],
        wrong: Mapping[str, str],
        other: int,
    ) -> "RefusedRow":
        from importer.journal.ledger.refused_fingerprints import RefusedRow  # noqa: PLC0415 (as above)

        prints = self._prints
        kept = {
            field: prints.cell(field, text, value[field], wrong=bool(wrong.get(field)))
            for field, text in written.items()
            if text
        }
        phone = prints.rows.phone_hash_of(value["phone"]) if value["phone"] else None
        return RefusedRow(number, prints.fingerprint(cells), phone, wrong, other, kept)


def remember_refused(journal: "Journal", run: "Run", mapped: MappedInput, settings: Settings) -> None:
    """Record the rows that were refused after they were planned; reads the input again only where there may be any.

    The API refused them, or their users have other phones by now (``refuse_outdated``).
    """
    from importer.journal.runs import NEW_PHONES  # noqa: PLC0415 (as above)

    counts = journal.counts(run.id)
    if not counts.get(Status.REJECTED) and not (NEW_PHONES in run.settings and counts.get(Status.INVALID)):
        return
    recorder = RefusedRecorder(journal, run, mapped.mapping, settings)
    for chunk in mapped.table.chunks():
        index = chunk.cells.index
        outcomes = journal.outcomes(run.id, int(index[0]), int(index[-1])) if len(index) else pd.DataFrame()
        late = outcomes[_decided_late(outcomes)] if len(index) else outcomes
        if len(late):
            raw = select(mapped.with_dial_codes(chunk), mapped.mapping)[0].loc[late.index]
            recorder.answered(chunk, raw, mapped.fields_to_send(chunk, raw.index), late)


def _decided_late(outcomes: pd.DataFrame) -> "pd.Series[bool]":
    moved = outcomes["errors"].str.contains(f'"{PHONE_CHANGED}"', regex=False)
    return (outcomes["status"] == str(Status.REJECTED)) | moved


def row_values(
    chunk: Chunk, mapping: ColumnMapping, raw: pd.DataFrame, fields: pd.DataFrame, rows: pd.Index
) -> Iterator[tuple[int, dict[str, str], dict[str, str], list[str], int]]:
    """Row, its fields as written and as sent, its own cells, and its number in the original (0: not told)."""
    numbers = original_rows(chunk, mapping).reindex(rows, fill_value=0).tolist()
    own = own_columns(mapping)
    written = raw.loc[rows].apply(lambda column: column.str.strip()).to_dict("records")
    values = fields.loc[rows].to_dict("records")
    cells = chunk.cells.loc[rows, own].itertuples(index=False, name=None)
    for row, texts, value, line, number in zip(rows.tolist(), written, values, cells, numbers, strict=True):
        yield row, _texts(texts), _texts(value), [*line, *chunk.surplus.get(row, ())], number


def own_columns(mapping: ColumnMapping) -> list[int]:
    """The positions of the columns that an earlier output did not add."""
    added = set(mapping.result_columns.values())
    return [position for position in range(len(mapping.header.texts)) if position not in added]


def original_rows(chunk: Chunk, mapping: ColumnMapping) -> "pd.Series[int]":
    """For each row of a chunk the number that it had in the original file; 0 where nothing tells (int64)."""
    position = mapping.result_columns.get(IMPORT_ROW)
    if position is None:
        return pd.Series(0, index=chunk.cells.index, dtype="int64")
    numbers = pd.to_numeric(chunk.cells[position].str.strip(), errors="coerce").fillna(0)
    return numbers.where(numbers.between(1, 2**53) & (numbers % 1 == 0), 0).astype("int64")


def _wrong(errors: str) -> dict[str, str]:
    """Field → code, of the errors of one row as the journal has them; of a field the first.

    A phone for which other rows wait is not wrong.
    """
    found: dict[str, str] = {}
    for field, code, *_ in orjson.loads(errors) if errors else ():
        if code != HOLDER_CODE:
            found.setdefault(field, code)
    return found


def _texts(record: Mapping[object, object]) -> dict[str, str]:
    return {field: str(record[field]) for field in FIELDS}
