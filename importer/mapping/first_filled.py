"""Several columns that serve one field: the first usable one, and notes on the others where they differ."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant, from_arrow, is_blank, issues_at, joined, to_arrow
from importer.messages.kept_sentences import kept
from importer.model import Severity
from schemas.blank_words import BLANK_WORDS

Usable: TypeAlias = Callable[[pa.Array], npt.NDArray[np.bool_]]

NOBODY: Final = -1
"""Place of a row that no column fills."""

_WORDS: Final = [re.escape(word) for word in sorted(BLANK_WORDS - {"nat"})] + ["(?-i:NaT|nat|NAT)"]
"""Nat is a name, and no program writes it so for a date that is none."""

_NOTHING_SAID: Final = (
    r"(?i)^[\s\p{Z}'\[(<{]*([-–—_.,/:*?#0~=…\s\p{Z}]+|0?1[./]0?1[./]0001[0:\s]*|0001-01-01[T0:.Z\s]*|#n/a|n[./\\]?a\.?|blank[\])>}]"
    rf"|{'|'.join(_WORDS)})?[\s\p{{Z}}\])>}}]*$"
)
"""What stands in a cell for nothing: it gives way to another column, whatever the field."""

_FAX: Final = 3
"""Rank of a fax: over words without a number, under every number, whose ranks begin here."""

_MANY_DIGITS: Final = r"([0-9][^0-9]*){5}"
_NOT_DIGITS: Final = r"[^0-9]"
_NATIONAL_DIGITS: Final = 10


def _phone_key(values: pa.Array) -> pa.Array:
    """The last ten digits: one number in two spellings is no difference."""
    digits = pc.replace_substring_regex(values, _NOT_DIGITS, "")
    return pc.utf8_slice_codeunits(digits, start=-_NATIONAL_DIGITS)


def _text_key(values: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim_whitespace(values))


_KEYS: Final[Mapping[str, Callable[[pa.Array], pa.Array]]] = {"phone": _phone_key}


def serving_places(
    columns: Sequence[pa.Array], *, usable: Usable | None = None, faxes: Sequence[npt.NDArray[np.bool_]] = ()
) -> npt.NDArray[np.int8]:
    """Per row the place of the column that serves: the first usable one; ``NOBODY`` where none is filled; int8.

    What stands for nothing gives way to what says something, and that to what can be used. A fax gives way to every
    other number, one that has to be mended included.

    Args:
        columns: In order of preference.
        usable: Cells → which of them can be sent; None: whatever says something can.
        faxes: Per column where it holds a fax or a pager; () where none does.
    """
    filled = np.vstack([pc.invert(is_blank(column)).to_numpy(zero_copy_only=False) for column in columns])
    said = np.vstack(
        [
            pc.invert(pc.match_substring_regex(column, _NOTHING_SAID)).to_numpy(zero_copy_only=False)
            for column in columns
        ]
    )
    rank = filled.astype(np.int8) + said  # 1: filled, 2: says something, 3: can be sent
    if usable is not None:
        left = np.flatnonzero(said.sum(axis=0) > 1)
        for place, column in enumerate(columns):
            at = left[said[place, left]]
            good = at[usable(column.take(pa.array(at)))] if len(at) else at
            rank[place, good] += 1
            left = np.setdiff1d(left, good[~faxes[place][good]] if faxes else good, assume_unique=True)
    for place, fax in enumerate(faxes):
        number = pc.match_substring_regex(columns[place], _MANY_DIGITS).to_numpy(zero_copy_only=False)
        rank[place] = np.where(fax & said[place], _FAX, rank[place] + np.where(~fax & number & said[place], _FAX, 0))
    return np.where(filled.any(axis=0), rank.argmax(axis=0), NOBODY).astype(np.int8)


def merge(
    field: str, cells: Sequence["pd.Series[str]"], labels: Sequence[str], places: npt.NDArray[np.int8]
) -> tuple["pd.Series[str]", pd.DataFrame]:
    """The field's raw value per row, and notes on differing cells of the columns that did not serve.

    Args:
        field: The field.
        cells: Its columns in order of preference: str, one index.
        labels: Their names for a person.
        places: Per row the one that serves (``serving_places``).

    Returns:
        The values (str, index as the cells; "" where no column is filled) and an issue frame: code
        ``<field>_other_column``, value = the cell that served, detail = the other column and its cell.
    """
    index = cells[0].index
    columns = [to_arrow(column) for column in cells]
    value = constant("", len(index))
    for place, column in enumerate(columns):
        value = pc.if_else(pa.array(places == place), column, value)
    notes = [
        _differing(field, index, value, places != place, other)
        for place, other in enumerate(zip(columns, labels, strict=True))
    ]
    return from_arrow(value, index), pd.concat(notes, ignore_index=True)


def _differing(
    field: str, index: pd.Index, value: pa.Array, gave_way: npt.NDArray[np.bool_], other: tuple[pa.Array, str]
) -> pd.DataFrame:
    column, label = other
    said = pc.invert(pc.match_substring_regex(column, _NOTHING_SAID)).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(said & gave_way)
    served, offered = value.take(pa.array(rows)), column.take(pa.array(rows))
    key = _KEYS.get(field, _text_key)
    differs = pc.not_equal(key(served), key(offered))
    rows = rows[differs.to_numpy(zero_copy_only=False)]
    served, offered = served.filter(differs), offered.filter(differs)
    of_rows = index.to_numpy()[rows].astype("int64")
    detail = joined(f"{kept(label)}: ", offered)
    return issues_at(of_rows, field, f"{field}_other_column", Severity.NOTE, served, detail)
