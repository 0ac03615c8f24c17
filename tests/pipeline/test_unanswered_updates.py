"""Updates whose answer is lost: until one is answered it is not known what the user has, and a later file goes out."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.commands import Commands, importer, read_rows, sandbox, write_users

from importer.sandbox import Sandbox

__all__ = ["importer", "sandbox"]

PHONES = [f"+770100000{number}" for number in range(10, 30)]
NEW_PHONE = "+77020000009"
OLD, NEW, EMAIL = "Асан", "Арман", "a@example.com"
QUICK = {"IMPORTER_BACKOFF": "0.01", "IMPORTER_ATTEMPTS": "2"}
UNKNOWN = "an earlier update got no answer, and whether it was made is not known"


class Shop:
    """Twenty users that are known; the first one's firstname, e-mail and phone are changed by each night's file."""

    def __init__(self, importer: Commands, sandbox: Sandbox, folder: Path) -> None:
        self._importer, self.sandbox, self._folder, self._night = importer, sandbox, folder, 0
        self.run()
        self.given = [row["freedom_id"] for row in self.rows()]

    def write(self, firstname: str = OLD, email: str = EMAIL, phone: str = PHONES[0], other: str = "") -> Path:
        self._night += 1
        emails = [email, "b@example.com", *(f"c{number}{other}@example.com" for number in range(18))]
        columns = {"firstname": [firstname, *["Олжас"] * 19], "email": emails}
        phones = [phone, *PHONES[1:]]
        if phone != PHONES[0]:
            columns["freedom_id"] = self.given
        return write_users(self._folder / f"{self._night}.csv", phones, **columns)

    def rows(self) -> list[dict[str, str]]:
        return read_rows(self._folder / f"{self._night}.result.csv")

    def run(self, code: int = 0, **cells: str) -> int:
        """Import the next night's file; how many requests it took."""
        before = self.sandbox.stats()["requests"]
        users = self.write(**cells)
        ended = self._importer("run", users, "--update", "--accept-updates", **QUICK)
        assert ended.code == code, ended.err
        return self.sandbox.stats()["requests"] - before

    def again(self) -> int:
        """Import the last file again, without faults."""
        self.sandbox.set(faults=[])
        before = self.sandbox.stats()["requests"]
        assert self._importer("run", self._folder / f"{self._night}.csv", "--update", **QUICK).code == 0
        return self.sandbox.stats()["requests"] - before

    def lost(self, **cells: str) -> None:
        """A night whose update is made, whose answer is lost, and which is stopped before it is sent again."""
        self.sandbox.set(faults=["reset_after@1", "forbidden@2"])
        self.run(4, **cells)
        self.sandbox.set(faults=[])

    def failed(self, **cells: str) -> None:
        """A night whose update is made, and whose answers are lost until the row has failed."""
        self.sandbox.set(faults=[f"reset_after@{PHONES[0]}"])
        self.run(1, other="x", **cells)
        assert self.rows()[0]["import_status"] == "failed"
        self.sandbox.set(faults=[])

    @property
    def body(self) -> dict[str, str]:
        """What the API has of the first user."""
        return next(one["body"] for one in self.sandbox.users() if one["freedom_id"] == self.given[0])


