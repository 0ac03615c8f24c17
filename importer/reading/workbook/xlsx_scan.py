"""The cells of a block of sheet XML, all at once: what ``xlsx_cells`` matches one by one, by arithmetic on offsets.

Cells in the forms below are proven byte by byte; any other makes its row unusual, for the exact reader to read.

    <c r="A1" s="1" t="s"/>                 <c r="A1"></c>
    <c r="A1" s="1" t="s"><v>…</v></c>      <c r="A1"><f…>…</f><v>…</v></c>      <c r="A1"><f…/><v>…</v></c>
    <c r="A1" t="inlineStr"><is><t>…</t></is></c>        the same with <t xml:space="preserve">
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from importer.reading.limits import MAX_CELL
from importer.reading.workbook.tags import Mask, Places, Tags, Words
from schemas.letters import masked, word

_LEFT: Final = np.isin(np.arange(256), list(b"!m"))
"""How tags begin that are for the exact reader to judge: comments and CDATA, merged areas."""
_CELL_TAG: Final = np.isin(np.arange(256), list(b" >/"))
_BROKEN_TAG: Final = np.isin(np.arange(256), list(b"\r\n\t"))
_REST: Final = re.compile(
    rb'(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?: ?(/)><[^<]{2}|>(<v>|<is|<f[ >/]|</c))',
)
_EMPTY, _BARE, _VALUE, _INLINE, _FORMULA, _TEXT_FORMULA, _OTHER = range(7)
_FORMS: Final = {
    b"/": _EMPTY,
    b"</c": _BARE,
    b"<v>": _VALUE,
    b"<is": _INLINE,
    **dict.fromkeys((b"<f ", b"<f>", b"<f/"), _FORMULA),
}
_LONGEST: Final = 64
"""Bytes of what follows a cell's reference in its tag; more is unusual."""
_REFERENCE, _V, _V_END, _C_END = (word(text) for text in (b'<c r="', b"<v>", b"</v></c>", b"</c>"))
_IS, _IS_T, _F_V = (word(text) for text in (b"<is>", b"<is><t>", b"</f><v>"))
_T_END: Final = (word(b"</t></is"), word(b"/is></c>"))
_T_KEPT: Final = tuple(word(b'<t xml:space="preserve">'[at : at + 8]) for at in (0, 8, 16))
_QUOTES, _LOWEST, _HIGHEST = (np.uint64(int(byte * 8, 16)) for byte in ("22", "01", "80"))
_A, _Z, _ALPHABET = ord("A"), ord("Z"), 26
_MOST_DIGITS: Final = 7


@dataclass
class Cells:
    """The cells of a block in their order, and the rows that they form.

    Attributes:
        row: Index of each cell's row in the block.
        column: 0-based.
        starts: Offsets of the texts (as written) in the block; ``ends`` likewise, the same where there is none.
        look: Index in ``looks``.
        looks: Pairs of a cell's type and style, "" where it has none.
        fine: False for cells that are unusual.
        numbers: Row numbers by row.
        edges: Offsets where the rows begin, and of the end.
    """

    row: Places
    column: Places
    starts: Places
    ends: Places
    look: Places
    looks: list[tuple[str, str]]
    fine: Mask
    numbers: Places
    edges: Places


@dataclass(frozen=True)
class _References:
    """Where cells say that they stand: 0-based column, offset and length of the row's digits, those as a word."""

    column: Places
    starts: Places
    lengths: Places
    digits: Words
    fine: Mask


def scan(tags: Tags) -> Cells | None:
    """The cells of a block that begins with a row; None if it is no such block, or one that needs a closer look."""
    cells = np.flatnonzero(tags.kinds == ord("c"))
    follows = tags.letters[tags.starts[cells] + 2]
    if _LEFT[tags.kinds].any() or _BROKEN_TAG[follows].any():
        return None
    cells = cells[_CELL_TAG[follows]]
    begins = tags.starts[cells]
    named = _references(tags, begins)
    first = _row_starts(named)
    numbers, counted = tags.numbers(named.starts[first], named.lengths[first])
    if not first.size or not counted.all() or not tags.is_text():
        return None
    row = np.zeros(cells.size, np.int64)
    row[first[1:]] = 1
    row = np.cumsum(row)
    edges = np.append(begins[first], tags.size)
    edges[0] = 0
    form, look, looks = _looks(tags, cells, named)
    starts, ends = begins.copy(), begins.copy()
    fine = named.fine & (form != _OTHER)
    for one in np.flatnonzero(np.bincount(form[fine])):
        places = np.flatnonzero(form == one)
        starts[places], ends[places], fine[places] = _spans(tags, cells[places], int(one))
    fine &= named.fine & (ends - starts <= MAX_CELL)
    ends = np.where(fine, ends, begins)
    starts = np.where(fine, starts, begins)
    return Cells(row, named.column, starts, ends, look, looks, fine, numbers, edges)


