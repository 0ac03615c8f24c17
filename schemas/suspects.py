"""A costly check of a column, asked only of the texts that a cheap look leaves in doubt."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa


def among(
    texts: pa.LargeStringArray, suspects: pa.BooleanArray, holds: Callable[[pa.LargeStringArray], Any]
) -> pa.BooleanArray:
    """Which texts are suspects for which ``holds``, which gets the suspects' texts and gives one boolean each."""
    at = np.flatnonzero(np.asarray(suspects))
    if not len(at):
        return suspects
    found = np.asarray(suspects).copy()
    found[at] = np.asarray(holds(texts.take(pa.array(at)) if len(at) < len(texts) else texts))
    return pa.array(found)
