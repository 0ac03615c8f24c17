"""What is known of a phone that the API calls taken, while other runs go on."""

from types import SimpleNamespace

import pytest

from importer.creating import Sendable, TakenPhone, sending

RUN = SimpleNamespace(id="run", api="https://api.example.com")
ROW = Sendable(7, {"phone": "+77011112233"})


class OtherRunFinishesMeanwhile:
    """A journal in which another run's request gets its ID right after the first question."""

    def __init__(self):
        self.asked = 0

    def in_doubt(self, _api, _phone, *, run_id, row):
        assert (run_id, row) == ("run", 7)
        self.asked += 1
        return self.asked == 1

    def known(self, _api, phones):
        self.asked += 1
        return {} if self.asked == 1 else dict.fromkeys(phones, "id")


def test_an_id_that_another_run_gets_between_two_questions_is_not_missed():
    claims = sending.claims_of(OtherRunFinishesMeanwhile(), RUN, ROW)
    assert claims == TakenPhone("id", True)


@pytest.mark.parametrize(("ids", "doubt"), [({}, False), ({}, True), ({"+77011112233": "id"}, False)])
def test_claims_are_what_the_journal_says(ids, doubt):
    file = SimpleNamespace(server="")
    journal = SimpleNamespace(location=file, in_doubt=lambda *_, **__: doubt, known=lambda *_: ids)
    assert sending.claims_of(journal, RUN, ROW) == TakenPhone(ids.get("+77011112233", ""), doubt)
