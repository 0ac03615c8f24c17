"""Several columns that serve one field: the first filled one, and notes on the others where they differ."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant, frame_of, from_arrow, is_blank, to_arrow
from importer.model import ISSUE_COLUMNS, Severity

NOBODY: Final = -1
"""Place of a row that no column fills."""

_NOTHING_SAID: Final = r"(?i)^[\s\p{Z}]*([-–—_.0]+|нет|жоқ|no|none|null|n/?a|отсутствует|не указан[оа]?)?[\s\p{Z}]*$"
_STAND_INS: Final = frozenset({"phone", "email"})
_NOT_DIGITS: Final = r"[^0-9]"
_NATIONAL_DIGITS: Final = 10


def _phone_key(values: pa.Array) -> pa.Array:
    """The last ten digits: one number in two spellings is no difference."""
    digits = pc.replace_substring_regex(values, _NOT_DIGITS, "")
    return pc.utf8_slice_codeunits(digits, start=-_NATIONAL_DIGITS)


def _text_key(values: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim_whitespace(values))


_KEYS: Final[Mapping[str, Callable[[pa.Array], pa.Array]]] = {"phone": _phone_key}


def _filled(field: str, columns: Sequence[pa.Array]) -> list[npt.NDArray[np.bool_]]:
    """Per column: where it has something to give.

    A dash or "нет" in place of a phone or an e-mail gives way to a later column that holds one.
    """
    filled = [pc.invert(is_blank(column)).to_numpy(zero_copy_only=False) for column in columns]
    if field not in _STAND_INS:
        return filled
    said = [
        pc.invert(pc.match_substring_regex(column, _NOTHING_SAID)).to_numpy(zero_copy_only=False) for column in columns
    ]
    any_said = np.logical_or.reduce(said)
    return [np.where(any_said, strong, weak) for strong, weak in zip(said, filled, strict=True)]


def serving_places(field: str, columns: Sequence[pa.Array]) -> npt.NDArray[np.int8]:
    """Per row the place of the column that serves, ``NOBODY`` where none is filled; int8."""
    filled = np.vstack(_filled(field, columns))
    return np.where(filled.any(axis=0), filled.argmax(axis=0), NOBODY).astype(np.int8)


def merge(
    field: str, cells: Sequence["pd.Series[str]"], labels: Sequence[str]
) -> tuple["pd.Series[str]", pd.DataFrame]:
    """The field's raw value per row, and notes on differing cells of the columns that did not serve.

    Args:
        field: The field.
        cells: Its columns in order of preference: str, one index.
        labels: Their names for a person.

    Returns:
        The values (str, index as the cells; "" where no column is filled) and an issue frame: code
        ``<field>_other_column``, value = the cell that served, detail = the other column and its cell.
    """
    index = cells[0].index
    columns = [to_arrow(column) for column in cells]
    places = serving_places(field, columns)
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
    named = pa.scalar(f"{label}: ", pa.large_string())
    detail = pc.binary_join_element_wise(named, offered, pa.scalar("", pa.large_string()))
    columns = {
        "row": index.to_numpy()[rows].astype("int64"),
        "field": constant(field, len(rows)),
        "code": constant(f"{field}_other_column", len(rows)),
        "severity": constant(Severity.NOTE.value, len(rows)),
        "value": served,
        "detail": detail,
    }
    return frame_of({name: columns[name] for name in ISSUE_COLUMNS}, pd.RangeIndex(len(rows)))
