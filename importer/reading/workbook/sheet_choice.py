"""Which sheets of a workbook are read: those a person named, else the one sheet of people among the visible ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.errors import RefusedFile, UsageError
from importer.messages.text import Text, counted, joined
from importer.model import RESULT_COLUMNS, Finding
from importer.reading.header_row import HeaderScore, NumberedRows, find_header
from importer.reading.limits import HEADER_SEARCH_ROWS
from importer.reading.sheets import Grid, Marks, Sheet, SheetRow, Workbook

ALL: Final = "all"
"""What a person says instead of a name: every visible sheet of people, in order."""
_SHOWN: Final = 10


@dataclass(frozen=True)
class _Seen:
    """A sheet as it begins: its header's texts (without results of ours), how many are known, and if rows follow."""

    sheet: Sheet
    names: tuple[str, ...]
    known: int
    rows: bool

    def alike(self, best: "_Seen") -> bool:
        """Whether it holds people as well as the best one does: the same header, or at least half as many names."""
        return self.names == best.names or (self.known > 1 and 2 * self.known >= best.known)


def chosen_sheets(path: Path, book: Workbook, wanted: str, score: HeaderScore) -> tuple[Sheet, ...]:
    """The sheets to be read, in the order told, or in that of the workbook.

    Args:
        path: The file, for messages.
        book: The workbook.
        wanted: A name or number, several with commas between, ``ALL``, or "" to find out.
        score: How many of a row's cells are known header names.

    Raises:
        RefusedFile: There is none, all are hidden, or several hold people and nobody said which are meant.
        UsageError: A sheet was named that there is not.
    """
    if not book.sheets:
        raise RefusedFile("{name} has no sheet of cells", name=path.name)
    everyone = wanted.strip().casefold() == ALL and _named(book.sheets, wanted) is None
    if wanted and not everyone:
        return _told(book.sheets, wanted)
    visible = [sheet for sheet in book.sheets if not sheet.hidden]
    if not visible:
        raise RefusedFile(
            "{name}: all of its sheets are hidden ({sheets}); name one with --sheet",
            name=path.name,
            sheets=_list(book.sheets),
        )
    if len(visible) == 1:
        return (visible[0],)
    seen = [_look(book, sheet, score) for sheet in visible]
    best = max(seen, key=lambda one: (one.known, one.rows, bool(one.names)))
    people = [one.sheet for one in seen if one.rows and one.alike(best)] or [best.sheet]
    if len(people) > 1 and not everyone:
        first, second = people[:2]
        raise RefusedFile(
            '{name} has {people} sheets of people: {sheets}. Say which are meant: --sheet "{first}" for one, '
            '--sheet "{first}, {second}" for several, --sheet {all} for all of them, one below the other',
            name=path.name,
            people=len(people),
            sheets=_list(people),
            first=first.name,
            second=second.name,
            all=ALL,
        )
    return tuple(people)


def sheet_findings(sheets: Sequence[Sheet], read: Sequence[Sheet], *, told: bool) -> Iterator[Finding]:
    """What to say about the choice, where there was one."""
    names, every = _list(read), len(sheets)
    text: str = Text("sheet {sheet} of {every}", sheet=names, every=every)
    if len(read) > 1:
        text = Text("sheets {sheets} of {every}", sheets=names, every=every)
    if len(sheets) > 1:
        chosen = Text("the one whose header has the most known names; --sheet overrides")
        text = joined((text, Text("as told") if told else chosen), ", ")
    hidden = any(sheet.hidden for sheet in read)
    if hidden:
        text = joined((text, Text("hidden") if len(read) > 1 else Text("it is hidden")), "; ")
    yield Finding("sheet", text, warning=hidden or (len(sheets) > 1 and not told))
    left = [sheet for sheet in sheets if sheet.hidden and sheet not in read]
    if left:
        text = counted(
            "{count} hidden sheet is not imported ({sheets}); --sheet names one that is",
            "{count} hidden sheets are not imported ({sheets}); --sheet names one that is",
            len(left),
            sheets=_list(left),
        )
        yield Finding("sheet", text, warning=True)


def top_rows(grids: Iterator[Grid], wanted: int) -> tuple[list[SheetRow], list[Grid]]:
    """Rows that are not blank, as far as the header is looked for, and what was read to find them.

    ``wanted``: the row number that a person named as the header's, or 0.
    """
    rows: list[SheetRow] = []
    read: list[Grid] = []
    for grid in grids:
        read.append(grid)
        found = grid if wanted else grid.head(2 * HEADER_SEARCH_ROWS)
        rows += [row for row in found.rows() if row.flags or any(text.strip() for text in row.cells.values())]
        if grid.numbers[-1] >= wanted > 0 or (not wanted and len(rows) > HEADER_SEARCH_ROWS):
            break
    return rows if wanted else rows[: HEADER_SEARCH_ROWS + 1], read


def by_column(rows: Sequence[SheetRow]) -> NumberedRows:
    """The rows with a cell for each column in which one of them has any."""
    columns = sorted({column for row in rows for column in row.cells})
    return [(row.number, [row.cells.get(column, "") for column in columns]) for row in rows]


def header_names(row: SheetRow) -> tuple[str, ...]:
    """The header's texts, folded, without blanks and without the result columns of an earlier output."""
    folded = (" ".join(text.split()).casefold() for _, text in sorted(row.cells.items()))
    return tuple(text for text in folded if text and text not in RESULT_COLUMNS)


def _look(book: Workbook, sheet: Sheet, score: HeaderScore) -> _Seen:
    top, _ = top_rows(book.rows(sheet, Marks()), 0)
    rows = by_column(top[:HEADER_SEARCH_ROWS])
    place = find_header(rows, score)
    if place is None:
        return _Seen(sheet, (), 0, rows=False)
    return _Seen(sheet, header_names(top[place]), score(rows[place][1]), rows=place + 1 < len(top))


def _told(sheets: Sequence[Sheet], wanted: str) -> tuple[Sheet, ...]:
    whole = _named(sheets, wanted)
    if whole is not None:
        return (whole,)
    parts = [part for part in wanted.split(",") if part.strip()]
    found = [(part, _named(sheets, part)) for part in parts]
    for part, sheet in found:
        if sheet is None:
            raise UsageError(
                "--sheet: there is no sheet {sheet}; the workbook has {sheets}",
                sheet=repr(part.strip()),
                sheets=_list(sheets),
            )
    if not found:
        raise UsageError(
            "--sheet: no sheet is named in {wanted}; the workbook has {sheets}",
            wanted=repr(wanted),
            sheets=_list(sheets),
        )
    return tuple(dict.fromkeys(sheet for _, sheet in found if sheet is not None))


def _named(sheets: Sequence[Sheet], wanted: str) -> Sheet | None:
    folded = wanted.strip().casefold()
    for sheet in sheets:
        if sheet.name == wanted or sheet.name.strip().casefold() == folded:
            return sheet
    if folded.isdecimal() and 0 < int(folded) <= len(sheets):
        return sheets[int(folded) - 1]
    return None


def _list(sheets: Sequence[Sheet]) -> str:
    return ", ".join(repr(sheet.name) for sheet in sheets[:_SHOWN]) + (" …" if len(sheets) > _SHOWN else "")
