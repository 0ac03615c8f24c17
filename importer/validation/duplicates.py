"""Phones and e-mails that stand in several rows of a file, found over the whole of it in little memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import to_arrow
from importer.columns.hashes import hashes
from importer.columns.packed import Blocks, Integers, PackedRows
from importer.model import ISSUE_COLUMNS, Severity, empty_issues

_ISSUE_OF: Final = {
    "phone": ("phone_duplicate", Severity.ERROR),
    "email": ("email_repeated", Severity.WARNING),
}

_AT_ONCE: Final = 1 << 20
"""Values sorted in one go: sorting takes a copy. More of them are sorted in parts, told apart by their last bits."""


@dataclass(frozen=True)
class Repeats:
    """Rows that repeat a value, each with the row it is told to look at; ``len`` counts them.

    Attributes:
        field: "phone" (rows that are not sent) or "email" (rows to be warned).
        rows: Ascending row numbers.
        others: For each of them another row with the same value.
    """

    field: str
    rows: Integers
    others: Integers

    def __len__(self) -> int:
        return len(self.rows)

    def first_rows(self, count: int) -> list[int]:
        """The first row numbers."""
        return [int(row) for row in self.rows[:count]]

    def references(self) -> Integers:
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

    _rows: Sequence[PackedRows]
    _phones: Blocks
    _held: Repeats

    def __iter__(self) -> Iterator[list[str]]:
        for packed, numbers in zip(self._rows, self._phones, strict=True):
            rows = packed.numbers()
            sent = ~np.isin(rows, self._held.within(pd.Index(rows)).rows) & (numbers != 0)
            yield _phone_texts(numbers[sent])


@dataclass
class RepeatIndex:
    """Gathers the phones and e-mails of all rows that may be sent; 12 to 16 bytes a row.

    Phones are kept as they are, e-mails as a hash of 64 bits: the chance that any two of five million different
    addresses agree, and two rows are warned for nothing, is one in a million.

    Attributes:
        policy: Which row of a repeated phone is sent: "first", or "none" of them.
    """

    policy: str = "first"
    _rows: list[PackedRows] = field(default_factory=list)
    _phones: Blocks = field(default_factory=Blocks)
    _emails: list[Integers] = field(default_factory=list)
    _found: Repeats | None = None

    def add(self, fields: pd.DataFrame) -> None:
        """Take in the rows of a chunk that are free of errors (an invalid row makes no other one a duplicate).

        Args:
            fields: Cleaned fields; index = row numbers, ascending over all calls.
        """
        self._rows.append(PackedRows.of(fields.index))
        self._phones.append(_phone_numbers(fields["phone"]))
        self._emails.append(_email_keys(fields["email"]))
        self._found = None

    def phones(self) -> Repeats:
        """Rows that are not sent because of a repeated phone."""
        if self._found is None:
            hits = _repeated(self._phones)
            rows, phones = self._rows_of(hits), _chosen(self._phones, hits)
            self._found = _with_references("phone", rows, phones, every=self.policy == "none")
        return self._found

    def to_send(self) -> PhonesToSend:
        """The phones that no repeat holds back; they outlive the index at 4 to 8 bytes a row."""
        return PhonesToSend(self._rows, self._phones, self.phones())

    def emails(self) -> Repeats:
        """Rows that share an e-mail, each of them; rows that a repeated phone already keeps back do not count."""
        hits = _repeated(self._emails)
        rows, keys = self._rows_of(hits), _chosen(self._emails, hits)
        sent = ~np.isin(rows, self.phones().rows)
        return _with_references("email", rows[sent], keys[sent], every=True)

    def _rows_of(self, hits: list[Any]) -> Integers:
        return _chosen([rows.numbers() for rows in self._rows], hits)


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


def _phone_numbers(phones: pd.Series) -> Integers:
    """E.164 texts as numbers, with a 1 in place of the plus: a zero behind it counts; 0 for a blank."""
    texts = _with_first(to_arrow(phones), b"1")
    numbers = np.asarray(pc.cast(texts, pa.int64()))  # sixteen digits fit 64 bits
    return np.where(numbers == 1, 0, numbers)


def _phone_texts(numbers: Integers) -> list[str]:
    """The phones again."""
    texts: list[str] = _with_first(pc.cast(pa.array(numbers), pa.large_string()), b"+").to_pylist()
    return texts


def _with_first(texts: Any, letter: bytes) -> Any:
    """ASCII texts with another first character."""
    return pc.binary_replace_slice(texts.view(pa.large_binary()), 0, 1, letter).view(pa.large_string())


def _email_keys(emails: pd.Series) -> Integers:
    """Case-blind keys of the addresses; 0 for a blank."""
    texts = pc.utf8_lower(to_arrow(emails))
    keys = hashes(texts).view(np.int64)
    keys[np.asarray(pc.equal(texts, ""))] = 0
    return keys


def _repeated(blocks: Iterable[Integers]) -> list[Any]:
    """For each block, which of its values occur more than once in all of them; zero stands for no value."""
    parts = 1 << (sum(map(len, blocks)) // _AT_ONCE).bit_length()
    again = np.sort(np.concatenate([_again(blocks, part, parts) for part in range(parts)]))
    if not len(again):
        return [slice(0, 0) for _ in blocks]
    return [_contained(block, again) for block in blocks]


def _again(blocks: Iterable[Integers], part: int, parts: int) -> Integers:
    """The values of one part that occur more than once; ``parts`` is a power of two."""
    mine = (block if parts == 1 else block[block & (parts - 1) == part] for block in blocks)
    ordered = np.concatenate([np.zeros(0, np.int64), *mine])
    ordered.sort()
    return np.unique(ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)])


def _chosen(blocks: Iterable[Integers], hits: list[Any]) -> Integers:
    """The hits of all blocks together."""
    return np.concatenate([np.zeros(0, np.int64), *(block[hit] for block, hit in zip(blocks, hits, strict=True))])


def _contained(block: Integers, ordered: Integers) -> Any:
    """Which values are members of an ascending array."""
    places = np.minimum(np.searchsorted(ordered, block), len(ordered) - 1)
    return ordered[places] == block


def _with_references(name: str, rows: Integers, groups: Any, *, every: bool) -> Repeats:
    """Later rows of a group look at its first one; with ``every`` the first one looks at the second."""
    if not len(rows):
        return Repeats(name, rows, rows)
    _, group = np.unique(groups, return_inverse=True)
    order = np.lexsort((rows, group))
    rows, group = rows[order], group[order]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    sizes = np.diff(np.r_[starts, len(rows)])
    references = np.repeat(rows[starts], sizes)
    many = starts[sizes > 1]
    references[many] = rows[many + 1]
    keep = np.repeat(sizes > 1, sizes)
    if not every:
        keep[starts] = False
    rows, references = rows[keep], references[keep]
    ascending = np.argsort(rows)
    return Repeats(name, rows[ascending], references[ascending])
