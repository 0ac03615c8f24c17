"""Phones as people and programs write them → E.164."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.apostrophe_removal import without_apostrophes
from importer.cleaning.column import CellIssues, Column, Repair, Texts, fit, matches, where
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.phone_cell import take_apart
from importer.cleaning.phone_choice import Reading, choose, texts_to_read
from importer.cleaning.phone_dial_codes import BESIDE, apart
from importer.cleaning.phone_digits import ParsedPhones, parse
from importer.cleaning.region_plan import RegionPlan, plan_of
from importer.columns.arrow_text import Positions
from importer.model import Severity
from schemas.blank_words import BLANK_WORDS
from schemas.patterns import DIGITS_LOST, PHONE, PHONE_PLACEHOLDER
from schemas.phone_plans import misdialled, valid

_PUNCTUATED: Final = r"\A\+?[ (]*[0-9][0-9 ()-]*\z"
_UNCLEAR: Final = r"\A\+[ (]*8[ ()-]|[0-9]{9}[ ()-]+[0-9]|\([0-9 ]*\)[ -]*\z|[0-9] +[0-9][ ()-]*\z"
"""An 8 for a country code; a whole number and more behind it; brackets or one digit at the end."""
_FLOAT: Final = r"\A\+?[0-9]{7,}\.0+\z"
_PREFIX: Final = r"\A(?:p|tel|phone):\s*"
_LONGEST: Final = 16
_OF_NO_PLAN: Final = ("phone_not_valid", "phone_no_code", "phone_pattern")
"""What is wrong with digits that are no number of a country."""


def clean_phone(column: Column, field: str, decisions: Decisions) -> None:
    """Certain numbers become E.164 with a note; the others keep their text, which fails the schema, and say why."""
    formed = np.array(_formed(column.texts))
    odd = where(np.asarray(pc.not_equal(column.texts, "")) & ~formed)
    if len(odd):
        beside = np.asarray(matches(column.texts.take(pa.array(odd)), BESIDE))
        _repair(column, odd[~beside], field, plan_of(decisions.region))
        if beside.any():
            for region, at, phones in apart(column, odd[beside], field):
                _read_with_dial_code(column, at, phones, field, (plan_of(region), plan_of(decisions.region)))
        formed[odd] = np.asarray(fit(column.texts.take(pa.array(odd)), PHONE))
    _warn_of_doubt(column, where(formed), field)


def _read_with_dial_code(
    column: Column, at: Positions, phones: Texts, field: str, plans: tuple[RegionPlan, RegionPlan]
) -> None:
    """Read phones as numbers of the country that a column beside them names; one of another country contradicts it.

    ``plans``: of that country, and of the region: there 8~10 998 … is a call to the country that 998 names.
    """
    plan, ever = plans
    own = _read(phones, column, field, plan)
    formed = np.asarray(_formed(own.texts))
    other = formed & ~np.asarray(pc.starts_with(own.texts, f"+{plan.code}"))
    read = (formed & ~other) | np.asarray(pc.equal(own.texts, ""))
    left = np.flatnonzero(~read & ~other)
    dialled = _read(phones.take(pa.array(left)), column, field, ever)
    agrees = np.asarray(pc.and_(_formed(dialled.texts), pc.starts_with(dialled.texts, f"+{plan.code}")))
    column.put(at[left[agrees]], dialled.texts.filter(pa.array(agrees)))
    column.issues.extend(_some_issues(dialled, at[left], agrees))
    column.put(at[read], own.texts.filter(pa.array(read)))
    column.add_issue(at[other], f"{field}_dial_code_differs", Severity.ERROR)
    kept = ~other
    kept[left[agrees]] = False
    for some in _some_issues(own, at, kept):
        not_its = pc.is_in(some.codes, pa.array(_OF_NO_PLAN, pa.large_string()))
        codes = pc.if_else(not_its, f"{field}_dial_code_not_valid", some.codes)
        column.issues.append(CellIssues(some.positions, codes, some.severities, pc.if_else(not_its, "", some.details)))


def _read(phones: Texts, like: Column, field: str, plan: RegionPlan) -> Column:
    """Phones as a column of their own, read by a plan."""
    own = Column(phones, like.notes)
    if len(phones):
        _repair(own, np.arange(len(phones)), field, plan)
    return own


def _some_issues(
    own: Column, at: Positions, kept: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> Iterator[CellIssues]:
    """The issues of some of a column's texts, at the positions that these have elsewhere."""
    for some in own.issues:
        here = np.flatnonzero(kept[some.positions])
        texts = (part.take(pa.array(here)) for part in (some.codes, some.severities, some.details))
        yield CellIssues(at[some.positions[here]], *texts)


def _formed(texts: Texts) -> pa.BooleanArray:
    """Which texts can be sent as they are: the pattern, and nothing that shows a wrong number."""
    good = pc.and_not(fit(texts, PHONE), fit(texts, PHONE_PLACEHOLDER))
    return pc.and_not(good, pa.array(misdialled(texts)))


