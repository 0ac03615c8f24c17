"""Which row is the header: where it stands, what it names, and that its cells are unlike those below it."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import zip_longest
from typing import Final

from importer.errors import RefusedFile, UsageError
from importer.messages.text import Text, enumerated
from importer.model import Finding
from importer.reading.limits import HEADER_SEARCH_ROWS, MAX_COLUMNS

HeaderScore = Callable[[Sequence[str]], int]
"""How many of a row's cells are known header names; at least ANCHORED where it holds the columns asked for."""

ANCHORED: Final = 100_000
"""More than any row has cells."""

NumberedRows = Sequence[tuple[int, Sequence[str]]]
"""Row number and cells, cells by their place in the table."""

_SHOWN: Final = 3
_LOOKED_AT: Final = 2 * HEADER_SEARCH_ROWS
_COLUMNS_LOOKED_AT: Final = 500
_DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[ T]\d.*)?")
_EMAIL: Final = re.compile(r"\S[^\s@]*+@\S[^\s.]*+\.\S+")  # possessive: @@@@… costs each @ one look
_MOST_OF_A_NUMBER: Final = 40
_DIGITS_OF_A_NUMBER: Final = 9


def find_header(rows: NumberedRows, score: HeaderScore, wanted: int = 0, *, torn: Collection[int] = ()) -> int | None:
    """Index of the header among ``rows``, or None if there is no row with any text.

    A row with a value where its column holds such values is data, whatever words stand beside it; so is a name that
    stands again in its column (a column of channels says ``Email``, ``SMS``). The header is the row with the most names
    among those above the first row of data, else among all.

    Args:
        rows: The first rows.
        score: Counts the names of a row.
        wanted: The row number that a person named.
        torn: Indexes of rows that can't be the header while others can.

    Raises:
        UsageError: No such row is there.
    """
    filled = [place for place, (_, cells) in enumerate(rows) if any(cell.strip() for cell in cells)]
    if wanted:
        for place in filled:
            if rows[place][0] == wanted:
                return place
        raise UsageError(
            "--header-row {wanted}: there is no row {wanted} with text near the top of the file", wanted=wanted
        )
    if not filled:
        return None
    tried = [place for place in filled[:HEADER_SEARCH_ROWS] if place not in torn] or filled[:1]
    data = rows_of_data(rows)
    scores = {place: 0 if place in data else _names(rows, place, data, score) for place in tried}
    first = min(data, default=len(rows))
    above = {place: names for place, names in scores.items() if place < first and names}
    best = max(scores.values())
    if best >= ANCHORED or not above:
        above = scores
    return max(above, key=lambda place: above[place])


def rows_of_data(rows: NumberedRows) -> frozenset[int]:
    """Indexes of the first rows that hold a phone, an e-mail or a date where their column holds such values."""
    return frozenset(_values(rows))


def _values(rows: NumberedRows, columns: Collection[int] | None = None) -> dict[int, dict[int, str]]:
    """By the index of a row of data, the kinds of its cells that are such values, by their place.

    Only those of some columns are looked at, where these are given.
    """
    looked_at = [cells[:_COLUMNS_LOOKED_AT] for _, cells in rows[:_LOOKED_AT]]
    kinds = [[_kind(cell) for cell in cells] for cells in looked_at]
    usual = [
        _kind_of_column(column) if columns is None or at in columns else ""
        for at, column in enumerate(zip_longest(*kinds, fillvalue=None))
    ]
    found = {}
    for place, row in enumerate(kinds):
        alike = {at: kind for at, kind in enumerate(row) if kind and kind == usual[at]}
        label = any(cell.rstrip().endswith(":") for cell in looked_at[place])
        if not label and (len(alike) > 1 or {*alike.values()} - {"date"}):  # a title may hold a date
            found[place] = alike
    return found


def _kind(cell: str) -> str | None:
    """What kind of value a cell is: "" for a word, None for a blank."""
    text = cell.strip()
    if not text:
        return None
    if _DATE.fullmatch(text):
        return "date"
    if _EMAIL.fullmatch(text):
        return "email"
    number = len(text) <= _MOST_OF_A_NUMBER and sum(map(str.isdigit, text)) >= _DIGITS_OF_A_NUMBER
    return "number" if number else ""


