"""What the journal keeps of issues: their codes and parameters, and the sentences made of them, at any time.

errors: JSON ``[[field, code, value, detail], …]``, or ``[field, code, sentence]`` of what is no cell's: a Text's
        record, or plain text, which is the API's own words or an older version's.
note:   text in which what stands between two ``MARK`` is a sentence: a Text's record (``kept_sentences``), or field,
        code, value, detail and severity of an issue with ``_BETWEEN`` between them, and ``_INNER`` for each ``MARK``
        in the detail. No JSON: of a file whose every row has notes, these are read and worded a column at a time.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import STR, Positions, frame_of, from_arrow, joined, to_arrow
from importer.messages.kept_sentences import MARK, heard
from importer.messages.sentences import messages, shown
from importer.messages.text import spoken, text_of
from importer.model import ISSUE_COLUMNS, Severity

REASON: Final = ("field", "code", "message")

_CONTROL_BUT_MARK: Final = r"[\x00-\x1d\x1f\x7f-\x{9f}\x{2028}\x{2029}]+"
_ESCAPES: Final = (("\\", "\\\\"), ('"', '\\"'), (MARK, "\\u001e"))
_BETWEEN: Final = "\x1f"
"""Of ASCII, the separator of units; no value has one, see ``shown``."""
_INNER: Final = "\x1d"
_OF_NOTES: Final = ("field", "code", "value", "detail", "severity")


def remembered(issues: pd.DataFrame) -> pd.DataFrame:
    """What is kept of each row that has an issue (ISSUE_COLUMNS, in any order).

    Returns:
        Index row (int64, ascending, unique); columns, str without NA: ``errors``, "" for none, and ``note``, warnings
        and notes joined by "; ".
    """
    if issues.empty:
        return pd.DataFrame({"errors": [], "note": []}, index=pd.Index([], dtype="int64", name="row"), dtype=STR)
    rows = issues["row"].to_numpy()
    is_error = np.asarray(pc.equal(to_arrow(issues["severity"]), str(Severity.ERROR)))
    index = np.unique(rows)
    texts = {name: to_arrow(issues[name]) for name in ISSUE_COLUMNS[1:]}
    texts["value"], texts["detail"] = shown(texts["value"]), _kept(texts["detail"])
    errors, notes = np.flatnonzero(is_error), np.flatnonzero(~is_error)
    of_errors = _records([texts[name] for name in ("field", "code", "value", "detail")], errors)
    texts["detail"] = pc.replace_substring(texts["detail"], MARK, _INNER)
    columns: list[Any] = [texts[name].take(pa.array(notes)) for name in _OF_NOTES]
    marked = joined(MARK, joined(*columns, between=_BETWEEN), MARK)
    frame = {
        "errors": _by_row(of_errors, rows[errors], index, ",", brackets=("[", "]")),
        "note": _by_row(marked, rows[notes], index, "; ", brackets=("", "")),
    }
    return frame_of(frame, pd.Index(index, name="row"))


def in_words(errors: Iterable[Sequence[Any]], describe: Callable[[str], str]) -> pd.DataFrame:
    """Errors, as the lists of the JSON that is kept, as sentences in the language of the context.

    ``describe`` as for ``messages``. Gives REASON, str, no NA, one line for each error in their order.
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
    lists = pc.split_pattern(to_arrow(notes[with_records]), MARK)
    pieces, ends = lists.flatten(), lists.value_lengths().to_numpy().cumsum()
    starts = np.concatenate([[0], ends[:-1]])
    inside = (np.arange(len(pieces)) - np.repeat(starts, ends - starts)) % 2 == 1
    of_issue = inside & np.asarray(pc.equal(pc.count_substring(pieces, _BETWEEN), len(_OF_NOTES) - 1))
    pieces = pc.replace_with_mask(pieces, pa.array(of_issue), _of_records(pieces.filter(pa.array(of_issue)), describe))
    others = pieces.filter(pa.array(inside & ~of_issue)).to_pylist()
    told = {text: heard(f"{MARK}{text}{MARK}") for text in dict.fromkeys(others)}
    said = pa.array([told[text] for text in others], pa.large_string())
    pieces = pc.replace_with_mask(pieces, pa.array(inside & ~of_issue), said)
    lists = pa.LargeListArray.from_arrays(pa.array(np.concatenate([[0], ends])), pieces)
    whole = pc.binary_join(lists, pa.scalar("", pa.large_string()))
    return from_arrow(whole, notes.index[with_records]).reindex(notes.index).where(with_records, notes)


def _of_records(records: pa.LargeStringArray, describe: Callable[[str], str]) -> pa.LargeStringArray:
    """The sentences of issues' records among notes."""
    parts = pc.split_pattern(records, _BETWEEN).flatten()
    width = len(_OF_NOTES)
    columns: dict[str, Any] = {
        name: parts.take(pa.array(np.arange(at, len(parts), width))) for at, name in enumerate(_OF_NOTES)
    }
    columns["detail"] = pc.replace_substring(columns["detail"], _INNER, MARK)
    rows = np.zeros(len(records), np.int64)
    frame = frame_of(
        {name: rows if name == "row" else columns[name] for name in ISSUE_COLUMNS}, pd.RangeIndex(len(rows))
    )
    return to_arrow(messages(frame, describe))


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
    pieces: list[Any] = ['["']
    for part in parts:
        escaped = part.take(some)
        for character, written in _ESCAPES:
            escaped = pc.replace_substring(escaped, character, written)
        pieces += [escaped, '","']
    return joined(*pieces[:-1], '"]')


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
    return pc.if_else(pc.equal(whole, ""), whole, joined(brackets[0], whole, brackets[1]))
