"""Names, nationality and identifier: kept as written, once invisible differences are gone."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.characters import BLANK_MARKERS, BLANK_WORDS, flat, tidy
from importer.cleaning.column import Column, Remark, Repair, Texts, fit, matches, where
from importer.cleaning.file_decisions import Decisions
from importer.model import Severity
from schemas.rules import DIGITS_LOST

_LETTERS: Final = r"\x{C0}-\x{24F}\x{400}-\x{482}\x{48A}-\x{52F}№«»—–’"
_PLAIN: Final = rf"\A[!-&(-~{_LETTERS}][!-~{_LETTERS}]*(?: [!-~{_LETTERS}]+)*\z"
"""Text that ``tidy`` would give back as it is: in these ranges every letter is NFC and visible."""

_TRAILING_ZERO: Final = re.compile(r"\A([0-9]{4,})[.,]0{1,2}\Z")
_IIN: Final = "[0-9]{12}"
_PLACES: Final = 10 ** np.arange(12, dtype=np.int64)[::-1]
_IIN_WEIGHTS: Final = (
    (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2),
)
"""First and second round of the check digit of a Kazakh IIN; a remainder of ten means the next round, then no IIN."""

_NO_DIGIT: Final = 10


def clean_name(column: Column, field: str, _decisions: Decisions) -> None:
    """First name or last name: Null, NA, None and Нет are names; ``-`` and ``n/a`` are none."""
    _tidy_texts(column, field, BLANK_MARKERS)


def clean_text(column: Column, field: str, _decisions: Decisions) -> None:
    """Free text; a word for "none" is left out."""
    _tidy_texts(column, field, BLANK_WORDS)


def clean_identifier(column: Column, field: str, _decisions: Decisions) -> None:
    """Text with its zeros; twelve digits that are no IIN are worth a warning."""
    plain = pc.ascii_is_decimal(column.texts)
    odd = where(pc.and_not(pc.not_equal(column.texts, ""), plain))
    column.read_each(odd, lambda text: _read_identifier(text, field))
    _warn_of_bad_iin(column, field)


def left_out(text: str, field: str, words: frozenset[str]) -> Repair | None:
    """The repair of a cell that stands for nothing; None for a cell that says something."""
    shown = flat(text)
    if not text.strip():
        return Repair("")
    if not shown or shown.lower() in words:
        return Repair("", (Remark(f"{field}_left_out", Severity.NOTE),))
    return None


def changed(before: str, after: str, code: str) -> tuple[Remark, ...]:
    """A note raw → clean, unless nothing but outer spaces went."""
    return () if before.strip(" ") == after else (Remark(code, Severity.NOTE, after),)


def _tidy_texts(column: Column, field: str, blanks: frozenset[str]) -> None:
    suspects = pa.array(_spellings(blanks), pa.large_string())

    def are_fine(texts: Texts) -> pa.BooleanArray:
        return pc.or_(pc.equal(texts, ""), pc.and_not(matches(texts, _PLAIN), pc.is_in(texts, suspects)))

    column.read_odd(are_fine, _text_reader(field, blanks))


@lru_cache(maxsize=8)
def _spellings(words: frozenset[str]) -> tuple[str, ...]:
    written = words | {word.upper() for word in words} | {word.capitalize() for word in words}
    return tuple(sorted(written | {dash * count for dash in "—–" for count in (1, 2, 3)}))


@lru_cache(maxsize=8)
def _text_reader(field: str, blanks: frozenset[str]) -> Callable[[str], Repair]:
    """A memoised reader of one field's odd cells; its memory is bounded."""

    @lru_cache(maxsize=1 << 13)
    def read(text: str) -> Repair:
        nothing = left_out(text, field, blanks)
        if nothing is not None:
            return nothing
        clean = tidy(text)
        return Repair(clean, changed(text, clean, f"{field}_cleaned"))

    return read


def _read_identifier(text: str, field: str) -> Repair:
    nothing = left_out(text, field, BLANK_WORDS)
    if nothing is not None:
        return nothing
    clean = flat(text).lstrip("'")
    if re.fullmatch(DIGITS_LOST, clean):
        return Repair(clean)
    number = _TRAILING_ZERO.match(clean)
    clean = number[1] if number else clean
    return Repair(clean, changed(text, clean, f"{field}_cleaned"))


def _warn_of_bad_iin(column: Column, field: str) -> None:
    positions = where(fit(column.texts, _IIN))
    if not len(positions):
        return
    numbers = np.asarray(pc.cast(column.texts.take(pa.array(positions)), pa.int64()))
    digits = numbers[:, np.newaxis] // _PLACES % 10
    check = np.full(len(digits), _NO_DIGIT)
    for weights in _IIN_WEIGHTS:
        rest = digits[:, :11] @ np.array(weights) % 11
        check = np.where(check == _NO_DIGIT, rest, check)
    wrong = (check != digits[:, 11]) | (check == _NO_DIGIT) | (digits == digits[:, :1]).all(axis=1)
    column.remark(positions[wrong], f"{field}_iin", Severity.WARNING)
