"""Phones as people and programs write them → E.164."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.characters import BLANK_WORDS
from importer.cleaning.column import Column, Remark, Repair, Texts, fit, matches, where
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.numbering_plans import valid
from importer.cleaning.phone_cell import PhoneCell, take_apart
from importer.cleaning.phone_country_code import RegionPlan, plan_of
from importer.cleaning.phone_digits import parse
from importer.columns.arrow_text import Positions
from importer.model import Severity
from schemas.rules import DIGITS_LOST, PHONE, PHONE_PLACEHOLDER, PHONE_TRUNK_PREFIX

_PUNCTUATED: Final = r"\A\+?[ (]*[0-9][0-9 ()-]*\z"
_FLOAT: Final = r"\A\+?[0-9]{9,}\.0{1,2}\z"
_PREFIX: Final = r"\A(?:p|tel|phone):\s*"
_LONGEST: Final = 16


def clean_phone(column: Column, field: str, decisions: Decisions) -> None:
    """Certain numbers become E.164 with a note; the others keep their text, which fails the schema, and say why."""
    odd = where(pc.and_not(pc.not_equal(column.texts, ""), _formed(column.texts)))
    if len(odd):
        _repair(column, odd, field, plan_of(decisions.region))
    _warn_of_doubt(column, where(_formed(column.texts)) if len(odd) else where(pc.not_equal(column.texts, "")), field)


def _formed(texts: Texts) -> pa.BooleanArray:
    """Which texts can be sent as they are: the pattern, and nothing that shows a wrong number."""
    return pc.and_not(fit(texts, PHONE), fit(texts, f"{PHONE_PLACEHOLDER}|{PHONE_TRUNK_PREFIX}"))


def _settle(column: Column, at: Positions, digits: Texts, field: str, plan: RegionPlan) -> None:
    """Read digits without punctuation and say what became of them."""
    if not len(at):
        return
    parsed = parse(digits, plan)
    good = parsed.codes == ""
    column.repaired(at[good], parsed.numbers.filter(pa.array(good)), f"{field}_cleaned")
    for code in sorted(set(parsed.codes[~good])):
        bad = parsed.codes == code
        details = pa.array(parsed.details[bad], pa.large_string())
        column.remark(at[bad], code, Severity.ERROR, details)


def _repair(column: Column, odd: Positions, field: str, plan: RegionPlan) -> None:
    """What surrounds a number goes by Arrow for the whole column; only free text is read cell by cell."""
    bare = _unwrap(column.texts.take(pa.array(odd)))
    few = _too_few_digits(bare, plan)
    column.put(odd[few], bare.filter(pa.array(few)))
    column.remark(odd[few], f"{field}_pattern", Severity.ERROR)
    squashed, plain = _squash(bare.filter(pa.array(~few)))
    odd = odd[~few]
    _settle(column, odd[plain], squashed.filter(pa.array(plain)), field, plan)
    _read_free_text(column, odd[~plain], field, plan)


def _unwrap(texts: Texts) -> Texts:
    """Without what whole exports put around every number: ``'`` (amoCRM), ``p:`` (Facebook), ``.0`` (Excel), NBSP."""
    bare = pc.utf8_trim(pc.replace_substring(texts, "\u00a0", " "), " ")
    bare = pc.utf8_ltrim(bare, "'")
    if pc.any(matches(bare, _PREFIX)).as_py():
        bare = pc.replace_substring_regex(bare, _PREFIX, "")
    floats = matches(bare, _FLOAT)
    if pc.any(floats).as_py():
        whole = pc.replace_substring_regex(bare, r"\.0{1,2}\z", "")
        bare = pc.if_else(floats, whole, bare)
    return bare


def _too_few_digits(texts: Texts, plan: RegionPlan) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Cells that can hold no phone whatever surrounds their digits: nobody needs to read them one by one."""
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
    plain = pc.and_not(matches(texts, _PUNCTUATED), pc.match_substring(texts, "(0)"))
    texts = pc.replace_substring_regex(texts, "[ ()-]", "")
    short = pc.less_equal(pc.binary_length(texts), _LONGEST)
    return texts, np.asarray(pc.and_(plain, short))


def _read_free_text(column: Column, at: Positions, field: str, plan: RegionPlan) -> None:
    if not len(at):
        return
    encoded = column.texts.take(pa.array(at)).dictionary_encode()
    cells = encoded.dictionary.to_pylist()
    parts = [take_apart(cell) for cell in cells]
    flat = [number for part in parts for number in (*part.numbers, *([part.guess] if part.guess else []))]
    parsed = parse(pa.array(flat, pa.large_string()), plan)
    found = iter(zip(parsed.numbers.to_pylist(), parsed.codes, parsed.details, strict=True))
    repairs = [
        _choose(cell, part, [next(found) for _ in range(len(part.numbers) + bool(part.guess))], field)
        for cell, part in zip(cells, parts, strict=True)
    ]
    column.spread(at, encoded.indices, repairs)


def _choose(cell: str, part: PhoneCell, read: list[tuple[str, str, str]], field: str) -> Repair:
    """The first certain number of a cell, with notes on what else stood there; or the first number's error."""
    if part.problem == "phone_missing":
        return Repair("", (Remark(part.problem, Severity.ERROR),) if cell.strip() else ())
    if part.problem:
        suggestion = read[0][0] if read and not read[0][1] else ""
        return Repair(cell.strip(), (Remark(part.problem, Severity.ERROR, suggestion),))
    chosen = next((number for number, code, _ in read if not code), "")
    if not chosen:
        return Repair(cell.strip(), (Remark(read[0][1], Severity.ERROR, read[0][2]),))
    others = dict.fromkeys(number for number, _, _ in read if number != chosen)
    remarks = [Remark(f"{field}_cleaned", Severity.NOTE, chosen)]
    if others:
        remarks.append(Remark(f"{field}_others", Severity.NOTE, ", ".join(others)))
    if part.extension:
        remarks.append(Remark(f"{field}_extension", Severity.NOTE, part.extension))
    return Repair(chosen, tuple(remarks))


def _warn_of_doubt(column: Column, at: Positions, field: str) -> None:
    """The API takes what fits its pattern; a number that no plan knows is worth a second look."""
    if len(at):
        texts = column.texts if len(at) == len(column.texts) else column.texts.take(pa.array(at))
        column.remark(at[~valid(texts)], f"{field}_doubtful", Severity.WARNING)
