"""Dates that a spreadsheet turned round when it opened the file, and whether a person has looked at each since.

A spreadsheet that expects the month first reads 01/02/1999 of a column written day first as 2 January, and makes a date
of it; 31/12/1999 it cannot read, and that stays text. What is left are cells that begin with the year and never have a
day over 12, beside cells that always have a number over 12.

Saved as text, a date is written as the spreadsheet's language writes it. Where that is with slashes or hyphens, the
numbers stand in the places that they had, and the cells that were left tell their order. Where it is with dots it is
day first, as dots are read: 1/2/1999 of a column written month first is 01.02.1999 now, beside 12/31/1999.

Two days are told of such a cell: the one that it says, and the same the other way round. It is refused while it may be
the first of them still, however that is written: saved by a spreadsheet, 1999-02-01 becomes 01.02.1999 or 2/1/1999, and
nobody looked at it. A cell that says another day, or names the month, was written by a person, and is sent. What was
told has to be known for that, and stands:

the column shows it, a cell is as it was      in the cell
a person corrects it on the page              in what the file has there: the column is judged by those cells, too, or
                                              one correction would let all the others pass
it goes out, in a result or a rejected file   in ``import_error``: there the column may show nothing any more
it comes back as something else               in ``import_note``: among the other rows, merged or in the whole result,
                                              the column shows it again
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import Texts, matches, where
from importer.cleaning.date import ZERO_DAY, date_reader, readings
from importer.cleaning.date_parts import take_apart
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.unpacking import unpacked
from importer.cleaning.value_table import by_value_table
from importer.columns.arrow_text import Positions, is_blank, issues_at, to_arrow
from importer.messages.wording import before_detail
from importer.model import CELL_CORRECTED, Severity, empty_issues
from importer.reading.corrections import text_typed

_FIELD: Final = "date_of_birth"
_CODE: Final = f"{_FIELD}_turned"
_DOTS_CODE: Final = f"{_CODE}_dots"
"""Of those that have dots: another order says that they are right. It stays, however they are written since."""

_WRITTEN_ANEW: Final = f"{_FIELD}_written_anew"
_CODES: Final = (_CODE, _DOTS_CODE, _WRITTEN_ANEW)
_YEAR_FIRST: Final = r"\A\s*(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})(?:[T ].*)?\z"
_DOTTED: Final = r"[0-9]{1,2}\s?\.\s?[0-9]{1,2}\s?\.\s?[0-9]{2}"
_TOLD: Final = re.compile(r"\((([0-9]{4})-([0-9]{2})-([0-9]{2}) / \2-\4-\3)\)")
"""Both days, as they stand in the sentences of the error and of the note in any language; and in others."""

_MAY_TELL: Final = r"\([0-9-]{10} / "

_MONTHS: Final = 12

FEWEST: Final = 3
"""Cells of either kind that are no chance. Of days of birth as they are written six of ten are over 12; of the rest one
of eleven is the same day turned round. So a column that nobody turned holds three of the first kind without such a day,
and three of the second with nothing else, in one of 86 cases (0.374³ × 0.606³), and more of them soon in one of
thousands; one of 86 is enough to ask for a person's birthday."""

EXCEPTIONS: Final = 20
"""Among so many cells one may be otherwise: somebody typed a row by hand since."""

PUT_RIGHT: Final = 5
"""For so many cells that were left as text, one may fit day first and month first alike: somebody put a turned date
right in the file itself, and wrote it as those. With five, that still is no chance: one of 80 (0.374³ × 0.243)."""


def count_year_first(texts: Texts, counts: Positions) -> tuple[int, int]:
    """How many cells that begin with the year could have been turned round, and how many have a day over 12.

    Args:
        texts: The distinct cells of a column.
        counts: How many cells each of them is.
    """
    month, day = _month_and_day(texts)
    over = (day > _MONTHS) & (month >= 1) & (month <= _MONTHS) & ~np.asarray(matches(texts, rf"\A\s*{ZERO_DAY}"))
    return int(counts[_are_two_days(month, day)].sum()), int(counts[over].sum())


