"""An input that changes while it is read: what was planned is what was sent, from the run's own copy."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.commands import read_rows, write_users

import importer.pipeline
import importer.planning.planned_rows
from importer.errors import RefusedFile
from importer.journal.states import RunState
from importer.planning.file_state import FileState
from importer.planning.input_copy import content_of, keep_copy, reopen_input
from importer.planning.mapped_input import open_input
from importer.planning.run_identity import settings_of_run
from importer.progress import Watch
from importer.settings import load

PHONES = [f"+7701000000{number}" for number in range(1, 6)]
OTHERS = [PHONES[4], "not a phone", PHONES[3], PHONES[3], PHONES[0]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_users(tmp_path / "users.csv", PHONES)


def changes(monkeypatch: pytest.MonkeyPatch, step: str, path: Path, *, back: bool) -> None:
    """Let the input have another content while a step reads, and afterwards too unless it changes ``back``."""
    module = importer.planning.planned_rows if step == "planned_chunks" else importer.pipeline
    original = getattr(module, step)

    def changing(*arguments, **named):
        write_users(path, OTHERS)
        try:
            return original(*arguments, **named)
        finally:
            if back:
                write_users(path, PHONES)

    monkeypatch.setattr(module, step, changing)


@pytest.mark.parametrize("step", ["surveyed", "planned_chunks", "create_rows", "write_report"])
@pytest.mark.parametrize("back", [False, True])
def test_a_change_after_the_copy_was_made_changes_nothing(importer, sandbox, path, monkeypatch, step, back):
    changes(monkeypatch, step, path, back=back)
    assert importer("run", path).code == 0
    rows = read_rows(path.with_name("users.result.csv"))
    users = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    assert [(row["phone"], row["import_status"]) for row in rows] == [(phone, "created") for phone in PHONES]
    assert [row["freedom_id"] for row in rows] == [users[phone] for phone in PHONES]


def test_a_change_before_the_copy_was_made_is_refused_and_leaves_no_run_behind(
    importer, sandbox, path, monkeypatch, tmp_path
):
    changes(monkeypatch, "keep_copy", path, back=False)
    ended = importer("run", path)
    assert ended.code == 3
    assert "changed while it was being read" in ended.err
    assert sandbox.stats()["requests"] == 0
    assert not list((tmp_path / "home").rglob("input*"))
    assert path.name not in importer("runs").out


def test_of_an_input_that_is_gone_it_is_told_that_nothing_is_left(path: Path) -> None:
    before, size = FileState.of(path), path.stat().st_size
    path.unlink()
    with pytest.raises(RefusedFile, match=rf"it had {size} bytes and now has 0\)"):
        before.refuse_change()


@pytest.mark.parametrize("known_by", ["", "~"])  # before and behind any hash in the alphabet
def test_a_copy_is_kept_in_a_private_folder_and_none_of_a_content_that_is_not_the_runs_own(
    path: Path, known_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, run = SimpleNamespace(folder=path.parent / "home"), SimpleNamespace(id="r1", input_name=path.name)
    synced: list[list[str]] = []
    monkeypatch.setattr(os, "fsync", lambda _file: synced.append([kept.name for kept in home.folder.rglob("input*")]))
    keep_copy(home, SimpleNamespace(**vars(run), input_sha256=content_of(path)), path)
    (kept,) = home.folder.rglob("input*")
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (kept.parent, home.folder)] == [0o700, 0o700]
    assert synced == [[f"{kept.name}.new"], [kept.name]], "its content, then its name"
    kept.unlink()
    with pytest.raises(RefusedFile, match="changed while it was being read"):
        keep_copy(home, SimpleNamespace(**vars(run), input_sha256=known_by), path)
    assert not list(home.folder.rglob("input*"))


@pytest.mark.parametrize("content", ["phone\n", "phone\nnot a phone\nnor this\n"])
def test_a_file_that_is_refused_leaves_no_run_and_no_copy_behind(importer, sandbox, path, tmp_path, content):
    path.write_text(content, encoding="utf-8")
    assert importer("run", path, "--max-invalid", "0").code == 3
    assert not list((tmp_path / "home").rglob("input*"))
    assert path.name not in importer("runs").out


@pytest.mark.parametrize("other", ["", "~"])  # before and behind any hash in the alphabet
def test_a_run_does_not_go_on_where_this_version_maps_its_columns_differently(path: Path, other: str) -> None:
    settings = load({})
    mapped = open_input(path, settings, "2026-01-01")
    mapped.table.close()
    kept = settings_of_run(mapped, settings, path)
    run = SimpleNamespace(id="r1", input_name=path.name, input_sha256=content_of(path), state="running", settings=kept)
    home = SimpleNamespace(folder=path.parent / "home", get_run=lambda *_args, **_options: run)
    reopen_input(home, run, Watch()).table.close()
    kept["fingerprint"] = other
    with pytest.raises(RefusedFile, match="maps its columns differently"):
        reopen_input(home, run, Watch())


@pytest.mark.parametrize("state", RunState)
def test_a_file_that_is_gone_is_asked_for_unless_its_run_is_purged(path: Path, state: RunState) -> None:
    run = SimpleNamespace(
        id="r1", input_name=path.name, input_sha256=content_of(path), state=state, settings={"input": str(path)}
    )
    path.unlink()
    home = SimpleNamespace(folder=path.parent / "home", get_run=lambda *_args, **_options: run)
    with pytest.raises(RefusedFile) as refused:
        reopen_input(home, run, Watch())
    assert ("put that file back" in str(refused.value)) is (state is not RunState.PURGED)
