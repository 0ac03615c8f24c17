"""Wrong rows as they are shown: each cell with its text of now, what is wrong with it, and what may stand there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from importer.mapping.map_option import FULL_NAME
from importer.messages.sentences import messages
from importer.messages.wording import suggests
from importer.model import OTHER_PERSON, Severity, issues_of
from importer.reading.corrections import Correction
from importer.web.uploads.file_analysis import plain_sentence, served
from importer.web.uploads.problem_pages import Problem, WrongRow, with_breaks

NAMES: Final = ("firstname", "lastname")
CONTEXT: Final = ("phone", *NAMES, FULL_NAME)
"""Fields by which a person knows whose row it is."""


@dataclass(frozen=True)
class Said:
    """One thing that is wrong, in words; ``suggestion``: what may stand there instead, or ""."""

    severity: str
    text: str
    suggestion: str
    same: int
    code: str


@dataclass(frozen=True)
class ShownCell:
    """A cell of a row.

    Attributes:
        position: Of its column in the file; -1 where no column serves the field.
        text: What stands there now.
        said: What is wrong with it.
        correction: What a person wrote there, or None.
        is_asked: Whether what is wrong with another cell of the row can be put right here as well.
    """

    position: int
    text: str
    said: Sequence[Said]
    correction: Correction | None
    is_asked: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether an error stands at it."""
        return any(one.severity == Severity.ERROR for one in self.said)

    @property
    def line(self) -> str:
        """Its text as its input shows it: a browser would take line breaks out, and two numbers would become one."""
        return with_breaks(self.text, " ")


@dataclass(frozen=True)
class ShownRow:
    """A row: its number, what is wrong with it as a whole, its cells by field."""

    row: int
    status: str
    said: Sequence[Said]
    cells: Mapping[str, ShownCell]


def shown_rows(
    rows: Sequence[WrongRow],
    facts: Mapping[str, Any],
    corrections: Mapping[tuple[int, int], Correction],
    fields: Sequence[str],
    shown: Callable[[str], str],
) -> list[ShownRow]:
    """Rows as they are shown.

    Args:
        rows: Some rows.
        facts: What ``understand`` found.
        corrections: Of these rows.
        fields: Those of ``columns_to_show``.
        shown: A text as the reader may see it: as it is, or masked; whatever a sentence quotes is shown so, too.
    """
    said = iter(_sentences([(row.row, problem) for row in rows for problem in row.problems], shown))
    made = []
    for row in rows:
        texts = orjson.loads(row.cells)
        by_field: dict[str, list[tuple[Problem, Said]]] = {}
        for problem in row.problems:
            by_field.setdefault(_shown_as(problem, facts), []).append((problem, next(said)))
        other_person = any(problem.code == OTHER_PERSON for problem in row.problems)
        cells = {}
        for field in fields:
            mine = by_field.get(field, [])
            position = mine[0][0].position if mine else _first_position(facts, field)
            correction = corrections.get((row.row, position))
            text = correction.text if correction else texts[position] if position >= 0 else ""
            is_asked = other_person and field in {*NAMES, FULL_NAME}
            cells[field] = ShownCell(position, shown(text), [one for _, one in mine], correction, is_asked)
        made.append(ShownRow(row.row, row.status, [one for _, one in by_field.get("", [])], cells))
    return made


def columns_to_show(facts: Mapping[str, Any]) -> list[str]:
    """The fields that a column serves; of a column of whole names that one, in the place of both names."""
    columns, name = facts["columns"], facts.get("full_name")
    fields = served(facts)
    split = [field for field in fields if field in NAMES and not columns.get(field)] if name else []
    return list(dict.fromkeys(FULL_NAME if field in split else field for field in fields))


def needed(rows: Sequence[WrongRow], facts: Mapping[str, Any], fields: Sequence[str]) -> list[str]:
    """Those of the fields that a table of these rows needs: whose they are, and what is wrong."""
    wrong = {_shown_as(problem, facts) for row in rows for problem in row.problems}
    return [field for field in fields if field in CONTEXT or field in wrong]


def _shown_as(problem: Problem, facts: Mapping[str, Any]) -> str:
    """Under which field a problem is shown; "" where it is one of the row as a whole."""
    if problem.position < 0:
        return ""
    name = facts.get("full_name")
    return FULL_NAME if name and name[0] == problem.position and problem.field in NAMES else problem.field


def _first_position(facts: Mapping[str, Any], field: str) -> int:
    if field == FULL_NAME:
        return int(facts["full_name"][0])
    positions = facts["columns"].get(field) or [-1]
    return int(positions[0])


def _sentences(problems: Sequence[tuple[int, Problem]], shown: Callable[[str], str]) -> list[Said]:
    """What is wrong, in words, in order."""
    if not problems:
        return []
    frame = issues_of((row, each.field, each.code, each.severity, each.value, each.detail) for row, each in problems)
    texts = messages(frame, lambda _field: "", shown).tolist()
    return [
        Said(
            each.severity,
            plain_sentence(each.field, each.code, text),
            shown(each.detail) if suggests(each.code) else "",
            each.same,
            each.code,
        )
        for (_, each), text in zip(problems, texts, strict=True)
    ]
