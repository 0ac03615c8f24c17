"""Country names and codes → ISO 3166-1 alpha-3."""

import re
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.characters import flat
from importer.cleaning.column import Column, Repair
from importer.cleaning.country_names import COMMON_NAMES, LOOSE_NAMES, bare_name, every_name, name_key
from importer.cleaning.country_numbers import meanings, number_in
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.plain_text import changed, left_out, refused
from schemas.blank_words import BLANK_WORDS
from schemas.iso3166 import ALPHA_3, ALPHA_3_OF

_BLANKS: Final = BLANK_WORDS - {"no"}
"""``NO`` is Norway."""

_CLEAN: Final = pa.array(["", *sorted(ALPHA_3)], pa.large_string())
_LOOK_ALIKE: Final = str.maketrans("АВЕЗКМНОРСТУХ", "ABEZKMHOPCTYX")

_CODE_LENGTH: Final = 3
_CLOSE_ENOUGH: Final = 84
"""Similarity (0-100) from which a name is worth suggesting: one slip in six letters."""


def clean_country(column: Column, field: str, decisions: Decisions) -> None:
    """Names and codes become alpha-3 with a note; what is unknown keeps its text, which fails the schema."""
    numbers = decisions.country_numbers
    column.read_odd(lambda texts: pc.is_in(texts, _CLEAN), lambda text: read_country(text, field, numbers=numbers))


@lru_cache(maxsize=1 << 12)
def read_country(text: str, field: str = "country", *, numbers: bool = False) -> Repair:
    """What one cell says; ``numbers`` tells whether a bare number is ISO's."""
    nothing = left_out(text, field, _BLANKS)
    if nothing is not None:
        return nothing
    shown = flat(text, kept="№").lstrip("'")
    number = number_in(shown)
    if number and not numbers:
        return refused(text, f"{field}_number", meanings(number))
    if shown.upper() == "NA":
        return refused(text, f"{field}_unknown", "NAM")
    code, suggestion = _resolve(shown)
    if code is None:
        return refused(text, f"{field}_unknown", suggestion)
    return Repair(code, changed(text, code, f"{field}_cleaned"))


def country_code(shown: str) -> str | None:
    """alpha-3 of a name or code in any case, or None."""
    code = shown.upper().removesuffix(".0")
    if code.isdecimal() and len(code) <= _CODE_LENGTH:
        return ALPHA_3_OF.get(code.zfill(3))
    key = name_key(shown)
    if key in LOOSE_NAMES:
        return None
    known = COMMON_NAMES.get(key) or ALPHA_3_OF.get(code) or every_name().get(key)
    bare = bare_name(key)
    return known or (country_code(bare) if bare else None)


def _resolve(shown: str) -> tuple[str | None, str]:
    """The code, or None and a suggestion. Name and code side by side, "Kazakhstan (KZ)", must agree."""
    code = country_code(shown)
    parts = [part for part in re.split(r"[,;/()|-]", shown) if part.strip()]
    if code is None and len(parts) > 1:
        found = [country_code(part.strip()) for part in parts]
        if len(set(found)) == 1 and found[0]:
            return found[0], ""
        named = {one for one in found if one}
        return None, named.pop() if len(named) == 1 else ""
    if code:
        return code, ""
    latin = ALPHA_3_OF.get(shown.upper().translate(_LOOK_ALIKE), "")
    return None, latin or LOOSE_NAMES.get(name_key(shown)) or _nearest(name_key(shown))


def _nearest(key: str) -> str:
    """The code of a name so close that it is worth a question, or ""."""
    # Only files with unknown countries pay for the import.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    names = every_name()
    if len(key) <= _CODE_LENGTH:
        return ""
    found = process.extractOne(key, names.keys(), scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH)
    return names[found[0]] if found else ""
