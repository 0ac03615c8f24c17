"""Builders for raw frames of named fields."""

from collections.abc import Callable

import pandas as pd
import pytest

from schemas.fields import FIELDS


@pytest.fixture
def raw_rows() -> Callable[..., pd.DataFrame]:
    """A frame of raw fields: one mapping per row, rows counted from ``first``."""

    def build(*rows: dict[str, str], first: int = 2) -> pd.DataFrame:
        columns = {field: pd.Series([row.get(field, "") for row in rows], dtype="str") for field in FIELDS}
        index = pd.Index(range(first, first + len(rows)), name="row", dtype="int64")
        return pd.DataFrame(columns).set_index(index)

    return build
