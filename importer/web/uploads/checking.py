"""All rows of a file checked, and kept in its draft: each row with its status, and what is wrong with it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson
import pandas as pd

from importer.cleaning import are_phones
from importer.cluster import on_cluster
from importer.errors import RefusedFile
from importer.mapping import serving_positions
from importer.messages import kept_sentences
from importer.messages.text import Text
from importer.model import Severity
from importer.planning.mapped_input import closing_input, open_input, today
from importer.planning.plan import judged_chunks, plan_of
from importer.progress import Watch
from importer.reading.corrections import CellCorrections, EditedTable
from importer.reading.table import Table
from importer.settings import Settings
from importer.validate_file import compared_input, planning_with
from importer.validation.stream import Checked, MappedInput
from importer.validation.survey import Survey, survey
from importer.web.uploads.draft import Draft, record
from importer.web.uploads.saved_input import input_as_json, issues_as_text

TOLD: Final = (Severity.ERROR.value, Severity.WARNING.value)
"""Severities of what a person is shown; notes are for the result."""


def check(path: Path, settings: Settings, draft: Draft, watch: Watch) -> None:
    """Check every row, with the corrections of the draft, and keep what was found: rows, problems, ``checked``.

    Raises:
        RefusedFile: It cannot be read or mapped, or has no rows. Interrupted: it is not wanted any more.
    """
    changes = -1
    while changes != draft.changes():  # what somebody changed meanwhile counts, too
        changes, corrections = draft.changes(), draft.corrections()
        with closing_input(open_input(path, settings, today(), watch)) as opened:
            edited = replace(opened, table=EditedTable(opened.table, corrections))
            with compared_input(edited, settings) as compared, on_cluster(compared, settings, watch) as mapped:
                found = survey(mapped, duplicates=settings.duplicates, watch=watch)
                if not found.rows:
                    raise RefusedFile(Text("There is a header and no rows below it: nothing to import."))
                _keep(found, settings, draft, watch, opened.table, corrections)


def _keep(
    found: Survey, settings: Settings, draft: Draft, watch: Watch, raw: Table, corrections: CellCorrections
) -> None:
    reading = _reading(raw) if corrections else None
    watch.began("planning", found.rows)
    with draft.database.writing() as db, planning_with(found.mapped.mapping, settings) as (known, changes):
        db.execute("DELETE FROM rows")
        db.execute("DELETE FROM problems")
        for checked, issues in judged_chunks(found):
            plan, told = plan_of(checked, issues, known, changes)
            said = issues_as_text(checked.chunk.issues) if reading is None else reading
            _keep_rows(db, checked, plan, said, corrections)
            keep_problems(db, found.mapped, checked, told)
            watch.advanced(len(plan))
            watch.check()
        record(
            db,
            source=input_as_json(found.mapped),
            overview=None,
            checked={
                "rows": found.rows,
                "findings": [kept_sentences.kept(one.text) for one in found.findings if one.warning],
            },
        )


def _reading(raw: Table) -> dict[int, str]:
    """What the reader says of rows as the file has them: an undone correction brings it back."""
    return {row: text for chunk in raw.chunks() for row, text in issues_as_text(chunk.issues).items()}


def _keep_rows(
    db: sqlite3.Connection,
    checked: Checked,
    plan: pd.DataFrame,
    reading: Mapping[int, str],
    corrections: CellCorrections,
) -> None:
    cells = checked.chunk.cells
    columns = (cells[position].tolist() for position in range(cells.shape[1]))
    texts = dict(zip(cells.index.tolist(), map(list, zip(*columns, strict=True)), strict=True))
    for (row, position), each in corrections.items():
        if row in texts and texts[row][position] == each.text:
            texts[row][position] = each.raw
    held = checked.held()
    db.executemany(
        "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)",
        (
            (row, status, phone, email, orjson.dumps(texts[row]).decode(), reading.get(row, ""))
            for row, status, phone, email in zip(
                plan.index.tolist(),
                plan["status"].tolist(),
                held["phone"].tolist(),
                held["email"].str.lower().tolist(),
                strict=True,
            )
        ),
    )


def keep_problems(db: sqlite3.Connection, mapped: MappedInput, checked: Checked, issues: pd.DataFrame) -> None:
    """Keep the errors and warnings among the issues of a chunk, each with the column whose cell is wrong (-1: none)."""
    told = issues[issues["severity"].isin(TOLD)]
    if told.empty:
        return
    places = pd.Series(-1, index=told.index, dtype="int64")
    for field in told["field"].unique().tolist():
        mine = told["field"] == field
        places[mine] = _places(mapped, checked, field, told.loc[mine, "row"])
    columns = (told[name].tolist() for name in ("code", "severity", "value", "detail"))
    db.executemany(
        "INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?, ?)",
        zip(told["row"].tolist(), told["field"].tolist(), places.tolist(), *columns, strict=True),
    )


def _places(mapped: MappedInput, checked: Checked, field: str, rows: "pd.Series[int]") -> "pd.Series[int]":
    """For each of the rows the position of the column that gave the field; the first that could, where none did."""
    positions = mapped.mapping.positions(field) if field else ()
    if len(positions) < 2:  # noqa: PLR2004 (of several columns one served)
        return pd.Series(positions[0] if positions else -1, index=rows.index, dtype="int64")
    chunk = mapped.with_dial_codes(checked.chunk)
    served = serving_positions(chunk, mapped.mapping, field, usable=lambda cells: are_phones(cells, mapped.decisions))
    return pd.Series(
        [at if at >= 0 else positions[0] for at in served.loc[rows].tolist()], index=rows.index, dtype="int64"
    )
