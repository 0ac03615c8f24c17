"""Rows that a person corrected, and whether each is one of those that it was refused as."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from importer.cleaning import folded
from importer.errors import BooksDontBalance, RefusedFile, UsageError
from importer.mapping import header_score
from importer.model import IMPORT_ROW, RESULT_COLUMNS, TO_BE_FIXED
from importer.reading import open_table
from importer.reading.table import Table
from importer.writing import manifest_path
from schemas.fields import FIELDS

_MOST_TOLD: Final = 5


@dataclass(frozen=True)
class OpenedResult:
    """An output that was opened.

    Attributes:
        table: Its cells.
        results: RESULT_COLUMNS → position; ``numbers`` the position of the row numbers of a rejected file.
        own: The positions of the person's own columns, by header text and how often that stood before.
        manifest: What stands beside it, {} where nothing does.
    """

    table: Table
    results: dict[str, int]
    numbers: int | None
    own: dict[tuple[str, int], int]
    manifest: dict[str, Any]

    @classmethod
    def opened(cls, path: Path) -> "OpenedResult":
        """Raises UsageError where it is no output of this program."""
        table = open_table(path, header_score=header_score)
        header = [text.strip() for text in table.header]
        if not set(RESULT_COLUMNS) <= set(header):
            table.close()
            raise UsageError(f"{path}: without the columns {', '.join(RESULT_COLUMNS)}: no output of this program")
        results = {name: len(header) - 1 - header[::-1].index(name) for name in RESULT_COLUMNS}
        numbers = header.index(IMPORT_ROW) if IMPORT_ROW in header else None
        own: dict[tuple[str, int], int] = {}
        for at, text in enumerate(header):
            if at not in results.values() and at != numbers:
                own[next((text, nth) for nth in count() if (text, nth) not in own)] = at
        try:
            manifest = json.loads(manifest_path(path).read_bytes())
        except (OSError, ValueError):
            manifest = {}
        return cls(table, results, numbers, own, manifest if isinstance(manifest, dict) else {})

    def close(self) -> None:
        """Let go of the file."""
        self.table.close()

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Number and cells of every row."""
        for chunk in self.table.chunks():
            columns = (chunk.cells[at].tolist() for at in chunk.cells.columns)
            yield from zip(chunk.cells.index.tolist(), zip(*columns, strict=True), strict=True)

    def outcome(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """The five cells of RESULT_COLUMNS of a row."""
        return tuple(cells[self.results[name]] for name in RESULT_COLUMNS)


@dataclass(frozen=True)
class Correction:
    """A row that came back: where, its own cells in the order of the original's columns, its outcome."""

    place: int
    cells: tuple[str, ...]
    outcome: tuple[str, ...]


@dataclass(frozen=True)
class Corrections:
    """The corrected rows by the number that they had in the original file; ``row_of``: by the list's own number."""

    by_number: dict[int, Correction]
    row_of: dict[int, int]

    @classmethod
    def gathered(cls, whole: OpenedResult, part: OpenedResult) -> "Corrections":
        """Raises BooksDontBalance for a row without a number of its own, RefusedFile for other columns."""
        name = part.table.path.name
        if part.numbers is None:
            raise BooksDontBalance(f"{name} has no column {IMPORT_ROW}: it is not the result of a rejected file")
        if missing := sorted({text for text, _ in whole.own.keys() ^ part.own.keys()}):
            raise RefusedFile(f"{name} and {whole.table.path.name} differ in their columns: {', '.join(missing)}")
        apis = {_api_of(result.manifest) for result in (whole, part)} - {""}
        if len(apis) > 1:
            raise BooksDontBalance(f"{name} was imported into another API: {' and '.join(sorted(apis))}")
        found: dict[int, Correction] = {}
        order = [part.own[column] for column in whole.own]
        for place, cells in part.rows():
            told = cells[part.numbers].strip()
            number = int(told) if told.isdecimal() and told.isascii() else 0
            if not number or number in found:
                why = "stands in two rows" if number else "is no row number"
                raise BooksDontBalance(f"{name}, row {place}: {IMPORT_ROW} '{told}' {why}; nothing was written")
            found[number] = Correction(place, tuple(cells[at] for at in order), part.outcome(cells))
        return cls(found, {})

    def refuse_misfits(self, whole: OpenedResult, numbers: Iterator[int]) -> None:
        """Whether each correction is one of the row that its number names.

        Raises:
            BooksDontBalance: No such row; one that was not to be corrected; or cells differ that were not wrong.
        """
        misfits, seen = [], set()
        for (row, cells), number in zip(whole.rows(), numbers, strict=False):
            if (correction := self.by_number.get(number)) is not None:
                seen.add(number)
                self.row_of[row] = number
                if why := _misfit(whole, cells, correction):
                    misfits.append(f"{IMPORT_ROW} {number} (row {correction.place}): {why}")
        misfits += [f"{IMPORT_ROW} {number}: there is no such row" for number in self.by_number.keys() - seen]
        if misfits:
            more = f", and {len(misfits) - _MOST_TOLD} more" if len(misfits) > _MOST_TOLD else ""
            raise BooksDontBalance(
                f"the corrected rows do not fit {whole.table.path.name}: {'; '.join(misfits[:_MOST_TOLD])}{more}; "
                "nothing was written"
            )


def _misfit(whole: OpenedResult, cells: tuple[str, ...], correction: Correction) -> str:
    """Why a correction is not of this row, without a word of its cells; "" where it fits."""
    outcome = whole.outcome(cells)
    if outcome[1] not in {str(status) for status in TO_BE_FIXED}:
        same = outcome[:2] == correction.outcome[:2]
        return "" if same else f"that row is {outcome[1]} and was not to be corrected"
    wrong = _wrong_headers(whole, outcome)
    if wrong is None:
        return ""
    for (text, _), at, new in zip(whole.own, whole.own.values(), correction.cells, strict=True):
        if text not in wrong and folded(cells[at]) != folded(new):
            return f'its "{text}" was right and is another now'
    return ""


def _wrong_headers(whole: OpenedResult, outcome: tuple[str, ...]) -> set[str] | None:
    """The headers of the columns in which a row was wrong; None where any may have been."""
    mapping = whole.manifest.get("mapping", {})
    found: set[str] = set()
    for code in outcome[2].split("; "):
        field = next((name for name in FIELDS if code.startswith(f"{name}_")), "")
        if not mapping.get(field):
            return None
        found.update(text.strip() for text in mapping[field])
    return found


def _api_of(manifest: dict[str, Any]) -> str:
    """The address; every embedded sandbox is one of its own, and none of them is another API."""
    address = str(manifest.get("api", ""))
    return "" if address.startswith("sandbox-") else address
