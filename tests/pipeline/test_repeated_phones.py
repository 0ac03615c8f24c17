"""A repeated phone is repeated whatever else is wrong with its rows: nobody gets another person's FreedomID."""

from pathlib import Path

import pytest
from support.commands import Commands, read_rows, write_users

from importer.sandbox import Sandbox

P, Q = "+77011234567", "+77010000001"

WRONG = {
    "gender": {"gender": "both"},
    "date": {"date_of_birth": "31.02.1990"},
    "e-mail": {"email": "a@@b"},
    "country": {"country": "Нарния"},
}


def imported(importer: Commands, path: Path, *options: str) -> tuple[int, list[dict[str, str]]]:
    ended = importer("run", path, *options)
    return ended.code, read_rows(path.with_name(f"{path.stem}.result.csv"))


def statuses(rows: list[dict[str, str]]) -> list[str]:
    return [row["import_status"] for row in rows]


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_an_invalid_first_row_holds_its_phone_and_both_rows_name_each_other(importer, sandbox, tmp_path, wrong):
    ((column, cell),) = wrong.items()
    users = write_users(tmp_path / "users.csv", [P, Q, "8 701 123 45 67"], **{column: [cell, "", ""]})
    _, rows = imported(importer, users)
    assert statuses(rows) == ["invalid", "created", "duplicate"]
    assert "row 4, written '8 701 123 45 67'" in rows[0]["import_error"]
    assert f"row 2, written '{P}'" in rows[2]["import_error"]
    assert [user["phone"] for user in sandbox.users()] == [Q]


def test_a_row_of_the_wrong_shape_holds_its_phone_too(importer: Commands, sandbox: Sandbox, tmp_path: Path):
    users = tmp_path / "users.csv"
    users.write_text(f"phone,firstname\n{P},Anna,surplus\n{P},Berik\n", encoding="utf-8")
    assert statuses(imported(importer, users)[1]) == ["invalid", "duplicate"]
    assert sandbox.users() == []


@pytest.mark.parametrize("phone", ["8701", "", "нет", "+8 701 123 45 67", "#N/A"])
def test_a_row_whose_phone_cannot_be_read_holds_none(importer, sandbox, tmp_path, phone):
    users = write_users(tmp_path / "users.csv", [phone, phone, P], firstname=["A", "B", "C"])
    assert statuses(imported(importer, users)[1]) == ["invalid", "invalid", "created"]


def test_an_invalid_later_row_names_the_first_one_which_is_sent_and_says_so(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", [P, P], gender=["F", "both"])
    _, rows = imported(importer, users)
    assert statuses(rows) == ["created", "invalid"]
    assert rows[1]["import_error_code"] == "gender_unknown; phone_duplicate"
    assert "row 2" in rows[1]["import_error"]
    assert "row 3" in rows[0]["import_note"]


def test_under_none_every_row_of_a_repeated_phone_waits_the_invalid_ones_too(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", [P, P, P, Q], gender=["F", "both", "", ""])
    _, rows = imported(importer, users, "--duplicates", "none")
    assert statuses(rows) == ["duplicate", "invalid", "duplicate", "created"]
    assert all("phone_duplicate" in row["import_error_code"] for row in rows[:3])


def test_while_the_first_row_is_not_sent_yet_the_others_wait(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", [Q, P, P])
    _, rows = imported(importer, users, "--limit", "1")
    assert statuses(rows) == ["created", "not_sent", "duplicate"]
    importer("run", tmp_path / "users.rejected.csv")
    assert statuses(read_rows(tmp_path / "users.rejected.result.csv")) == ["duplicate"]
    assert len(sandbox.users()) == 1


def test_a_first_row_that_was_imported_before_holds_its_phone(importer, sandbox, tmp_path):
    imported(importer, write_users(tmp_path / "before.csv", [P]))
    _, rows = imported(importer, write_users(tmp_path / "users.csv", [P, P]))
    assert statuses(rows) == ["already_imported", "duplicate"]


@pytest.mark.parametrize("policy", ["first", "none"])
def test_the_forecast_counts_the_rows_that_wait_as_a_run_does(importer, sandbox, tmp_path, policy):
    phones = [P, P, Q, Q, "8701", "+77010000002"]
    genders = ["both", "", "F", "both", "", ""]
    users = write_users(tmp_path / "users.csv", phones, gender=genders)
    option = ("--duplicates", policy)
    forecast = importer("validate", users, *option, "--json").json
    checked = importer("validate", users, *option, "-o", tmp_path / "checked.csv", "--json").json
    run = importer("run", users, *option, "--json").json
    renamed = run["statuses"] | {"not_sent": run["statuses"]["created"], "created": 0}
    assert forecast["statuses"] == checked["statuses"] == renamed
    counted = [{(cause["code"], cause["count"]) for cause in ended["causes"]} for ended in (forecast, checked, run)]
    assert counted[0] == counted[1] == counted[2]