def _kind_of_column(kinds: Sequence[str | None]) -> str:
    """The kind of most filled cells from the first value on; "" where there is none."""
    first = next((at for at, kind in enumerate(kinds) if kind), len(kinds))
    counts = Counter(kind for kind in kinds[first:] if kind is not None)
    kind, count = counts.most_common(1)[0] if counts else ("", 0)
    return kind if 2 * count > counts.total() else ""


def _names(rows: NumberedRows, place: int, data: Collection[int], score: HeaderScore) -> int:
    """How many names a row holds, less those that stand again in their column in a row of data."""
    cells = rows[place][1]
    known = score(tuple(cells))
    if not known or known >= ANCHORED:
        return known
    below = [rows[other][1] for other in data]
    again = {
        at for values in below for at, (cell, value) in enumerate(zip(cells, values, strict=False)) if cell == value
    }
    return score(tuple("" if at in again else cell for at, cell in enumerate(cells))) if again else known


def refuse_people_left_out(name: str, rows: NumberedRows, header: int, score: HeaderScore) -> None:
    """Raises RefusedFile where rows of data would be left out: above the header, or taken for it.

    A header may hold what looks like data, beside more names than that, or dates beside any name (a register's days):
    without a phone it is nobody. What stands in a column that the table leaves blank is nobody's phone either.
    """
    below = _filled(rows[header + 1 :])
    row, cells = rows[header]
    above = [
        rows[place][0]
        for place in sorted(_values(rows, below | _filled(rows[header : header + 1]) if below else None))
        if place < header
    ]
    if above:
        raise RefusedFile(
            enumerated(
                "{name}: row {row} looks like the header, but rows above it look like data (row {numbers}). Move "
                "the header to the top, or leave out what stands above it: --header-row {row}",
                "{name}: row {row} looks like the header, but rows above it look like data (rows {numbers}). Move "
                "the header to the top, or leave out what stands above it: --header-row {row}",
                above[:_SHOWN],
                more=len(above) > _SHOWN,
                name=name,
                row=row,
            )
        )
    data = _values(rows, below or None)
    values = [kind for at, kind in data.pop(header, {}).items() if not score((cells[at],))]
    if values and _names(rows, header, data, score) <= sum(kind != "date" for kind in values):
        raise RefusedFile(
            "{name}: row {row} looks like data, not like column names. Add a row with the names above it, or say "
            "where the names stand (--header-row)",
            name=name,
            row=row,
        )


def _filled(rows: NumberedRows) -> frozenset[int]:
    """Places in which one of the rows has text."""
    looked_at = (cells[:_COLUMNS_LOOKED_AT] for _, cells in rows[:_LOOKED_AT])
    return frozenset(at for cells in looked_at for at, cell in enumerate(cells) if cell.strip())


def refuse_too_wide(name: str, row: int, columns: int) -> None:
    """Raises RefusedFile for a header that no table of users has."""
    if columns > MAX_COLUMNS:
        raise RefusedFile(
            "{name}: row {row} has {columns:,} columns; a table of users has at most {max_columns:,}. Keep "
            "the columns that are needed and save again",
            name=name,
            row=row,
            columns=columns,
            max_columns=MAX_COLUMNS,
        )


def header_findings(row: int, skipped: Sequence[int], *, told: bool) -> tuple[Finding, ...]:
    """What to say about the header: ``skipped`` are the rows with text above it."""
    if not skipped:
        return (Finding("header", Text("the header is row {row}", row=row)),)
    shown = ", ".join(str(number) for number in skipped[:_SHOWN]) + (" …" if len(skipped) > _SHOWN else "")
    how = Text("as told") if told else Text("the row with the most known names")
    text = Text("the header is row {row} ({how}); rows above it are not imported: {rows}", row=row, how=how, rows=shown)
    return (Finding("header", text, warning=not told),)
