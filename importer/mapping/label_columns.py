"""Columns of labels beside columns of phones: ``Phone 1 - Label`` says what ``Phone 1 - Value`` is."""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from importer.mapping.header_keys import LEVELS, fold
from importer.mapping.header_labels import Header
from importer.mapping.header_parts import camel_case_split
from schemas.header_words import LABEL_WORDS, VALUE_WORDS
from schemas.phone_labels import FAX_WORDS, says_fax

_KEY: Final = LEVELS[-1][0]
_FAX: Final = "(?i)" + "|".join(sorted(FAX_WORDS))
_MOST_DIGITS: Final = 15


def label_positions(header: Header, phones: Iterable[int]) -> dict[int, int]:
    """Position of a phone column → position of the column of its labels, where it has one.

    A bare ``Type`` or ``Тип`` belongs to a phone column beside it.
    """
    phones = list(phones)
    words = [fold(camel_case_split(text)).split() for text in header.texts]
    labels = {at: _key(own) for at, own in enumerate(words) if at not in phones and LABEL_WORDS & set(own)}
    found = {}
    for phone in phones:
        beside = (at for at in (phone - 1, phone + 1) if labels.get(at) == "")
        named = (at for at, key in labels.items() if key and key == _key(words[phone]))
        if (label := next(named, next(beside, None))) is not None:
            found[phone] = label
    return found


def say_fax(labels: pa.Array) -> npt.NDArray[np.bool_]:
    """Which cells of a column of labels say that the number beside them is a fax or a pager."""
    return _told(labels, says_fax)


def are_faxes(phones: pa.Array) -> npt.NDArray[np.bool_]:
    """Which cells of phones hold one number, and say themselves that it is a fax or a pager."""
    found: npt.NDArray[np.bool_] = np.asarray(pc.match_substring_regex(phones, _FAX)).copy()
    at = np.flatnonzero(found)
    if len(at):
        found[at] = _told(phones.take(pa.array(at)), _is_fax)
    return found


def _is_fax(cell: str) -> bool:
    return says_fax(cell) and sum(map(str.isdigit, cell)) <= _MOST_DIGITS


def _told(cells: pa.Array, holds: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
    """What a function says of each cell; it sees every distinct text once."""
    encoded = cells.dictionary_encode()
    told: npt.NDArray[np.bool_] = np.array([holds(text) for text in encoded.dictionary.to_pylist()], dtype=bool)[
        np.asarray(encoded.indices)
    ]
    return told


def _key(words: list[str]) -> str:
    return _KEY(" ".join(word for word in words if word not in LABEL_WORDS and word not in VALUE_WORDS))
