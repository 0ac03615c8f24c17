"""Phones and e-mails that stand in several rows of a file, found over the whole of it in little memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import ISSUE_COLUMNS, Severity, empty_issues

Integers = np.ndarray[Any, np.dtype[np.int64]]
Unsigned = np.ndarray[Any, np.dtype[np.uint32]]

_ISSUE_OF: Final = {
    "phone": ("phone_duplicate", Severity.ERROR),
    "email": ("email_repeated", Severity.WARNING),
}


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


@dataclass
class RepeatIndex:
    """Gathers the phones and e-mails of all rows that may be sent; 24 bytes a row.

    E-mails are kept as 96 bits of two independent hashes: among five million addresses the chance that two different
    ones agree is 10⁻¹⁶. Phones are kept as they are.

    Attributes:
        policy: Which row of a repeated phone is sent: "first", or "none" of them.
    """

    policy: str = "first"
    _rows: list[Unsigned] = field(default_factory=list)
    _phones: list[Integers] = field(default_factory=list)
    _emails: list[Integers] = field(default_factory=list)
    _email_checks: list[Unsigned] = field(default_factory=list)
    _found: Repeats | None = None

    def add(self, fields: pd.DataFrame) -> None:
        """Take in the rows of a chunk that are free of errors (an invalid row makes no other one a duplicate).

        Args:
            fields: Cleaned fields; index = row numbers, ascending over all calls.
        """
        keys, checks = _email_keys(fields["email"])
        self._rows.append(fields.index.to_numpy().astype(np.uint32))
        self._phones.append(_phone_numbers(fields["phone"]))
        self._emails.append(keys)
        self._email_checks.append(checks)
        self._found = None

    def phones(self) -> Repeats:
        """Rows that are not sent because of a repeated phone."""
        if self._found is None:
            hits = _repeated(self._phones)
            rows, phones = _chosen(self._rows, hits), _chosen(self._phones, hits)
            self._found = _with_references("phone", rows, phones, every=self.policy == "none")
        return self._found

    def emails(self) -> Repeats:
        """Rows that share an e-mail, each of them; rows that a repeated phone already keeps back do not count."""
        hits = _repeated(self._emails)
        rows = _chosen(self._rows, hits)
        keys = np.rec.fromarrays([_chosen(self._emails, hits), _chosen(self._email_checks, hits)])
        sent = ~np.isin(rows, self.phones().rows)
        return _with_references("email", rows[sent], np.asarray(keys)[sent], every=True)


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
    """E.164 texts as numbers: fifteen digits fit 64 bits; 0 for a blank."""
    digits = pc.utf8_slice_codeunits(pa.array(phones), 1)
    filled = pc.if_else(pc.equal(digits, ""), pa.scalar("0", digits.type), digits)
    return np.asarray(pc.cast(filled, pa.int64()))


def _email_keys(emails: pd.Series) -> tuple[Integers, Unsigned]:
    """Case-blind keys of the addresses, 64 and 32 bits; 0 for a blank."""
    texts = pc.utf8_lower(pa.array(emails)).to_numpy(zero_copy_only=False).astype(object)
    keys, checks = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.uint32)
    filled = np.flatnonzero(texts != "")
    keys[filled] = np.fromiter(map(hash, texts[filled]), np.int64, len(filled))
    checks[filled] = pd.util.hash_array(texts[filled], categorize=False).astype(np.uint32)
    return keys, checks


def _repeated(blocks: list[Integers]) -> list[Any]:
    """For each block, which of its values occur more than once in all of them; zero stands for no value."""
    ordered = np.concatenate([np.zeros(0, np.int64), *blocks])
    ordered.sort()
    again = np.unique(ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)])
    if not len(again):
        return [slice(0, 0) for _ in blocks]
    return [_contained(block, again) for block in blocks]


def _chosen(blocks: list[Any], hits: list[Any]) -> Integers:
    """The hits of all blocks together."""
    return np.concatenate(
        [np.zeros(0, np.int64), *(block[hit].astype(np.int64) for block, hit in zip(blocks, hits, strict=True))]
    )


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
