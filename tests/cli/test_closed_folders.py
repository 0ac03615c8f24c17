"""Folders that the command's user may not enter, as those of whoever started it by sudo: said, and never a defect."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from support.commands import Ended, write_users

from importer.sandbox import Sandbox, SandboxOptions

RIGHTS = "-dac_override,-dac_read_search"
"""What root has to give up to be refused as anybody else is."""


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "closed"
    (folder / "inside").mkdir(parents=True)
    yield folder
    folder.chmod(0o700)


@pytest.fixture
def refused(closed: Path, tmp_path: Path) -> Callable[..., Ended]:
    """The command line of a user who may not enter ``closed``."""
    before = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root cannot be refused here: there is no setpriv")
        before = ["setpriv", f"--bounding-set={RIGHTS}", f"--inh-caps={RIGHTS}"]
    (tmp_path / "token").write_text("t", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    own = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "IMPORTER_HOME": str(tmp_path / "home")}

    def run(*arguments: object, open_at_first: bool = False, **environ: str) -> Ended:
        closed.chmod(0o700 if open_at_first else 0)
        command = [*before, sys.executable, "-m", "importer", *map(str, arguments)]
        token = {"FREEDOM_ID_TOKEN_FILE": str(tmp_path / "token"), "FREEDOM_ID_URL": "http://127.0.0.1:9"}
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=own | token | environ)
        assert "a defect of the importer" not in ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


def test_a_configuration_that_nobody_named_is_none_where_it_cannot_be_looked_for(
    refused: Callable[..., Ended], closed: Path, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", ["+77010000001"])
    assert refused("validate", users, HOME=str(closed), XDG_CONFIG_HOME=str(closed / "inside")).code == 0


@pytest.mark.parametrize("variable", ["IMPORTER_HOME", "FREEDOM_ID_TOKEN_FILE"])
def test_a_place_that_was_named_is_told_with_what_mends_it(
    refused: Callable[..., Ended], closed: Path, tmp_path: Path, variable: str
) -> None:
    users = write_users(tmp_path / "users.csv", ["+77010000001"])
    ended = refused("run", users, **{variable: str(closed / "inside" / "it")})
    assert (ended.code, f"{closed}/inside/" in ended.err, "Permission denied" in ended.err) == (2, True, True)


def test_an_inbox_is_told_and_doctor_looks_at_everything_else(refused: Callable[..., Ended], closed: Path) -> None:
    place = f"{closed}/inside"
    ended = refused("inbox", place)
    assert (ended.code, f"error: {place}: Permission denied; let this user in" in ended.err) == (2, True)
    ended = refused("doctor", IMPORTER_INBOX=f'{{"dir": "{place}"}}', IMPORTER_METRICS=f"{place}/m.prom")
    assert ended.code == 2
    assert f"error   place: {place}: Permission denied; let this user in" in ended.out
    assert f"error   metrics: {place}/m.prom cannot be written" in ended.out
    assert "ok      token" in ended.out


@pytest.mark.parametrize("command", ["run", "validate"])
@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_file_that_may_not_be_read_is_refused(
    refused: Callable[..., Ended], closed: Path, tmp_path: Path, command: str, what: str
) -> None:
    users = write_users((closed / "inside" if what == "folder" else tmp_path) / "users.csv", ["+77010000001"])
    if what == "file":
        users.chmod(0)
    ended = refused(command, users, "-o", tmp_path / "out.csv")
    assert (ended.code, f"{users}: no permission to read it" in ended.err) == (3, True), ended.err


def test_a_folder_that_is_closed_while_rows_are_sent_stops_the_run_and_the_same_command_goes_on(
    refused: Callable[..., Ended], closed: Path, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701000000{digit}" for digit in range(10)])
    with Sandbox(SandboxOptions(latency=1000.0)) as sandbox:

        def close() -> None:
            until = time.monotonic() + 60
            while not sandbox.stats()["requests"] and time.monotonic() < until:
                time.sleep(0.05)
            closed.chmod(0)

        command = ("run", users, "-o", closed / "inside" / "out.csv", "--concurrency", "20")
        told = {"FREEDOM_ID_URL": sandbox.url, "FREEDOM_ID_TOKEN": sandbox.token, "FREEDOM_ID_TOKEN_FILE": ""}
        closing = Thread(target=close)
        closing.start()
        ended = refused(*command, open_at_first=True, **told)
        closing.join()
        assert (ended.code, "then give the same command again" in ended.err) == (4, True), ended.err
        closed.chmod(0o700)
        assert refused(*command, open_at_first=True, **told).code == 0
        assert len(sandbox.users()) == 10
