"""A path of a flag may begin with ``~``: behind the ``=`` of ``--users=~/users.json`` no shell has looked at it."""

from pathlib import Path

import pytest
from support.commands import Commands, importer

__all__ = ["importer"]


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--users=~/named"),
        ("serve", "--tls-cert=~/named", "--tls-key=~/key"),
        ("serve", "--tls-key=~/named", f"--tls-cert={__file__}"),
        ("serve", "--metrics-token-file=~/named"),
        ("report", "latest", "--answers=~/named"),
    ],
)
def test_a_file_of_the_home_folder_is_looked_for_there(
    importer: Commands, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ended = importer(*words)
    assert ended.code != 0
    assert f"{tmp_path / 'named'}: " in ended.err


def test_what_is_written_goes_into_the_home_folder(
    importer: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "nightly").mkdir()
    importer("users", "remove", "ann", "--users=~/users.json")
    assert importer("schedule", "cron", "--output=~/nightly").code == 0
    rows = "phone,freedom_id,import_status,import_error_code,import_error,import_note,import_row\n"
    (tmp_path / "users.result.csv").write_text(rows.replace(",import_row", "") + "+77010000001,,invalid,,,\n")
    (tmp_path / "fixed.csv").write_text(rows + "+77010000001,,not_sent,,,,2\n")
    importer("merge", tmp_path / "users.result.csv", tmp_path / "fixed.csv", "--output=~/merged.csv")
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("users.")) == [
        "fixed.csv",
        "merged.csv",
        "nightly",
    ]
    assert (tmp_path / "users.json.lock").exists()
    assert list((tmp_path / "nightly").iterdir())
