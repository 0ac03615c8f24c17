"""What the journal keeps of issues: their codes and parameters, and the sentences made of them, at any time.

errors: JSON ``[[field, code, value, detail], …]``, or ``[field, code, sentence]`` of what is no cell's: a Text's
        record, or plain text, which is the API's own words or an older version's.
note:   text in which ``MARK`` + JSON + ``MARK`` stands for a sentence: ``[field, code, value, detail, severity]`` of an
        issue, or a Text's record.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import TEXT, Positions, frame_of, to_arrow
from importer.messages.keeping import MARK, records_in
from importer.messages.sentences import messages, shown
from importer.messages.text import spoken, text_of
from importer.model import ISSUE_COLUMNS, Severity

REASON: Final = ("field", "code", "message")

_CONTROL_BUT_MARK: Final = r"[\x00-\x1d\x1f\x7f-\x{9f}\x{2028}\x{2029}]+"
_ESCAPES: Final = (("\\", "\\\\"), ('"', '\\"'), (MARK, "\\u001e"))


def remembered(issues: pd.DataFrame) -> pd.DataFrame:
    """What is kept of each row that has an issue.

    Args:
        issues: ISSUE_COLUMNS, in any order.

    Returns:
        Index row (int64, ascending, unique); columns, str without NA: ``errors``, "" for none, and ``note``, warnings
        and notes joined by "; ".
    """
    if issues.empty:
        return pd.DataFrame({"errors": [], "note": []}, index=pd.Index([], dtype="int64", name="row"), dtype=TEXT)
    rows = issues["row"].to_numpy()
    is_error = np.asarray(pc.equal(to_arrow(issues["severity"]), str(Severity.ERROR)))
    index = np.unique(rows)
    texts = {name: to_arrow(issues[name]) for name in ISSUE_COLUMNS[1:]}
    texts["value"], texts["detail"] = shown(texts["value"]), _kept(texts["detail"])
    errors, notes = np.flatnonzero(is_error), np.flatnonzero(~is_error)
    of_errors = _records([texts[name] for name in ("field", "code", "value", "detail")], errors)
    of_notes = _records([texts[name] for name in ("field", "code", "value", "detail", "severity")], notes)
    mark = pa.scalar(MARK, pa.large_string())
    marked = pc.binary_join_element_wise(mark, of_notes, mark, pa.scalar("", pa.large_string()))
    frame = {
        "errors": _by_row(of_errors, rows[errors], index, ",", brackets=("[", "]")),
        "note": _by_row(marked, rows[notes], index, "; ", brackets=("", "")),
    }
    return frame_of(frame, pd.Index(index, name="row"))


def in_words(errors: Iterable[Sequence[Any]], describe: Callable[[str], str]) -> pd.DataFrame:
    """Errors as sentences in the language of the context.

    Args:
        errors: The lists of the JSON that is kept.
        describe: As for ``messages``.

    Returns:
        REASON, str, no NA, one line for each error in their order.
    """
    lines = list(errors)
    issues = [(0, *line[:2], str(Severity.ERROR), *line[2:]) for line in lines if len(line) > len(REASON)]
    of_issues = iter(_messages(issues, describe))
    told = [next(of_issues) if len(line) > len(REASON) else spoken(text_of(line[2])) for line in lines]
    texts = zip(REASON, ([line[0] for line in lines], [line[1] for line in lines], told), strict=True)
    return pd.DataFrame({name: pd.array(part, dtype="str") for name, part in texts})


def notes_in_words(notes: "pd.Series[str]", describe: Callable[[str], str]) -> "pd.Series[str]":
    """The notes of rows as sentences in the language of the context; ``describe`` as for ``messages``."""
    if not (with_records := notes.str.contains(MARK, regex=False)).any():
        return notes
    pieces = [records_in(note) for note in notes[with_records].tolist()]
    records = chain.from_iterable(some[1::2] for some in pieces)
    issues = [(0, *record[:2], record[4], *record[2:4]) for record in records if isinstance(record, list)]
    of_issues = iter(_messages(issues, describe))
    for some in pieces:
        some[1::2] = [next(of_issues) if isinstance(one, list) else spoken(text_of(one)) for one in some[1::2]]
    told = pd.Series(["".join(some) for some in pieces], index=notes.index[with_records], dtype="str")
    return told.reindex(notes.index).where(with_records, notes)


def _messages(issues: list[tuple[Any, ...]], describe: Callable[[str], str]) -> list[str]:
    if not issues:
        return []
    rows, *texts = zip(*issues, strict=True)
    columns = {name: pa.array(column, pa.large_string()) for name, column in zip(ISSUE_COLUMNS[1:], texts, strict=True)}
    frame = frame_of({"row": np.array(rows), **columns}, pd.RangeIndex(len(rows)))
    told: list[str] = messages(frame, describe).tolist()
    return told


def _kept(details: pa.LargeStringArray) -> pa.LargeStringArray:
    """The details; those with a kept sentence stay whole."""
    whole = pc.replace_substring_regex(details, _CONTROL_BUT_MARK, " ")
    return pc.if_else(pc.match_substring(details, MARK), whole, shown(details))


def _records(parts: list[pa.LargeStringArray], at: Positions) -> pa.LargeStringArray:
    """``["…","…"]`` of each of the positions. No control characters are left in the parts but MARK."""
    some = pa.array(at)
    pieces: list[Any] = [pa.scalar('["', pa.large_string())]
    for part in parts:
        escaped = part.take(some)
        for character, written in _ESCAPES:
            escaped = pc.replace_substring(escaped, character, written)
        pieces += [escaped, pa.scalar('","', pa.large_string())]
    pieces[-1] = pa.scalar('"]', pa.large_string())
    return pc.binary_join_element_wise(*pieces, pa.scalar("", pa.large_string()))


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
