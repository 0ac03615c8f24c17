"""Columns of country codes beside columns of phones: ``Dial Code`` says where ``Phone`` is a national number.

A column under ``Country code`` may hold the country codes of its phones, or ISO's numbers or a list's own: 31 is the
Netherlands, and Azerbaijan's 031 that a spreadsheet took the zero of. The phones tell which is meant.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import pandas as pd

from importer.mapping.header_keys import fold
from importer.mapping.header_names import HeaderKind, HeaderMeaning, listed
from importer.mapping.header_parts import camel_case_split, of_one_phone
from schemas.dial_codes import ALL_DIAL_CODES, DIAL_CODES, DIAL_CODES_IF_SHOWN, dial_code_in
from schemas.iso3166 import ALPHA_2_OF
from schemas.phone_plans import code_of_region, trunk_prefix, valid_national

_SAMPLE_ROWS: Final = 1_000
_BARE_CODE_OF_A_TOWN: Final = r"[0-9]{3,}(?:[.,]0+)?"
_A_PHONE: Final = (HeaderKind.FIELD, HeaderKind.ONE_OF_TWO)
_REFUSED: Final = "phone_dial_code"
"""How the codes of errors begin that such a column is a part of."""
_NOT_OF_A_PHONE: Final = re.compile(r"[^0-9+]+")
_FLOAT: Final = re.compile(r"[.,]0+\s*\Z")
_ABROAD: Final = re.compile(r"\A(?:\+|00)")
_ISO_LENGTH: Final = 3
_OF_CODES: Final = re.compile(r"\b(?:codes?|код\w*|prefix\w*|префикс\w*|isd)\b")
_STEPS: Final = (1, -1)


def dial_code_columns(
    texts: Sequence[str],
    meanings: Sequence[HeaderMeaning],
    free: Collection[int],
    cells: pd.DataFrame | None,
    errors_at: int | None,
    *,
    phones: Collection[int],
    region: str,
) -> tuple[int, ...]:
    """Positions of the columns that hold the country codes of phones and nothing else, ascending.

    Args:
        texts: The headers.
        meanings: One for each position.
        free: Positions that no request and no result column holds.
        cells: First cells of the table (columns = positions), or None: then only what the header says for certain.
        errors_at: Position of the error codes of an earlier output: rows that such a column refused hold what is no
            code, and it is one all the same.
        phones: Positions that ``--map`` names for the phone.
        region: Whose plan phones without a code are read by (ISO 3166-1 alpha-2), "" = not known.
    """
    perhaps = [at for at in sorted(free) if meanings[at].name in ALL_DIAL_CODES]
    if cells is None or not perhaps:
        return tuple(at for at in perhaps if meanings[at].name in DIAL_CODES)
    top = cells.iloc[:_SAMPLE_ROWS]
    if errors_at is not None and top[errors_at].str.contains(_REFUSED, regex=False).any():
        return tuple(perhaps)
    perhaps = [at for at in perhaps if _holds_dial_codes(top[at].str.strip(), meanings[at].name)]
    phones = phones or [at for at in sorted(free) if meanings[at].field == "phone" and meanings[at].kind in _A_PHONE]
    beside = beside_phones(texts, meanings, list(phones), perhaps)
    known = {at: meanings[at].name in DIAL_CODES for at in perhaps}
    return tuple(at for at in perhaps if _by_phones(at, beside, top, region) >= (0 if known[at] else 1))


def _by_phones(at: int, beside: Mapping[int, int], top: pd.DataFrame, region: str) -> int:
    """How many more phones bear out a column's codes than deny them, in that of its phone columns that most do."""
    served = (phone for phone, codes in beside.items() if codes == at)
    return max((_borne_out(zip(top[at], top[phone], strict=True), region) for phone in served), default=0)


def _holds_dial_codes(column: "pd.Series[str]", name: str) -> bool:
    """Whether most filled cells are codes, as far as the header leaves a doubt."""
    filled = column[column != ""]
    if not len(filled):
        return name in DIAL_CODES
    codes = filled.map(dial_code_in) != ""
    if name in DIAL_CODES_IF_SHOWN:
        codes &= ~filled.str.fullmatch(_BARE_CODE_OF_A_TOWN)
    return bool(codes.mean() > 0.5)  # noqa: PLR2004 (most = over half)


def _borne_out(pairs: Iterable[tuple[str, str]], region: str) -> int:
    """How many more phones say that the cells beside them are country codes than say that they are not.

    Args:
        pairs: Cells of the column of codes, each with the phone beside it.
        region: Whose plan phones without a code are read by (ISO 3166-1 alpha-2), "" = not known.
    """
    own = code_of_region(region)
    votes = (
        _vote(cell, code, digits, own)
        for cell, phone in pairs
        if (code := dial_code_in(cell)) and (digits := _NOT_OF_A_PHONE.sub("", _FLOAT.sub("", phone)))
    )
    return sum(votes)


