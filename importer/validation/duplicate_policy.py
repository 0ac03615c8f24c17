"""Rows that share a phone or an e-mail: which of them are not sent, and which row each is told to look at."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

DUPLICATE_CODE: Final = "phone_duplicate"
"""The issue code of a row whose phone another row holds."""

HOLDER_CODE: Final = "phone_repeated"
"""The issue code of the row that holds a repeated phone."""

EMAIL_CODE: Final = "email_repeated"
"""The issue code of a row that shares its e-mail."""


@dataclass(frozen=True)
class Duplicates:
    """Rows that repeat a value, each with the row it is told to look at; ``len`` counts them.

    Attributes:
        code: phone_duplicate (rows that are not sent), phone_repeated (those that hold such a phone) or email_repeated.
        rows: Ascending row numbers, int64.
        others: For each of them another row with the same value, int64.
    """

    code: str
    rows: Any
    others: Any

    def __len__(self) -> int:
        return len(self.rows)

    def references(self) -> Any:
        """The rows that messages name, ascending, each once: somebody must look up how they are written."""
        return np.unique(self.others)

    def between(self, first: int, last: int) -> "Duplicates":
        """Those of a stretch of rows."""
        start, stop = np.searchsorted(self.rows, [first, last + 1])
        return Duplicates(self.code, self.rows[start:stop], self.others[start:stop])

    def within(self, index: pd.Index) -> "Duplicates":
        """Those of a chunk (index ascending)."""
        if not len(index) or not len(self.rows):
            return Duplicates(self.code, self.rows[:0], self.others[:0])
        near = self.between(index[0], index[-1])
        here = np.isin(near.rows, index.to_numpy())
        return Duplicates(self.code, near.rows[here], near.others[here])


@dataclass(frozen=True)
class DuplicateRows:
    """The rows of a whole file whose phone or e-mail stands in other rows, too.

    Attributes:
        policy: Which row holds a repeated phone: the "first", or "none" of them. The others wait.
        phones_found: Columns row, value (int64), by row: equal phones have equal values.
        emails_found: The same of e-mails, of rows that no error keeps back.
        refused: The rows that are not sent for another reason than their phone, ascending.
    """

    policy: str
    phones_found: pd.DataFrame
    emails_found: pd.DataFrame
    refused: pd.Index

    @cached_property
    def phones(self) -> Duplicates:
        """Rows that are not sent because another row holds their phone, or none does; refused ones too."""
        pairs = self._phone_pairs
        return _duplicates(DUPLICATE_CODE, pairs if self.policy == "none" else pairs[pairs["row"] > pairs["other"]])

    @cached_property
    def holders(self) -> Duplicates:
        """Rows that hold a repeated phone."""
        pairs = self._phone_pairs
        return _duplicates(HOLDER_CODE, pairs[(pairs["row"] < pairs["other"]) & (self.policy != "none")])

    @cached_property
    def emails(self) -> Duplicates:
        """Rows that share an e-mail, each of them; rows that a repeated phone already keeps back do not count."""
        found = self.emails_found
        return _duplicates(EMAIL_CODE, _paired(found[~found["row"].isin(self.phones.rows)]))

    @cached_property
    def _phone_pairs(self) -> pd.DataFrame:
        return _paired(self.phones_found)


def _paired(found: pd.DataFrame) -> pd.DataFrame:
    """Columns row, other (int64): later rows of a value look at its first one, the first one looks at the second."""
    rows = found.groupby("value", sort=False)["row"]
    first = rows.transform("first")
    pairs = found.assign(other=first.where(found["row"] != first, rows.shift(-1)))
    return pairs[["row", "other"]].dropna().astype("int64")


def _duplicates(code: str, pairs: pd.DataFrame) -> Duplicates:
    return Duplicates(code, pairs["row"].to_numpy(), pairs["other"].to_numpy())
