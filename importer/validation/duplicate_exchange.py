"""Duplicates among the parts of a file: each part divides its phones and e-mails, and each share is compared by itself.

All rows of a value fall to one share, so that what repeats is found exactly though nobody sees more than a share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from importer.validation.duplicates import duplicates_among

Kind: TypeAlias = tuple[Any, Any]
"""Row numbers, ascending, and their values, no 0 among them (both int64): of phones, or of e-mails."""

Share: TypeAlias = tuple[Kind, Kind]
"""Of one part: the phones and the e-mails that fall to one who compares."""


@dataclass(frozen=True, repr=False)
class DuplicateExchange:
    """What the parts of a file agree on; drawn anew for each command, so that nobody can prepare values that meet.

    Attributes:
        phone_key: What phones are hashed with, 64 bits, the highest one set. Nothing is lost: equal hashes are equal
            phones.
        email_key: What e-mails are hashed with, 16 characters.
        shares: Into how many each part divides its values.
    """

    phone_key: int
    email_key: str
    shares: int

    def divided(self, values: pd.DataFrame) -> list[Share]:
        """The shares of a part's values; see ``DuplicateIndex.values`` for their columns."""
        phones = values["phone"].to_numpy()
        hashes = pd.util.hash_array(phones ^ np.uint64(self.phone_key).view(np.int64), categorize=False)
        rows = values["row"].to_numpy()
        return list(
            zip(
                self._kinds(rows, np.where(phones == 0, 0, hashes.view(np.int64))),
                self._kinds(rows, values["email"].to_numpy()),
                strict=True,
            )
        )

    def _kinds(self, rows: Any, values: Any) -> list[Kind]:
        rows, values = rows[values != 0], values[values != 0]
        shares = values.view(np.uint64) % self.shares
        order = np.argsort(shares, kind="stable")
        ends = np.searchsorted(shares[order], np.arange(1, self.shares))
        return list(zip(np.split(rows[order], ends), np.split(values[order], ends), strict=True))


def compared(shares: Iterable[Share]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What stands in several rows of one's shares of all parts, phones and e-mails: see ``DuplicateRows``."""
    phones, emails = zip(*shares, strict=True)
    return _compared(phones), _compared(emails)


def _compared(kinds: Sequence[Kind]) -> pd.DataFrame:
    return duplicates_among([pd.Index(rows) for rows, _ in kinds], [values for _, values in kinds])
