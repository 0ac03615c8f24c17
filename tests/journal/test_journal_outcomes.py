"""Outcomes read back a span at a time: each row with its own status, FreedomID and remarks, and no other's."""

import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from importer.journal import Journal, Run, outcomes
from importer.journal.keys import id_from_bytes, id_to_bytes
from importer.model import Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]


def test_of_hundreds_of_rows_each_comes_back_with_its_own(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    dice = Random(1)
    rows = sorted(dice.sample(range(2, 5_000), 1_000))
    ids = ["", "", str(uuid.UUID(int=dice.getrandbits(128))), "not-a-uuid", "sixteen letters!"]
    frame = make_frame(
        rows,
        status=dice.choices([str(status) for status in Status], k=len(rows)),
        freedom_id=dice.choices(ids, k=len(rows)),
        errors=[f'[["phone","code","№ {row}"]]' if dice.random() < 0.3 else "" for row in rows],
        note=[f"note of {row}" if dice.random() < 0.3 else "" for row in rows],
    )
    run, other = make_run(journal), make_run(journal)
    journal.plan(other.id, make_frame(range(2, 5_000), note="another run's"))
    journal.plan(run.id, frame)
    for first, last in ((2, 5_000), (rows[0], rows[-1]), (1_234, 2_345), (rows[7], rows[7])):
        found = journal.outcomes(run.id, first, last)
        pd.testing.assert_frame_equal(found.drop(columns="doubt"), frame.loc[first:last].drop(columns="phone"))


@pytest.mark.parametrize("odd", [None, "x", "sixteen letters!", "Ünïcode", "0F8FAD5B-D9CB-469F-A165-70867728950E"])
def test_ids_are_told_together_as_each_alone(odd: str | None) -> None:
    dice = Random(2)
    for count in (0, 1, 2, 50):
        stored = [id_to_bytes(str(uuid.UUID(int=dice.getrandbits(128)))) for _ in range(count)]
        given = [None if dice.random() < 0.3 else raw for raw in stored] + ([id_to_bytes(odd)] if odd else [])
        assert outcomes.texts_of_ids(given).to_pylist() == [id_from_bytes(raw) for raw in given]


def test_a_row_whose_remark_cannot_be_read_is_not_salvaged_without_it(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame(range(2, 12), errors='[["phone","code","text"]]', status="invalid"))
    monkeypatch.setattr(outcomes, "driver_connection", lambda _proxy: Unreadable(journal.path, {5, 9}))
    found = journal.outcomes(run.id, 2, 11, salvage=True)
    assert found.index.tolist() == [2, 3, 4, 6, 7, 8, 10, 11]
    assert (found["errors"] != "").all()


class Unreadable:
    """A connection to a journal whose remarks on some rows stand on a damaged page."""

    def __init__(self, path: Path, rows: set[int]) -> None:
        self.connection, self.rows = sqlite3.connect(path), rows

    def execute(self, statement: str, span: tuple[int, int, int]) -> sqlite3.Cursor:
        if "remarks" in statement and any(span[1] <= row <= span[2] for row in self.rows):
            raise sqlite3.DatabaseError("database disk image is malformed")
        return self.connection.execute(statement, span)

    def __del__(self) -> None:
        self.connection.close()
