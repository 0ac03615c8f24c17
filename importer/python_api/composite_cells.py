"""Cells of a DataFrame that hold several values: lists, dicts, arrays, whole frames."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from importer.errors import RefusedFile
from importer.planning.mapped_input import closing_input, open_input, today
from importer.python_api.frame_input import BYTES
from importer.reading.arrow_table import FIRST_ROW
from importer.settings import Settings


def refuse_composite_cells(frame: pd.DataFrame, path: Path, settings: Settings) -> None:
    """Refuse a frame with a list or its like in a column that is mapped: which of its values is meant nobody knows.

    In other columns they stay: nobody sends them. ``path``: its text, as ``frame_input.written`` gives it.

    Raises:
        RefusedFile: there is such a cell; or the columns cannot be mapped. UsageError: as ``open_input``.
    """
    composite = {place: cells for place in range(frame.shape[1]) if (cells := _composite(frame.iloc[:, place])).any()}
    if not composite:
        return
    with closing_input(open_input(path, settings, today())) as mapped:
        mapping = mapped.mapping
    for field in mapping.columns:
        for place in composite.keys() & mapping.positions(field):
            first = int(composite[place].to_numpy().argmax())
            raise RefusedFile(
                "{column} holds a {kind} in row {row}, and a cell is one value: choose one of each "
                "(df[column].str[0]), give each a row of its own (df.explode), or leave the column out",
                column=mapping.label(place),
                kind=type(frame.iloc[first, place]).__name__,
                row=first + FIRST_ROW,
            )


def _composite(column: "pd.Series[Any]") -> "pd.Series[bool]":
    """Which cells hold several values."""
    if isinstance(column.dtype, pd.ArrowDtype) and pa.types.is_nested(column.dtype.pyarrow_dtype):
        return column.notna()
    if not isinstance(column.dtype, pd.CategoricalDtype | pd.SparseDtype) and column.dtype != object:
        return pd.Series(False, column.index)
    return column.astype(object).map(_holds_several).astype(bool)


def _holds_several(cell: object) -> bool:
    return pd.api.types.is_list_like(cell) and not isinstance(cell, BYTES)
