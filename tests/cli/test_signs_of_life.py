"""Nobody waits long without a word, whatever a step is busy with."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook
from support.commands import Commands, write_users
from support.terminal import on_terminal

from importer import Watch, load, validate
from importer.cli.live_bar import LineWatch
from importer.errors import Interrupted
from importer.operations.merge import merge
from importer.operations.unconfirmed import list_unconfirmed
from importer.verify_run import verify

if TYPE_CHECKING:
    from collections.abc import Callable


class Followed(Watch):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, int]] = []

    def began(self, step: str, total: int | None = None) -> None:
        self.told.append((step, 0))

    def advanced(self, rows: int) -> None:
        step, done = self.told[-1]
        self.told[-1] = (step, done + rows)


class EndedIn(Followed):
    """Is asked to end when so many steps have begun before."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps

    def began(self, step: str, total: int | None = None) -> None:
        super().began(step, total)
        if len(self.told) > self._steps:
            self.interrupt()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = Workbook()
    made.active.append(["phone"])
    for number in range(500):
        made.active.append([f"+7701{number:07d}"])
    made.save(tmp_path / "users.xlsx")
    return tmp_path / "users.xlsx"


def test_a_step_that_says_nothing_of_itself_is_spoken_of(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("importer")
    logger.addHandler(caplog.handler)
    watch = LineWatch(every=0.02)
    try:
        with caplog.at_level(logging.INFO, "importer"):
            while "opening: " not in caplog.text:
                time.sleep(0.01)
            watch.began("checking", 7)
            while "checking: 0 of about 7 rows" not in caplog.text:
                time.sleep(0.01)
            watch.ended()
    finally:
        logger.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    ("step", "total", "told"),
    [
        ("planning", 1500, ["planning 1,500 rows", "planning: 7 of 1,500 rows"]),
        ("checking", 1500, ["checking about 1,500 rows", "checking: 7 of about 1,500 rows"]),
        ("planning", 1, ["planning 1 row", "planning: 7 of 1 rows"]),
    ],
)
def test_rows_that_nobody_has_counted_yet_are_about_so_many(
    step: str, total: int, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="importer")
    watch = LineWatch(every=0)
    watch.ended()
    watch.began(step, total)
    watch.advanced(7)
    began, done = [record.getMessage() for record in caplog.records if step in record.getMessage()]
    assert (began, done.startswith(told[1])) == (told[0], True)


def test_a_workbook_tells_its_rows_while_it_is_opened_and_can_be_interrupted_there(
    importer: Commands, book: Path
) -> None:
    followed = Followed()
    validate(book, load({}), followed)
    assert followed.told[0] == ("opening", 500)
    ended = Watch()
    ended.interrupt()
    with pytest.raises(Interrupted):
        validate(book, load({}), ended)


def test_a_profile_that_takes_long_to_read_is_named_first(importer: Commands, tmp_path: Path) -> None:
    (tmp_path / "crm.toml").write_text('[values.gender]\n0 = "M"\n', encoding="utf-8")
    (tmp_path / "users.csv").write_text("phone\n+77010000001\n", encoding="utf-8")
    ended = importer("validate", "users.csv", "--profile", "crm.toml")
    assert ended.err.splitlines()[0].endswith("reading crm.toml")


