"""Whether a row holds names of columns: how many of its cells are known ones, or near one."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from importer.mapping.header_keys import MAX_LENGTH, fold, plain_letters
from importer.mapping.header_names import HeaderKind, meanings_of_lists, recognise
from importer.model import RESULT_COLUMNS

_MOST_SCORED: Final = 2_000
_MOST_COMPARED: Final = 500
_NEAR: Final = 85.0
_SHORTEST_NEAR: Final = 6
"""Letters. Of the common first names, surnames and countries none is as near a name of a column as these two ask for;
below them ``Амалия`` is near ``фамилия``, ``Астана`` near ``страна``."""


def header_score(cells: Sequence[str]) -> int:
    """How many of a row's cells are known header names, those that must not map by themselves included.

    A lone name that maps to nothing scores 0: ``Контакты`` may be a title above the header.
    """
    known = accepted = 0
    for cell in cells[:_MOST_SCORED]:
        if not cell or len(cell) > MAX_LENGTH:
            continue
        kind = recognise(cell).kind
        known += kind is not HeaderKind.UNKNOWN or cell in RESULT_COLUMNS
        accepted += kind not in (HeaderKind.UNKNOWN, HeaderKind.NOT)
    return known if accepted or known > 1 else 0


def names_columns(cells: Sequence[str]) -> bool:
    """Whether a row may be shown as names of columns: else it may be the first person of a file without a header."""
    return header_score(cells) > 0 or any(_is_near_a_name(cell) for cell in cells[:_MOST_COMPARED])


def _is_near_a_name(cell: str) -> bool:
    """Whether a cell is the name of a field but for a slip of the hand; ``Менеджер`` may be somebody's post."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 (loaded only where no name is known)

    key = plain_letters(fold(cell))
    if len(key) < _SHORTEST_NEAR:
        return False
    return process.extractOne(key, _long_names(), scorer=fuzz.ratio, score_cutoff=_NEAR) is not None


@cache
def _long_names() -> tuple[str, ...]:
    served = (meaning for meaning in meanings_of_lists() if meaning.kind is not HeaderKind.NOT)
    keys = {plain_letters(fold(meaning.name)) for meaning in served}
    return tuple(sorted(key for key in keys if len(key) >= _SHORTEST_NEAR))
