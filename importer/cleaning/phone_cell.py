"""One phone cell of free text taken apart: its runs of digits, and what the words around them say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from importer.cleaning.characters import LONGEST_CELL, flat
from importer.cleaning.phone_run import FEWEST_DIGITS, DigitRun
from schemas.blank_words import BLANK_WORDS
from schemas.patterns import DIGITS_LOST
from schemas.phone_labels import EXTENSION_WORDS, FAX_WORDS, MOBILE_WORDS, PHONE_WORDS, PLACE_WORDS, says_fax

_BREAKS: Final = re.compile(r"[\r\n\v\f\u2028\u2029]+")
_PLUS: Final = re.compile(
    r"\b(?:plus|плюс)\b|%2B|&#43;|&plus;|➕|(?<=wa\.me/)(?=[0-9])|(?<=[?&]phone=)(?=[0-9])", re.IGNORECASE
)
_WHATSAPP_ID: Final = re.compile(r"\b([0-9]{8,15})@(?:c\.us|s\.whatsapp\.net)\b")
_NO_PHONE: Final = re.compile(
    r"(?<![^\s,;])[^\s,;]*@[^\s,;]*"  # an address, whose digits are nobody's phone; looked for once a word
    r"|(?<![0-9:])[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?![0-9:])"
    r"|(?<![0-9./-])(?:[0-3]?[0-9][./][01]?[0-9][./](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9])(?![0-9./-])"
)
_TWO_LINES: Final = re.compile(rf"[0-9 ().-]+{_BREAKS.pattern}[0-9 ().-]+")
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_ODD_GAPS: Final = re.compile(
    r"(?<![0-9])(?=(?:[0-9][_•·∙]*){7})(?![0-9]{7,8}[_•·∙]+[0-9]{1,4}(?![0-9_•·∙]))[0-9]{1,8}(?:[_•·∙]+[0-9]{1,8})+(?![0-9_•·∙])"
    r"|(?<![0-9])(?<![0-9][ ().-])[0-9]{1,6}[_•·∙]+[0-9]{9,10}(?![0-9_•·∙])"
)
"""Groups of one number, its signs as good as a hyphen: no whole number among them, and not the last digits alone."""
_ODD_SIGNS: Final = re.compile("[_•·∙]+")
_SEPARATORS: Final = re.compile(r"\s*(?:[,;|\\&]|:::|\*{2,}|\b(?:или|либо|или же|and|or|и)\b)\s*", re.IGNORECASE)
_RUN: Final = re.compile(r"(?P<plus>\+[ +().-]*)?(?P<digits>[0-9](?:[0-9 ().~/-]*[0-9)])?)")
_WORDS: Final = re.compile(r"[^\W\d_]+")
_LAST_WORD: Final = re.compile(r"([^\W\d_]+|#)[\s.:№#=(]*\Z")
_UP_TO_SLASH: Final = re.compile(r"[^/]*(?:(?<![^\W\d_])/|/(?![^\W\d_]))")
"""What stands before a slash that parts two numbers, which that of тел/факс does not."""
_IN_BRACKETS: Final = re.compile(r"\s*\([^()]*\)")
_EXTENSION_FOLLOWS: Final = re.compile(r"([^\W\d_]+)[\s.:№#=]*[0-9]")
_FLOAT: Final = re.compile(r"\A(\+?[0-9]{7,})[.,]0+\Z")
_FLOAT_WITHIN: Final = re.compile(r"(?<![0-9])(?<![0-9][ .~()-])([0-9]{7,})\.0+(?![0-9])(?!\.[0-9])")
"""A whole number and the zeros that a program wrote behind its decimal point: there the number has its end."""
_DIGITS_FOR: Final = str.maketrans("OoОоQlIІіЗзЅ", "000001111335")
_LOST: Final = re.compile(DIGITS_LOST)
_SHORT_FORM: Final = re.compile(r"(\+?[0-9])[.,]([0-9]+)[Ee]\+?([0-9]{1,2})")
_LABELS: Final = PHONE_WORDS | PLACE_WORDS | FAX_WORDS | EXTENSION_WORDS
_MOST_OF_AN_EXTENSION: Final = 6
_LABEL: Final = rf"(?:(?<![^\W\d_])(?:{'|'.join(sorted(_LABELS - EXTENSION_WORDS, key=len, reverse=True))})\.?|№)"
_OF_A_CODE: Final = r"(?!3[\s:)]+(?:7\s*5|80)|9[\s:)]+9\s*[0-9])"
"""Not the first digit of a country code that a blank broke: т.3 75 29 …, тел9 98 90 …."""
_NUMBERED: Final = re.compile(
    rf"({_LABEL}\s*№?\s*){_OF_A_CODE}(?:[1-9]\s*:|[1-6]\s*\))(?=[\s+(]*[0-9])"  # тел.1: …, phone 2) …
    rf"|({_LABEL}){_OF_A_CODE}[1-69]\s+(?=\+|(?:[ ().-]*[0-9]){{11}})",  # тел1 8701…, but тел.8 701…
    re.IGNORECASE,
)
"""Labels that end in a number of their own, where that is certain: what is left behind it is a whole phone."""
_NUMBER_OF_A_LABEL: Final = re.compile(r"(?:[^\W\d_]\.?|№)(?:\s*№?\s*[1-9]\s*[:)]|[1-69]\s|2\b)")
"""Cheap, and never misses: the words of all labels are looked for where a lone digit stands behind one only."""
_TELE2: Final = re.compile(r"\b(?:теле|tele)2\b", re.IGNORECASE)
"""An operator, whose digit is no phone's."""


