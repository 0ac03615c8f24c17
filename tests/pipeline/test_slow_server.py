"""An API that takes its time, over real sockets."""

from pathlib import Path

from support.commands import Commands, write_users

from importer.sandbox import Sandbox


def test_answers_of_more_than_four_seconds_end_no_run(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.set(latency=4500)
    users = write_users(tmp_path / "users.csv", [f"+7701000000{number}" for number in range(3)])
    ended = importer("run", users, "--json")
    assert ended.code == 0, ended.err
    assert ended.json["statuses"]["created"] == 3
