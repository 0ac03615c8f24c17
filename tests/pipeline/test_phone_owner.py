"""What is known of a phone that the API calls taken, while other runs go on."""

from types import SimpleNamespace

import pytest

from importer.creating import Sendable, TakenPhone, sending
from importer.journal.integrity.keys import JournalKeys
from importer.model import KnownUser

RUN = SimpleNamespace(id="run", api="https://api.example.com")
KEYS = JournalKeys(bytes(32))
ROW = Sendable(7, {"phone": "+77011112233"})


class OtherRunFinishesMeanwhile:
    """A journal in which another run's request gets its ID right after the first question."""

    def __init__(self):
        self.asked, self.ledger = 0, self

    def in_doubt(self, _api, _phone, *, run_id, row):
        assert (run_id, row) == ("run", 7)
        self.asked += 1
        return self.asked == 1

    def users(self, _api, phones):
        self.asked += 1
        return {} if self.asked == 1 else dict.fromkeys(phones, KnownUser("id"))

    def keys(self):
        return KEYS


def test_an_id_that_another_run_gets_between_two_questions_is_not_missed():
    owner = sending.phone_owner_of(OtherRunFinishesMeanwhile(), RUN, ROW)
    assert owner == TakenPhone("id", True)


@pytest.mark.parametrize(("ids", "doubt"), [({}, False), ({}, True), ({"+77011112233": "id"}, False)])
def test_the_owner_is_what_the_journal_says(ids, doubt):
    file, users = SimpleNamespace(server=""), {phone: KnownUser(given) for phone, given in ids.items()}
    ledger = SimpleNamespace(users=lambda *_: users, keys=lambda: KEYS)
    journal = SimpleNamespace(location=file, in_doubt=lambda *_, **__: doubt, ledger=ledger)
    assert sending.phone_owner_of(journal, RUN, ROW) == TakenPhone(ids.get("+77011112233", ""), doubt)