@dataclass(frozen=True)
class PhoneCell:
    """What one cell holds.

    Attributes:
        runs: Its runs of digits in their order, an extension left out.
        extension: Digits behind доб., ext., x.
        problem: A code that no reading of the runs can lift, or "".
        lines: The digits of two lines of nothing else, the first too short for a phone; () of any other cell.
        guesses: Piece → its digits, with digits for look-alike letters, where letters touch digits.
    """

    runs: tuple[DigitRun, ...] = ()
    extension: str = ""
    problem: str = ""
    lines: tuple[str, ...] = ()
    guesses: dict[int, str] = field(default_factory=dict)


@lru_cache(maxsize=1 << 13)
def take_apart(text: str) -> PhoneCell:
    """Read one cell."""
    if len(text.strip()) > LONGEST_CELL:
        return PhoneCell(problem="phone_pattern")
    shown = flat(_BREAKS.sub(";", text)).strip(" ';")
    if shown.lower() in BLANK_WORDS or not shown or not shown.strip("0-"):
        return PhoneCell(problem="phone_missing")
    if whole := _whole_number(shown):
        shown = whole
    elif _LOST.fullmatch(shown):
        return PhoneCell(problem="phone_digits_lost")
    numeric = _FLOAT.match(shown)
    shown = numeric[1] if numeric else _FLOAT_WITHIN.sub(r"\1;", shown)
    shown = _NO_PHONE.sub(";", _WHATSAPP_ID.sub(r"+\1", _PLUS.sub("+", shown)))
    shown = _ODD_GAPS.sub(lambda number: _ODD_SIGNS.sub("-", number[0]), shown)
    if _NUMBER_OF_A_LABEL.search(shown):
        shown = _NUMBERED.sub(lambda label: f"{label[1] or label[2]} ", _TELE2.sub(" тел ", shown))
    pieces = _SEPARATORS.split(shown)
    runs: list[DigitRun] = []
    extension = ""
    for number, piece in enumerate(pieces):
        for run, last_word in _runs(piece, number):
            if runs and last_word in EXTENSION_WORDS and len(run.digits) <= _MOST_OF_AN_EXTENSION and not run.plus:
                extension = extension or run.digits
            else:
                runs.append(run)
    guesses = {run.piece: _guess(pieces[run.piece]) for run in runs if run.touches_letters}
    return PhoneCell(tuple(runs), extension, "" if runs else "phone_pattern", _on_two_lines(text), guesses)


