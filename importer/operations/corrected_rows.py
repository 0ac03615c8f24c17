"""Rows that a person corrected, and whether each is one of those that it was refused as."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from importer.cleaning import folded
from importer.errors import BooksDontBalance, RefusedFile, UsageError
from importer.messages.text import Text, joined, spoken
from importer.model import IMPORT_ROW, TO_BE_FIXED
from importer.operations.opened_result import OpenedResult
from importer.progress import Watch
from schemas.fields import FIELDS

_MOST_TOLD: Final = 5

_OF_ANOTHER: Final = Text("its cells are those of another row")


@dataclass(frozen=True)
class CorrectedRow:
    """A row that came back: where, its own cells in the order of the original's columns, those of RESULT_COLUMNS."""

    place: int
    cells: tuple[str, ...]
    outcome: dict[str, str]

    def noting(self, headers: list[str]) -> "CorrectedRow":
        """The same, with a note of the cells that were right and that the person changed as well."""
        told = Text("corrected by hand besides: {names}", names=", ".join(f'"{header}"' for header in headers))
        note = spoken(joined([self.outcome["import_note"], told], "; "))
        return replace(self, outcome=self.outcome | {"import_note": note})


@dataclass(frozen=True)
class Corrections:
    """The corrected rows by the number that they had in the original file; ``row_of``: by the list's own number."""

    by_number: dict[int, CorrectedRow]
    row_of: dict[int, int]

    @classmethod
    def gathered(cls, whole: OpenedResult, part: OpenedResult, watch: Watch) -> "Corrections":
        """Raises UsageError for no result of these rows, BooksDontBalance for a row without a number of its own.

        RefusedFile: other columns.
        """
        name = part.table.path.name
        if part.numbers is None:
            raise UsageError(
                "{name} has no column {import_row}: it is not the result of a rejected file",
                name=name,
                import_row=IMPORT_ROW,
            )
        if missing := sorted({text for text, _ in whole.own.keys() ^ part.own.keys()}):
            raise RefusedFile(
                "{name} and {original} differ in their columns: {names}",
                name=name,
                original=whole.table.path.name,
                names=", ".join(missing),
            )
        apis = {_api_of(result.manifest) for result in (whole, part)} - {""}
        if len(apis) > 1:
            raise UsageError("{name} was imported into another API: {apis}", name=name, apis=" and ".join(sorted(apis)))
        found: dict[int, CorrectedRow] = {}
        order = [part.own[column] for column in whole.own]
        for place, cells in part.rows(watch):
            told = cells[part.numbers].strip()
            number = int(told) if told.isdecimal() and told.isascii() else 0
            if not number or number in found:
                why = Text("stands in two rows") if number else Text("is no row number")
                raise BooksDontBalance(
                    "{name}, row {place}: {import_row} '{told}' {why}; nothing was written",
                    name=name,
                    place=place,
                    import_row=IMPORT_ROW,
                    told=told,
                    why=why,
                )
            found[number] = CorrectedRow(place, tuple(cells[at] for at in order), part.outcome(cells))
        return cls(found, {})

    def refuse_misfits(self, whole: OpenedResult, numbers: Iterator[int], watch: Watch) -> None:
        """Whether each correction is one of the row that its number names; what was corrected besides is noted on it.

        Raises:
            BooksDontBalance: No such row; one that was not to be corrected; another row's cells; or a cell that was
                right has lost what it said.
        """
        before: dict[int, tuple[tuple[str, ...], dict[str, str]]] = {}
        owners = _Owners()
        for (row, cells), number in zip(whole.rows(watch), numbers, strict=False):
            own = tuple(cells[at] for at in whole.own.values())
            outcome = whole.outcome(cells)
            if _is_to_be_fixed(outcome):
                owners.add(number, own)
            if number in self.by_number:
                before[number] = own, outcome
                self.row_of[row] = number
        misfits = []
        for number, (own, outcome) in before.items():
            correction = self.by_number[number]
            right = _right_cells(whole, own, outcome, correction)
            tells = owners.of(correction.cells)
            if why := _misfit(outcome, correction, right, tells, number):
                misfits.append(
                    Text(
                        "{column} {number} (row {row}): {why}",
                        column=IMPORT_ROW,
                        number=number,
                        row=correction.place,
                        why=why,
                    )
                )
            elif changed := [text for text, old, new in right or () if folded(old) != folded(new)]:
                self.by_number[number] = correction.noting(changed)
        misfits += [
            Text("{column} {number}: there is no such row", column=IMPORT_ROW, number=number)
            for number in self.by_number.keys() - before.keys()
        ]
        if misfits:
            more = Text("and {more:,} more", more=len(misfits) - _MOST_TOLD) if len(misfits) > _MOST_TOLD else ""
            raise BooksDontBalance(
                "the corrected rows do not fit {original}: {misfits}; nothing was written",
                original=whole.table.path.name,
                misfits=joined([*misfits[:_MOST_TOLD], more], "; "),
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


def _is_to_be_fixed(outcome: dict[str, str]) -> bool:
    return outcome["import_status"] in {str(status) for status in TO_BE_FIXED}


def _right_cells(
    whole: OpenedResult, own: tuple[str, ...], outcome: dict[str, str], correction: CorrectedRow
) -> list[tuple[str, str, str]] | None:
    """Header, text before, text now of the cells that were not wrong; None where any may have been."""
    mapping, wrong = whole.manifest.get("mapping", {}), set[str]()
    for code in outcome["import_error_code"].split("; "):
        field = next((name for name in FIELDS if code.startswith(f"{name}_")), "")
        if not mapping.get(field):
            return None
        wrong.update(text.strip() for text in mapping[field])
    pairs = zip(whole.own, own, correction.cells, strict=True)
    return [(text, old, new) for (text, _), old, new in pairs if text not in wrong]


def _misfit(
    outcome: dict[str, str],
    correction: CorrectedRow,
    right: list[tuple[str, str, str]] | None,
    tells: Counter[int],
    number: int,
) -> str:
    """Why a correction is not of this row, without a word of its cells; "" where it fits.

    Who mends a row mends its neighbours, too. It is that row still where something of it is as it was, and no more of
    it is another row's alone.
    """
    if not _is_to_be_fixed(outcome):
        same = all(outcome[name] == correction.outcome[name] for name in ("freedom_id", "import_status"))
        status = outcome["import_status"]
        return "" if same else Text("that row is {status} and was not to be corrected", status=status)
    of_others = max((count for other, count in tells.items() if other != number), default=0)
    if right is None:
        return _OF_ANOTHER if of_others > tells[number] else ""
    changed = [(text, old, new) for text, old, new in right if folded(old) != folded(new)]
    if changed and of_others > tells[number]:
        return _OF_ANOTHER
    lost = next((how for text, old, new in changed if (how := _loss(text, old, new))), "")
    if not lost and changed and not any(old.strip() and folded(old) == folded(new) for _, old, new in right):
        lost = Text(
            'its "{column}" was right and is another now, and nothing of the row is as it was', column=changed[0][0]
        )
    return lost


def _loss(column: str, old: str, new: str) -> str:
    """What a right cell has lost that nobody takes out of it to correct it; "" for nothing."""
    if not new.strip():
        return Text('its "{column}" was right and is empty now', column=column)
    if new.strip().isdigit() and old.strip().lstrip("+0") == new.strip():
        return Text('its "{column}" was right and has lost its plus or its zeros', column=column)
    return ""


def _api_of(manifest: dict[str, Any]) -> str:
    """The address; every embedded sandbox is one of its own, and none of them is another API."""
    address = str(manifest.get("api", ""))
    return "" if address.startswith("sandbox-") else address
