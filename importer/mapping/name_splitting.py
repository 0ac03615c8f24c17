"""Whole names in one cell: split only when a person says the order of the words."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant, from_arrow, to_arrow
from importer.errors import RefusedFile, UsageError
from importer.mapping.column_candidates import Candidates
from importer.mapping.header_labels import Header
from importer.messages.kept_sentences import kept
from importer.messages.text import Text

_WORDS: Final = {
    "last": "last",
    "lastname": "last",
    "surname": "last",
    "фамилия": "last",
    "тегі": "last",
    "first": "first",
    "firstname": "first",
    "имя": "first",
    "аты": "first",
    "middle": "middle",
    "patronymic": "middle",
    "отчество": "middle",
}
_SEPARATORS: Final = r"[\s\p{Z}]+"
_BETWEEN: Final = r"[\s\p{Z},;]+"
_SEVERAL: Final = rf"[^\s\p{{Z}},;]{_BETWEEN}[^\s\p{{Z}},;]"
_STANDS_FOR_NOTHING: Final = r"(?i)\A[\s\p{Z}\[(<]*(?:не|нет|not|no data|деректер)[\s\p{Z}]"
_PATRONYMIC_TAIL: Final = r"(?i) (ұлы|улы|қызы|кызы|оғлы|оглы|углы|угли|ўғли|кизи|қизи|гызы|уулу)( |$)"
_OF_A_WOMAN: Final = r"овна|евна|ёвна|ична|івна|ївна|ovna|evna|ivna|ichna"
_PATRONYMIC: Final = (
    rf"(?i)\p{{L}}{{2}}(?:ич|ych|ovich|evich|{_OF_A_WOMAN}|ұлы|улы|қызы|кызы|оглы|оғлы|углы|уулу|ўғли|қизи|кизи|гызы"
    r"|uly|qyzy|kyzy|ogly|oglu)\z"
)
_LEGAL: Final = (
    r"(?:\A| )(?:ИП|ип|ЧП|АО|КХ|КФХ|ФХ|ЖК|АҚ|ОсОО|"
    r"(?i:тоо|ооо|зао|оао|пао|нао|жшс|llp|llc|ltd|inc|gmbh|jsc|plc))\.?(?: |\z)"
)
_TITLE: Final = r"(?i)(?:\A| )(?:mr|mrs|ms|miss|dr|prof|г-н|г-жа|господин|госпожа|гр)\.?(?: |\z)"
_CONTRADICTIONS: Final = (
    (r"[\[\](){}<>«»„“”\"0-9@/\\&+;=_]| (?:и|and|және|мен) ", kept(Text("the cell holds more than one person's name"))),
    (_LEGAL, kept(Text("a legal form is no part of a person's name"))),
    (_TITLE, kept(Text("a title is no part of a person's name"))),
    (r"(?:\A| |\.)\p{L}\.", kept(Text("initials are no first name"))),
)
"""What no cell of a whole name holds (RE2, on words with one blank between them) → why it is not split."""


def is_filled(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which cells hold a name: letters, and no words for "nothing"."""
    return pc.and_not(pc.match_substring_regex(texts, r"\p{L}"), pc.match_substring_regex(texts, _STANDS_FOR_NOTHING))


