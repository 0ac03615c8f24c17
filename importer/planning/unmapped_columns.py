"""Columns whose values plainly are a field that no column serves: asked about, never left out in silence."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Final

import pyarrow as pa

from importer.cleaning.characters import flat
from importer.cleaning.column import Column
from importer.cleaning.country import country_code
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.plain_text import clean_identifier
from importer.errors import RefusedFile
from importer.mapping import ColumnMapping
from importer.mapping.header_names import HeaderKind, recognise
from importer.mapping.suggestions import of_somebody_else
from importer.messages.text import Text, joined
from importer.reading.table import Chunk
from schemas.blank_words import BLANK_WORDS
from schemas.common_names import FIRST_NAMES, SURNAME_ENDINGS
from schemas.fields import FIELD_OF, FIELDS
from schemas.other_columns import VALUES_TELL

SAMPLE_ROWS: Final = 2_000
_MOST_CELLS: Final = 100
_MOST_COLUMNS: Final = 500
_PLAIN_SHARE: Final = 0.8
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
_DATE: Final = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-](\d{4})|(\d{4})-\d{1,2}-\d{1,2})(?:[ T].*)?")
_IIN: Final = re.compile(r"\d{12}")
_CITIZEN: Final = re.compile(r"(?i)гражд|азамат|citizen")
_NAME: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_GENDERS: Final = frozenset(
    "m f м ж муж жен мужской женский мужчина женщина male female ер әйел".split()  # noqa: SIM905 (words in a row)
)
"""Fewer than the cleaner takes: in a column of an unknown name boy and girl, or W and M, may be anything else."""

_GROWN_UP: Final = 16
_YEARS_APART: Final = 5
_SHORTEST_COUNTRY: Final = 3


def refuse_unmapped(mapping: ColumnMapping, sample: Chunk | None, requests: Sequence[str], today: str) -> None:
    """Asks about filled columns that nothing but their values tells.

    Only headers that say nothing are looked at: one that is known to be something else, or somebody else's, is none.

    Args:
        mapping: The table's mapping.
        sample: Its first rows, SAMPLE_ROWS or fewer; the first filled cells of a column tell.
        requests: Texts of ``--map``: a field that they decide is not asked about.
        today: ISO date by which birthdays are judged.

    Raises:
        RefusedFile: It names the columns and the options that map them or leave them out.
    """
    decided = {request.rpartition("=")[2].strip().lower() for request in requests}
    missing = [field for field in FIELDS if not mapping.positions(field) and field not in decided]
    if sample is None or not missing:
        return
    tests = _tests(int(today[:4]))

    def plainly(field: str, cells: list[str]) -> bool:
        test = tests.get(field) or tests.get(FIELD_OF[field].cleaner)
        return test is not None and test(cells)

    asked: list[str] = []
    for position in mapping.carried[:_MOST_COLUMNS]:
        text = mapping.header_of(position)
        meaning = recognise(text)
        says_nothing = meaning.kind is HeaderKind.UNKNOWN or meaning.name in VALUES_TELL
        if not says_nothing or of_somebody_else(text):
            continue
        filled = (flat(cell) for cell in sample.cells[position])
        cells = list(islice((cell for cell in filled if cell and cell.lower() not in BLANK_WORDS), _MOST_CELLS))
        fields = [field for field in missing if meaning.field in {"", field}]
        field = next((field for field in fields if cells and plainly(field, cells)), "")
        if field:
            option, none = mapping.header.option((position,), field), mapping.header.option((), field)
            asked.append(
                Text(
                    "{column} seems to hold {field}: {option}, or {none} to leave it out",
                    column=mapping.label(position),
                    field=field,
                    option=option,
                    none=none,
                )
            )
    if asked:
        raise RefusedFile(
            "columns that are not taken, though a field is without one. {asked}", asked=joined(asked, "; ")
        )


def _tests(year: int) -> Mapping[str, Callable[[list[str]], bool]]:
    """By field, or by the cleaner of its cells. A table without a phone is refused before."""
    return {
        "email": lambda cells: _most(cells, _EMAIL.fullmatch),
        "firstname": lambda cells: _varied(cells) and _most(cells, lambda cell: cell.lower() in FIRST_NAMES),
        "lastname": lambda cells: _varied(cells) and _most(cells, _is_surname),
        "date": lambda cells: _are_birthdays(cells, year),
        "identifier": _are_identifiers,
        "country": lambda cells: _most(cells, _is_country),
        "gender": _are_genders,
        "text": lambda cells: _most(cells, _CITIZEN.search),
    }


def _most(cells: Sequence[str], holds: Callable[[str], object]) -> bool:
    return sum(bool(holds(cell)) for cell in cells) >= _PLAIN_SHARE * len(cells)


def _varied(cells: Sequence[str]) -> bool:
    """People's names differ; a manager's stands in row after row."""
    return len(cells) > 1 and len(set(cells)) * 2 > len(cells)


def _is_surname(cell: str) -> bool:
    return _NAME.fullmatch(cell) is not None and cell[0].isupper() and cell.lower().endswith(SURNAME_ENDINGS)


def _are_birthdays(cells: Sequence[str], year: int) -> bool:
    """Dates of grown-ups, years apart: other dates lie near to today or to each other."""
    found = [_DATE.fullmatch(cell) for cell in cells]
    years = sorted(int(date[1] or date[2]) for date in found if date)
    if len(years) < _PLAIN_SHARE * len(cells):
        return False
    early = years[len(years) // 2] <= year - _GROWN_UP and years[0] > year - 120
    return early and (len(years) == 1 or years[-1] - years[0] >= _YEARS_APART)


def _are_identifiers(cells: Sequence[str]) -> bool:
    """Twelve digits of a person, nearly all with the check digit of an IIN."""
    if not _most(cells, _IIN.fullmatch):
        return False
    column = Column(pa.array(cells, pa.large_string()))
    clean_identifier(column, "identifier", Decisions(""))
    return sum(len(some.positions) for some in column.issues) <= (1 - _PLAIN_SHARE) * len(cells)


def _is_country(cell: str) -> bool:
    return len(cell) >= _SHORTEST_COUNTRY and not cell.isdecimal() and country_code(cell) is not None


def _are_genders(cells: Sequence[str]) -> bool:
    """Words for genders alone; single letters only where both stand, for M is a size too."""
    words = {cell.lower().rstrip(".") for cell in cells}
    return words <= _GENDERS and (len(words) > 1 or max(map(len, words)) > 1)
