"""Phones and e-mails that stand in several rows of a file, found over the whole of it in little memory."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import to_arrow
from importer.model import ISSUE_COLUMNS, Severity, empty_issues

_ISSUE_OF: Final = {
    "phone": ("phone_duplicate", Severity.ERROR),
    "email": ("email_repeated", Severity.WARNING),
}

_HASH_KEY: Final = secrets.token_hex(8)
"""Another in each process, so that nobody can prepare addresses that meet."""


@dataclass(frozen=True)
class Repeats:
    """Rows that repeat a value, each with the row it is told to look at; ``len`` counts them.

    Attributes:
        field: "phone" (rows that are not sent) or "email" (rows to be warned).
        rows: Ascending row numbers, int64.
        others: For each of them another row with the same value, int64.
    """

    field: str
    rows: Any
    others: Any

    def __len__(self) -> int:
        return len(self.rows)

    def first_rows(self, count: int) -> list[int]:
        """The first row numbers."""
        return [int(row) for row in self.rows[:count]]

    def references(self) -> Any:
        """The rows that messages name, ascending, each once: somebody must look up how they are written."""
        return np.unique(self.others)

    def within(self, index: pd.Index) -> "Repeats":
        """Those of a chunk (index ascending)."""
        if not len(index) or not len(self.rows):
            return Repeats(self.field, self.rows[:0], self.others[:0])
        first, last = np.searchsorted(self.rows, [index[0], index[-1] + 1])
        here = np.isin(self.rows[first:last], index.to_numpy())
        return Repeats(self.field, self.rows[first:last][here], self.others[first:last][here])


@dataclass(frozen=True)
class PhonesToSend:
    """The phones of the rows that may be sent, each once: a list a chunk, made anew whenever they are asked for."""

    _rows: Sequence[pd.Index]
    _phones: Sequence[Any]
    _held: Repeats

    def __iter__(self) -> Iterator[list[str]]:
        for rows, numbers in zip(self._rows, self._phones, strict=True):
            held = np.isin(rows, self._held.within(rows).rows)
            yield _phone_texts(numbers[~held & (numbers != 0)])


@dataclass
class RepeatIndex:
    """Gathers the phones and e-mails of all rows that may be sent; 16 to 20 bytes a row.

    Phones are kept as they are, e-mails as a hash of 64 bits: the chance that any two of five million different
    addresses agree, and two rows are warned for nothing, is one in a million.

    Attributes:
        policy: Which row of a repeated phone is sent: "first", or "none" of them.
    """

    policy: str = "first"
    _rows: list[pd.Index] = field(default_factory=list)
    _phones: list[Any] = field(default_factory=list)
    _emails: list[Any] = field(default_factory=list)
    _found: Repeats | None = None

    def add(self, fields: pd.DataFrame) -> None:
        """Take in the rows of a chunk that are free of errors (an invalid row makes no other one a duplicate).

        Args:
            fields: Cleaned fields; index = row numbers, ascending over all calls.
        """
        self._rows.append(_in_few_bytes(fields.index))
        self._phones.append(_phone_numbers(fields["phone"]))
        self._emails.append(_email_keys(fields["email"]))
        self._found = None

    def phones(self) -> Repeats:
        """Rows that are not sent because of a repeated phone."""
        if self._found is None:
            self._found = _repeats("phone", _repeated(self._rows, self._phones), every=self.policy == "none")
        return self._found

    def to_send(self) -> PhonesToSend:
        """The phones that no repeat holds back; they outlive the index at 8 to 12 bytes a row."""
        return PhonesToSend(self._rows, self._phones, self.phones())

    def emails(self) -> Repeats:
        """Rows that share an e-mail, each of them; rows that a repeated phone already keeps back do not count."""
        found = _repeated(self._rows, self._emails)
        return _repeats("email", found[~found["row"].isin(self.phones().rows)], every=True)


def repeat_issues(
    fields: pd.DataFrame, raw: pd.DataFrame, repeats: Repeats, spellings: Mapping[int, str]
) -> pd.DataFrame:
    """The issues of a chunk's repeated values.

    Args:
        fields: Cleaned fields of the chunk; index ascending.
        raw: Its raw fields, same index.
        repeats: Of the whole file, phones or e-mails.
        spellings: Row number → the raw cell there, for ``repeats.references()``; rows may be missing.

    Returns:
        ISSUE_COLUMNS: errors ``phone_duplicate`` or warnings ``email_repeated``; the detail is
        ``row 12, written '8 701 …'``, or ``row 12`` where the spelling isn't told.
    """
    here = repeats.within(fields.index)
    if not len(here):
        return empty_issues()
    code, severity = _ISSUE_OF[repeats.field]
    written = ((row, spellings.get(row)) for row in here.others.tolist())
    issues = pd.DataFrame({"row": here.rows})
    issues["field"] = repeats.field
    issues["code"] = code
    issues["severity"] = severity.value
    issues["value"] = raw.loc[here.rows, repeats.field].to_numpy()
    issues["detail"] = [f"row {row}" if cell is None else f"row {row}, written '{cell}'" for row, cell in written]
    return issues.astype({column: "str" for column in ISSUE_COLUMNS if column != "row"})


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


def _email_keys(emails: pd.Series) -> Any:
    """Case-blind hashes of the addresses as int64; 0 for a blank."""
    lowered = emails.str.lower().to_numpy(dtype=object)
    keys = pd.util.hash_array(lowered, hash_key=_HASH_KEY, categorize=False).view(np.int64)
    return np.where(lowered == "", 0, keys)


def _repeated(rows: Sequence[pd.Index], values: Sequence[Any]) -> pd.DataFrame:
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


def _repeats(name: str, found: pd.DataFrame, *, every: bool) -> Repeats:
    """Later rows of a value look at its first one; with ``every`` the first one looks at the second."""
    rows = found.groupby("value", sort=False)["row"]
    first = rows.transform("first")
    is_first = found["row"] == first
    pairs = found.assign(other=first.where(~is_first, rows.shift(-1)))
    pairs = (pairs if every else pairs[~is_first]).dropna().astype("int64")
    return Repeats(name, pairs["row"].to_numpy(), pairs["other"].to_numpy())
