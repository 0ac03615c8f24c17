"""Outcomes read back a span at a time: each row with its own status, FreedomID and remarks, and no other's."""

import sqlite3
import uuid
from collections.abc import Callable
from random import Random
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event

from importer.journal import Journal, Run
from importer.model import Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]


def test_of_hundreds_of_rows_each_comes_back_with_its_own(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    dice = Random(1)
    rows = sorted(dice.sample(range(2, 5_000), 1_000))
    ids = ["", "", str(uuid.UUID(int=dice.getrandbits(128))), "not-a-uuid", "sixteen letters!"]
    statuses = dice.choices([str(status) for status in Status], k=len(rows))
    may_be_silent = {"created", "updated", "already_imported", "not_sent"}
    said = [dice.random() < 0.3 or status not in may_be_silent for status in statuses]
    frame = make_frame(
        rows,
        status=statuses,
        freedom_id=dice.choices(ids, k=len(rows)),
        errors=[f'[["phone","code","№ {row}"]]' if is_said else "" for row, is_said in zip(rows, said, strict=True)],
        note=[f"note of {row}" if dice.random() < 0.3 else "" for row in rows],
    )
    run, other = make_run(journal), make_run(journal)
    journal.plan(other.id, make_frame(range(2, 5_000), note="another run's"))
    journal.plan(run.id, frame)
    for first, last in ((2, 5_000), (rows[0], rows[-1]), (1_234, 2_345), (rows[7], rows[7])):
        found = journal.outcomes(run.id, first, last)
        pd.testing.assert_frame_equal(found.drop(columns="doubt"), frame.loc[first:last].drop(columns="phone"))


@pytest.mark.sqlite_only
def test_a_row_whose_remark_cannot_be_read_is_not_salvaged_without_it(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame(range(2, 12), errors='[["phone","code","text"]]', status="invalid"))

    @event.listens_for(journal.database.engine, "before_cursor_execute")
    def fail_on_a_damaged_page(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "FROM remarks" in statement and any(values[1] <= row <= values[2] for row in (5, 9)):
            raise sqlite3.DatabaseError("database disk image is malformed")

    found = journal.outcomes(run.id, 2, 11, salvage=True)
    assert found.index.tolist() == [2, 3, 4, 6, 7, 8, 10, 11]
    assert (found["errors"] != "").all()