def _vote(cell: str, code: str, digits: str, own: str) -> int:
    """1 where a phone bears out that its cell is a country code, -1 where it says otherwise, 0 where both can be."""
    bare = _ABROAD.sub("", digits)
    if bare != digits:
        return 1 if bare.startswith(code) else -1
    with_code, as_ever = _is_of(digits, code), _is_of(digits, own)
    if not with_code:
        return -1 if as_ever else 0
    if code == own or "+" in cell:
        return 1
    if len(code) == 1:  # as likely the first entry of a list of countries
        return 0 if as_ever else 1
    iso = code_of_region(ALPHA_2_OF.get(code.zfill(_ISO_LENGTH), ""))
    return 0 if _is_of(digits, iso) else 1


def _is_of(digits: str, code: str) -> bool:
    """Whether digits are a valid number of a country code, with or without it or the prefix of domestic calls."""
    return bool(code and _numbers(code).fullmatch(digits))


@lru_cache(maxsize=256)
def _numbers(code: str) -> re.Pattern[str]:
    prefix = trunk_prefix(code).pattern or "0"
    return re.compile(rf"(?:{code})?(?:{prefix})?(?:{valid_national(code)})")


def beside_phones(
    texts: Sequence[str], meanings: Sequence[HeaderMeaning], phones: Sequence[int], dial_codes: Sequence[int]
) -> dict[int, int]:
    """Position of a phone column → of the column of its country codes.

    The only such column says the country of all phones, unless its header names one of them, or another header that
    speaks of codes stands beside a phone: what that one says is not known, and may be the code of its phone.

    Args:
        texts: The headers.
        meanings: One for each position.
        phones: The columns whose phones are read.
        dial_codes: The columns of country codes.
    """
    words = [fold(camel_case_split(text)) for text in texts]
    like_phones = {*phones, *(at for at, meaning in enumerate(meanings) if meaning.field == "phone")}
    others = {
        at
        for at, (own, meaning) in enumerate(zip(words, meanings, strict=True))
        if at not in like_phones and at not in dial_codes and _OF_CODES.search(own) and not _of_no_field(meaning)
    }
    named = {code: found for code in dial_codes if (found := _named_by(words[code], words, like_phones))}
    owners = {**named, **_directly_beside([at for at in dial_codes if at not in named], phones, like_phones, others)}
    if len(dial_codes) == 1 and not any(at + step in others for at in phones for step in _STEPS):
        (code,) = dial_codes
        known = owners.get(code, set())
        if not (_names_one(texts[code], words[code]) or (known and known.isdisjoint(phones))):
            return dict.fromkeys(phones, code)
    claims = [(phone, code) for code, own in owners.items() for phone in own if phone in phones]
    return {phone: code for phone, code in claims if sum(phone == other for other, _ in claims) == 1}


def _of_no_field(meaning: HeaderMeaning) -> bool:
    """Whether a header is known as something of its own, as ``Postal code`` is."""
    return meaning.kind is HeaderKind.NOT and not meaning.field


def _named_by(words: str, headers: Sequence[str], like_phones: Collection[int]) -> set[int]:
    """The one phone column that is called as the phone in a header of codes: ``Work phone country code``."""
    _, label = of_one_phone(words)
    found = {at for at in like_phones if label and headers[at] == label}
    return found if len(found) == 1 else set()


def _names_one(text: str, words: str) -> bool:
    """Whether a header of codes names the phone that it is of, more than ``Phone country code`` does."""
    return not listed(text).name and of_one_phone(words) != ("", "")


def _directly_beside(
    dial_codes: Sequence[int], phones: Sequence[int], like_phones: Collection[int], others: Collection[int]
) -> Mapping[int, set[int]]:
    """Each code column → the phone column before it, or behind it: for all of them the same; none where both can be."""
    spoken_for = {at for at in like_phones if any(at + step in others for step in _STEPS)}
    beside = {
        code: {at for step in _STEPS if (at := code + step) in like_phones and at not in spoken_for}
        or {at for step in _STEPS if (at := code + step) in like_phones}
        for code in dial_codes
    }
    if len(dial_codes) == 1:
        return beside
    for meant in (like_phones, phones):
        steps = [step for step in _STEPS if all(at + step in meant and at + step in beside[at] for at in dial_codes)]
        if len(steps) == 1:
            return {at: {at + steps[0]} for at in dial_codes}
    return {} if steps else {at: found for at, found in beside.items() if len(found) == 1}
