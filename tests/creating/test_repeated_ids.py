"""One FreedomID for two phones, or the nil UUID, is no success: in one run, across runs, after a resume, adopted."""

import asyncio
import json
import socketserver
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from support.commands import Commands, importer, read_rows, sandbox, write_users
from support.virtual_time import FakeApi, MemoryWriter, create, rows

from importer.creating.outcomes.recent_ids import RECENT, KnownIds
from importer.creating.outcomes.recording import REPEATED_IDS_THAT_END
from importer.freedom_id import NOBODYS_IDS, Answer, AnswerKind
from importer.model import Outcome
from importer.sandbox import Sandbox

__all__ = ["importer", "sandbox"]

PHONES = [f"+7701000{number:04d}" for number in range(1, 61)]
AT_ONCE = 32
CODE = "freedom_id_repeated"
NIL = "00000000-0000-0000-0000-000000000000"


def test_a_run_whose_api_repeats_one_id_stops_after_a_few(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    sandbox.set(repeat_id_share=1.0, latency=20)
    ended = importer("run", users, "--json")
    assert ended.code == ended.json["exit_code"] == 5
    assert "Freedom Pay" in ended.json["message"]
    found = read_rows(tmp_path / "users.result.csv")
    sent = [row for row in found if row["import_status"] != "not_sent"]
    assert REPEATED_IDS_THAT_END < len(sent) <= REPEATED_IDS_THAT_END + AT_ONCE
    assert {row["import_status"] for row in sent} == {"unconfirmed"}
    assert {row["import_error_code"] for row in sent} == {CODE}
    assert not any(row["freedom_id"] for row in found)
    assert sum("(row " in row["import_error"] for row in sent) >= 2, "the first two name each other"
    run = ended.json["run"]
    assert importer("report", run, "--json").json["exit_code"] == 5
    verified = importer("verify", run)
    assert verified.code == 5
    assert CODE in verified.err
    sandbox.set(repeat_id_share=0.0)
    resumed = importer("run", users, "--json")
    assert resumed.code == 5, "what was repeated stays so"
    assert resumed.json["statuses"]["created"] == 60 - len(sent)
    assert resumed.json["statuses"]["unconfirmed"] == len(sent)


def test_an_id_of_an_earlier_run_is_taken_back_from_both_and_the_earlier_run_says_so(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    first, second = (
        write_users(tmp_path / f"{name}.csv", [phone]) for name, phone in (("a", PHONES[0]), ("b", PHONES[1]))
    )
    one = importer("run", first, "--json")
    assert one.code == 0
    sandbox.set(repeat_id_share=1.0)
    two = importer("run", second, "--json")
    assert (two.code, two.json["statuses"]["unconfirmed"]) == (5, 1)
    assert one.json["run"] in read_rows(tmp_path / "b.result.csv")[0]["import_error"]
    assert importer("verify", one.json["run"]).code == 5
    reported = importer("report", one.json["run"], "--json")
    assert (reported.code, reported.json["statuses"]["unconfirmed"]) == (5, 1)
    assert CODE in importer("verify", one.json["run"]).err
    sandbox.set(repeat_id_share=0.0)
    again = importer("run", write_users(tmp_path / "c.csv", PHONES[:2]), "--json")
    assert again.json["statuses"]["unconfirmed"] == 2, "neither phone has an ID in the ledger, both are in doubt"


class Telling(BaseHTTPRequestHandler):
    """Answers each user with the next of the answers in line."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[list[tuple[int, object]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, content = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def telling(*answers: tuple[int, object]) -> Iterator[str]:
    Telling.answers = list(answers)
    with ThreadingHTTPServer(("127.0.0.1", 0), Telling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


ID, OTHER = "eeca9287-d824-4f50-928b-450d2e46f874", "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("answers", "statuses"),
    [
        ([(200, {"freedom_id": ID}), (200, {"freedom_id": ID.upper()})], ["unconfirmed", "unconfirmed"]),
        ([(200, {"freedom_id": ID}), (409, {"error": {"message": "exists", "freedom_id": ID}})], ["unconfirmed"] * 2),
        ([(409, {"freedom_id": ID, "error": "exists"})], ["unconfirmed"] * 2),
        ([(200, {"freedom_id": NIL}), (200, {"data": {"freedom_id": ID}})], ["unconfirmed", "created"]),
        (
            [(409, {"freedom_id": NIL, "error": "exists"}), (409, {"freedom_id": NIL, "error": "exists"})],
            ["exists", "exists"],
        ),
        ([(200, {"freedom_id": ID}), (409, {"freedom_id": OTHER, "error": "exists"})], ["created", "exists"]),
    ],
)
def test_whose_an_id_cannot_be_is_unconfirmed_however_it_is_told(
    importer: Commands, tmp_path: Path, answers: list[tuple[int, object]], statuses: list[str]
) -> None:
    with telling(*answers) as url:
        users = write_users(tmp_path / "users.csv", PHONES[:2])
        ended = importer(
            "run", users, "--concurrency", "1", "--json", FREEDOM_ID_URL=url, FREEDOM_ID_TOKEN="t0ken-of-test"
        )
    found = read_rows(tmp_path / "users.result.csv")
    assert sorted(row["import_status"] for row in found) == sorted(statuses)
    assert ended.code == (
        5 if "unconfirmed" in statuses else 0 if "created" in statuses and "exists" in statuses else 1
    )
    for row in found:
        assert (row["import_error_code"] == CODE) is (row["import_status"] == "unconfirmed")
    ids = [row["freedom_id"] for row in found if row["freedom_id"]]
    assert len(ids) == len(set(ids))


def test_an_id_told_with_already_exists_is_compared_with_those_that_earlier_runs_were_told(
    importer: Commands, tmp_path: Path
) -> None:
    phones = {"a": PHONES[0], "b": PHONES[0], "c": PHONES[1]}
    one, same, two = (write_users(tmp_path / f"{name}.csv", [phone]) for name, phone in phones.items())
    taken = (409, {"error": {"message": "exists", "freedom_id": ID}})
    with telling(taken) as url:
        environ = {"FREEDOM_ID_URL": url, "FREEDOM_ID_TOKEN": "t0ken-of-test"}
        first = importer("run", one, "--json", **environ)
        again = importer("run", same, "--map", "phone=phone", "--json", **environ)
        assert [ended.json["statuses"]["exists"] for ended in (first, again)] == [1, 1], "the same phone again"
        assert [ended.code for ended in (first, again)] == [0, 0]
        ended = importer("run", two, "--json", **environ)
    assert (ended.code, ended.json["statuses"]["unconfirmed"]) == (5, 1)
    assert first.json["run"] in read_rows(tmp_path / "c.result.csv")[0]["import_error"]
    for earlier in (first, again):
        reported = importer("report", earlier.json["run"], "--json")
        assert (reported.code, reported.json["statuses"]["unconfirmed"]) == (5, 1)


def test_a_night_that_only_repeated_a_user_says_so_too_when_its_id_is_taken_back(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", write_users(tmp_path / "a.csv", PHONES[:2]))
    night = importer("run", write_users(tmp_path / "b.csv", PHONES[:2], firstname=["Ann", "Eve"]), "--json")
    assert (night.code, night.json["statuses"]["already_imported"]) == (0, 2)
    sandbox.set(repeat_id_share=1.0)
    assert importer("run", write_users(tmp_path / "c.csv", PHONES[2:3])).code == 5
    reported = importer("report", night.json["run"], "--json", "-o", tmp_path / "again.csv")
    assert (reported.code, reported.json["statuses"]["unconfirmed"]) == (5, 1)
    rows = read_rows(tmp_path / "again.csv")
    assert sorted((row["import_status"], row["import_error_code"], bool(row["freedom_id"])) for row in rows) == [
        ("already_imported", "", True),
        ("unconfirmed", CODE, False),
    ]
    assert importer("verify", night.json["run"], tmp_path / "again.csv").code == 0


def test_ids_that_an_older_version_recorded_twice_are_found_when_the_file_comes_again(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    from importer.journal import Journal

    users = write_users(tmp_path / "users.csv", PHONES[:4])
    assert importer("run", users).code == 0
    with Journal.open(str(tmp_path / "home" / "journal.db")) as journal, journal.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE rows SET freedom_id = (SELECT freedom_id FROM rows WHERE row = 2) WHERE row = 3"
        )
    ended = importer("run", users, "--json")
    assert (ended.code, ended.json["statuses"]["unconfirmed"], ended.json["statuses"]["created"]) == (5, 2, 2)


def test_an_api_that_gives_the_same_phone_its_id_again_repeats_nothing() -> None:
    known = KnownIds({"of-old": b"+1"}, str.encode)
    assert not known.is_of_another("of-old", "+1")
    assert known.is_of_another("of-old", "+2")
    assert not any(known.is_of_another(f"id-{number}", f"+{number}") for number in range(RECENT))
    assert not known.is_of_another("of-old", "+3"), "memory stays flat: the oldest is forgotten"


def test_a_poisoned_id_ends_the_run_after_three_answers_and_nobodys_ids_count() -> None:
    def fault(_api: FakeApi, body: dict[str, str]) -> Answer | None:
        return (
            Answer(AnswerKind.CREATED, next(iter(NOBODYS_IDS)), http_status=200) if body["phone"][-1] in "37" else None
        )

    made = create(rows(200), FakeApi(fault=fault), concurrency=1)
    assert made.statuses()["unconfirmed"] == REPEATED_IDS_THAT_END
    assert "unconfirmed" in str(made.error)


def test_while_the_disk_takes_its_time_nothing_is_sent_after_the_third_repeat() -> None:
    class SlowWriter(MemoryWriter):
        async def finished(self, row: int, outcome: Outcome) -> None:
            await asyncio.sleep(12.0)  # longer than what is on its way may take to end
            await super().finished(row, outcome)

    api = FakeApi(latency=0.02, fault=lambda _api, _body: Answer(AnswerKind.CREATED, "one", http_status=200))
    made = create(rows(500), api, writer=SlowWriter(), concurrency=32)
    assert len(api.requests) <= REPEATED_IDS_THAT_END + AT_ONCE
    assert "FreedomIDs that other phones have" in str(made.error)


class Late(socketserver.BaseRequestHandler):
    """Answers the first request of each connection; then comes an answer that nobody asked for."""

    def handle(self) -> None:
        while b"phone" not in (asked := self.request.recv(65_536)):
            if not asked:
                return
        for pause in (0.0, 0.05):
            time.sleep(pause)
            body = json.dumps({"freedom_id": str(uuid.uuid4())}).encode()
            self.request.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        while self.request.recv(65_536):
            pass


def test_ids_recorded_before_an_answer_that_nobody_asked_for_are_taken_back(importer: Commands, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", PHONES[:6])
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Late) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environ = {
            "FREEDOM_ID_URL": f"http://127.0.0.1:{server.server_address[1]}",
            "FREEDOM_ID_TOKEN": "t0ken-of-test",
        }
        ended = importer("run", users, "--rate", "8", "--json", **environ)
        server.shutdown()
    found = read_rows(tmp_path / "users.result.csv")
    taken = [row for row in found if row["import_status"] == "unconfirmed"]
    assert taken
    assert {row["import_error_code"] for row in taken} == {"freedom_id_doubtful"}
    assert ended.code == 1
    assert importer("verify", ended.json["run"]).code == 0


def test_an_output_from_before_an_id_was_repeated_stays_and_the_new_one_stands_beside_it(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "r.csv", [*PHONES[:4], "12"])
    assert importer("run", users).code == 1
    before = {path.name: path.read_bytes() for path in tmp_path.glob("r.re*")}
    assert {"r.result.csv", "r.rejected.csv", "r.rejected.xlsx", "r.result.csv.manifest.json"} == set(before)
    write_users(users, [*PHONES[:4], "12", PHONES[4]])
    sandbox.set(repeat_id_share=1.0)
    ended = importer("run", users, "--json")
    assert ended.code == 5
    assert ended.json["output"] == str(tmp_path / "r.result.2.csv")
    assert ended.json["rejected"] == str(tmp_path / "r.rejected.2.csv")
    assert "r.result.csv was written before that; the output becomes r.result.2.csv" in ended.err
    assert sorted(row["import_status"] for row in read_rows(tmp_path / "r.result.2.csv")).count("unconfirmed") == 2
    for again in (("report", "latest"), ("run", users)):
        assert importer(*again).code == 5
    assert {path.name: path.read_bytes() for path in tmp_path.glob("r.re*") if ".2." not in path.name} == before
    told = json.loads((tmp_path / "r.result.2.csv.manifest.json").read_bytes())
    assert (told["exit_code"], told["output"]["name"]) == (5, "r.result.2.csv")


def test_a_run_from_which_a_later_one_took_an_id_keeps_the_output_that_it_ended_with(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    first, second = (write_users(tmp_path / f"{name}.csv", [PHONES[at]]) for at, name in enumerate("ab"))
    one = importer("run", first, "--json")
    before = (tmp_path / "a.result.csv").read_bytes()
    sandbox.set(repeat_id_share=1.0)
    importer("run", second)
    assert read_rows(tmp_path / "b.result.csv")[0]["import_status"] == "unconfirmed", "nothing stood there before"
    for _ in range(2):
        assert importer("report", one.json["run"]).code == 5
    assert (tmp_path / "a.result.csv").read_bytes() == before
    assert read_rows(tmp_path / "a.result.2.csv")[0]["import_error_code"] == CODE
    assert not (tmp_path / "a.result.3.csv").exists()
