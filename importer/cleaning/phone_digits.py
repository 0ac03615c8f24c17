"""Numbers without punctuation → E.164 or the reason why not, a whole column at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import Texts, fit, joined, matches
from importer.cleaning.numbering_plans import valid
from importer.cleaning.phone_country_code import RegionPlan
from schemas.rules import PHONE, PHONE_PLACEHOLDER, PHONE_TRUNK_PREFIX

_ONE_DIGIT = r"\A(?:0*|" + "|".join(f"{digit}{{5,}}" for digit in range(1, 10)) + r"|0?1?23456789?0?1?)\z"
_FEWEST, _MOST = 10, 15


@dataclass(frozen=True)
class ParsedPhones:
    """What each number is; three arrays of one length.

    Attributes:
        numbers: E.164 where ``codes`` is "", else the text as it was given.
        codes: "" or the code of the error.
        details: What the error suggests, or "".
    """

    numbers: Texts
    codes: "np.ndarray[Any, np.dtype[np.object_]]"
    details: "np.ndarray[Any, np.dtype[np.object_]]"


def parse(texts: Texts, plan: RegionPlan) -> ParsedPhones:
    """Read numbers that consist of digits and at most a leading plus."""
    codes = np.full(len(texts), "", dtype=object)
    details = np.full(len(texts), "", dtype=object)
    plus = np.asarray(pc.starts_with(texts, "+"))
    numbers = _with_code(texts, ~plus, codes, details, plan)
    _refuse(codes, ~np.asarray(fit(numbers, PHONE)), "phone_pattern")
    _refuse(codes, np.asarray(fit(numbers, PHONE_PLACEHOLDER)), "phone_placeholder")
    trunk = np.flatnonzero(np.asarray(fit(numbers, PHONE_TRUNK_PREFIX)))
    trunk = trunk[codes[trunk] == ""]
    if len(trunk):
        codes[trunk] = "phone_trunk_prefix"
        tails = pc.utf8_slice_codeunits(numbers.take(pa.array(trunk)), -10)
        details[trunk] = _if_valid(joined("+7", tails))
    return ParsedPhones(numbers, codes, details)


def _with_code(texts: Texts, bare: Any, codes: Any, details: Any, plan: RegionPlan) -> Texts:
    """Numbers written without a plus get the region's code where that is certain, else an error."""
    at = np.flatnonzero(bare)
    if not len(at):
        return texts
    digits = texts if len(at) == len(texts) else texts.take(pa.array(at))
    resolved, certain = plan.resolve(digits)
    unsure = np.flatnonzero(~certain)
    if len(unsure):
        left = digits.take(pa.array(unsure))
        codes[at[unsure]], details[at[unsure]] = _why_not(left)
    return resolved if len(at) == len(texts) else pc.replace_with_mask(texts, pa.array(bare), resolved)


def _why_not(digits: Texts) -> tuple[Any, Any]:
    """Codes and suggestions for numbers that fit no plan as they are."""
    lengths = np.asarray(pc.binary_length(digits))
    codes = np.full(len(digits), "phone_not_valid", dtype=object)
    abroad = _if_valid(joined("+", digits))
    codes[abroad != ""] = "phone_no_code"
    codes[(lengths < _FEWEST) | (lengths > _MOST)] = "phone_pattern"
    codes[np.asarray(matches(digits, _ONE_DIGIT))] = "phone_placeholder"
    codes[np.asarray(matches(digits, r"\A0*\z"))] = "phone_missing"
    codes[np.asarray(matches(digits, r"\A[0-9]{0,4}0{5,}\z"))] = "phone_placeholder"
    return codes, abroad


def _if_valid(texts: Texts) -> "np.ndarray[Any, np.dtype[np.object_]]":
    """The texts that are valid numbers; "" for the others."""
    good = valid(texts)
    return (
        np.where(good, texts.to_numpy(zero_copy_only=False), "").astype(object) if good.any() else _blanks(len(texts))
    )


def _blanks(count: int) -> "np.ndarray[Any, np.dtype[np.object_]]":
    return np.full(count, "", dtype=object)


def _refuse(codes: Any, mask: Any, code: str) -> None:
    """Give a code to what has none yet."""
    if mask.any():
        codes[mask & (codes == "")] = code
