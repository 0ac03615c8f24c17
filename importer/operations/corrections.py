"""Rows that a person corrected, and whether each is one of those that it was refused as."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

from importer.cleaning import folded
from importer.errors import BooksDontBalance, RefusedFile, UsageError
from importer.mapping import header_score
from importer.model import IMPORT_ROW, RESULT_COLUMNS, TO_BE_FIXED
from importer.progress import Watch
from importer.reading import open_table
from importer.reading.table import Table
from importer.writing import manifest_path
from schemas.fields import FIELDS

_MOST_TOLD: Final = 5

_OF_ANOTHER: Final = "its cells are those of another row"


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

    def rows(self, watch: Watch) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Number and cells of every row."""
        for chunk in self.table.chunks():
            watch.advanced(len(chunk.cells))
            watch.check()
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

    def noting(self, headers: list[str]) -> "Correction":
        """The same, with a note of the cells that were right and that the person changed as well."""
        told = "corrected by hand besides: " + ", ".join(f'"{header}"' for header in headers)
        note = f"{self.outcome[-1]}; {told}" if self.outcome[-1] else told
        return replace(self, outcome=(*self.outcome[:-1], note))


@dataclass(frozen=True)
class Corrections:
    """The corrected rows by the number that they had in the original file; ``row_of``: by the list's own number."""

    by_number: dict[int, Correction]
    row_of: dict[int, int]

    @classmethod
    def gathered(cls, whole: OpenedResult, part: OpenedResult, watch: Watch) -> "Corrections":
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
        for place, cells in part.rows(watch):
            told = cells[part.numbers].strip()
            number = int(told) if told.isdecimal() and told.isascii() else 0
            if not number or number in found:
                why = "stands in two rows" if number else "is no row number"
                raise BooksDontBalance(f"{name}, row {place}: {IMPORT_ROW} '{told}' {why}; nothing was written")
            found[number] = Correction(place, tuple(cells[at] for at in order), part.outcome(cells))
        return cls(found, {})

    def refuse_misfits(self, whole: OpenedResult, numbers: Iterator[int], watch: Watch) -> None:
        """Whether each correction is one of the row that its number names; what was corrected besides is noted on it.

        Raises:
            BooksDontBalance: No such row; one that was not to be corrected; another row's cells; or a cell that was
                right has lost what it said.
        """
        before: dict[int, tuple[str, ...]] = {}
        owners = _Owners()
        for (row, cells), number in zip(whole.rows(watch), numbers, strict=False):
            own = tuple(cells[at] for at in whole.own.values())
            if _is_to_be_fixed(whole.outcome(cells)):
                owners.add(number, own)
            if number in self.by_number:
                before[number] = own + whole.outcome(cells)
                self.row_of[row] = number
        misfits = []
        for number, cells in before.items():
            correction = self.by_number[number]
            right = _right_cells(whole, cells, correction)
            tells = owners.of(correction.cells)
            if why := _misfit(cells[len(whole.own) :], correction, right, tells, number):
                misfits.append(f"{IMPORT_ROW} {number} (row {correction.place}): {why}")
            elif changed := [text for text, old, new in right or () if folded(old) != folded(new)]:
                self.by_number[number] = correction.noting(changed)
        misfits += [f"{IMPORT_ROW} {number}: there is no such row" for number in self.by_number.keys() - before.keys()]
        if misfits:
            more = f", and {len(misfits) - _MOST_TOLD} more" if len(misfits) > _MOST_TOLD else ""
            raise BooksDontBalance(
                f"the corrected rows do not fit {whole.table.path.name}: {'; '.join(misfits[:_MOST_TOLD])}{more}; "
                "nothing was written"
            )


class _Owners:
    """Which refused row a cell tells of: one that no other refused row has."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], int] = {}

    def add(self, number: int, cells: tuple[str, ...]) -> None:
        """Take in the cells of a row."""
        for place in enumerate(map(folded, cells)):
            if place[1]:
                self._numbers[place] = 0 if place in self._numbers else number

    def of(self, cells: tuple[str, ...]) -> Counter[int]:
        """Row → how many of these cells are its alone."""
        found = (self._numbers.get(place, 0) for place in enumerate(map(folded, cells)))
        return Counter(number for number in found if number)


def _is_to_be_fixed(outcome: tuple[str, ...]) -> bool:
    return outcome[1] in {str(status) for status in TO_BE_FIXED}


def _right_cells(
    whole: OpenedResult, cells: tuple[str, ...], correction: Correction
) -> list[tuple[str, str, str]] | None:
    """Header, text before, text now of the cells that were not wrong; None where any may have been."""
    wrong = _wrong_headers(whole, cells[len(whole.own) :])
    pairs = zip(whole.own, cells, correction.cells, strict=False)
    return None if wrong is None else [(text, old, new) for (text, _), old, new in pairs if text not in wrong]


def _misfit(
    outcome: tuple[str, ...],
    correction: Correction,
    right: list[tuple[str, str, str]] | None,
    tells: Counter[int],
    number: int,
) -> str:
    """Why a correction is not of this row, without a word of its cells; "" where it fits.

    Who mends a row mends its neighbours, too. It is that row still where something of it is as it was, and no more of
    it is another row's alone.
    """
    if not _is_to_be_fixed(outcome):
        same = outcome[:2] == correction.outcome[:2]
        return "" if same else f"that row is {outcome[1]} and was not to be corrected"
    of_others = max((count for other, count in tells.items() if other != number), default=0)
    if right is None:
        return _OF_ANOTHER if of_others > tells[number] else ""
    changed = [(text, old, new) for text, old, new in right if folded(old) != folded(new)]
    if changed and of_others > tells[number]:
        return _OF_ANOTHER
    lost = next((f'its "{text}" was right and {how}' for text, old, new in changed if (how := _loss(old, new))), "")
    if not lost and changed and not any(old.strip() and folded(old) == folded(new) for _, old, new in right):
        lost = f'its "{changed[0][0]}" was right and is another now, and nothing of the row is as it was'
    return lost


def _loss(old: str, new: str) -> str:
    """What a right cell has lost that nobody takes out of it to correct it; "" for nothing."""
    if not new.strip():
        return "is empty now"
    shortened = new.strip().isdigit() and old.strip().lstrip("+0") == new.strip()
    return "has lost its plus or its zeros" if shortened else ""


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
