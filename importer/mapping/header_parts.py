"""Header texts taken apart: remarks, translations, numbers and prefixes around a name."""

import re
from typing import Final

from importer.mapping.header_keys import MAX_LENGTH, fold
from schemas.dial_codes import ALL_DIAL_CODES
from schemas.header_words import CUSTOM_PREFIXES, HINT_PHRASES, HINT_WORDS, NO_HINT_ALONE, ONE_OF_TWO

_BRACKETS: Final = re.compile(r"[(\[{（]([^()\[\]{}（）]*)[)\]}）]")
_FORMAT: Final = re.compile(r"[xх0-9]+")
_PARTS: Final = re.compile(r"[/|\\\n\r;()\[\]]|\s[-–—]\s")
_NUMBERED: Final = re.compile(r"(.*\D)(\d{1,2})")
_NUMBERED_VALUE: Final = re.compile(r"(phone|e mail) (\d{1,2}) value")
_METAFIELD: Final = re.compile(r"\.birth_?(?:date|day)\)?\s*\Z")
_OF_CONTACT: Final = re.compile(r"(.+)\(\s*(?:контакт|contact)\s*\)\s*\Z", re.IGNORECASE | re.DOTALL)
_CAMEL: Final = re.compile(r"(?<=[a-zа-яёәғқңөұүһі])(?=[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ])")
_INDEX: Final = re.compile(r"\[\d*\]\Z")
_FOLDED_HINTS: Final = frozenset(fold(word) for word in HINT_WORDS)
_ONE_OF_TWO: Final = frozenset(fold(word) for word in ONE_OF_TWO)
_NO_HINT_ALONE: Final = frozenset(fold(word) for word in NO_HINT_ALONE)
_FOLDED_PHRASES: Final = frozenset(fold(phrase) for phrase in HINT_PHRASES)
_FOLDED_CODES: Final = tuple((name, fold(name)) for name in sorted(ALL_DIAL_CODES, key=len))


def _is_hint(text: str) -> bool:
    """Whether a text is a remark. Of some words a lone one is none: ``Email format``, ``Birthday year``."""
    folded = fold(text)
    if folded in _NO_HINT_ALONE:
        return False
    return folded in _FOLDED_PHRASES or _all_hints(folded)


def _all_hints(text: str) -> bool:
    return all(word in _FOLDED_HINTS or _FORMAT.fullmatch(word) for word in fold(text).split())


def without_hints(header: str) -> str:
    """The header without remarks on format or duty, in brackets or after a comma; "" if it has none.

    ``Дата рождения (дд.мм.гггг)`` → ``Дата рождения``; ``Телефон (родителя)`` has none: that is another
    column.
    """
    bare = _BRACKETS.sub(lambda found: " " if _is_hint(found[1]) else found[0], header[:MAX_LENGTH])
    head, comma, tail = bare.partition(",")
    if comma and fold(tail) and _is_hint(tail):
        bare = head
    words = bare.split()
    end = len(words)
    while end > 1 and fold(words[end - 1]) and not words[end - 1].isdigit() and _all_hints(words[end - 1]):
        end -= 1
    if _is_hint(" ".join(words[end:])):
        bare = " ".join(words[:end])
    return bare if fold(bare) != fold(header) else ""


def without_person(header: str) -> str:
    """The folded header without words that say whose of two people it is; "" if it has none, or nothing else."""
    words = fold(header).split()
    left = [word for word in words if word not in _ONE_OF_TWO]
    return " ".join(left) if len(left) < len(words) else ""


def bilingual_parts(header: str) -> tuple[str, ...]:
    """The header cut at slashes, bars, line breaks, brackets, spaced dashes; () if nothing is to cut."""
    parts = tuple(part for part in _PARTS.split(header[:MAX_LENGTH]) if fold(part))
    return parts if len(parts) > 1 else ()


def numbered(header: str) -> tuple[str, int] | None:
    """``Телефон 2`` → (``телефон``, 2); Google's ``Phone 2 - Value`` → (``phone``, 2)."""
    folded = fold(header)
    found = _NUMBERED_VALUE.fullmatch(folded) or _NUMBERED.fullmatch(folded)
    return (found[1].strip(), int(found[2])) if found else None


def custom_field(header: str) -> str:
    """The name behind a prefix or suffix that marks a customer's own field; "" if there is none.

    ``user_metadata.country``, ``custom:iin``, ``attributes.phoneNumber[0]``, amoCRM's ``ИИН (контакт)``.
    """
    text = header.strip()
    for prefix in CUSTOM_PREFIXES:
        if text.lower().startswith(prefix):
            return _INDEX.sub("", text[len(prefix) :])
    found = _OF_CONTACT.fullmatch(text)
    return found[1] if found else ""


def is_birth_date_metafield(header: str) -> bool:
    """Whether it is Shopify's ``<title> (customer.metafields.<ns>.birth_date)``."""
    lowered = header.strip().lower()
    return "metafields." in lowered and _METAFIELD.search(lowered) is not None


def camel_case_split(header: str) -> str:
    """``НомерТелефона`` → ``Номер Телефона``."""
    return _CAMEL.sub(" ", header[:MAX_LENGTH])


def of_one_phone(folded: str) -> tuple[str, str]:
    """``work phone country code`` → (``country code``, ``work phone``), whatever that is; two "" if there is none."""
    for name, words in _FOLDED_CODES:
        for label in (folded.removesuffix(f" {words}"), folded.removeprefix(f"{words} ")):
            if label != folded:
                return name, label
    return "", ""
