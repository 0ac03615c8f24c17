"""A caller of the Python API gets the cells and figures that the output file has."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from support.commands import Commands, read_rows, write_users

import importer as api
from importer.errors import ApiUnavailable
from importer.model import RESULT_COLUMNS
from importer.python_api import frame_input
from importer.reading.arrow_table import write_text_columns
from importer.sandbox import Sandbox

PHONES = ["+77011234567", "+77011234568", "12", "+77011234567"]


def cells(rows: pd.DataFrame) -> list[dict[str, str]]:
    return rows[list(RESULT_COLUMNS)].to_dict("records")  # type: ignore[return-value]


def cells_of(path: str) -> list[dict[str, str]]:
    return [{name: row[name] for name in RESULT_COLUMNS} for row in read_rows(Path(path))]


def ids_of(path: Path) -> list[str]:
    return [row["freedom_id"] for row in read_rows(path)]


def test_the_ids_of_an_earlier_result_are_in_both_where_the_api_names_none(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    del importer
    frame = pd.DataFrame({"phone": PHONES[:2]})
    first = api.run(frame).rows
    shutil.rmtree(tmp_path / "home")
    users = tmp_path / "users.csv"
    first.to_csv(users, index=False)
    of_file = api.run(users)
    told = api.report("latest")
    made = [cells(of_file.rows), cells(told.rows), cells_of(of_file.output)]
    shutil.rmtree(tmp_path / "home")
    of_frame = api.run(first)
    assert of_frame.rows["freedom_id"].tolist() == first["freedom_id"].tolist() != ["", ""]
    assert of_frame.rows["import_status"].tolist() == ["exists"] * 2
    assert made == [cells(of_frame.rows)] * 3
    assert (of_frame.exit_code, told.exit_code, of_file.exit_code) == (0, 0, 0)


def test_the_ids_of_a_trial_in_a_sandbox_are_no_rows_of_another_api(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Each phone that was taken there came back as another person's: with the FreedomID that the trial had made up."""
    del importer
    frame = pd.DataFrame({"phone": PHONES[:2]})
    api.run(frame)  # from another machine: what is there names nobody's FreedomID
    shutil.rmtree(tmp_path / "home")
    trial = api.run(frame, sandbox=True)
    unknown = pd.DataFrame(trial.rows.to_dict("list"))  # a frame that says nothing of where its IDs are from
    for rows in (trial.rows, trial.rows[["import_status", "freedom_id", "phone"]].copy(), unknown):
        made = api.run(rows)
        for told in (made, api.report("latest")):
            assert told.rows["import_status"].tolist() == ["exists"] * 2
            assert told.rows["freedom_id"].tolist() == ["", ""]
            assert told.exit_code == 1
        assert api.verify("latest")
    del sandbox


def test_a_copy_that_an_older_version_made_keeps_its_ids(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing of an API: the report took the IDs out of the output, and ``verify`` found another one."""
    first = api.run(pd.DataFrame({"phone": PHONES[:2]})).rows
    shutil.rmtree(tmp_path / "home")
    given, out = first["freedom_id"].tolist(), tmp_path / "out.csv"
    with monkeypatch.context() as patch:
        patch.setattr(frame_input, "write_text_columns", lambda *written: write_text_columns(*written[:3]))
        made = api.run(first, output=out)
    assert importer("verify", "latest", out).code == 0
    told = api.report("latest")
    assert importer("report", "latest", "-o", out).code == 0
    for ids in (made.rows["freedom_id"].tolist(), told.rows["freedom_id"].tolist(), ids_of(out)):
        assert ids == given != ["", ""]
    assert (made.exit_code, told.exit_code) == (0, 0)
    del sandbox


def test_a_frame_that_has_lost_where_its_ids_are_from_keeps_them_in_the_notes(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """No row of the run's own: they may be a sandbox's. Merged, or read by pandas, they were gone without a word."""
    first = api.run(pd.DataFrame({"phone": PHONES[:2]})).rows
    shutil.rmtree(tmp_path / "home")
    first.to_csv(tmp_path / "first.csv", index=False)
    read, out = pd.read_csv(tmp_path / "first.csv", dtype=str), tmp_path / "out.csv"
    made = api.run(read, output=out)
    told = api.report("latest")
    for rows in (cells(made.rows), cells(told.rows), cells_of(str(out))):
        assert [(row["freedom_id"], row["import_status"]) for row in rows] == [("", "exists")] * 2
        for row, given in zip(rows, first["freedom_id"], strict=True):
            assert f"the file had FreedomID {given}" in row["import_note"]
    assert (made.exit_code, told.exit_code, importer("verify", "latest", out).code) == (1, 1, 0)
    del sandbox


def test_a_blank_beside_the_name_of_its_column_changes_nothing_of_whose_ids_they_are(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    del importer, sandbox
    frame, blank = pd.DataFrame({"phone": PHONES[:2]}), {"freedom_id": " freedom_id "}
    first = api.run(frame).rows
    shutil.rmtree(tmp_path / "home")
    trial = api.run(frame, sandbox=True).rows
    made, of_trial = (api.run(rows.rename(columns=blank)) for rows in (first, trial))
    assert made.rows["freedom_id"].tolist() == first["freedom_id"].tolist() != ["", ""]
    assert of_trial.rows["freedom_id"].tolist() == ["", ""]
    assert (made.exit_code, of_trial.exit_code) == (0, 1)


def test_why_rows_were_not_sent_stands_in_both(importer: Commands, tmp_path: Path) -> None:
    del importer
    silent = {"url": "http://127.0.0.1:9", "token": "t", "outage_limit": 0}
    with pytest.raises(ApiUnavailable) as of_file:
        api.run(write_users(tmp_path / "users.csv", PHONES), silent)
    with pytest.raises(ApiUnavailable) as of_frame:
        api.run(pd.DataFrame({"phone": PHONES}), silent, output=tmp_path / "out.csv")
    for result in (of_file.value.result, of_frame.value.result):
        assert result is not None
        assert "not sent: " in result.rows["import_error"].iloc[0]
        assert cells(result.rows) == cells_of(result.output)


def test_rows_that_would_pass_without_an_optional_field_are_counted_in_both(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    del importer, sandbox
    frame = pd.DataFrame({"phone": PHONES[:2], "email": ["ann@example.kz", "none at all"]})
    checked = [api.validate(frame), api.validate(frame, output=tmp_path / "checked.csv")]
    imported = [api.run(frame), api.run(frame, output=tmp_path / "out.csv"), api.report("latest")]
    assert [one.summary.saved_by_drop for one in (*checked, *imported)] == [1] * 5
