"""Which phone a column of country codes speaks of: the one that its header names, or the one directly beside it."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from importer.mapping.header_keys import fold
from importer.mapping.header_names import HeaderKind, HeaderMeaning, listed
from importer.mapping.header_parts import camel_case_split, of_one_phone

_OF_CODES: Final = re.compile(r"\b(?:codes?|код\w*|prefix\w*|префикс\w*|isd)\b")
_STEPS: Final = (1, -1)


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
