"""A server that takes a few connections and resets or refuses the rest; and a concurrency that is what limits."""

from pathlib import Path

import pytest
from support.commands import Commands, importer, sandbox, write_users
from support.virtual_time import FakeApi, create, rows

from importer.creating.rate_control.advice import advice_for
from importer.creating.send_progress import SendProgress
from importer.freedom_id import Answer, AnswerKind
from importer.sandbox import Sandbox

__all__ = ["importer", "sandbox"]


class Roomy(FakeApi):
    """Serves ``room`` requests at once; whatever comes beside them fails at once, over a connection of its own."""

    def __init__(self, room: int, code: str = "reset", latency: float = 0.1) -> None:
        super().__init__(latency)
        self.room, self.code, self.failed = room, code, 0

    async def create(self, body: dict[str, str]) -> Answer:
        if self.at_once >= self.room:
            self.failed += 1
            return Answer(
                AnswerKind.RETRY,
                code=self.code,
                unreachable=True,
                new_connection=True,
                maybe_created=self.code == "reset",
            )
        return await super().create(body)


@pytest.mark.parametrize("code", ["reset", "refused", "files"])
@pytest.mark.parametrize("room", [1, 4, 10])
def test_concurrency_comes_down_to_what_works_and_no_row_is_failed_for_it(code, room):
    made = create(rows(1000), api := Roomy(room, code), concurrency=32)
    assert made.statuses() == {"created": 1000}
    assert made.progress.outages <= (room == 1), "where one alone has room, nothing has passed when the second fails"
    assert api.failed < 60
    assert made.seconds < 1000 * 0.1 / room * 1.5 + 20, "throughput goes on"


def test_a_poison_row_whose_connections_break_fails_all_the_same():
    def fault(_api, body):
        if body["phone"] in {"+77010000030", "+77010000031", "+77010000090"}:
            return Answer(AnswerKind.RETRY, code="reset", unreachable=True, new_connection=True, maybe_created=True)
        return None

    made = create(rows(100), FakeApi(fault=fault), concurrency=16)
    assert made.error is None
    assert made.statuses() == {"created": 97, "failed": 3}


def test_an_api_that_goes_away_while_its_connections_are_new_is_an_outage():
    def fault(api, _body):
        gone = Answer(AnswerKind.RETRY, code="refused", unreachable=True, new_connection=True)
        return gone if 1.0 <= api.now < 31.0 else None

    made = create(rows(2000), FakeApi(latency=0.05, fault=fault), concurrency=32)
    assert made.statuses() == {"created": 2000}
    assert made.progress.outages == 1
    assert len([at for at in made.api.requests if 3 <= at < 31.0]) <= 12


def test_over_sockets_a_server_of_four_connections_is_used_with_four(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(connection_limit=4, latency=30)
    users = write_users(tmp_path / "users.csv", [f"+7701000{number:04d}" for number in range(150)])
    ended = importer("run", users, "--json")
    assert (ended.code, ended.json["statuses"]["created"]) == (0, 150)
    assert sandbox.stats()["max_in_flight"] == 4
    assert ended.json["requests"] < 180


def test_a_concurrency_that_limits_is_told_with_the_option_that_raises_it(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(latency=150)
    users = write_users(tmp_path / "users.csv", [f"+7701000{number:04d}" for number in range(24)])
    ended = importer("run", users, "--concurrency", "2")
    assert "2 requests at once were the limit" in ended.out
    assert "--concurrency 4" in ended.out


@pytest.mark.parametrize(
    ("progress", "concurrency", "busy", "told"),
    [
        (SendProgress(requests=400, full=390), 32, 1.0, True),
        (SendProgress(requests=400, full=100), 32, 1.0, False),  # the file or the API had no more
        (SendProgress(requests=100, full=90), 32, 1.0, False),  # too few to tell
        (SendProgress(requests=400, full=390, rate=40.0), 32, 1.0, False),  # --rate
        (SendProgress(requests=400, full=390, rate=200.0), 32, 1.0, True),  # a --rate that was never come near
        (SendProgress(requests=400, full=390, rate=200.0, refused=1), 32, 1.0, False),  # the quota
        (SendProgress(requests=400, full=390, outages=1), 32, 1.0, False),
        (SendProgress(requests=400, full=390), 32, 9.0, False),  # this machine
        (SendProgress(requests=9000, full=9000), 1024, 1.0, False),  # there is no more
    ],
)
def test_nothing_is_advised_where_something_else_limits(progress, concurrency, busy, told):
    assert bool(advice_for(progress, concurrency, 10.0, busy)) is told
