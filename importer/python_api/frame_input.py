"""A DataFrame as the pipeline reads it: every cell as the text that a person would see in a workbook."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from importer.columns.arrow_text import to_arrow
from importer.errors import RefusedFile, StorageFailed, UsageError
from importer.messages.text import Text
from importer.reading.arrow_table import ENDING, write_text_columns
from importer.reading.workbook.shown_number import clock, moment, number_text

NAME: Final = f"DataFrame{ENDING}"
"""What the input of such a run is called in the journal."""

API_OF_IDS: Final = "freedom_id_api"
"""In ``attrs`` of the rows of a result: at which API the users of its FreedomIDs are."""

BYTES: Final = (bytes, bytearray, memoryview)
"""What some databases give text as."""

_DOUBLE: Final = 8
"""Bytes of a number that keeps fifteen digits."""


@contextmanager
def written(frame: pd.DataFrame, *, mapped: bool) -> Iterator[Path]:
    """Any frame as a file in a private temporary folder, for as long as the context lasts.

    ``mapped``: whether its columns are mapped by the caller; else one of their names must be text.

    Raises:
        UsageError: Its columns cannot be read as a header. RefusedFile: it has none.
        StorageFailed: The temporary folder takes no file.
    """
    names = header_of(frame, mapped=mapped)
    columns = [_texts(frame.iloc[:, position]) for position in range(frame.shape[1])]
    has_ids = any(name.strip() == "freedom_id" for name in names)
    api = str(frame.attrs.get(API_OF_IDS, "")) if has_ids else None
    try:
        folder = TemporaryDirectory(prefix="importer-")
    except OSError as exc:
        raise _no_room(exc) from exc
    with folder as name:
        path = Path(name) / NAME
        try:
            write_text_columns(path, names, columns, api)
        except OSError as exc:
            raise _no_room(exc) from exc
        yield path


def header_of(frame: pd.DataFrame, *, mapped: bool) -> list[str]:
    """The texts of a frame's column names; "" for one that is missing. Numbers and dates are read as cells are.

    Raises:
        UsageError: The columns have several levels, or no names but numbers. RefusedFile: there is no column.
    """
    if frame.columns.nlevels > 1:
        raise UsageError(
            "the DataFrame's columns have {levels} levels, and a header has one: frame.columns = "
            "frame.columns.map(' '.join) makes one of them",
            levels=frame.columns.nlevels,
        )
    if not frame.shape[1]:
        raise RefusedFile(Text("the DataFrame has no columns: nothing to import"))
    if not mapped and not any(isinstance(name, str) for name in frame.columns):
        raise UsageError(
            "the DataFrame's columns have no names that are text (the first is {name}): set "
            'frame.columns, or map them by what they are called: map=("0 = phone",)',
            name=repr(_plain(frame.columns[0])),
        )
    return [_text(name) for name in frame.columns]


def _texts(column: "pd.Series[Any]") -> pa.Array:
    """A column as large_string without nulls; NaN, None, NaT and NA are blank."""
    if isinstance(column.dtype, pd.StringDtype):
        try:
            return to_arrow(column.fillna(""))
        except UnicodeEncodeError:  # half of a surrogate pair
            column = column.astype(object)
    if column.dtype == object:  # equal values of several types (1, 1.0, True) are different texts
        return pa.array([_text(cell) for cell in column], pa.large_string())
    values: Any = column
    if isinstance(column.dtype, pd.ArrowDtype) and pa.types.is_nested(column.dtype.pyarrow_dtype):
        return pa.array([_text(cell) for cell in column], pa.large_string())  # lists have no distinct values
    if column.dtype.kind == "f" and getattr(column.dtype, "itemsize", _DOUBLE) < _DOUBLE:
        values = column.to_numpy(np.float32, na_value=np.nan)  # as Python's floats they would look exact
    codes, distinct = pd.factorize(values)
    texts = np.array([*map(_text, distinct), ""], dtype=object)
    return pa.array(texts[codes], pa.large_string())  # a missing value's code is -1: the last one


def _text(value: Any) -> str:
    """A cell's value as a person sees it in a workbook."""
    if isinstance(value, np.floating) and value.itemsize < _DOUBLE:
        return _short_number(value)
    value = _plain(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Decimal):
        return "" if value.is_nan() else _decimal(value)
    return _plainly(value)


def _plainly(value: object) -> str:
    """Any value that is neither a moment nor a fraction."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return clock(value.days * 86_400 + value.seconds)
    return str(value)


def _plain(value: Any) -> Any:
    """A value of numpy or pandas as Python's own; a moment as its text."""
    if isinstance(value, str):
        return value
    if value is pd.NA:
        return None
    if isinstance(value, BYTES):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, np.datetime64 | np.timedelta64):
        value = pd.Timestamp(value) if isinstance(value, np.datetime64) else pd.Timedelta(value)
    if isinstance(value, np.generic):
        value = value.item()
    return _moment(value) if isinstance(value, datetime) and value is not pd.NaT else value


def _moment(value: datetime) -> str:
    """A moment; where it has a time, with its zone: a birthday that a database gives in UTC is of the day before."""
    text, zone = moment(value), f"{value:%z}"[:5]  # without the seconds that zones had before 1924
    return f"{text}{zone}" if value.hour or value.minute or value.second else text


def _number(value: float) -> str:
    """A float's digits; with an exponent, as a spreadsheet shows it, where it cannot have kept all of them."""
    if value != value:  # noqa: PLR0124 (NaN)
        return ""
    text, lost = number_text(repr(value))
    return f"{value:.14E}" if lost else text


def _short_number(value: "np.floating[Any]") -> str:
    """A number of half or single precision, which holds 3 or 7 digits: no phone."""
    if np.isfinite(value) and abs(value) > 2 ** (np.finfo(value.dtype).nmant + 1):
        return f"{float(value):.6E}"
    return _number(float(str(value)))


def _decimal(value: Decimal) -> str:
    return str(int(value)) if value.is_finite() and value == value.to_integral_value() else format(value, "f")


def _no_room(exc: OSError) -> StorageFailed:
    return StorageFailed(
        "the DataFrame cannot be written to the temporary folder ({why}): make room there, or "
        "name another folder with TMPDIR",
        why=exc.strerror or type(exc).__name__,
    )
