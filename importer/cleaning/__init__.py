"""Raw cells → the fields of the create-user body, with every change and every doubt on record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.apostrophe_removal import without_apostrophes
from importer.cleaning.column import Column, Texts
from importer.cleaning.country import clean_country
from importer.cleaning.date import clean_date
from importer.cleaning.earlier_outcome import still_ambiguous, still_lost
from importer.cleaning.email import clean_email
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.file_evidence import FileEvidence
from importer.cleaning.gender import clean_gender
from importer.cleaning.phone import are_phones, clean_phone
from importer.cleaning.phone_dial_codes import put_before
from importer.cleaning.plain_text import clean_identifier, clean_name, clean_text
from importer.cleaning.turned_dates import turned_dates
from importer.cleaning.unpacking import unpack
from importer.cleaning.value_table import folded, put_table_values, tables_of
from importer.columns.arrow_text import constant, frame_of, to_arrow
from schemas.fields import FIELD_OF, FIELDS

__all__ = [
    "Cleaned", "Decisions", "FileEvidence", "are_phones", "clean", "folded", "put_before", "still_ambiguous",
    "still_lost", "tables_of", "turned_dates",
]  # fmt: skip

_CLEANERS: Final[Mapping[str, Callable[[Column, str, Decisions], None]]] = {
    "phone": clean_phone,
    "email": clean_email,
    "name": clean_name,
    "date": clean_date,
    "identifier": clean_identifier,
    "country": clean_country,
    "gender": clean_gender,
    "text": clean_text,
}
"""What ``schemas.fields`` calls a cleaner → the function that reads a column."""


@dataclass(frozen=True)
class Cleaned:
    """A chunk after cleaning.

    Attributes:
        fields: The columns of FIELDS, dtype str, "" = leave out; index as in the raw frame. A cell that could
            not be repaired for certain keeps its text, trimmed, which the schema refuses.
        issues: ISSUE_COLUMNS: notes and warnings, and an explanation (severity error) of each unrepaired cell.
        today: The day of the run, for the schema.
    """

    fields: pd.DataFrame
    issues: pd.DataFrame
    today: str


def clean(raw: pd.DataFrame, decisions: Decisions, *, notes: bool = True) -> Cleaned:
    """Clean a chunk.

    Args:
        raw: The columns of FIELDS, dtype str, "" = blank, no NA; index int64 "row", unique.
        decisions: What holds for the whole file.
        notes: Whether issues of severity note are told, too.

    Raises:
        UsageError: The decisions name an unknown region.
    """
    columns = {field: _clean_column(raw[field], field, decisions, notes=notes) for field in FIELDS}
    fields = frame_of({field: column.texts for field, column in columns.items()}, raw.index)
    return Cleaned(fields, _issues(columns, raw.index), decisions.today)


def _clean_column(cells: pd.Series, field: str, decisions: Decisions, *, notes: bool) -> Column:
    column = Column(without_apostrophes(to_arrow(cells)), notes)
    if not pc.any(pc.not_equal(column.raw, "")).as_py():  # few files have all fields: half of cleaning a short one
        return column
    unpacked = unpack(column)
    put_table_values(column, field, decisions)
    _CLEANERS[FIELD_OF[field].cleaner](column, field, decisions)
    column.note_unsaid(unpacked, field)
    return column


def _issues(columns: dict[str, Column], index: pd.Index) -> pd.DataFrame:
    """All that is said of all columns as one issue frame, grouped by field."""
    rows = index.to_numpy(dtype=np.int64)
    found = [(field, column, some) for field, column in columns.items() for some in column.issues]
    empty = pa.array([], pa.large_string())
    parts: dict[str, list[Texts]] = {
        "field": [constant(field, len(some.positions)) for field, _, some in found],
        "code": [some.codes for _, _, some in found],
        "severity": [some.severities for _, _, some in found],
        "value": [column.raw.take(pa.array(some.positions)) for _, column, some in found],
        "detail": [some.details for _, _, some in found],
    }
    said = np.concatenate([np.zeros(0, dtype=np.int64), *(rows[some.positions] for _, _, some in found)])
    texts = {name: pa.concat_arrays([empty, *arrays]) for name, arrays in parts.items()}
    return frame_of({"row": said} | texts, pd.RangeIndex(len(said)))