def are_several_words(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which cells hold two words or more: a whole name, where no other column holds the surname."""
    return pc.and_(is_filled(texts), pc.match_substring_regex(texts, _SEVERAL))


def name_order(text: str, *, asked: bool) -> tuple[str, ...]:
    """``"last first middle"`` as words; () when whole names are not to be split.

    A comma in it, ``"last, first"``, is a word of its own: the cells have one there.

    Args:
        text: The value of ``--full-name``.
        asked: Whether ``--map`` names a whole-name column.

    Raises:
        UsageError: An unknown word, a word twice, no first or last name, or a column named without an order.
    """
    words = text.replace(",", " , ").lower().split()
    if not words:
        if asked:
            raise UsageError(
                Text('a full_name column needs the order of its words too: --full-name "last first middle"')
            )
        return ()
    order = tuple(_WORDS.get(word, "") for word in words if word != ",")
    if "" in order or len(set(order)) != len(order) or not {"first", "last"} & set(order):
        raise UsageError(
            '--full-name "{text}": name the words of a cell in their order, each once, out of last, first, '
            'middle: "last first middle", "first last"',
            text=text,
        )
    comma = words.index(",") if "," in words else 0
    return (*order[:comma], ",", *order[comma:]) if 0 < comma < len(order) else order


def full_name_position(found: Candidates, asked: Sequence[int], header: Header) -> int:
    """The column that ``--full-name`` speaks of.

    Raises:
        UsageError: The file has no such column, or several were asked for.
        RefusedFile: Several columns hold whole names.
    """
    if len(asked) > 1:
        raise UsageError("full_name takes one column, not several: {columns}", columns=header.labels(asked))
    positions = list(asked) or found.full_names or found.loose_names
    if not positions:
        raise UsageError(Text('--full-name: no column holds whole names; name it: --map "COLUMN=full_name"'))
    if len(positions) > 1:
        options = " or ".join(header.option((position,), "full_name") for position in positions)
        raise RefusedFile(
            "full_name: several columns may hold whole names: {columns}. Say which: {options}",
            columns=header.labels(positions),
            options=options,
        )
    return positions[0]


def split_names(names: pd.Series, order: Sequence[str]) -> tuple[dict[str, pd.Series], pd.Series]:
    """Split whole names by position; a middle name may be absent where the order has one.

    Args:
        names: str, index row; "" = blank.
        order: Words out of "last", "first", "middle", and "," where the cells have a comma.

    Returns:
        "firstname" and/or "lastname" (str, index as given; "" where the name doesn't fit), and why each name that
        doesn't fit the order was not split (str, index = rows concerned only).
    """
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(to_arrow(names), _SEPARATORS, " "))
    reasons = _reasons(text, order)
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"[ ,]+", " "))
    order = [word for word in order if word != ","]
    if order[-1] == "middle":
        text = pc.replace_substring_regex(text, _PATRONYMIC_TAIL, "\\1\\2")
    words = pc.split_pattern(text, " ")
    blank = pc.equal(text, "")
    count = pc.if_else(blank, 0, pc.list_value_length(words))
    whole = pc.equal(count, len(order))
    short = tuple(word for word in order if word != "middle")
    fits_short = pc.and_(pc.equal(count, len(short)), pa.scalar("middle" in order))
    if "middle" in order:
        fits_short = pc.and_not(fits_short, pc.match_substring_regex(text, _PATRONYMIC))
    unfit = pc.and_(pc.equal(reasons, ""), pc.invert(pc.or_(pc.or_(whole, fits_short), blank)))
    reasons = pc.if_else(unfit, _counted(count, order), reasons)
    found = {
        word: pc.coalesce(
            _word(words, whole, order.index(word)),
            _word(words, fits_short, short.index(word)) if word in short else pa.scalar(None, pa.large_string()),
            pa.scalar("", pa.large_string()),
        )
        for word in order
    }
    misplaced = pc.and_(pc.equal(reasons, ""), _has_patronymic_elsewhere(found))
    elsewhere = kept(Text("a patronymic stands where the order has another name"))
    reasons = pc.if_else(misplaced, elsewhere, reasons)
    fits = pc.equal(reasons, "")
    parts = {
        f"{word}name": from_arrow(pc.if_else(fits, found[word], ""), names.index)
        for word in ("first", "last")
        if word in found
    }
    wrong = pc.and_not(pc.invert(fits), blank).to_numpy(zero_copy_only=False)
    return parts, from_arrow(reasons.filter(pa.array(wrong)), names.index[wrong])


def _reasons(text: pa.LargeStringArray, order: Sequence[str]) -> pa.LargeStringArray:
    """Per cell what in it contradicts any order of names, or ""."""
    reasons = constant("", len(text))
    for pattern, reason in _CONTRADICTIONS:
        reasons = pc.if_else(pc.match_substring_regex(text, pattern), reason, reasons)
    commas = pc.count_substring(text, ",")
    before = order.index(",") if "," in order else 0
    expected = rf"\A[^ ,]+(?: [^ ,]+){{{max(before - 1, 0)}}} ?,[^,]+\z"
    odd = pc.and_not(pc.greater(commas, 0), pc.match_substring_regex(text, expected) if before else pa.scalar(False))
    said = kept(Text("a comma: where all cells have one, say so, {option}", option='--full-name "last, first"'))
    return pc.if_else(odd, said, reasons)


def _counted(count: pa.Array, order: Sequence[str]) -> pa.LargeStringArray:
    least = len([word for word in order if word != "middle"])
    takes = str(least) if least == len(order) else f"{least}–{len(order)}"
    found = count.unique()
    words = " ".join(order)
    texts = [
        Text('words found: {count}; the order "{order}" takes {takes} words', count=one, order=words, takes=takes)
        for one in found.to_pylist()
    ]
    return pa.array([kept(text) for text in texts], pa.large_string()).take(pc.index_in(count, found))


def _has_patronymic_elsewhere(found: Mapping[str, pa.LargeStringArray]) -> pa.BooleanArray:
    """Where a word that can only be a patronymic stands in the place of the first or the last name.

    A man's may be a surname, Абрамович: it counts only where the middle name is none.
    """
    patronymic = {word: pc.match_substring_regex(texts, _PATRONYMIC) for word, texts in found.items()}
    first = next(iter(found.values()))
    wrong = patronymic.get("first", pc.is_null(first))
    if "last" in found:
        wrong = pc.or_(wrong, pc.match_substring_regex(found["last"], rf"(?i)\p{{L}}{{2}}(?:{_OF_A_WOMAN})\z"))
    if "last" in found and "middle" in found:
        other = pc.and_not(pc.not_equal(found["middle"], ""), patronymic["middle"])
        wrong = pc.or_(wrong, pc.and_(patronymic["last"], other))
    return wrong


def _word(words: pa.Array, fits: pa.Array, place: int) -> pa.Array:
    """The word at a place of the lists that fit, null elsewhere."""
    lists = pc.if_else(fits, words, pa.scalar(None, words.type))
    padded = pc.list_slice(lists, place, place + 1, return_fixed_size_list=True)
    return pc.cast(pc.list_element(padded, 0), pa.large_string())
