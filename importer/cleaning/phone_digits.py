"""Numbers without punctuation → E.164 or the reason why not, a whole column at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import Texts, fit, matches, placed
from importer.cleaning.region_plan import RegionPlan, plan_of
from importer.columns.arrow_text import joined
from schemas.patterns import PHONE, PHONE_PLACEHOLDER
from schemas.phone_plans import misdialled, valid, without_trunk_prefix

_ONE_DIGIT = r"\A(?:0*|" + "|".join(f"{digit}{{5,}}" for digit in range(1, 10)) + r"|0?1?23456789?0?1?)\z"
_FEWEST, _MOST = 10, 15
_WITH_PLUS = rf"\+(?:0[0-9]*|[0-9]{{{_FEWEST},{_MOST + 2}}})"
"""Not yet a phone, perhaps: a prefix of one or two digits may have to go."""

_DIALS_WITH_8 = "RU"
"""Where an 8 behind a plus comes from: Russia and Kazakhstan have one plan."""


@dataclass(frozen=True)
class ParsedPhones:
    """What each number is, arrays of one length: E.164, or the text as it was given beside the code of an error.

    ``details``: what the error suggests, or "".
    """

    numbers: Texts
    codes: "np.ndarray[Any, np.dtype[np.object_]]"
    details: "np.ndarray[Any, np.dtype[np.object_]]"


def parse(texts: Texts, plan: RegionPlan) -> ParsedPhones:
    """Read numbers that consist of digits and at most a leading plus.

    A blank behind ``+8`` says that the 8 was written as a country code, which it is not.
    """
    set_apart = np.asarray(pc.starts_with(texts, "+8 "))
    texts = pc.replace_substring(texts, " ", "") if set_apart.any() else texts
    codes = np.full(len(texts), "", dtype=object)
    details = np.full(len(texts), "", dtype=object)
    plus = np.asarray(pc.starts_with(texts, "+"))
    numbers = _with_code(texts, ~plus, codes, details, plan)
    _refuse(codes, np.asarray(fit(numbers, PHONE_PLACEHOLDER)), "phone_placeholder")
    wrong = np.flatnonzero(plus & (codes == ""))
    wrong = wrong[np.asarray(fit(numbers.take(pa.array(wrong)), _WITH_PLUS))]
    wrong = wrong[misdialled(numbers.take(pa.array(wrong))) | set_apart[wrong]]
    if len(wrong):
        some = numbers.take(pa.array(wrong))
        mended, own_zero = without_trunk_prefix(some)
        certain = own_zero & np.asarray(pc.not_equal(mended, "")) & ~set_apart[wrong]
        numbers = placed(numbers, wrong[certain], mended.filter(pa.array(certain)))
        left = pa.array(~certain)
        codes[wrong[~certain]], details[wrong[~certain]] = _what_was_meant(some.filter(left), mended.filter(left), plan)
    _refuse(codes, ~np.asarray(fit(numbers, PHONE)), "phone_pattern")
    return ParsedPhones(numbers, codes, details)


def _what_was_meant(texts: Texts, mended: Texts, plan: RegionPlan) -> tuple[Any, Any]:
    """Codes and suggestions for a plus before digits that no country code and no number begins with."""
    zero = np.asarray(pc.starts_with(texts, "+0"))
    suggestions = mended.to_numpy(zero_copy_only=False).astype(object)
    digits = pc.utf8_ltrim(texts, "+")
    readings = (
        (zero, _if_valid(joined("+", pc.utf8_ltrim(digits, "0")))),
        (zero, _if_certain(plan, digits)),
        (zero, _if_certain(plan, pc.utf8_ltrim(digits, "0"))),
        (
            np.asarray(pc.starts_with(texts, "+78")),
            _if_certain(plan_of(_DIALS_WITH_8), pc.utf8_slice_codeunits(digits, 1)),
        ),
        (np.asarray(pc.starts_with(texts, "+8")), _if_certain(plan_of(_DIALS_WITH_8), digits)),
    )
    for concerned, found in readings:
        suggestions = np.where(concerned & (suggestions == ""), found, suggestions)
    return np.where(zero, "phone_zero_code", "phone_trunk_prefix"), suggestions


def _if_certain(plan: RegionPlan, digits: Texts) -> "np.ndarray[Any, np.dtype[np.object_]]":
    """What the plan makes of digits where it is certain, else ""."""
    numbers, certain = plan.resolve(digits)
    return np.where(certain, numbers.to_numpy(zero_copy_only=False), "").astype(object)


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
    return placed(texts, at, resolved)


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
    if not good.any():
        return np.full(len(texts), "", dtype=object)
    return np.where(good, texts.to_numpy(zero_copy_only=False), "").astype(object)


def _refuse(codes: Any, mask: Any, code: str) -> None:
    """Give a code to what has none yet."""
    if mask.any():
        codes[mask & (codes == "")] = code
