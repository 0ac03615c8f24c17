"""Whole names in one cell: split only when a person says the order of the words."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import from_arrow, to_arrow
from importer.errors import RefusedFile, UsageError
from importer.mapping.column_candidates import Candidates
from importer.mapping.header_labels import Header

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
_SEPARATORS: Final = r"[\s\p{Z},]+"
_PATRONYMIC_TAIL: Final = r"(?i) (ұлы|улы|қызы|кызы|оғлы|оглы|углы|угли|ўғли|кизи|қизи|гызы)( |$)"
_PATRONYMIC: Final = r"(?i).(вич|вна|ична|инична|ұлы|қызы|улы|кызы|оглы|оғлы)$"


def name_order(text: str, *, asked: bool) -> tuple[str, ...]:
    """``"last first middle"`` as words; () when whole names are not to be split.

    Args:
        text: The value of ``--full-name``.
        asked: Whether ``--map`` names a whole-name column.

    Raises:
        UsageError: An unknown word, a word twice, no first or last name, or a column named without an order.
    """
    words = text.replace(",", " ").lower().split()
    if not words:
        if asked:
            raise UsageError('a full_name column needs the order of its words too: --full-name "last first middle"')
        return ()
    order = tuple(_WORDS.get(word, "") for word in words)
    if "" in order or len(set(order)) != len(order) or not {"first", "last"} & set(order):
        raise UsageError(
            f'--full-name "{text}": name the words of a cell in their order, each once, out of last, first, '
            'middle: "last first middle", "first last"'
        )
    return order


def full_name_position(found: Candidates, asked: Sequence[int], header: Header) -> int:
    """The column that ``--full-name`` speaks of.

    Raises:
        UsageError: The file has no such column, or several were asked for.
        RefusedFile: Several columns hold whole names.
    """
    if len(asked) > 1:
        raise UsageError(f"full_name takes one column, not several: {header.labels(asked)}")
    positions = list(asked) or found.full_names or found.loose_names
    if not positions:
        raise UsageError('--full-name: no column holds whole names; name it: --map "COLUMN=full_name"')
    if len(positions) > 1:
        options = " or ".join(header.option((position,), "full_name") for position in positions)
        raise RefusedFile(
            f"full_name: several columns may hold whole names: {header.labels(positions)}. Say which: {options}"
        )
    return positions[0]


def split_names(names: pd.Series, order: Sequence[str]) -> tuple[dict[str, pd.Series], pd.Series]:
    """Split whole names by position; a middle name may be absent where the order has one.

    Args:
        names: str, index row; "" = blank.
        order: Words out of "last", "first", "middle".

    Returns:
        "firstname" and/or "lastname" (str, index as given; "" where the name doesn't fit), and the number
        of words of each name that doesn't fit the order (int64, index = rows concerned only).
    """
    text = pc.replace_substring_regex(to_arrow(names), _SEPARATORS, " ")
    text = pc.utf8_trim_whitespace(text)
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
    parts = {}
    for part in ("first", "last"):
        if part in order:
            value = _word(words, whole, order.index(part))
            value = pc.coalesce(value, _word(words, fits_short, short.index(part)), pa.scalar("", pa.large_string()))
            parts[f"{part}name"] = from_arrow(value, names.index)
    wrong = pc.invert(pc.or_(pc.or_(whole, fits_short), blank)).to_numpy(zero_copy_only=False)
    counts = pd.Series(count.to_numpy(zero_copy_only=False)[wrong], index=names.index[wrong], dtype="int64")
    return parts, counts


def _word(words: pa.Array, fits: pa.Array, place: int) -> pa.Array:
    """The word at a place of the lists that fit, null elsewhere."""
    lists = pc.if_else(fits, words, pa.scalar(None, words.type))
    padded = pc.list_slice(lists, place, place + 1, return_fixed_size_list=True)
    return pc.cast(pc.list_element(padded, 0), pa.large_string())
