"""The example row of the template: it shows a person how to fill in, is recognised on input, and is never sent."""

from typing import TYPE_CHECKING, Final

from schemas.fields import EXAMPLE_MARK, TABLE

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE_ROW: Final = {field.name: field.sample for field in TABLE}
"""The example, as its cells read. The phone is nobody's: a row that only half looks like it is an error too."""


def is_example(raw: "pd.DataFrame") -> "pd.Series[bool]":
    """Which rows are the template's example.

    Both marks must stand there, so that a person's row typed over the example is never passed over in silence.

    Args:
        raw: Any index; columns FIELDS, str, no NA: the cells as written.

    Returns:
        Same index, bool.
    """
    marked = raw["firstname"] == EXAMPLE_MARK
    return marked & (raw["phone"].str.strip().str.lstrip("'") == EXAMPLE_ROW["phone"])
