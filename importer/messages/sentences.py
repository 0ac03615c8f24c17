"""Issue frames → sentences, a whole frame at a time: issues of one code share a template."""

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import TEXT, Positions, alike, constant, frame_of, from_arrow, to_arrow
from importer.messages.catalog import entry
from importer.model import Severity

_PLACES: Final = re.compile(r"\{(value|detail|digits)\}")
_CONTROL: Final = r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}]+"
_LONGEST: Final = 120
"""Characters of a cell that a message repeats."""


def messages(issues: pd.DataFrame, describe: Callable[[str], str]) -> pd.Series:
    """One sentence per issue: ``phone (column C "Телефон"): '8701' has 4 digits; expected …``.

    Args:
        issues: ISSUE_COLUMNS, any index.
        describe: Field → its columns as the file names them (``column C "Телефон"``), "" for none.

    Returns:
        str, no NA, the index of ``issues``. Notes name the field only. Holds cell values: for the output, not for logs.
    """
    return from_arrow(_sentences(issues, describe), issues.index)


def explain(issues: pd.DataFrame, describe: Callable[[str], str]) -> pd.DataFrame:
    """What the output says of each row that has an issue.

    Args:
        issues: ISSUE_COLUMNS, in any order.
        describe: As for ``messages``.

    Returns:
        Index row (int64, ascending, unique); columns, str without NA: ``errors``, JSON [[field, code, message], …] or
        "", and ``note``, warnings and notes joined by "; ".
    """
    if issues.empty:
        return pd.DataFrame({"errors": [], "note": []}, index=pd.Index([], dtype="int64", name="row"), dtype=TEXT)
    texts = _sentences(issues, describe)
    rows = issues["row"].to_numpy()
    is_error = np.asarray(pc.equal(to_arrow(issues["severity"]), str(Severity.ERROR)))
    index = np.unique(rows)
    errors = np.flatnonzero(is_error)
    records = _records(to_arrow(issues["field"]), to_arrow(issues["code"]), texts, errors)
    notes = np.flatnonzero(~is_error)
    frame = {
        "errors": _by_row(records, rows[errors], index, ", ", brackets=("[", "]")),
        "note": _by_row(texts.take(pa.array(notes)), rows[notes], index, "; ", brackets=("", "")),
    }
    return frame_of(frame, pd.Index(index, name="row"))


def _sentences(issues: pd.DataFrame, describe: Callable[[str], str]) -> pa.LargeStringArray:
    values, details = _shown(to_arrow(issues["value"])), _shown(to_arrow(issues["detail"]))
    done = [(np.zeros(0, np.int64), pa.array([], pa.large_string()))]
    for (field, code, severity), at in alike(issues, ("field", "code", "severity")):
        place = describe(field) if severity != str(Severity.NOTE) and field else ""
        lead = f"{field} ({place}): " if place else f"{field}: " if field else ""
        some = pa.array(at)
        value, detail = values.take(some), details.take(some)
        said = np.asarray(pc.not_equal(detail, ""))
        for mask, template in zip((said, ~said), _templates(code), strict=True):
            if mask.any():
                chosen = pa.array(mask)
                done.append((at[mask], _filled(lead + template, value.filter(chosen), detail.filter(chosen))))
    order = np.argsort(np.concatenate([positions for positions, _ in done]))
    return pa.concat_arrays([texts for _, texts in done]).take(pa.array(order))


def _templates(code: str) -> tuple[str, str]:
    """The template with a detail and the one without. A second ``|`` ends the part that needs the detail."""
    head, *more = entry(code)[1].split("|")
    return head + "".join(more), head + "".join(more[1:])


def _filled(template: str, values: pa.LargeStringArray, details: pa.LargeStringArray) -> pa.LargeStringArray:
    parts: list[Any] = []
    for number, piece in enumerate(_PLACES.split(template)):
        if number % 2 == 0:
            parts.append(pa.scalar(piece, pa.large_string()))
        elif piece == "digits":
            parts.append(pc.cast(pc.count_substring_regex(values, "[0-9]"), pa.large_string()))
        else:
            parts.append(values if piece == "value" else details)
    if not any(isinstance(part, pa.Array) for part in parts):
        return constant(template, len(values))
    return pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))


def _shown(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Cells as a message shows them: on one line, the end of long ones cut off."""
    long = pc.greater(pc.utf8_length(texts), _LONGEST)
    if pc.any(long).as_py():
        cut = pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(texts, 0, _LONGEST), pa.scalar("…", texts.type), pa.scalar("", texts.type)
        )
        texts = pc.if_else(long, cut, texts)
    odd = pc.match_substring_regex(texts, _CONTROL)
    return pc.replace_substring_regex(texts, _CONTROL, " ") if pc.any(odd).as_py() else texts


def _records(
    fields: pa.LargeStringArray, codes: pa.LargeStringArray, texts: pa.LargeStringArray, at: Positions
) -> pa.LargeStringArray:
    """``["field", "code", "message"]`` for each of the positions. Messages hold no control characters."""
    some = pa.array(at)
    escaped = pc.replace_substring(pc.replace_substring(texts.take(some), "\\", "\\\\"), '"', '\\"')
    quoted = [pa.scalar(part, pa.large_string()) for part in ('["', '", "', '", "', '"]', "")]
    pieces = (quoted[0], fields.take(some), quoted[1], codes.take(some), quoted[2], escaped, quoted[3])
    return pc.binary_join_element_wise(*pieces, quoted[4])


def _by_row(
    texts: pa.LargeStringArray, rows: Any, index: Any, between: str, *, brackets: tuple[str, str]
) -> pa.LargeStringArray:
    """The texts of each row of ``index`` joined in their order; "" for a row without any."""
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], index, side="right")
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int64))
    lists = pa.LargeListArray.from_arrays(offsets, texts.take(pa.array(order)))
    whole = pc.binary_join(lists, pa.scalar(between, pa.large_string()))
    if not brackets[0]:
        return whole
    ends_of = [pa.scalar(part, pa.large_string()) for part in (*brackets, "")]
    bracketed = pc.binary_join_element_wise(ends_of[0], whole, ends_of[1], ends_of[2])
    return pc.if_else(pc.equal(whole, ""), whole, bracketed)
