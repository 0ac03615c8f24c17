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
from importer.cleaning.column import Column, Texts, matches, placed, where
from importer.cleaning.country import country_code
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.region_plan import RegionPlan, plan_of
from importer.cleaning.unpacking import unpacked
from importer.columns.arrow_text import Positions, joined
from importer.model import Severity
from schemas.blank_words import BLANK_WORDS
from schemas.dial_codes import dial_code_in, main_region
from schemas.iso3166 import ALPHA_2_OF
from schemas.phone_plans import code_of_region

_BAR: Final = "❘"
BESIDE: Final = rf": (?:\+[0-9]{{1,3}}|'[^{_BAR}]*') {_BAR} "
"""RE2: what stands between a column's name and the phone."""

_CODE: Final = re.compile(r": \+([0-9]{1,3})\Z")
_DIGITS: Final = re.compile(r"[0-9]+")
_NO_WORDS: Final = re.compile(r"[0-9+()\[\]/|,;:.'_-]+")
_CUT: Final = "38"
"""No country's code: Ukraine's +380 as it stands before numbers that begin with 0."""
_CODE_LENGTHS: Final = range(2, 5)


def put_before(phones: Texts, codes: Texts, name: str, decisions: Decisions, *, of_another: bool = False) -> Texts:
    """The cells of phones, those that need it with the cell of the column ``name`` of country codes before them.

    ``of_another``: that column is another phone's, so one that says its own country is as it says.
    """
    plan = plan_of(decisions.region)
    encoded = unpacked(codes).dictionary_encode()
    said = [_said(text, plan) for text in encoded.dictionary.to_pylist()]
    told = pa.array(said, pa.large_string()).take(encoded.indices)
    at = where(pc.and_(pc.not_equal(told, ""), matches(phones, r"\p{Nd}")))
    cells = unpacked(phones.take(pa.array(at)))
    bare = pc.replace_substring_regex(cells, r"[^0-9+]+", "")
    told = _whole_code(told.take(pa.array(at)), bare)
    needed = np.asarray(_need(bare, told, plan, of_another=of_another))
    at, told, cells = at[needed], told.filter(pa.array(needed)), cells.filter(pa.array(needed))
    return placed(phones, at, joined(f"{name.replace(_BAR, '|')}: ", told, f" {_BAR} ", cells))


def _said(cell: str, plan: RegionPlan) -> str:
    """What a cell says: ``+91``, in quotes what is no code, "" where the region's plan holds as ever."""
    shown = flat(cell)
    if not shown.strip("0+ ") or stands_for_nothing(shown, BLANK_WORDS):
        return ""
    code = dial_code_in(shown) or _code_with_words(shown, plan)
    if code == plan.code or (code == _CUT and plan.code.startswith(_CUT)):
        return ""
    return f"+{code}" if code else f"'{shown.replace(_BAR, '|')}'"


def _code_with_words(shown: str, plan: RegionPlan) -> str:
    """The code that a country's name, its letters or both (``7/Казахстан``) stand for; "" where they disagree.

    What is dialled before numbers within the region, alone or before its code (``8-7``), says that they are of it.
    """
    numbers = {number.lstrip("0") for number in _DIGITS.findall(shown)}
    words = _NO_WORDS.sub(" ", shown).strip()
    country = country_code(words) if words and words.upper() != "NA" else None
    named = code_of_region(ALPHA_2_OF[country]) if country else ""
    if words and not named:
        return ""
    if numbers and numbers <= {plan.prefix, plan.code}:
        numbers = {plan.code}
    meant = numbers | ({named} if named else set())
    code = next(iter(meant)) if len(meant) == 1 else ""
    return code if code == _CUT or dial_code_in(code) else ""


def _whole_code(told: Texts, bare: Texts) -> Texts:
    """+38 before a domestic number of Ukraine, 050 123 45 67, is +380: its 0 stands in both."""
    cut = pc.and_(pc.equal(told, f"+{_CUT}"), pc.starts_with(bare, "0"))
    return pc.if_else(cut, f"+{_CUT}0", told)


def _need(bare: Texts, told: Texts, plan: RegionPlan, *, of_another: bool) -> pa.BooleanArray:
    """Which phones say nothing of their country, or something else than their column of codes."""
    says = pc.or_(pc.starts_with(bare, "+"), plan.says_country(bare))
    agrees = says if of_another else pc.and_(says, matches(told, rf"\A(?:'|\+{_CUT}\z)"))
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
