"""What is asked of a checked file: counts, causes with their most frequent values, and its wrong rows page by page."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from importer.model import Severity, Status
from importer.validation.duplicate_policy import DUPLICATE_CODE, HOLDER_CODE
from importer.web.number_parameter import asked_page

PAGE_ROWS: Final = 20
MOST_VALUES: Final = 5
_LONGEST: Final = 200
_LINE_BREAK: Final = re.compile(r"\r\n?|\n")

_TOLD: Final = ("field", "position", "code", "severity", "value", "detail")
_ERROR: Final = Severity.ERROR.value


@dataclass(frozen=True)
class Filter:
    """Which wrong rows are wanted; "" and 0: all of them.

    Attributes:
        code: Of a cause, with ``field``.
        field: Of a cause, or alone: whatever is wrong with it.
        status: Rows that would end with it, whether or not anything is wrong with them.
        search: A text that stands in one of a row's cells, whatever its case; in no address, for it is personal.
        found: The name by which addresses call that text, where it is kept.
        page: From 1.
    """

    code: str = ""
    field: str = ""
    status: str = ""
    search: str = ""
    found: str = ""
    page: int = 1

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Filter":
        """The filter that the parameters of an address ask for."""
        names = {name: asked.get(name, "")[:_LONGEST] for name in ("code", "field", "status", "found")}
        return cls(**names, page=asked_page(asked.get("page", "")))

    def query(self, **changes: object) -> str:
        """The parameters of the address that asks for this, with changes."""
        asked = asdict(replace(self, **{"page": 1, **changes}))  # type: ignore[arg-type] # the fields' own values
        asked["page"] = asked["page"] if asked["page"] != 1 else ""
        return urlencode({name: value for name, value in asked.items() if value and name != "search"})

    @property
    def asks_for_duplicates(self) -> bool:
        """Whether it asks for rows whose phone others have, too: these are shown side by side."""
        return self.status == Status.DUPLICATE or self.code in {DUPLICATE_CODE, HOLDER_CODE}

    def rows(self) -> tuple[str, list[Any]]:
        """Which rows, with their alias ``p``: a table and a condition, and its parameters."""
        parts, values = [], []
        of_a_cause = bool(self.code or self.field)
        if self.code:
            parts.append("p.code = ?")
            values.append(self.code)
        elif not self.status:
            parts.append("p.severity = ?")
            values.append(_ERROR)
        if self.field:
            parts.append("p.field = ?")
            values.append(self.field)
        if self.status:  # also rows with which nothing is wrong
            parts.append("p.row IN (SELECT row FROM rows WHERE status = ?)" if of_a_cause else "p.status = ?")
            values.append(self.status)
        if self.search:
            parts.append(
                "(holds((SELECT r.cells FROM rows r WHERE r.row = p.row)) "  # of wrong rows alone: the others are many
                "OR p.row IN (SELECT e.row FROM corrections e WHERE holds(e.text)))"
            )
        table = "problems" if of_a_cause or not self.status else "rows"
        return f"{table} p WHERE {' AND '.join(parts)}", values


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a row; ``same`` cells have the same value and the same trouble."""

    field: str
    position: int
    code: str
    severity: str
    value: str
    detail: str
    same: int


@dataclass(frozen=True)
class WrongRow:
    """A row to be corrected: number, status, phone as it would be sent, cells as the file has them, and problems."""

    row: int
    status: str
    phone: str
    cells: str
    problems: Sequence[Problem]


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Rows by what a person calls them: ready, correct, duplicates, known, all."""
    found = {each["status"]: each["n"] for each in db.execute("SELECT status, count(*) AS n FROM rows GROUP BY status")}
    return {
        "ready": found.get(Status.NOT_SENT, 0),
        "correct": found.get(Status.INVALID, 0),
        "duplicates": found.get(Status.DUPLICATE, 0),
        "known": found.get(Status.ALREADY_IMPORTED, 0),
        "all": sum(found.values()),
    }


def causes(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every cause, errors first, the largest first: ``code``, ``field``, ``severity``, how many ``rows``, ``values``.

    A value stands with the number of its cells, and the detail that they share ("" where they share none).
    """
    found = db.execute(
        "SELECT severity, code, field, count(DISTINCT row) AS rows FROM problems GROUP BY severity, code, field "
        "ORDER BY severity <> ?, rows DESC, code",
        (_ERROR,),
    ).fetchall()
    return [dict(each) | {"values": _values(db, each)} for each in found]


def overview(db: sqlite3.Connection) -> dict[str, Any]:
    """What stands above the rows, as JSON can hold it: ``counts``, ``causes``, and ``total`` of the rows to correct."""
    return {"counts": counts(db), "causes": causes(db), "total": _count(db, *Filter().rows())}


