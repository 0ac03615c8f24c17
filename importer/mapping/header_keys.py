"""Header texts folded to keys, most literal first; both sides of a comparison go through here."""

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Final

from schemas.header_words import ABBREVIATIONS, CONTACT_PERSON, PLAIN_KAZAKH, POSSESSORS

_LATIN: Final = "abceihkmoptxy"
_CYRILLIC: Final = "авсеінкмортху"
_LOOK_ALIKES: Final = str.maketrans(_LATIN, _CYRILLIC)
_NO_DOT: Final = re.compile(r"\A\W*no\.(?=\s*\w)", re.IGNORECASE)
"""Before a name: ``No. phone`` is its number, ``No phone`` a flag."""
_NOT_WORD: Final = re.compile(r"[\W_]+")
_APOSTROPHES: Final = str.maketrans("", "", "'’ʼ`")
_DIGITS_AFTER_LETTERS: Final = re.compile(r"(?<=[^\W\d])(?=\d)")

MAX_LENGTH: Final = 200
"""Longer texts are no header names: they are not folded (a hostile cell costs nothing)."""


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Words in lower case, one blank between them: no punctuation, NBSP or line breaks; ё as е, № and No. written out.

    A text over ``MAX_LENGTH`` characters gives "": no name is that long.
    """
    if len(text) > MAX_LENGTH:
        return ""
    text = unicodedata.normalize("NFKC", _NO_DOT.sub("number ", text.replace("№", " номер "))).lower().replace("ё", "е")
    if not text.isprintable():
        text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return _NOT_WORD.sub(" ", text.translate(_APOSTROPHES)).strip()


def _plain_script(folded: str) -> str:
    """Latin letters that look Cyrillic as Cyrillic ones; English names change alike on both sides."""
    return folded.translate(_LOOK_ALIKES)


def plain_letters(folded: str) -> str:
    """As ``_plain_script``, and Kazakh letters as the Russian ones people type instead."""
    return _plain_script(folded).translate(PLAIN_KAZAKH)


def _joined(folded: str) -> str:
    """Without blanks: ``Дата_рождения``, ``ДатаРождения``, ``ф.и.о.`` and ``E-mail`` meet plain forms."""
    return plain_letters(folded).replace(" ", "")


def _expanded(folded: str) -> list[str]:
    """Its words, abbreviations written out; in ``No phone`` the first is none: it is a flag."""
    words = plain_letters(_DIGITS_AFTER_LETTERS.sub(" ", folded)).split()
    first = words[:1] if words[:1] == [_NO] else []
    return [*first, *(_EXPANDED.get(word, word) for word in words[len(first) :])]


def _any_order(folded: str) -> str:
    """Words in any order, abbreviations written out: ``Тел. моб.`` is ``Мобильный телефон``."""
    return " ".join(sorted(_expanded(folded)))


def _unpossessed(folded: str) -> str:
    """As ``_any_order``, possessors dropped: ``Моб. тел. покупателя`` is ``Мобильный телефон``."""
    words = _expanded(folded)
    dropped = _possessors_of(words)
    return " ".join(sorted(word for word in words if word not in dropped))


def _unaddressed(folded: str) -> str:
    """As ``_unpossessed``, without a Turkic "your" and its accusative: ``Атыңызды жазыңыз`` is ``Аты``.

    What belongs to somebody of yours has a genitive, ``балаңыздың аты``, and stays.
    """
    dropped = _possessors_of(plain_letters(folded).split())
    kept = (word for word in folded.split() if plain_letters(word) not in dropped)
    bare = ((word, _ADDRESSED.sub("", word)) for word in kept)
    return _unpossessed(" ".join(left for word, left in bare if left == word or left not in _LINKS))


def names_contact_person(words: Collection[str]) -> bool:
    """Whether the words (``plain_letters``) name the contact person, who is somebody else than the row's."""
    return all(any(word in said for word in words) for said in _CONTACT_PERSON)


def _possessors_of(words: Collection[str]) -> frozenset[str]:
    return frozenset() if names_contact_person(words) else _DROPPED


_ADDRESSED: Final = re.compile(r"(?:[ңн][ыіиуү]з(?:[дн][ыіиуү])?|ngiz(?:ni)?|нгиз(?:ни)?)\Z")
_LINKS: Final = frozenset("ыіиуү")
"""What is left of ``іңіз`` behind a hyphen: ``ЖСН-іңіз``."""

_NO: Final = plain_letters("no")
_EXPANDED: Final = {plain_letters(short): plain_letters(long) for short, long in ABBREVIATIONS.items()}
_DROPPED: Final = frozenset(plain_letters(word) for word in POSSESSORS)
_CONTACT_PERSON: Final = tuple(frozenset(map(plain_letters, said)) for said in CONTACT_PERSON)

LEVELS: Final[tuple[tuple[Callable[[str], str], Callable[[str], str]], ...]] = (
    (str, str),
    (_plain_script, _plain_script),
    (plain_letters, plain_letters),
    (_joined, _joined),
    (_any_order, _unpossessed),
    (_any_order, _unaddressed),
)
"""Keys of a folded listed name and of a folded header, most literal first: a name found by one is not
looked up by the next."""
