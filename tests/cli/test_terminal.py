"""On a terminal: real processes with a pseudo-terminal as their screen, as a person has it."""

import re
import signal
from pathlib import Path

import pytest
from chaos.kit import Warm
from support.commands import Commands, write_users
from support.terminal import on_terminal

SCREENS = {
    "80 columns": {"columns": 80},
    "40 columns": {"columns": 40},
    "200 columns": {"columns": 200},
    "no colour": {"columns": 80, "NO_COLOR": "1"},
    "dumb": {"columns": 80, "TERM": "dumb"},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_every_command_that_draws_ends_well_on_a_terminal(
    screen: str, importer: Commands, warm: Warm, tmp_path: Path
) -> None:
    begun = None if screen == "80 columns" else warm  # once as a person begins it, with nothing loaded
    users = write_users(tmp_path / "users.csv", [f"+7701000000{number}" for number in range(5)])
    home = tmp_path / "home"
    for command in (["validate", users], ["run", users, "--sandbox"]):
        shown = on_terminal(*command, home=home, warm=begun, **SCREENS[screen])
        assert shown.code == 0, shown.screen
        assert "5 rows" in shown.screen
    run = importer("runs", "--json").json[0]["id"]
    shown = on_terminal("report", run, "-o", tmp_path / "again.csv", home=home, warm=begun, **SCREENS[screen])
    assert shown.code == 0, shown.screen


@pytest.mark.parametrize("environ", [{"TERM": "unknown"}, {"TTY_COMPATIBLE": "0"}, {"FORCE_COLOR": ""}], ids=str)
def test_a_terminal_that_can_show_no_bar_gets_lines(environ: dict[str, str], warm: Warm, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", ["+77010000001"])
    shown = on_terminal("run", users, "--sandbox", home=tmp_path / "home", warm=warm, **environ)
    assert shown.code == 0, shown.screen
    assert any(line.endswith("INFO creating 1 row") for line in shown.lines), shown.screen


def test_the_bar_counts_the_rows_and_never_more_than_there_are(warm: Warm, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701{number:07d}" for number in range(60)])
    shown = on_terminal("run", users, "--sandbox", "--rate", "20", home=tmp_path / "home", warm=warm)
    assert shown.code == 0, shown.screen
    counts = {(int(done), int(total)) for done, total in re.findall(r"(\d+)/(\d+)", shown.screen)}
    assert counts, "nothing was drawn"
    assert all(done <= total == 60 for done, total in counts), counts
    assert any(0 < done < total for done, total in counts), "the bar was only drawn when all was done"


def test_what_is_logged_while_the_bar_is_drawn_stands_on_lines_of_its_own(warm: Warm, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701{number:07d}" for number in range(40)])
    shown = on_terminal(
        "run",
        users,
        "--sandbox",
        "--rate",
        "10",
        home=tmp_path / "home",
        warm=warm,
        after={1.5: signal.SIGINT},
        when="creating",
    )
    assert shown.code == 4, shown.screen
    said = [line for line in shown.lines if "SIGINT: ending" in line]
    assert len(said) == 1, shown.screen
    assert re.match(r"\d\d:\d\d:\d\d WARNING SIGINT: ending", said[0]), said


def test_the_bar_survives_a_window_that_changes_its_size(warm: Warm, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701{number:07d}" for number in range(40)])
    shown = on_terminal(
        "run",
        users,
        "--sandbox",
        "--rate",
        "20",
        home=tmp_path / "home",
        warm=warm,
        resize={0.5: 40, 1.0: 200},
        when="creating",
    )
    assert shown.code == 0, shown.screen


def test_control_characters_of_names_never_reach_the_terminal_raw(warm: Warm, tmp_path: Path) -> None:
    users = write_users(tmp_path / "a\x1b[31mb\x07\x9b2J.csv", ["8 701 000 00 01"], **{"Other\x1b[2J\x07": ["x"]})
    gone = f"{users}.missing"
    for command in (["validate", users], ["run", users, "--sandbox"], ["validate", gone], ["validate", gone, "--json"]):
        shown = on_terminal(*command, home=tmp_path / "home", warm=warm)
        for raw in ("\x1b[31mb", "\x1b[2J", "\x07", "\x9b"):
            assert raw not in shown.screen, shown.screen
        assert "a\\u001b[31mb" in shown.screen.replace("\r\n", "")


def test_a_run_says_where_it_sends_before_anything_else(tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", ["+77010000001"])
    shown = on_terminal("run", users, "--url", "https://api.example.kz/x", home=tmp_path / "home")
    assert shown.code == 2  # there is no token
    assert "https://api.example.kz/x" in shown.lines[0]
