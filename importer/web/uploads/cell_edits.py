"""Corrections taken in: the rows that they concern are checked again by the functions that checked the whole file.

A phone and an e-mail concern every row that holds them, so that those whose old or new one it is are looked at, too.
What the whole file decides (the order of its dates) is looked at again when the file is checked again, at the latest by
the run itself.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

import orjson
import pandas as pd

from importer.model import OTHER_PERSON
from importer.planning.plan import judged_chunks, plan_of
from importer.reading.corrections import corrected
from importer.settings import Settings
from importer.validate_file import compared_input, planning_with
from importer.validation.duplicate_policy import DUPLICATE_CODE, EMAIL_CODE, HOLDER_CODE
from importer.validation.duplicates import DuplicateIndex
from importer.validation.stream import MappedInput, checked_chunks
from importer.validation.survey import Survey
from importer.web.uploads.checking import keep_problems
from importer.web.uploads.draft import Draft, Edit, add_change, corrections, fact, last_change, undo_change
from importer.web.uploads.saved_input import chunk_of, input_from_json

_OF_PHONES: Final = (DUPLICATE_CODE, HOLDER_CODE, OTHER_PERSON)
"""What may be wrong with a row because of another one: of those with one phone only the first one is looked up."""

_MOST_BY_EMAIL: Final = 2_000
"""Rows with one address that are looked at for each change, some 0.3 s: more wait for the next check of the file."""


def change(draft: Draft, settings: Settings, who: str, what: str, edits: Sequence[Edit]) -> int:
    """Take a change in; its number, 0 where there is nothing to change."""
    if not edits:
        return 0
    with draft.database.writing() as db:
        number = add_change(db, who, what, edits)
        _recheck(db, settings, {edit.row for edit in edits})
    return number


def undo(draft: Draft, settings: Settings, who: str) -> int:
    """Undo the newest change of somebody's own; the number of its cells, 0 where there is none."""
    with draft.database.writing() as db:
        newest = last_change(db, who)
        if newest is None:
            return 0
        _recheck(db, settings, undo_change(db, newest.number))
    return newest.cells


def _recheck(db: sqlite3.Connection, settings: Settings, rows: Iterable[int]) -> None:
    known = fact(db, "source")
    edited = sorted(rows)
    if known is None or not edited:
        return
    phones, emails = _values_of(db, "phone", edited), _values_of(db, "email", edited)
    with (
        compared_input(_edited_input(db, known, edited), settings) as mapped,
        planning_with(mapped.mapping, settings) as (ledger, changes),
    ):
        found, held = _surveyed(mapped, settings)
        by_phone = {*edited, *_rows_with(db, "phone", phones | set(held["phone"]))}
        by_email = _rows_with(db, "email", emails | set(held["email"]) | _values_of(db, "email", by_phone))
        by_email = by_email if len(by_email) <= _MOST_BY_EMAIL else []
        # whether a row counts for its e-mail depends on whether another row holds its phone
        everybody = sorted({*by_phone, *by_email, *_rows_with(db, "phone", _values_of(db, "phone", by_email))})
        if everybody != edited:
            found, _ = _surveyed(replace(_edited_input(db, known, everybody), returned=mapped.returned), settings)
        for checked, said in judged_chunks(found):
            plan, issues = plan_of(checked, said, ledger, changes)
            of_phones, of_emails = issues["code"].isin(_OF_PHONES), issues["code"] == EMAIL_CODE
            told = (issues["row"].isin(edited) | (of_phones & issues["row"].isin(by_phone))) & ~of_emails
            _forget(db, edited, by_phone, by_email)
            keep_problems(db, found.mapped, checked, issues[told | (of_emails & issues["row"].isin(by_email))])
            held = checked.held()
            db.executemany(
                "UPDATE rows SET status = ?, phone = ?, email = ? WHERE row = ?",
                zip(
                    plan["status"].tolist(),
                    held["phone"].tolist(),
                    held["email"].str.lower().tolist(),
                    plan.index.tolist(),
                    strict=True,
                ),
            )


def _edited_input(db: sqlite3.Connection, known: dict[str, object], rows: Sequence[int]) -> MappedInput:
    """Some rows as they are now."""
    found = db.execute(
        "SELECT row, cells, reading FROM rows WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row",
        (json.dumps(rows),),
    )
    chunk = chunk_of([(each["row"], each["cells"], each["reading"]) for each in found])
    return input_from_json(known, corrected(chunk, corrections(db, rows)))


def _surveyed(mapped: MappedInput, settings: Settings) -> tuple[Survey, pd.DataFrame]:
    """What the rows tell of each other's phones and e-mails, and these: phone and email in lower case, by row."""
    index = DuplicateIndex(policy=settings.duplicates)
    parts = []
    for checked in checked_chunks(mapped, notes=False):
        parts.append(checked.held())
        index.add(parts[-1], checked.refused)
    held = pd.concat(parts)
    held["email"] = held["email"].str.lower()
    last = int(held.index[-1])
    found = index.duplicate_rows()
    return Survey(mapped, 0, last, 0, 0, 0, found.phones, found.holders, found.emails, ()), held


def _values_of(db: sqlite3.Connection, column: str, rows: Collection[int]) -> set[str]:
    found = db.execute(
        f"SELECT DISTINCT {column} AS value FROM rows WHERE row IN (SELECT value FROM json_each(?))",  # noqa: S608 (ours)
        (json.dumps(sorted(rows)),),
    )
    return {each["value"] for each in found}


def _rows_with(db: sqlite3.Connection, column: str, values: Iterable[str]) -> list[int]:
    found = db.execute(
        f"SELECT row FROM rows WHERE {column} <> '' AND {column} IN (SELECT value FROM json_each(?))",  # noqa: S608 (ours)
        (orjson.dumps(sorted(values)).decode(),),
    )
    return [each["row"] for each in found]


def _forget(
    db: sqlite3.Connection, edited: Collection[int], by_phone: Collection[int], by_email: Collection[int]
) -> None:
    """Forget what was wrong: with the rows that were edited everything, with the others what their values repeat."""
    of_others = (EMAIL_CODE, *_OF_PHONES)
    of_row = "DELETE FROM problems WHERE row IN (SELECT value FROM json_each(?)) AND code"
    db.execute(f"{of_row} NOT IN (?, ?, ?, ?)", (json.dumps(sorted(edited)), *of_others))
    db.execute(f"{of_row} IN (?, ?, ?)", (json.dumps(sorted(by_phone)), *_OF_PHONES))
    db.execute(f"{of_row} = ?", (json.dumps(sorted(by_email)), EMAIL_CODE))
