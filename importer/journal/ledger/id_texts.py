"""The texts of many FreedomIDs at once."""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from importer.journal.integrity.keys import UUID_BYTES, id_from_bytes

_GROUPS: Final = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
"""Of the digits of a UUID (RFC 9562, 4), which stand with hyphens between them."""

_BYTES: Final = pa.large_binary()


def id_texts(stored: Sequence[bytes | None]) -> pa.LargeStringArray:
    """``id_from_bytes`` of each, as large_string without nulls.

    Where all are UUIDs, in half the time: to verify a million rows, or to report them, takes 0.4 s of CPU less.
    """
    if any(len(each) != UUID_BYTES for each in stored if each is not None):
        return pa.array(map(id_from_bytes, stored), pa.large_string())
    digits = pa.array([None if each is None else each.hex().encode() for each in stored], _BYTES)
    groups = [pc.binary_slice(digits, start, stop) for start, stop in _GROUPS]
    joined = pc.binary_join_element_wise(*groups, pa.scalar(b"-", _BYTES))
    return pc.fill_null(joined, b"").cast(pa.large_string())
