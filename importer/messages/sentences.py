"""Issue frames → sentences, a whole frame at a time: issues of one code share a template."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import alike, constant, from_arrow, joined, to_arrow
from importer.messages.kept_sentences import MARK, heard
from importer.messages.text import spoken
from importer.messages.wording import template
from importer.model import Severity

_PLACES: Final = re.compile(r"\{(value|detail)\}")
_CONTROL: Final = r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}]+"
_LONGEST: Final = 120
"""Characters of a cell that a message repeats."""


def messages(
    issues: pd.DataFrame, describe: Callable[[str], str], cover: Callable[[str], str] | None = None
) -> pd.Series:
    """One sentence per issue, in the language of the context: ``phone (column C "Телефон"): '8701' has 4 digits; …``.

    Args:
        issues: ISSUE_COLUMNS, any index.
        describe: Field → its columns as the file names them (``column C "Телефон"``), "" for none.
        cover: What a reader may see of a cell or a detail; what is said of them is found out before.

    Returns:
        str, no NA, the index of ``issues``. Notes name the field only. Holds cell values: for the output, not for logs.
    """
    values, details = shown(to_arrow(issues["value"])), shown(_heard(to_arrow(issues["detail"])))
    done = [(np.zeros(0, np.int64), pa.array([], pa.large_string()))]
    for (field, code, severity), at in alike(issues, ("field", "code", "severity")):
        place = spoken(describe(field)) if severity != str(Severity.NOTE) and field else ""
        lead = f"{field} ({place}): " if place else f"{field}: " if field else ""
        some = pa.array(at)
        of_code = _of_code(code, lead, values.take(some), details.take(some), cover)
        done += [(at[mine], texts) for mine, texts in of_code]
    order = np.argsort(np.concatenate([positions for positions, _ in done]))
    return from_arrow(pa.concat_arrays([texts for _, texts in done]).take(pa.array(order)), issues.index)


def _of_code(
    code: str,
    lead: str,
    values: pa.LargeStringArray,
    details: pa.LargeStringArray,
    cover: Callable[[str], str] | None,
) -> Iterator[tuple[Any, pa.LargeStringArray]]:
    """Positions among the issues of one code, and their sentences: those alike in all but their values at once."""
    said = np.asarray(pc.not_equal(details, ""))
    digits = np.asarray(_digits(values)) if "{digits}" in template(code) else np.zeros(len(values), np.int64)
    if cover is not None:
        values, details = (pa.array(map(cover, one.to_pylist()), pa.large_string()) for one in (values, details))
    for number in np.unique(digits).tolist():
        whole = template(code, number).replace("{digits}", str(number))
        for has_detail, words in zip((True, False), _with_and_without(whole), strict=True):
            mine = (said == has_detail) & (digits == number)
            if mine.any():
                chosen = pa.array(mine)
                yield mine, _filled(lead, words, values.filter(chosen), details.filter(chosen))


def _with_and_without(words: str) -> tuple[str, str]:
    """The template with a detail and the one without. A second ``|`` ends the part that needs the detail."""
    head, *more = words.split("|")
    return head + "".join(more), head + "".join(more[1:])


def _digits(values: pa.LargeStringArray) -> pa.Array:
    whole = pc.replace_substring_regex(values, r"[.,]0+\s*\z", "")  # decimals that a program wrote are no digits
    return pc.count_substring_regex(whole, "[0-9]")


def _heard(details: pa.LargeStringArray) -> pa.LargeStringArray:
    """The details, those that are sentences of their own in the language of the context."""
    kept = np.asarray(pc.match_substring(details, MARK))
    if not kept.any():
        return details
    texts = [heard(text) for text in details.filter(pa.array(kept)).to_pylist()]
    return pc.replace_with_mask(details, pa.array(kept), pa.array(texts, pa.large_string()))


def _filled(lead: str, words: str, values: pa.LargeStringArray, details: pa.LargeStringArray) -> pa.LargeStringArray:
    pieces = _PLACES.split(words)
    if len(pieces) == 1:
        return constant(lead + words, len(values))
    of = {"value": values, "detail": details}
    return joined(lead, *(of[piece] if at % 2 else piece for at, piece in enumerate(pieces)))


def shown(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Cells as a message shows them: on one line, the end of long ones cut off."""
    long = pc.greater(pc.utf8_length(texts), _LONGEST)
    if pc.any(long).as_py():
        texts = pc.if_else(long, joined(pc.utf8_slice_codeunits(texts, 0, _LONGEST), "…"), texts)
    odd = pc.match_substring_regex(texts, _CONTROL)
    return pc.replace_substring_regex(texts, _CONTROL, " ") if pc.any(odd).as_py() else texts
