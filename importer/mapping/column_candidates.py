"""Which columns could serve which field: here headers whose meaning hangs on their neighbours are settled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pandas as pd

from importer.mapping.header_names import HeaderKind, HeaderMeaning
from schemas.fields import FIELD_OF, FIELDS

_SAMPLE_ROWS = 1_000
_SHOWS = {HeaderKind.IF_AT_SIGN: r".*@.*", HeaderKind.IF_LETTERS: r"[^\W\d_]{2,3}", HeaderKind.IF_WORDS: r"[^\d]+"}
"""What a cell looks like that bears out the header."""


@dataclass
class Candidates:
    """Positions by field and tier, and those that only a person can place.

    Attributes:
        tiers: Field → (tier-1 positions, tier-2 positions), preferred first.
        full_names: Positions of whole names.
        loose_names: Positions of ``name``/``имя``/``аты`` that may hold whole names: no surname column stands beside
            them, or a clear first-name column does.
        unproven: Positions whose cells don't show what the header promises (``почта``, ``country code``).
    """

    tiers: dict[str, tuple[list[int], list[int]]] = field(default_factory=lambda: {f: ([], []) for f in FIELDS})
    full_names: list[int] = field(default_factory=list)
    loose_names: list[int] = field(default_factory=list)
    unproven: list[int] = field(default_factory=list)


def candidates(
    meanings: Sequence[HeaderMeaning],
    free: Collection[int],
    requested: Collection[str],
    cells: pd.DataFrame | None,
) -> Candidates:
    """Sort the free columns by what they can serve.

    Args:
        meanings: One for each position.
        free: Positions that no request and no result column holds.
        requested: Fields that ``--map`` decides: their columns are not looked for, but a surname asked for
            counts as a surname column.
        cells: First cells of the table (columns = positions), or None: then nothing that needs them maps.
    """
    found = Candidates()
    for position in sorted(free):
        meaning = meanings[position]
        if meaning.kind is HeaderKind.FIELD:
            found.tiers[meaning.field][meaning.tier - 1].append(position)
        elif meaning.kind in _SHOWS:
            proven = cells is not None and _shows(meaning.kind, cells.iloc[:_SAMPLE_ROWS, position])
            (found.tiers[meaning.field][1] if proven else found.unproven).append(position)
        elif meaning.kind is HeaderKind.FULL_NAME:
            found.full_names.append(position)
    _place_surnames(found, meanings, free, requested)
    _place_first_names(found, meanings, free, requested)
    phones, _ = found.tiers["phone"]
    phones.sort(key=lambda position: not meanings[position].mobile)
    return found


def _shows(kind: HeaderKind, column: "pd.Series[str]") -> bool:
    """Whether most filled cells are what the header may promise: e-mail addresses, letters, or words."""
    filled = column.str.strip()
    filled = filled[filled != ""]
    return len(filled) > 0 and bool(filled.str.fullmatch(_SHOWS[kind]).mean() > 0.5)  # noqa: PLR2004 (most = over half)


def _place_surnames(
    found: Candidates, meanings: Sequence[HeaderMeaning], free: Collection[int], requested: Collection[str]
) -> None:
    """``теги`` is a surname typed without Kazakh letters only beside ``аты`` or ``есімі``, else tags."""
    tier1, _ = found.tiers["lastname"]
    kazakh = {*FIELD_OF["firstname"].headers.kazakh, "аты"}
    if tier1 or "lastname" in requested or not any(meanings[position].name in kazakh for position in free):
        return
    tier1 += [position for position in sorted(free) if meanings[position].kind is HeaderKind.SURNAME]


def _place_first_names(
    found: Candidates, meanings: Sequence[HeaderMeaning], free: Collection[int], requested: Collection[str]
) -> None:
    """``name`` is a first name, unless a clear first-name column stands there too.

    Without a surname column it is one only where its cells are single words: see ``importer.mapping.unsplit_names``.
    """
    names = [position for position in sorted(free) if meanings[position].kind is HeaderKind.FIRST_NAME]
    surname = any(found.tiers["lastname"]) or "lastname" in requested
    if not any(found.tiers["firstname"]) and "firstname" not in requested:
        found.tiers["firstname"][0].extend(names)
        found.loose_names += [] if surname else names
    else:
        found.loose_names += names
