"""Which row is the header: the one with the most known names among the first rows, else the first that isn't blank."""

from collections.abc import Callable, Sequence
from typing import Final

from importer.errors import RefusedFile, UsageError
from importer.model import Finding
from importer.reading.limits import HEADER_SEARCH_ROWS, MAX_COLUMNS

HeaderScore = Callable[[Sequence[str]], int]
"""How many of a row's cells are known header names."""

_SHOWN: Final = 3


def find_header(rows: Sequence[tuple[int, Sequence[str]]], score: HeaderScore, wanted: int = 0) -> int | None:
    """Index of the header among ``rows`` (row number, cells), or None if there is no row with any text.

    ``wanted`` is the row number that a person named. Raises UsageError if no such row is there.
    """
    if wanted:
        for place, (number, cells) in enumerate(rows):
            if number == wanted and any(cell.strip() for cell in cells):
                return place
        raise UsageError(f"--header-row {wanted}: there is no row {wanted} with text near the top of the file")
    filled = [place for place, (_, cells) in enumerate(rows) if any(cell.strip() for cell in cells)]
    if not filled:
        return None
    tried = filled[:HEADER_SEARCH_ROWS]
    scores = [score(tuple(rows[place][1])) for place in tried]
    best = max(scores)
    return tried[scores.index(best)] if best else tried[0]


def refuse_too_wide(name: str, row: int, columns: int) -> None:
    """Raises RefusedFile for a header that no table of users has."""
    if columns > MAX_COLUMNS:
        raise RefusedFile(
            f"{name}: row {row} has {columns:,} columns; a table of users has at most {MAX_COLUMNS:,}. "
            "Keep the columns that are needed and save again"
        )


def header_findings(row: int, skipped: Sequence[int], *, told: bool) -> tuple[Finding, ...]:
    """What to say about the header: ``skipped`` are the rows with text above it."""
    if not skipped:
        return (Finding("header", f"the header is row {row}"),)
    shown = ", ".join(str(number) for number in skipped[:_SHOWN]) + (" …" if len(skipped) > _SHOWN else "")
    how = "as told" if told else "the row with the most known names"
    text = f"the header is row {row} ({how}); rows above it are not imported: {shown}"
    return (Finding("header", text, warning=not told),)
