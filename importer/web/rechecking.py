"""Corrections taken in: the rows that they concern are checked again by the functions that checked the whole file.

A phone concerns every row that holds it, so that those whose old or new phone it is are looked at, too. What the whole
file decides (the order of its dates, addresses that repeat) is looked at again when the file is checked again, at the
latest by the run itself.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import orjson

from importer.planning.plan import judged_chunks, plan_of
from importer.reading.corrections import corrected
from importer.settings import Settings
from importer.validate_file import compared_source, planning_with
from importer.validation.duplicates import DUPLICATE_CODE, HOLDER_CODE, RepeatIndex
from importer.validation.stream import Source, checked_chunks
from importer.validation.survey import Survey
from importer.web.checking import keep_problems
from importer.web.draft import Draft, Edit, add_change, corrections, fact, last_change, undo_change
from importer.web.kept_source import chunk_of, source_of

_OF_OTHERS: Final = "email_repeated"
"""What a row alone does not tell."""


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
    phones = _phones_of(db, edited)
    with (
        compared_source(_source(db, known, edited), settings) as source,
        planning_with(source.mapping, settings) as (ledger, changes),
    ):
        found, now = _surveyed(source, settings)
        concerned = sorted({*edited, *_rows_with(db, phones | now)})
        if concerned != edited:
            all_of_them = _source(db, known, concerned)
            found, _ = _surveyed(replace(all_of_them, returned=source.returned), settings)
        for checked, issues in judged_chunks(found):
            plan = plan_of(checked, issues, ledger, changes)
            _forget(db, edited, concerned)
            others = issues[issues["row"].isin(edited) | issues["code"].isin([DUPLICATE_CODE, HOLDER_CODE])]
            keep_problems(db, found.source, checked, others[others["code"] != _OF_OTHERS])
            held = checked.held()
            db.executemany(
                "UPDATE rows SET status = ?, phone = ?, email = ? WHERE row = ?",
                zip(
                    plan["status"].tolist(),
                    held["phone"].tolist(),
                    held["email"].tolist(),
                    plan.index.tolist(),
                    strict=True,
                ),
            )


def _source(db: sqlite3.Connection, known: dict[str, object], rows: Sequence[int]) -> Source:
    """Some rows as they are now."""
    found = db.execute(
        "SELECT row, cells, reading FROM rows WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row",
        (json.dumps(rows),),
    )
    chunk = chunk_of([(each["row"], each["cells"], each["reading"]) for each in found])
    return source_of(known, corrected(chunk, corrections(db, rows)))


def _surveyed(source: Source, settings: Settings) -> tuple[Survey, set[str]]:
    """What the rows tell of each other's phones, and these."""
    index = RepeatIndex(policy=settings.duplicates)
    phones: set[str] = set()
    last = 0
    for checked in checked_chunks(source, notes=False):
        held = checked.held()
        index.add(held, checked.refused)
        phones |= set(held["phone"].tolist()) - {""}
        last = int(held.index[-1])
    nobody = RepeatIndex().emails()
    return Survey(source, 0, last, 0, 0, 0, index.phones(), index.holders(), nobody, ()), phones


def _phones_of(db: sqlite3.Connection, rows: Sequence[int]) -> set[str]:
    found = db.execute(
        "SELECT DISTINCT phone FROM rows WHERE phone <> '' AND row IN (SELECT value FROM json_each(?))",
        (json.dumps(rows),),
    )
    return {each["phone"] for each in found}


def _rows_with(db: sqlite3.Connection, phones: Iterable[str]) -> list[int]:
    found = db.execute(
        "SELECT row FROM rows WHERE phone <> '' AND phone IN (SELECT value FROM json_each(?))",
        (orjson.dumps(sorted(phones)).decode(),),
    )
    return [each["row"] for each in found]


def _forget(db: sqlite3.Connection, edited: Sequence[int], concerned: Sequence[int]) -> None:
    """Forget what was wrong: with the rows that were edited everything, with the others that their phone repeats."""
    db.execute(
        "DELETE FROM problems WHERE row IN (SELECT value FROM json_each(?)) AND code <> ?",
        (json.dumps(edited), _OF_OTHERS),
    )
    db.execute(
        "DELETE FROM problems WHERE row IN (SELECT value FROM json_each(?)) AND code IN (?, ?)",
        (json.dumps(concerned), DUPLICATE_CODE, HOLDER_CODE),
    )
