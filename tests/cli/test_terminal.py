"""On a terminal: real processes with a pseudo-terminal as their screen, as a person has it."""

import re
from pathlib import Path

from support.commands import Commands, write_users
from support.terminal import on_terminal


def test_every_command_that_draws_ends_well_on_a_terminal(importer: Commands, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701000000{number}" for number in range(5)])
    home = tmp_path / "home"
    for command in (["validate", users], ["run", users, "--sandbox"]):
        shown = on_terminal(*command, home=home)
        assert shown.code == 0, shown.screen
        assert "5 rows" in shown.screen
    run = importer("runs", "--json").json[0]["id"]
    shown = on_terminal("report", run, "-o", tmp_path / "again.csv", home=home)
    assert shown.code == 0, shown.screen


def test_the_bar_counts_the_rows_and_never_more_than_there_are(tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701{number:07d}" for number in range(60)])
    shown = on_terminal("run", users, "--sandbox", "--rate", "20", home=tmp_path / "home")
    assert shown.code == 0, shown.screen
    counts = {(int(done), int(total)) for done, total in re.findall(r"(\d+)/(\d+)", shown.screen)}
    assert counts, "nothing was drawn"
    assert all(done <= total == 60 for done, total in counts), counts
    assert any(0 < done < total for done, total in counts), "the bar was only drawn when all was done"
