"""The texts of rows: how they are stored, and how what comes later is added to what stands there."""

import json
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, bindparam, case

from importer.journal.database.tables import REMARKS
from importer.journal.database.upsert import upsert
from importer.journal.integrity.macs import mac_of
from importer.messages.kept_sentences import kept
from importer.messages.text import as_record
from importer.model import CellError, Outcome

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

_NEW: Final = ("run", "row", "errors", "note")


@cache
def _adding() -> "Insert":
    """What the plan noted on a row (its repairs) stays before what the API adds."""
    new: dict[str, Any] = {name: bindparam(name) for name in _NEW}
    insertion = upsert(REMARKS).values(new | {"mac": mac_of(REMARKS, new)})
    errors, note = insertion.excluded.errors, insertion.excluded.note
    both = case((REMARKS.c.note == "", note), (note == "", REMARKS.c.note), else_=REMARKS.c.note + "; " + note)
    return insertion.on_conflict_do_update(
        index_elements=[REMARKS.c.run, REMARKS.c.row],
        set_={"errors": errors, "note": both, "mac": mac_of(REMARKS, errors=errors, note=both)},
    )


def add_remarks(connection: Connection, outcomes: Sequence[tuple[int, int, Outcome]]) -> None:
    """Store the texts of those (run, row, outcome) that have any; in the block of a transaction."""
    remarks = [
        {"run": run, "row": row, "errors": errors_text(outcome.errors), "note": _encodable(kept(outcome.note))}
        for run, row, outcome in outcomes
        if outcome.errors or outcome.note
    ]
    if remarks:
        connection.execute(_adding(), remarks)


def errors_text(given: Sequence[CellError]) -> str:
    """The stored form of a row's errors: JSON ``[[field, code, message], …]``, "" for none; see ``kept_issues``."""
    errors: list[list[Any]] = [[error.field, error.code, as_record(error.message)] for error in given]
    if not errors:
        return ""
    try:
        return orjson.dumps(errors).decode()
    except TypeError:  # half a surrogate pair in an answer of the API
        return _encodable(json.dumps(errors, ensure_ascii=False))


def _encodable(text: str) -> str:
    """Give a text with "?" for what no encoding knows (lone surrogates, which JSON can smuggle in)."""
    return without_nul(text.encode("utf-8", "replace").decode())


def without_nul(text: str) -> str:
    """Give a text with the picture of a NUL for each NUL: PostgreSQL stores none."""
    return text.replace("\0", "␀")
