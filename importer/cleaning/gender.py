"""Gender words in English, Russian and Kazakh → M or F."""

from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.characters import flat
from importer.cleaning.column import Column, Repair
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.plain_text import changed, left_out, refused
from schemas.blank_words import BLANK_WORDS
from schemas.patterns import GENDERS

_WORDS: Final = {
    "M": (
        "m male man mr boy masculine gentleman м муж мужч мужской мужчина мужск мужчины мальчик юноша муж.пол "
        "муж.пола ер еркек ерлер ер.жынысты е ұл"
    ),
    "F": (
        "f female woman mrs ms girl feminine lady w ж жен женщ женский женщина женск женщины девочка девушка жен.пол "
        "жен.пола әйел әйелдер ә қыз айел"
    ),
}
_PHRASES: Final = {"мужской пол": "M", "женский пол": "F", "ер адам": "M", "әйел адам": "F", "ер бала": "M"}
_GENDER_OF: Final = {word: letter for letter, words in _WORDS.items() for word in words.split()} | _PHRASES
_CLEAN: Final = pa.array(["", *GENDERS], pa.large_string())
_UNKNOWN: Final = BLANK_WORDS | {"not applicable", "prefer not to say", "u"}


def clean_gender(column: Column, field: str, _decisions: Decisions) -> None:
    """Words become M or F with a note; numbers and anything else keep their text, which fails the schema."""
    column.read_odd(lambda texts: pc.is_in(texts, _CLEAN), lambda text: read_gender(text, field))


@lru_cache(maxsize=1 << 10)
def read_gender(text: str, field: str = "gender") -> Repair:
    """What one cell says."""
    nothing = left_out(text, field, _UNKNOWN)
    if nothing is not None:
        return nothing
    word = flat(text).lstrip("'").rstrip(".").lower()
    letter = _GENDER_OF.get(word) or _GENDER_OF.get(word.replace(". ", "."))
    if letter is None:
        return refused(text, f"{field}_number" if word.isdecimal() else f"{field}_unknown")
    return Repair(letter, changed(text, letter, f"{field}_cleaned"))