def _on_two_lines(text: str) -> tuple[str, ...]:
    """The digits of a number that is broken in two behind its code, if that is all there is; else ()."""
    first, second = (*_BREAKS.split(text.strip()), "")[:2]
    digits = _NOT_DIGITS.sub("", first), _NOT_DIGITS.sub("", second)
    return digits if _TWO_LINES.fullmatch(text.strip()) and len(digits[0]) < FEWEST_DIGITS else ()


def _whole_number(shown: str) -> str:
    """The digits of a number in its short form that has them all, as Java prints one: 7.7011234567E10; else ""."""
    found = _SHORT_FORM.fullmatch(shown)
    return f"{found[1]}{found[2]}" if found and len(found[2]) == int(found[3]) else ""


def _runs(piece: str, number: int) -> Iterator[tuple[DigitRun, str]]:
    """The runs of a piece, each with the word that stands just before it."""
    found = list(_RUN.finditer(piece))
    labels = _labels(piece, found) if len(found) > 1 else [_RUN.sub(" ", piece)]
    end = 0
    for at, match in enumerate(found):
        before = piece[end : match.start()]
        end = match.end()
        word = _LAST_WORD.search(before)
        run = DigitRun(
            groups=tuple(re.findall(r"[0-9]+", match["digits"])),
            gaps=tuple(re.split(r"[0-9]+", match["digits"])[1:-1]),
            plus=match["plus"] is not None,
            closed=match["digits"].endswith(")"),
            piece=number,
            fax=says_fax(labels[at]),
            touches_letters=_touches_letters(before, match, piece[end:]),
            touches_run=at > 0 and not _WORDS.search(before),
        )
        yield run, word[1].lower() if word else ""


def _labels(piece: str, found: "list[re.Match[str]]") -> list[str]:
    """The words that say what each run is.

    They stand behind it where the last run has one of a mobile there and the first none before it, else before it.
    Words in brackets stand behind, and a slash parts those of two numbers.
    """
    bounds = [0, *(place for match in found for place in match.span()), len(piece)]
    first, *between, last = (piece[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))
    before = _has_one_of(_LABELS, first)
    behind = _has_one_of(MOBILE_WORDS, last) and not before
    labels = [first]
    for text in between:
        own = _UP_TO_SLASH.match(text) or (None if before else _IN_BRACKETS.match(text))
        end = own.end() if own else len(text) if behind else 0
        labels[-1] += f" {text[:end]}"
        labels.append(text[end:])
    labels[-1] += f" {last}"
    return labels


def _has_one_of(labels: frozenset[str], text: str) -> bool:
    return any(word.lower() in labels for word in _WORDS.findall(text))


def _touches_letters(before: str, match: "re.Match[str]", after: str) -> bool:
    """Whether letters that are no label stand at the digits without a blank: 87O1, 8701а."""
    word = re.search(r"[^\W\d_]+\Z", before)
    if word and match["plus"] is None and word[0].lower() not in _LABELS:
        return True
    if not re.match(r"[^\W\d_]", after) or match["digits"].endswith(")"):
        return False
    extension = _EXTENSION_FOLLOWS.match(after)
    return not (extension and extension[1].lower() in EXTENSION_WORDS)


def _guess(piece: str) -> str:
    """The digits of a piece without its labels."""
    bare = _WORDS.sub(lambda word: " " if word[0].lower() in _LABELS else word[0], piece).translate(_DIGITS_FOR)
    digits = re.sub(r"[^0-9]", "", bare)
    return f"+{digits}" if bare.lstrip(" (.:").startswith("+") else digits