def _values(db: sqlite3.Connection, cause: sqlite3.Row) -> list[tuple[str, int, str]]:
    found = db.execute(
        "SELECT value, count(*) AS n, min(detail) AS first, max(detail) AS last FROM problems "
        "WHERE severity = ? AND code = ? AND field = ? AND position >= 0 "
        "GROUP BY value ORDER BY n DESC, value LIMIT ?",
        (cause["severity"], cause["code"], cause["field"], MOST_VALUES),
    )
    return [(each["value"], each["n"], each["first"] if each["first"] == each["last"] else "") for each in found]


def wrong_rows(db: sqlite3.Connection, wanted: Filter, known: int | None = None) -> tuple[int, list[WrongRow]]:
    """How many rows a filter finds (``known``: if that is known), and those of its page."""
    folded = wanted.search.casefold()
    db.create_function("holds", 1, lambda text: folded in text.casefold(), deterministic=True)
    rows, values = wanted.rows()
    first = (wanted.page - 1) * PAGE_ROWS
    asked = f"SELECT DISTINCT p.row FROM {rows} ORDER BY p.row"  # noqa: S608 (constants)
    if wanted.search:  # texts are looked through once, not for the number of rows and again for the page
        found = [row for (row,) in db.execute(asked, values)]
        return len(found), [row_of(db, row) for row in found[first : first + PAGE_ROWS]]
    total = _count(db, rows, values) if known is None else known
    page = db.execute(f"{asked} LIMIT ? OFFSET ?", (*values, PAGE_ROWS, first)).fetchall()
    return total, [row_of(db, row) for (row,) in page]


def _count(db: sqlite3.Connection, rows: str, values: list[Any]) -> int:
    return int(db.execute(f"SELECT count(DISTINCT p.row) FROM {rows}", values).fetchone()[0])  # noqa: S608 (constants)


def row_of(db: sqlite3.Connection, number: int) -> WrongRow:
    """A row with all that is wrong with it."""
    row = db.execute("SELECT * FROM rows WHERE row = ?", (number,)).fetchone()
    problems = db.execute("SELECT * FROM problems WHERE row = ? ORDER BY severity, field, code", (number,)).fetchall()
    told = [Problem(**{name: each[name] for name in _TOLD}, same=_same(db, each)) for each in problems]
    return WrongRow(number, row["status"], row["phone"], row["cells"], told)


def _same(db: sqlite3.Connection, problem: sqlite3.Row) -> int:
    if problem["position"] < 0:
        return 0
    found: int = db.execute(
        "SELECT count(*) FROM problems WHERE severity = ? AND code = ? AND field = ? AND value = ?",
        tuple(problem[name] for name in ("severity", "code", "field", "value")),
    ).fetchone()[0]
    return found


def with_breaks(text: str, as_: str = "\n") -> str:
    """A text with its line breaks all alike: a browser gives them back in another form than it was given."""
    return _LINE_BREAK.sub(as_, text)


def typed_over(text: str, current: str) -> str:
    """What somebody typed over a cell; its own text, line breaks included, where that came back as it was shown."""
    return current if text == with_breaks(current, " ") else text


def cells_with(db: sqlite3.Connection, code: str, field: str, value: str) -> list[tuple[int, int, str]]:
    """Row, position and cells of every cell with the same value (whatever its line breaks) and the same trouble."""
    found = db.execute(
        "SELECT DISTINCT p.row AS row, p.position AS position, r.cells AS cells "
        "FROM problems p JOIN rows r ON r.row = p.row "
        "WHERE p.severity IN ('error', 'warning') AND p.code = ? AND p.field = ? AND p.position >= 0 "
        "AND replace(replace(p.value, char(13, 10), char(10)), char(13), char(10)) = ?",
        (code, field, with_breaks(value)),
    )
    return [(each["row"], each["position"], each["cells"]) for each in found]


def rows_of_phone(db: sqlite3.Connection, phone: str) -> list[WrongRow]:
    """The rows that hold a phone."""
    found = db.execute(
        "SELECT row FROM rows WHERE phone = ? AND phone <> '' ORDER BY row LIMIT 10", (phone,)
    ).fetchall()
    return [row_of(db, each["row"]) for each in found]


def duplicates_of(db: sqlite3.Connection, rows: Sequence[WrongRow]) -> list[list[WrongRow]]:
    """The rows of each phone of these that stands in several, side by side."""
    phones = dict.fromkeys(row.phone for row in rows if row.phone)
    groups = [rows_of_phone(db, phone) for phone in phones]
    return [group for group in groups if len(group) > 1]
