"""What a header name means: exact synonyms from ``schemas`` decide, after folding; nothing here is fuzzy."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from importer.mapping.header_keys import LEVELS, fold, plain_letters
from importer.mapping.header_parts import (
    bilingual_parts,
    camel_case_split,
    custom_field,
    is_birth_date_metafield,
    numbered,
    of_one_phone,
    without_hints,
    without_person,
)
from schemas import other_columns
from schemas.dial_codes import DIAL_CODES
from schemas.fields import TABLE
from schemas.header_words import MOBILE_WORDS

SEVERAL_FIELDS: Final = "it may hold several fields in one cell"


class HeaderKind(StrEnum):
    """How a header takes part in the mapping."""

    FIELD = "field"
    FIRST_NAME = "first_name"  # a field beside a surname column, else a whole name
    SURNAME = "surname"  # a field beside a Kazakh first-name column, else tags
    IF_AT_SIGN = "if_at_sign"  # a field if the cells hold @
    IF_LETTERS = "if_letters"  # a field if the cells are letters
    IF_WORDS = "if_words"  # a field if the cells hold no digits
    FULL_NAME = "full_name"
    ONE_OF_TWO = "one_of_two"  # of one of the two people that a row holds
    NOT = "not"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class HeaderMeaning:
    """What one header says.

    Attributes:
        kind: How it takes part.
        field: The field it serves, or for NOT the field it is easily mistaken for.
        tier: 1 or 2 where it serves a field.
        mobile: A phone column to be preferred within its tier.
        reason: For NOT: why.
        name: The listed name it was recognised by.
        everywhere: For NOT: whether nearly every file has such a column.
    """

    kind: HeaderKind
    field: str = ""
    tier: int = 1
    mobile: bool = dataclasses.field(default=False, compare=False)
    reason: str = ""
    name: str = dataclasses.field(default="", compare=False)
    everywhere: bool = False


UNKNOWN: Final = HeaderMeaning(HeaderKind.UNKNOWN)
_NUMBERED_FIELDS: Final = ("phone", "email")
_MOBILE: Final = tuple(plain_letters(fold(word)) for word in MOBILE_WORDS)


def _is_mobile(name: str) -> bool:
    return any(word.startswith(_MOBILE) for word in plain_letters(fold(name)).split())


def _accepted() -> Iterator[HeaderMeaning]:
    for field in TABLE:
        for name in field.headers.by_themselves:
            yield HeaderMeaning(HeaderKind.FIELD, field.name, 1, field.name == "phone" and _is_mobile(name), name=name)
        for name in field.headers.weaker:
            yield HeaderMeaning(HeaderKind.FIELD, field.name, 2, name=name)


def _others() -> Iterator[HeaderMeaning]:
    for names, kind, field, tier in (
        (other_columns.FIRST_NAME_BESIDE_SURNAME, HeaderKind.FIRST_NAME, "firstname", 1),
        (other_columns.TAGS_OR_SURNAME, HeaderKind.SURNAME, "lastname", 1),
        (other_columns.EMAIL_IF_AT_SIGN, HeaderKind.IF_AT_SIGN, "email", 2),
        (other_columns.COUNTRY_IF_LETTERS, HeaderKind.IF_LETTERS, "country", 2),
        (other_columns.LASTNAME_IF_WORDS, HeaderKind.IF_WORDS, "lastname", 2),
        (other_columns.WHOLE_NAME, HeaderKind.FULL_NAME, "", 1),
    ):
        for name in names:
            yield HeaderMeaning(kind, field, tier, name=name)
    for group in other_columns.NOT_BY_THEMSELVES:
        for name in group.names:
            yield HeaderMeaning(
                HeaderKind.NOT, group.about, reason=group.reason, name=name, everywhere=group.everywhere
            )


def meanings_of_lists() -> tuple[HeaderMeaning, ...]:
    """One meaning for each listed name."""
    return (*_accepted(), *_others())


@cache
def indexes() -> tuple[dict[str, HeaderMeaning], ...]:
    """One index per folding level: key → meaning; a key that two meanings share is left out of its level."""
    levels = []
    meanings = meanings_of_lists()
    for level, _ in LEVELS:
        index: dict[str, HeaderMeaning] = {}
        shared = set()
        for meaning in meanings:
            key = level(fold(meaning.name))
            if index.setdefault(key, meaning) != meaning:
                shared.add(key)
        levels.append({key: meaning for key, meaning in index.items() if key and key not in shared})
    return tuple(levels)


def listed(header: str) -> HeaderMeaning:
    """The meaning of a header that stands in the lists as it is, but for folding."""
    folded = fold(header)
    if folded:
        for (_, level), index in zip(LEVELS, indexes(), strict=True):
            if meaning := index.get(level(folded)):
                return meaning
    return UNKNOWN


@lru_cache(maxsize=4096)
def recognise(header: str) -> HeaderMeaning:
    """The meaning of a header: listed, or listed without its remark, number, prefix or translation."""
    if not fold(header):
        return UNKNOWN
    for reading in (
        listed,
        _of_one_person,
        _birth_date_metafield,
        _custom_field,
        _without_hints,
        _numbered,
        _bilingual,
        _camel_case,
        _codes_of_one_phone,
    ):
        if (meaning := reading(header)).kind is not HeaderKind.UNKNOWN:
            return meaning
    return UNKNOWN


def _of_one_person(header: str) -> HeaderMeaning:
    """``Телефон (м)``, ``Phone (husband)``; ``Пол (м/ж)`` is a gender."""
    meaning = recognise(without_person(header))
    if meaning.kind not in (HeaderKind.FIELD, HeaderKind.FIRST_NAME):
        return UNKNOWN
    return meaning if meaning.field == "gender" else replace(meaning, kind=HeaderKind.ONE_OF_TWO)


def _birth_date_metafield(header: str) -> HeaderMeaning:
    found = is_birth_date_metafield(header)
    return HeaderMeaning(HeaderKind.FIELD, "date_of_birth", 2, name="birth_date metafield") if found else UNKNOWN


def _custom_field(header: str) -> HeaderMeaning:
    meaning = recognise(custom_field(header))
    return replace(meaning, tier=2) if meaning.kind is HeaderKind.FIELD else meaning


def _without_hints(header: str) -> HeaderMeaning:
    return recognise(without_hints(header))


def _camel_case(header: str) -> HeaderMeaning:
    """``МобильныйТелефон``, as 1C writes names."""
    split = camel_case_split(header)
    return listed(split) if split != header else UNKNOWN


def _codes_of_one_phone(header: str) -> HeaderMeaning:
    """``Mobile country code`` is a country code as others are, of one phone."""
    name, label = of_one_phone(fold(camel_case_split(header)))
    if not name or recognise(label).kind is not HeaderKind.FIELD or recognise(label).field != "phone":
        return UNKNOWN
    return replace(listed(DIAL_CODES[0]), name=name)


def _numbered(header: str) -> HeaderMeaning:
    """``Телефон 1`` is ``Телефон``; 2 and up are weaker. Only of fields that a person has several of."""
    found = numbered(header)
    if found is None:
        return UNKNOWN
    base, number = found
    meaning = listed(base)
    if meaning.kind is not HeaderKind.FIELD or meaning.field not in _NUMBERED_FIELDS:
        beside_phone = meaning.field == "phone" or meaning.name in DIAL_CODES
        return meaning if meaning.kind is HeaderKind.NOT and beside_phone else UNKNOWN
    return meaning if number == 1 else replace(meaning, tier=2)


def _bilingual(header: str) -> HeaderMeaning:
    """One meaning in two languages: ``Туған күні / Дата рождения``; of two fields in one cell: NOT."""
    parts = [recognise(part) for part in bilingual_parts(header)]
    if not parts:
        return UNKNOWN
    first = parts[0]
    if all(part == first for part in parts):
        return first
    kinds = {part.kind for part in parts}
    fields = {part.field for part in parts}
    if kinds <= {HeaderKind.FIELD, HeaderKind.FIRST_NAME} and len(fields) == 1:
        definite = next(part for part in parts if part.kind is HeaderKind.FIELD)
        return replace(definite, tier=max(part.tier for part in parts), mobile=any(part.mobile for part in parts))
    if kinds == {HeaderKind.FIELD}:
        return HeaderMeaning(HeaderKind.NOT, reason=SEVERAL_FIELDS)
    return UNKNOWN