def as_written(cells: pd.Series, issues: pd.DataFrame) -> pd.Series:
    """A raw field (the series' name) as the file has it: without the corrections of a person on the page.

    ``issues``: what is known of the rows (ISSUE_COLUMNS, by field); a correction is a note with the cell of before. It
    is taken back where the cell is what was typed: of several columns another one may serve since.
    """
    if issues.empty:
        return cells
    mine = issues[(issues["code"] == CELL_CORRECTED) & (issues["field"] == cells.name)]
    mine = mine[cells.reindex(mine["row"]).to_numpy() == mine["detail"].map(text_typed).to_numpy()]
    before = mine.drop_duplicates("row").set_index("row")["value"]
    return cells.where(~cells.index.isin(before.index), before) if len(before) else cells


def turned_dates(
    raw: pd.DataFrame, issues: pd.DataFrame, earlier: Mapping[str, pd.Series], decisions: Decisions
) -> pd.DataFrame:
    """Errors of the cells that may have been turned round, and notes of those that a person has written anew since.

    Args:
        raw: The columns of FIELDS, dtype str; index "row".
        issues: What is known of these rows (ISSUE_COLUMNS, by field).
        earlier: The columns of an earlier output, by name; same index.
        decisions: What holds for the whole file; --date-order ymd says that such dates are right, dmy that those with
            dots are.
    """
    order = decisions.date_order if decisions.order_told else ""
    if order == "ymd":
        return empty_issues()
    written = as_written(raw[_FIELD], issues)
    told = _told_of(written, earlier, decisions)
    told = told[told["code"] == _CODE] if order == "dmy" else told
    if told.empty:
        return empty_issues()
    days = told["days"]
    cells = by_value_table(raw[_FIELD].loc[days.index], decisions)
    by_hand = (written != raw[_FIELD]).loc[days.index] | ~told["refused"]
    turned = _as_told(cells, days, by_hand, decisions)
    anew = ~turned & ~np.asarray(is_blank(to_arrow(cells)))
    errors = _issues(cells[turned], days[turned], to_arrow(told["code"][turned]), Severity.ERROR)
    return pd.concat([errors, _issues(cells[anew], days[anew], _WRITTEN_ANEW, Severity.NOTE)], ignore_index=True)


def _told_of(written: pd.Series, earlier: Mapping[str, pd.Series], decisions: Decisions) -> pd.DataFrame:
    """Row → both ``days``, where they were told or are now; the ``code``; whether an earlier output ``refused`` it.

    Of a row that was told in several ways the first counts: among the others a date that was put right shows as turned.
    """
    cells = by_value_table(written if decisions.turned or decisions.turned_dots else written.iloc[:0], decisions)
    ways = (
        (_refused_before(earlier, dots=True), _DOTS_CODE, True),
        (_refused_before(earlier, dots=False), _CODE, True),
        (_noted_before(earlier), _CODE, False),
        (_two_days(cells if decisions.turned else cells.iloc[:0]), _CODE, False),
        (_two_days_with_dots(cells if decisions.turned_dots else cells.iloc[:0], decisions.today), _DOTS_CODE, False),
    )
    told = [pd.DataFrame({"days": days, "code": code, "refused": refused}) for days, code, refused in ways]
    found = pd.concat([each.astype({"code": "str", "refused": "bool"}) for each in told])
    return found[~found.index.duplicated()]


def _as_told(cells: pd.Series, days: pd.Series, by_hand: pd.Series, decisions: Decisions) -> Any:
    """Which cells may be the first of the two days still; ``by_hand``: a person wrote what stands there."""
    same = _two_days(cells).reindex(days.index, fill_value="") == days
    first = days.str[: len("1999-02-01")]
    texts = zip(same, unpacked(to_arrow(cells)).to_pylist(), first, by_hand, strict=True)
    return np.array([one or _may_be(text, day, decisions, typed=typed) for one, text, day, typed in texts], np.bool_)


def _issues(cells: pd.Series, days: pd.Series, code: str, severity: Severity) -> pd.DataFrame:
    return issues_at(cells.index.to_numpy("int64"), _FIELD, code, severity, to_arrow(cells), to_arrow(days))


