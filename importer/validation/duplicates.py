"""Phones and e-mails that stand in several rows of a file, found over the whole of it in little memory."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant, issues_at, to_arrow
from importer.messages.kept_sentences import kept
from importer.messages.text import Text
from importer.model import Severity, empty_issues
from importer.validation.duplicate_policy import DUPLICATE_CODE, EMAIL_CODE, HOLDER_CODE, DuplicateRows, Duplicates

_ISSUE_OF: Final = {
    DUPLICATE_CODE: ("phone", Severity.ERROR),
    HOLDER_CODE: ("phone", Severity.NOTE),
    EMAIL_CODE: ("email", Severity.WARNING),
}

_HASH_KEY: Final = secrets.token_hex(8)
"""Another in each process, so that nobody can prepare addresses that meet."""


@dataclass(frozen=True)
class PhonesToSend:
    """The phones of the rows that may be sent, each once: a list a chunk, made anew whenever they are asked for."""

    _rows: Sequence[pd.Index]
    _phones: Sequence[Any]
    _refused: Sequence[pd.Index]
    _duplicates: Duplicates

    def __iter__(self) -> Iterator[list[str]]:
        for rows, numbers, refused in zip(self._rows, self._phones, self._refused, strict=True):
            kept_back = rows.isin(self._duplicates.within(rows).rows) | rows.isin(refused)
            yield _phone_texts(numbers[~kept_back & (numbers != 0)])


@dataclass
class DuplicateIndex:
    """Gathers the phones of all rows, and the e-mails of those that may be sent; 16 to 20 bytes a row.

    A row that is refused for something else holds its phone all the same: were another row with that phone sent, the
    refused one would get that person's FreedomID once it is corrected.

    Phones are kept as they are, e-mails as a hash of 64 bits: the chance that any two of five million different
    addresses agree, and two rows are warned for nothing, is one in a million.

    Attributes:
        policy: Which row holds a repeated phone: the "first", or "none" of them. The others wait.
        email_key: What e-mails are hashed with, 16 characters.
    """

    policy: str = "first"
    email_key: str = _HASH_KEY
    _rows: list[pd.Index] = field(default_factory=list)
    _phones: list[Any] = field(default_factory=list)
    _emails: list[Any] = field(default_factory=list)
    _refused: list[pd.Index] = field(default_factory=list)
    _found: DuplicateRows | None = None

    def add(self, fields: pd.DataFrame, refused: pd.Index | None = None) -> None:
        """Take in the rows of a chunk.

        Args:
            fields: ``phone`` ("" where none can be read) and ``email``, as they would be sent; index = row numbers,
                ascending over all calls.
            refused: Those of them that are not sent for another reason.
        """
        refused = fields.index[:0] if refused is None else refused
        self._rows.append(_in_few_bytes(fields.index))
        self._phones.append(_phone_numbers(fields["phone"]))
        self._emails.append(np.where(fields.index.isin(refused), 0, _email_keys(fields["email"], self.email_key)))
        self._refused.append(refused)
        self._found = None

    def duplicate_rows(self) -> DuplicateRows:
        """The rows that share a phone or an e-mail."""
        if self._found is None:
            phones, emails = (duplicates_among(self._rows, values) for values in (self._phones, self._emails))
            self._found = DuplicateRows(self.policy, phones, emails, self.refused())
        return self._found

    def refused(self) -> pd.Index:
        """The rows that are not sent for another reason than their phone, ascending."""
        rows: pd.Index = pd.Index(np.concatenate([np.zeros(0, np.int64), *self._refused]))
        return rows

    def to_send(self, duplicates: Duplicates | None = None) -> PhonesToSend:
        """The phones that no duplicate holds back; they outlive the index at 8 to 12 bytes a row.

        ``duplicates`` are those of the whole file, where this index has a part of it.
        """
        return PhonesToSend(self._rows, self._phones, self._refused, duplicates or self.duplicate_rows().phones)

    def values(self) -> pd.DataFrame:
        """Columns row (ascending), phone and email, int64: equal numbers are equal values, 0 is none."""
        nothing = np.zeros(0, np.int64)
        rows = np.concatenate([nothing, *(rows.to_numpy() for rows in self._rows)])
        phones, emails = (np.concatenate([nothing, *numbers]) for numbers in (self._phones, self._emails))
        return pd.DataFrame({"row": rows, "phone": phones, "email": emails})


def duplicate_issues(
    raw: pd.DataFrame, duplicates: Duplicates, spellings: Mapping[int, str], refused: pd.Index | None = None
) -> pd.DataFrame:
    """The issues of a chunk's repeated values.

    Args:
        raw: Raw fields of the chunk; index ascending.
        duplicates: Of the whole file.
        spellings: Row number → the raw cell there, for ``duplicates.references()``; rows may be missing.
        refused: Rows of the chunk that are not sent for another reason: the error of one that holds a repeated phone
            names the row that waits for it, too.

    Returns:
        ISSUE_COLUMNS: errors ``phone_duplicate``, notes ``phone_repeated`` or warnings ``email_repeated``; the detail
        is, as a kept Text, ``row 12, written '8 701 …'``, or ``row 12`` where the spelling isn't told.
    """
    here = duplicates.within(raw.index)
    if not len(here):
        return empty_issues()
    field_, severity = _ISSUE_OF[duplicates.code]
    written = ((row, spellings.get(row)) for row in here.others.tolist())
    details = [
        kept(Text("row {row}", row=row) if cell is None else Text("row {row}, written '{cell}'", row=row, cell=cell))
        for row, cell in written
    ]
    wrong = np.isin(here.rows, [] if refused is None else refused)
    severities = pc.if_else(pa.array(wrong), constant(Severity.ERROR, len(wrong)), constant(severity, len(wrong)))
    values = to_arrow(raw.loc[here.rows, field_])
    return issues_at(here.rows, field_, duplicates.code, severities, values, pa.array(details, pa.large_string()))


def _in_few_bytes(rows: pd.Index) -> pd.Index:
    """The row numbers of a chunk: a range where none is missing, else int32."""
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return pd.RangeIndex(rows[0], rows[-1] + 1)
    return rows.astype(np.int32)


def _phone_numbers(phones: pd.Series) -> Any:
    """E.164 texts as int64, with a 1 in place of the plus: a zero behind it counts; 0 for a blank."""
    texts = pc.utf8_replace_slice(to_arrow(phones), 0, 1, "1")
    numbers = np.asarray(pc.cast(texts, pa.int64()))  # sixteen digits fit 64 bits
    return np.where(numbers == 1, 0, numbers)


def _phone_texts(numbers: Any) -> list[str]:
    """The phones again."""
    texts: list[str] = pc.utf8_replace_slice(pc.cast(pa.array(numbers), pa.large_string()), 0, 1, "+").to_pylist()
    return texts


def _email_keys(emails: pd.Series, key: str) -> Any:
    """Case-blind hashes of the addresses as int64; 0 for a blank."""
    lowered = emails.str.lower().to_numpy(dtype=object)
    keys = pd.util.hash_array(lowered, hash_key=key, categorize=False).view(np.int64)
    return np.where(lowered == "", 0, keys)


def duplicates_among(rows: Sequence[pd.Index], values: Sequence[Any]) -> pd.DataFrame:
    """The rows whose value stands in other rows too, ascending: columns row, value (int64). Zero stands for no value.

    The arrays of all chunks are sorted as one: ``duplicated`` would take four times the memory.
    """
    ordered = np.concatenate([np.zeros(0, np.int64), *values])
    ordered.sort()
    again = np.unique(ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)])
    found: dict[str, list[Any]] = {"row": [np.zeros(0, np.int64)], "value": [np.zeros(0, np.int64)]}
    for some, numbers in zip(rows, values, strict=True) if len(again) else ():
        hits = np.isin(numbers, again, kind="sort")
        found["row"].append(some.to_numpy()[hits])
        found["value"].append(numbers[hits])
    return pd.DataFrame({name: np.concatenate(parts) for name, parts in found.items()})
