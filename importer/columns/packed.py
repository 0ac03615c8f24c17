"""Numbers kept for every row of a file, in a few bytes or a bit each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class PackedRows:
    """Ascending row numbers in a bit for each row of their span: hardly one is missing.

    Attributes:
        first: The first of them.
        bits: Which rows from there on are among them.
    """

    first: int
    bits: np.ndarray[Any, np.dtype[np.uint8]]

    @classmethod
    def of(cls, rows: pd.Index) -> Self:
        """Pack the row numbers of a chunk."""
        first, last = (int(rows[0]), int(rows[-1])) if len(rows) else (0, -1)
        among = np.zeros(last - first + 1, np.bool_)
        among[rows.to_numpy() - first] = True
        return cls(first, np.packbits(among))

    def numbers(self) -> Integers:
        """The row numbers again."""
        return np.flatnonzero(np.unpackbits(self.bits)) + self.first


class Blocks:
    """Arrays of integers, each kept in as few bytes as its span needs: the phones of one country in four."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, np.ndarray[Any, Any]]] = []

    def append(self, values: Integers) -> None:
        """Keep an array of numbers from 0 on."""
        least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        self._kept.append((least, (values - least).astype(np.min_scalar_type(most - least))))

    def __iter__(self) -> Iterator[Integers]:
        return (kept.astype(np.int64) + least for least, kept in self._kept)