def test_verify_and_merge_tell_each_step_and_can_be_ended_in_each(importer: Commands, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", ["+77010000001", "12"])
    importer("run", users, "--sandbox")
    rejected = tmp_path / "users.rejected.csv"
    rejected.write_text(rejected.read_text(encoding="utf-8").replace("12,", "+77010000002,"), encoding="utf-8")
    importer("run", rejected, "--sandbox")
    settings = load({"home": str(tmp_path / "home"), "output": str(tmp_path / "all.csv")})
    results = (tmp_path / "users.result.csv", tmp_path / "users.rejected.result.csv")
    jobs: list[tuple[list[str], Callable[[Watch], object]]] = [
        (["checking the journal", "opening", "comparing"], lambda watch: verify("latest", None, settings, watch)),
        (["opening", "opening", "comparing", "writing"], lambda watch: merge(*results, settings, watch)),
        (["opening", "looking"], lambda watch: list_unconfirmed("latest", settings, watch)),
    ]
    for steps, job in jobs:
        for number in range(len(steps)):
            ended = EndedIn(number)
            with pytest.raises(Interrupted):
                job(ended)
            assert [told for told, _ in ended.told] == steps[: max(number + 1, len(ended.told))]
        assert not (tmp_path / "all.csv").exists()
        told = Followed()
        job(told)
        assert [step for step, _ in told.told] == steps
        (tmp_path / "all.csv").unlink(missing_ok=True)


def test_verify_can_be_ended_while_a_workbook_is_opened(importer: Commands, book: Path, tmp_path: Path) -> None:
    importer("run", book, "--sandbox", "--limit", "5")
    ended = EndedIn(2)  # in the output of 500 rows, before one of them is compared
    with pytest.raises(Interrupted):
        verify("latest", None, load({"home": str(tmp_path / "home")}), ended)
    assert ended.told[-1] == ("comparing", 0)


COMMANDS = (
    ["validate", "users.csv"],
    ["run", "users.csv", "--sandbox"],
    ["report", "latest"],
    ["report", "latest", "--unconfirmed"],
    ["verify", "latest"],
    ["merge", "users.result.csv", "users.rejected.result.csv"],
    ["inbox", "."],
    ["journal", "learn", "users.result.csv"],
    ["try-api", "users.csv", "--sandbox"],
)


SLOW_TO_LOAD = (
    *COMMANDS,
    ["purge", "--older-than", "9d"],
    ["journal", "backup", "kept.tar.gz"],
)


def test_every_command_that_draws_says_what_it_does_before_a_large_library_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries that end the command where they would load: what is on the screen by then is there within a second."""
    for name in ("pandas", "numpy", "pyarrow"):
        (tmp_path / f"{name}.py").write_text("import os\nos.write(2, b'[loading]')\nos._exit(9)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    write_users(tmp_path / "users.csv", ["+77010000001"])
    for command in COMMANDS:
        shown = on_terminal(*command, home=tmp_path / "home", PYTHONPATH=str(tmp_path))
        assert (command, shown.code, "[loading]" in shown.lines[-1]) == (command, 9, True), shown.screen
        assert [line for line in shown.lines if " INFO " in line], f"{command}: nothing was said before"


@pytest.mark.chaos
def test_nobody_waits_ten_seconds_without_a_word_while_libraries_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first start from a slow disk: whatever comes first of the large libraries takes eleven seconds."""
    for name in ("pandas", "numpy", "pyarrow", "sqlalchemy"):
        slow = "import os, time\ntime.sleep(11)\nos.write(2, b'[loaded]')\nos._exit(9)\n"
        (tmp_path / f"{name}.py").write_text(slow, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    write_users(tmp_path / "users.csv", ["+77010000001"])
    for number in range(len(SLOW_TO_LOAD)):
        (tmp_path / str(number)).mkdir()

    def begun(number: int, term: str) -> str:
        shown = on_terminal(*SLOW_TO_LOAD[number], home=tmp_path / str(number), PYTHONPATH=str(tmp_path), TERM=term)
        assert (shown.code, "[loaded]" in shown.screen) == (9, True), shown.screen
        return shown.screen

    with ThreadPoolExecutor(len(SLOW_TO_LOAD)) as pool:
        for term in ("xterm-256color", "dumb"):
            screens = list(pool.map(begun, range(len(SLOW_TO_LOAD)), [term] * len(SLOW_TO_LOAD)))
            silent = [
                command for command, screen in zip(SLOW_TO_LOAD, screens, strict=True) if "opening: 9 s" not in screen
            ]
            assert silent == [], term
