"""Text that does nothing when a spreadsheet or a terminal opens it."""

from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.formula_injection import with_apostrophes_inside, without_apostrophes_inside, would_run

_CONTROL: Final = (
    r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{fffe}\x{ffff}]+"
)


def without_formulas(texts: pd.Series, delimiter: str = "", *, has_apostrophes: bool = False) -> pd.Series:
    """Texts of a CSV file, with ``'`` where a spreadsheet would run them: see ``formula_injection``.

    Args:
        texts: str, no NA.
        delimiter: The file's own; "" looks at the beginnings alone.
        has_apostrophes: Whether they come from an earlier output, which has the apostrophes inside of cells already.

    Returns:
        Same index; the same object where nothing is dangerous.
    """
    inside = texts
    if delimiter:
        inside = with_apostrophes_inside(without_apostrophes_inside(texts) if has_apostrophes else texts, delimiter)
    dangerous = would_run(pa.array(inside, from_pandas=True))
    if not pc.any(dangerous).as_py():
        return inside
    return inside.mask(dangerous.to_pandas().to_numpy(dtype=bool), "'" + inside)


def without_controls(texts: pd.Series) -> pd.Series:
    """Texts (str, no NA) whose control characters, line breaks and marks that turn the writing are blanks.

    The same index; the same object where there are none.
    """
    array = pa.array(texts, from_pandas=True)
    if not pc.any(pc.match_substring_regex(array, _CONTROL)).as_py():
        return texts
    return pd.Series(pc.replace_substring_regex(array, _CONTROL, " "), texts.index, dtype=texts.dtype)


def without_half_characters(text: str) -> str:
    """A text in which a lone surrogate (half a character, which no encoding holds) is its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