def are_phones(cells: Texts, decisions: Decisions) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which raw cells become a phone that is sent."""
    column = Column(without_apostrophes(cells), notes=False)
    clean_phone(column, "phone", decisions)
    return np.asarray(_formed(column.texts))


def _settle(column: Column, at: Positions, digits: Texts, field: str, plan: RegionPlan) -> Positions:
    """Read digits without punctuation and say what became of them; gives the positions that need a closer look."""
    if not len(at):
        return at
    parsed = parse(digits, plan)
    good = parsed.codes == ""
    text = column.texts.take(pa.array(at))
    long = np.asarray(pc.greater_equal(pc.binary_length(digits), plan.fewest + 2))
    doubted = good & np.asarray(pc.starts_with(digits, "+"))  # what got its code from the region is valid
    doubted[doubted] = ~valid(parsed.numbers.filter(pa.array(doubted)))
    closer = (~good & long) | doubted
    if plan.codes_with_prefix:
        closer |= good & np.asarray(matches(text, plan.codes_with_prefix))
    closer[closer] = np.asarray(matches(text.filter(pa.array(closer)), r"[0-9][ ()-]+[0-9]"))
    column.repaired(at[good & ~closer], parsed.numbers.filter(pa.array(good & ~closer)), f"{field}_cleaned")
    for code in sorted(set(parsed.codes[~good & ~closer])):
        bad = (parsed.codes == code) & ~closer
        details = pa.array(parsed.details[bad], pa.large_string())
        column.add_issue(at[bad], code, Severity.ERROR, details)
    left: Positions = at[closer]
    return left


def _repair(column: Column, odd: Positions, field: str, plan: RegionPlan) -> None:
    """What surrounds a number goes by Arrow for the whole column; only free text is read cell by cell."""
    written = column.texts.take(pa.array(odd))
    bare = _unwrap(written)
    few = _too_few_digits(bare, plan)
    column.put(odd[few], pc.utf8_trim_whitespace(written.filter(pa.array(few))))
    column.add_issue(odd[few], f"{field}_pattern", Severity.ERROR)
    squashed, plain = _squash(bare.filter(pa.array(~few)))
    odd = odd[~few]
    closer = _settle(column, odd[plain], squashed.filter(pa.array(plain)), field, plan)
    _read_free_text(column, np.sort(np.concatenate([odd[~plain], closer])), field, plan)


def _unwrap(texts: Texts) -> Texts:
    """Without what whole exports put around every number: ``'`` (amoCRM), ``p:`` (Facebook), ``.0`` (Excel), NBSP."""
    bare = pc.utf8_trim(pc.replace_substring(texts, "\u00a0", " "), " ")
    bare = pc.utf8_ltrim(bare, "'")
    if pc.any(matches(bare, _PREFIX)).as_py():
        bare = pc.replace_substring_regex(bare, _PREFIX, "")
    floats = matches(bare, _FLOAT)
    if pc.any(floats).as_py():
        whole = pc.replace_substring_regex(bare, r"\.0+\z", "")
        bare = pc.if_else(floats, whole, bare)
    return bare


def _too_few_digits(texts: Texts, plan: RegionPlan) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Cells that can hold no phone whatever surrounds their digits: nobody needs to read them one by one.

    (100,000 rows of phone and two names, where no phone has enough digits: 6.5 s of CPU for the whole command without
    this, 2.6 s with it.)
    """
    enough = matches(texts, rf"\A(?:[^0-9]*[0-9]){{{plan.fewest}}}")  # one match, where counting takes one a digit
    found = ~np.asarray(enough)
    at = np.flatnonzero(found)
    if not len(at):
        return found
    texts = texts.take(pa.array(at))
    few = pc.string_is_ascii(texts)
    blank = pc.is_in(pc.utf8_lower(texts), pa.array(sorted(BLANK_WORDS), pa.large_string()))
    other = (blank, fit(texts, DIGITS_LOST), matches(texts, r"\A[0-9 ()-]*\z"))
    for mask in other:
        few = pc.and_not(few, mask)
    found[at] = np.asarray(few)
    return found


def _squash(texts: Texts) -> tuple[Texts, "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    """The texts without punctuation, and where that was all there was to remove."""
    plain = pc.and_not(matches(texts, _PUNCTUATED), matches(texts, _UNCLEAR))
    texts = pc.replace_substring_regex(texts, "[ ()-]+", "")
    short = pc.less_equal(pc.binary_length(texts), _LONGEST)
    return texts, np.asarray(pc.and_(plain, short))


def _read_free_text(column: Column, at: Positions, field: str, plan: RegionPlan) -> None:
    if not len(at):
        return
    encoded = column.texts.take(pa.array(at)).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    cells = [take_apart(text) for text in texts]
    digits = list(dict.fromkeys(text for cell in cells for text in texts_to_read(cell)))
    readings = dict(zip(digits, _readings(parse(pa.array(digits, pa.large_string()), plan)), strict=True))
    repairs: list[Repair] = [
        choose(text, cell, readings.__getitem__, field, plan.code) for text, cell in zip(texts, cells, strict=True)
    ]
    column.spread(at, encoded.indices, repairs)


def _readings(parsed: ParsedPhones) -> list[Reading]:
    return list(map(Reading, parsed.numbers.to_pylist(), parsed.codes, parsed.details, valid(parsed.numbers).tolist()))


def _warn_of_doubt(column: Column, at: Positions, field: str) -> None:
    """The API takes what fits its pattern; a number that no plan knows is worth a second look."""
    texts = column.texts if len(at) == len(column.texts) else column.texts.take(pa.array(at))
    unknown = at[~valid(texts)] if len(at) else at
    if len(unknown):
        sent = np.asarray(_formed(column.texts.take(pa.array(unknown))))
        column.add_issue(unknown[sent], f"{field}_doubtful", Severity.WARNING)