def _refused_before(earlier: Mapping[str, pd.Series], *, dots: bool) -> pd.Series:
    """Row → both days, of those that an earlier output refused, as those with dots or as others."""
    if not {"import_error_code", "import_error"} <= earlier.keys():
        return pd.Series({}, dtype="str")
    codes = earlier["import_error_code"]
    mine = codes.str.contains(_CODE, regex=False) & (codes.str.contains(_DOTS_CODE, regex=False) == dots)
    return _told_in(earlier["import_error"][mine], _TOLD)


def _noted_before(earlier: Mapping[str, pd.Series]) -> pd.Series:
    """Row → both days, of those whose note tells that they were turned round.

    A note has two days as well where one was left out because it can be read in two ways.
    """
    if "import_note" not in earlier:
        return pd.Series({}, dtype="str")
    return _told_in(earlier["import_note"], _noted())


@cache
def _noted() -> re.Pattern[str]:
    words = (one.removesuffix("(") for code in _CODES for one in before_detail(code))
    return re.compile(f"(?:{'|'.join(map(re.escape, words))}){_TOLD.pattern}")


def _told_in(sentences: pd.Series, told: re.Pattern[str]) -> pd.Series:
    """Row → both days, where sentences of an earlier output tell them."""
    may = sentences[np.asarray(matches(to_arrow(sentences), _MAY_TELL))]
    return pd.Series({row: days[1] for row, text in may.items() if (days := told.search(text))}, dtype="str")


def _two_days(cells: pd.Series) -> pd.Series:
    """Row → both days, of the cells that begin with the year and are another day the other way round."""
    texts = unpacked(to_arrow(cells))
    at = where(_are_two_days(*_month_and_day(texts)))
    days = pc.replace_substring_regex(texts.take(pa.array(at)), _YEAR_FIRST, r"\1-0\2-0\3 / \1-0\3-0\2")
    days = pc.replace_substring_regex(days, "-0([0-9]{2})", r"-\1")
    return pd.Series(days.to_pylist(), cells.index[at], dtype="str")


def _two_days_with_dots(cells: pd.Series, today: str) -> pd.Series:
    """Row → both days, of the cells that have dots and are another day the other way round."""
    dotted = cells[np.asarray(matches(unpacked(to_arrow(cells)), _DOTTED))]
    found = {row: days for row, text in dotted.items() if (days := _both_ways(text, date.fromisoformat(today)))}
    return pd.Series(found, dtype="str")


def _both_ways(text: str, today: date) -> str:
    parts = take_apart(text)
    if parts is None or parts.separator != "." or parts.month:
        return ""
    days = readings(parts, today)
    year, month, day = days.get("dmy", "--").split("-")
    return f"{year}-{month}-{day} / {year}-{day}-{month}" if "mdy" in days and month != day else ""


def _may_be(cell: str, day: str, decisions: Decisions, *, typed: bool) -> bool:
    """Whether a cell can be read as a day, and no word for its month says that a person means that.

    A cell is read as its column is; but a refused one that has slashes since may be a spreadsheet's own way, of either
    order: it is read so only where a person told the order, or ``typed`` it (on the page, or it was sent already).
    """
    parts = take_apart(cell)
    if parts is None:
        return date_reader(_FIELD, decisions)(cell).text == day
    slashes = decisions.date_order if typed or decisions.order_told else "any"
    order = (decisions.dotted_order or "dmy") if parts.separator == "." else slashes
    days = readings(parts, date.fromisoformat(decisions.today), order)
    return not parts.month and day in ({days[order]} if order in days else days.values())


def _month_and_day(texts: Texts) -> tuple[Any, Any]:
    """Both numbers of the texts that begin with the year; 0 and 0 of the others."""
    found = pc.extract_regex(texts, _YEAR_FIRST)
    month, day = (pc.cast(pc.struct_field(found, name), pa.int64()).fill_null(0) for name in ("month", "day"))
    return np.asarray(month), np.asarray(day)


def _are_two_days(month: Any, day: Any) -> Any:
    return (np.minimum(month, day) >= 1) & (np.maximum(month, day) <= _MONTHS) & (month != day)