def _references(tags: Tags, begins: Places) -> _References:
    letters = tags.words(begins + 6, 3).astype(np.int64)
    first, second, third = (letters >> shift & 0xFF for shift in (0, 8, 16))
    two = second >= _A
    three = two & (third >= _A)
    fine = (tags.words(begins, 6) == _REFERENCE) & (first >= _A) & (first <= _Z)
    fine &= ~two | (second <= _Z)
    fine &= ~three | (third <= _Z)
    column = first - _A
    column = np.where(two, (column + 1) * _ALPHABET + second - _A, column)
    column = np.where(three, (column + 1) * _ALPHABET + third - _A, column)
    starts = begins + 7 + two + three
    digits = tags.words(starts)
    # the lowest zero byte of a word, found as in "Hacker's Delight", 6-1; what stands above it may be found wrongly
    holes = digits ^ _QUOTES
    found = (holes - _LOWEST) & ~holes & _HIGHEST
    lengths = (np.frexp((found & (~found + np.uint64(1))).astype(np.float64))[1] // 8 - 1).astype(np.int64)
    fine &= (lengths >= 1) & (lengths <= _MOST_DIGITS)
    return _References(column, starts, lengths, masked(digits, lengths), fine)


def _row_starts(named: _References) -> Places:
    """The cells whose row is another than that of the cell before."""
    known = np.flatnonzero(named.fine)
    digits = named.digits[known]
    first: Places = known[np.append(True, digits[1:] != digits[:-1])[: known.size]]
    return first


def _looks(tags: Tags, cells: Places, named: _References) -> tuple[Places, Places, list[tuple[str, str]]]:
    """For each cell its form and the index of its look, and the looks: type and style."""
    starts = named.starts + named.lengths + 1
    ends = tags.starts[cells + 1] + 3
    fine = named.fine & (ends > starts) & (ends - starts <= _LONGEST)
    begins = tags.starts[cells] + 3
    parts = tags.texts(np.where(fine, starts, begins), np.where(fine, ends, begins))
    coded = parts.take(pa.array(np.arange(0, 2 * len(cells), 2))).dictionary_encode()
    forms: list[int] = []
    looks: list[tuple[str, str]] = []
    for text in coded.dictionary.cast(pa.large_binary()).to_pylist():
        match = _REST.fullmatch(text)
        style, kind, closed, following = match.groups(b"") if match else (b"", b"", b"", b"")
        form = _FORMS.get(closed or following, _OTHER)
        if form != _OTHER and (form == _INLINE) != (kind == b"inlineStr") and form > _BARE:
            form = _OTHER
        forms.append(_TEXT_FORMULA if (form, kind) == (_FORMULA, b"str") else form)
        looks.append((kind.decode(), style.decode()))
    codes = coded.indices.to_numpy().astype(np.int64)
    return np.array(forms)[codes], codes, looks


def _spans(tags: Tags, cells: Places, form: int) -> tuple[Places, Places, Mask]:
    """Where the texts of cells of one form start and end, and which of them are whole."""
    after, second, third = (tags.starts[cells + step] for step in (1, 2, 3))
    if form == _EMPTY:
        return after, after, np.ones(len(cells), dtype=bool)
    if form == _BARE:
        return after, after, tags.words(after, 4) == _C_END
    if form == _VALUE:
        return after + 3, second, tags.words(second) == _V_END
    if form == _INLINE:
        kept = (second == after + 4) & (tags.words(after, 4) == _IS)
        for step, part in enumerate(_T_KEPT):
            kept &= tags.words(second + 8 * step) == part
        whole = (tags.words(third) == _T_END[0]) & (tags.words(third + 5) == _T_END[1])
        return second + np.where(kept, 24, 3), third, whole & (kept | (tags.words(after, 7) == _IS_T))
    closed = tags.words(second, 7) == _F_V
    starts = second + np.where(closed, 7, 3)
    ends = np.where(closed, tags.starts[cells + 4], third)
    whole = (closed | (tags.words(second, 3) == _V)) & (tags.words(ends) == _V_END)
    return starts, ends, whole & ((form == _TEXT_FORMULA) | (ends > starts))
