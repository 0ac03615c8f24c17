"""Nearest guesses for messages. Fuzzy matching only suggests here; it never decides."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from importer.mapping.header_keys import fold, names_contact_person, plain_letters
from importer.mapping.header_labels import Header, looks_like_value
from schemas.fields import FIELD_OF
from schemas.header_words import SOMEBODY_ELSE, SOMEBODY_ELSE_BEGINS

_MOST: Final = 3
_CLOSE_WORD: Final = 60.0
_CLOSE_NAME: Final = 70.0
_MOST_COLUMNS: Final = 500
_SAMPLE_ROWS: Final = 200
_PHONE_SHARE: Final = 0.6
_PHONE_CELL: Final = r"(?:\+[0-9]{10,15}|[78]?[0-9]{10})"
_BEGINNINGS: Final = tuple(plain_letters(fold(word)) for word in SOMEBODY_ELSE_BEGINS)
_WORDS: Final = frozenset(plain_letters(fold(word)) for word in SOMEBODY_ELSE)


def _similar(text: str, choices: Sequence[str], cutoff: float) -> list[tuple[float, int]]:
    """(score, index) of the choices close to the text, best first."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 (loaded only for a message that suggests)

    found = process.extract(text, choices, scorer=fuzz.ratio, score_cutoff=cutoff, limit=_MOST)
    return [(score, index) for _, score, index in found]


def nearest_words(text: str, words: Sequence[str]) -> list[str]:
    """The words close to a mistyped one."""
    return [words[index] for _, index in _similar(text, words, _CLOSE_WORD)]


def nearest_columns(name: str, header: Header) -> tuple[int, ...]:
    """Positions of the columns whose header is close to the name."""
    folded = [plain_letters(fold(text)) for text in header.texts[:_MOST_COLUMNS]]
    return tuple(index for _, index in _similar(plain_letters(fold(name)), folded, _CLOSE_WORD))


def of_somebody_else(text: str) -> bool:
    """Whether a header speaks of a parent, a contact person, a company: never suggested for a field."""
    words = plain_letters(fold(text)).split()
    return names_contact_person(words) or any(word in _WORDS or word.startswith(_BEGINNINGS) for word in words)


def guesses_by_name(field: str, header: Header) -> tuple[int, ...]:
    """Positions whose header resembles a name of the field, best first."""
    known = [plain_letters(fold(name)) for name in FIELD_OF[field].headers.all]
    scored = []
    for position, text in enumerate(header.texts[:_MOST_COLUMNS]):
        folded = plain_letters(fold(text))
        if folded and not of_somebody_else(text) and not looks_like_value(text):
            best = _similar(folded, known, _CLOSE_NAME)
            scored += [(-best[0][0], position)] if best else []
    return tuple(position for _, position in sorted(scored)[:_MOST])


def guesses_by_cells(cells: pd.DataFrame, header: Header) -> tuple[int, ...]:
    """Positions of the columns most of whose first cells (str, columns = positions) look like phone numbers."""
    found = []
    for position in range(min(len(header.texts), cells.shape[1], _MOST_COLUMNS)):
        column = cells.iloc[:_SAMPLE_ROWS, position]
        digits = column.str.replace(r"[\s().'-]", "", regex=True)
        filled = digits[digits != ""]
        alike = len(filled) > 0 and filled.str.fullmatch(_PHONE_CELL).mean() >= _PHONE_SHARE
        if alike and not of_somebody_else(header.texts[position]):
            found.append(position)
    return tuple(found[:_MOST])
