"""The example row of the template: it shows a person how to fill in, is recognised on input, and is never sent."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from schemas.fields import FIELDS, TABLE

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE_CODE: Final = "row_example"
"""The issue code of the example row: nobody's, so nothing is missing where it has no FreedomID."""

EXAMPLE_ROW: Final = {field.name: field.sample for field in TABLE}
"""The example, as its cells read. Each of them could be nobody's: a row that has one left is not a person's yet."""

_AS_SHOWN: Final = {"date_of_birth": ("1900-12-31", "31.12.1900", "31/12/1900", "12/31/1900")}
"""How spreadsheets write the example's date into a text file."""


def example_cells(raw: "pd.DataFrame") -> "pd.DataFrame":
    """Which cells are the example's.

    Args:
        raw: Any index; columns FIELDS, str, no NA: the cells as written.

    Returns:
        Same index and columns, bool.
    """
    return raw[list(FIELDS)].apply(lambda cells: _trimmed(cells).isin(_samples(cells.name))).astype(bool)


def may_have_examples(raw: "pd.DataFrame") -> "pd.Series[bool]":
    """Which rows (bool) are worth ``example_cells``: nearly none. Others, too, write its phone as a placeholder."""
    return reduce(or_, (raw[field].str.rstrip().str.endswith(_samples(field)) for field in FIELDS if field != "phone"))


def _samples(field: str) -> tuple[str, ...]:
    return _AS_SHOWN.get(field, (EXAMPLE_ROW[field],))


def _trimmed(cells: "pd.Series[str]") -> "pd.Series[str]":
    return cells.str.strip().str.lstrip("'")


def is_example(raw: "pd.DataFrame") -> "pd.Series[bool]":
    """Which rows (bool) are the template's example, whole: every cell that is filled is its, the names among them."""
    cells = example_cells(raw)
    whole = cells["phone"] & cells["firstname"]
    for field in FIELDS:
        whole &= cells[field] | (raw[field].str.strip() == "")
    return whole
