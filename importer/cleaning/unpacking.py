"""What every cell is freed of before its cleaner reads it: spreadsheets' wrappings and the damage of other programs."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.apostrophe_removal import WRAPPED, unwrapped, without_apostrophes
from importer.cleaning.column import Column, Texts, matches, where
from importer.cleaning.damaged_text import SUSPICIOUS, restored
from importer.columns.arrow_text import Positions

_SAMPLE: Final = 1_000


def unpack(column: Column) -> Positions:
    """Free the column's texts in place; gives the positions of those that changed."""
    odd = where(_may_change(column.texts))
    if not len(odd):
        return odd
    before = column.texts.take(pa.array(odd)).dictionary_encode()
    freed = pa.array([unwrapped(restored(text)) for text in before.dictionary.to_pylist()], pa.large_string())
    changed = np.asarray(pc.not_equal(freed, before.dictionary))[np.asarray(before.indices)]
    column.put(odd[changed], freed.take(before.indices).filter(pa.array(changed)))
    positions: Positions = odd[changed]
    return positions


def _may_change(texts: Texts) -> pa.BooleanArray:
    """Which texts are worth a look. In a column in which texts repeat, names or countries, each is asked once."""
    pattern = f"{WRAPPED}|{SUSPICIOUS}"
    if len(texts.slice(0, _SAMPLE).unique()) > _SAMPLE // 2:
        return matches(texts, pattern)
    encoded = texts.dictionary_encode()
    return matches(encoded.dictionary, pattern).take(encoded.indices)


def unpacked(cells: Texts) -> Texts:
    """The cells as their cleaners see them: for who decides on a whole column before it is cleaned."""
    column = Column(without_apostrophes(cells), notes=False)
    unpack(column)
    return column.texts