@pytest.fixture
def shop(importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The first row is sent first: the rows held back are the last ones, and one request is on its way at a time."""
    monkeypatch.setattr("random.sample", lambda places, count: list(places)[:count])
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "1")
    return Shop(importer, sandbox, tmp_path)


@pytest.mark.parametrize("ended", [Shop.lost, Shop.failed])
def test_after_an_update_without_an_answer_a_file_with_the_value_of_before_sends_it_once(
    shop: Shop, importer: Commands, ended: Callable[..., None]
) -> None:
    ended(shop, firstname=NEW)
    assert shop.body["firstname"] == NEW
    assert importer("verify", "latest").code == 0
    assert shop.run(other="x" if ended is Shop.failed else "") == 1
    assert shop.body["firstname"] == OLD, "the API has what the last file says"
    assert (shop.rows()[0]["import_status"], shop.rows()[0]["import_note"]) == ("updated", f"{UNKNOWN}: firstname")
    assert shop.run(other="x" if ended is Shop.failed else "") == 0, "answered, it is known again"


def test_what_an_unanswered_update_may_have_changed_is_told_also_by_a_check_and_without_update(
    shop: Shop, importer: Commands
) -> None:
    shop.lost(firstname=NEW)
    told = importer("run", shop.write(firstname=NEW, email="z@example.com"))
    assert told.code == 0
    assert shop.rows()[0]["import_note"] == f"changed since it was sent: email; {UNKNOWN}: firstname"
    checked = importer("validate", shop.write(), "--update", "--json").json["changes"]
    assert (checked["changed"], checked["fields"]) == (1, {"firstname": 1})


def test_a_refused_update_leaves_what_was_known_before_it(shop: Shop) -> None:
    assert shop.run(email="b@example.com") == 1
    assert shop.rows()[0]["import_status"] == "rejected"
    assert shop.run() == 0


def test_a_refusal_after_a_lost_answer_leaves_the_doubt(shop: Shop) -> None:
    shop.lost(firstname=NEW)
    assert shop.run(firstname=OLD, email="b@example.com") == 1, "the e-mail is another user's"
    assert shop.body["firstname"] == NEW
    assert shop.run() == 1
    assert shop.body["firstname"] == OLD
    assert shop.run() == 0


def test_a_user_whose_new_phone_got_no_answer_gets_the_phone_of_the_next_file(shop: Shop) -> None:
    shop.lost(phone=NEW_PHONE)
    assert shop.body["phone"] == NEW_PHONE
    assert shop.run() == 1
    assert shop.rows()[0]["import_note"] == f"{UNKNOWN}: phone"
    assert shop.body["phone"] == PHONES[0]
    assert shop.run() == 0


def test_a_new_phone_that_got_no_answer_is_sent_again_and_known_from_then_on(shop: Shop) -> None:
    shop.lost(phone=NEW_PHONE)
    assert shop.run(phone=NEW_PHONE) == 1
    assert shop.rows()[0]["import_note"] == "changed since it was sent: phone"
    assert (shop.body["phone"], shop.run(phone=NEW_PHONE)) == (NEW_PHONE, 0)


def test_a_new_phone_that_was_refused_leaves_the_one_that_is_known(shop: Shop, importer: Commands) -> None:
    elsewhere = {"FREEDOM_ID_URL": shop.sandbox.url, "IMPORTER_HOME": "elsewhere"}
    assert importer("run", write_users(Path("other.csv"), [NEW_PHONE], firstname=["Нина"]), **elsewhere).code == 0
    assert shop.run(phone=NEW_PHONE) == 1
    assert shop.rows()[0]["import_status"] == "rejected"
    assert shop.run() == 0


def test_a_blank_cell_leaves_its_field_in_doubt_until_a_file_fills_it(shop: Shop) -> None:
    shop.lost(firstname=NEW)
    assert shop.run(firstname="") == 0
    assert shop.run(firstname="", email="z@example.com") == 1
    assert shop.body["firstname"] == NEW
    assert shop.run(email="z@example.com") == 1
    assert (shop.body["firstname"], shop.run(email="z@example.com")) == (OLD, 0)


def test_a_blank_cell_beside_a_new_phone_leaves_its_field_in_doubt_too(shop: Shop) -> None:
    shop.lost(firstname=NEW)
    assert shop.run(firstname="", phone=NEW_PHONE) == 1
    assert shop.run(phone=NEW_PHONE) == 1
    assert (shop.body["firstname"], shop.run(phone=NEW_PHONE)) == (OLD, 0)


def test_an_update_that_kill_9_cut_off_is_sent_once_more_by_the_same_file(shop: Shop) -> None:
    shop.sandbox.set(faults=["hang_after@1"])
    users = shop.write(firstname=NEW)
    command = [sys.executable, "-m", "importer", "run", str(users), "--update", "-q"]
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        until = time.monotonic() + 30
        while shop.body["firstname"] != NEW and time.monotonic() < until:
            time.sleep(0.01)
        running.kill()
    assert shop.again() == 1
    assert shop.rows()[0]["import_status"] == "updated"
    assert shop.again() == 0
    assert shop.run(firstname=NEW) == 0
