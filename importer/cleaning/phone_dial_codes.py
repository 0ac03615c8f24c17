"""Phones whose country code stands in a column beside them: both in one text, so that whoever quotes it quotes both.

``Dial Code: +91 ❘ 9812345678``. Only a phone that needs the code gets it: one that begins with it, or whose code is
that of the run's region, stays as it is.
"""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.characters import flat, stands_for_nothing
from importer.cleaning.column import Column, Texts, joined, matches, where
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.phone_country_code import plan_of
from importer.cleaning.unpacking import unpacked
from importer.columns.arrow_text import Positions
from importer.model import Severity
from schemas.blank_words import BLANK_WORDS
from schemas.dial_codes import dial_code_in, main_region

_BAR: Final = "❘"
BESIDE: Final = rf": (?:\+[0-9]{{1,3}}|'[^{_BAR}]*') {_BAR} "
"""RE2: what stands between a column's name and the phone."""

_CODE: Final = re.compile(r": \+([0-9]{1,3})\Z")
_CODE_LENGTHS: Final = range(2, 5)


def put_before(phones: Texts, codes: Texts, name: str, decisions: Decisions) -> Texts:
    """The cells of phones, those that need it with the cell of the column ``name`` of country codes before them."""
    own = plan_of(decisions.region).code
    encoded = unpacked(codes).dictionary_encode()
    said = [_said(text, own) for text in encoded.dictionary.to_pylist()]
    told = pa.array(said, pa.large_string()).take(encoded.indices)
    at = where(pc.and_(pc.not_equal(told, ""), matches(phones, r"\p{Nd}")))
    told = told.take(pa.array(at))
    cells = unpacked(phones.take(pa.array(at)))
    needed = np.asarray(_need(cells, told))
    at, told, cells = at[needed], told.filter(pa.array(needed)), cells.filter(pa.array(needed))
    both = joined(f"{name.replace(_BAR, '|')}: ", told, f" {_BAR} ", cells)
    mask = np.zeros(len(phones), dtype=bool)
    mask[at] = True
    return pc.replace_with_mask(phones, pa.array(mask), both) if len(at) else phones


def _said(cell: str, own: str) -> str:
    """What a cell says: ``+91``, in quotes what is no code, "" where the region's plan holds as ever."""
    shown = flat(cell)
    if not shown.strip("0+ ") or stands_for_nothing(shown, BLANK_WORDS):
        return ""
    code = dial_code_in(shown)
    return "" if code == own else f"+{code}" if code else f"'{shown.replace(_BAR, '|')}'"


def _need(phones: Texts, told: Texts) -> pa.BooleanArray:
    """Which phones say nothing of their country, or something else than their column of codes."""
    bare = pc.replace_substring_regex(phones, r"[^0-9+]+", "")
    agrees = pc.and_(pc.starts_with(bare, "+"), pc.starts_with(told, "'"))
    for length in _CODE_LENGTHS:
        agrees = pc.or_(agrees, pc.equal(pc.utf8_slice_codeunits(bare, 0, length), told))
    return pc.invert(agrees)


def without_code(cell: str) -> str:
    """The phone alone, as its own cell has it."""
    return cell.rpartition(f" {_BAR} ")[2]


def apart(column: Column, at: Positions, field: str) -> Iterator[tuple[str, Positions, Texts]]:
    """Region, positions and phones of the texts that ``put_before`` made; an error where the code is none."""
    texts = column.texts.take(pa.array(at))
    heads = pc.replace_substring_regex(texts, rf"(?s) {_BAR} .*\z", "").dictionary_encode()
    phones = pc.replace_substring_regex(texts, rf"(?s)\A[^{_BAR}]* {_BAR} ", "")
    found = [_CODE.search(head) for head in heads.dictionary.to_pylist()]
    regions = np.array([main_region(code[1]) if code else "" for code in found], dtype=object)[
        np.asarray(heads.indices)
    ]
    column.add_issue(at[regions == ""], f"{field}_dial_code_unknown", Severity.ERROR)
    for region in sorted(set(regions) - {""}):
        here = regions == region
        yield region, at[here], phones.filter(pa.array(here))
