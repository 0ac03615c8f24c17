"""Seven nights of one source: what the API receives is exactly who is new and, with --update, what has changed."""

import random
from pathlib import Path

from support.commands import Commands, importer, sandbox
from support.nights import Nights

from importer.sandbox import Sandbox

__all__ = ["importer", "sandbox"]


def test_seven_nights_send_the_new_and_the_changed_and_nothing_else(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    nights = Nights(5_000, random.Random(13))
    received: dict[str, tuple[dict[str, str], int]] = {}
    for night in range(7):
        update = ["--update", "--accept-updates"] if night > 2 else []
        requests = sandbox.stats()["requests"]
        users = nights.pass_by(tmp_path / f"users_{night}.csv")
        new, changed = nights.expected(update=bool(update))
        ended = importer("run", users, "--json", "--max-changes", "5%", *update)
        assert ended.code == 0, ended.err
        assert sandbox.stats()["requests"] == requests + len(new) + len(changed), f"night {night}"
        now = {user["phone"]: (user["body"], user["updates"]) for user in sandbox.users()}
        assert now.keys() - received.keys() == new
        touched = {phone for phone in received if now[phone] != received[phone]}
        assert touched == changed.keys(), f"night {night}"
        assert all(now[phone][0] == {**received[phone][0], **changed[phone]} for phone in touched)
        received = now
        told = ended.json["changes"]
        assert (told["new"], ended.json["statuses"]["updated"]) == (len(new), len(changed))
        assert told["changed"] == len(changed) or not update
    assert {phone: body for phone, (body, _) in received.items()} == {
        phone: {"phone": phone, **person} for phone, person in nights.people.items()
    }
    assert importer("verify", "latest").code == 0
