"""Runs started from the page, on real processes: they outlive the server, and obey whoever asks them to wait."""

import re

import pytest
from support.commands import importer, read_rows, sandbox, write_users
from web.ops_page import Person, Server, until, upload_checked

from importer.journal import Journal

__all__ = ["importer", "sandbox"]

PHONES = [f"+7701000{number:04d}" for number in range(1, 401)]


@pytest.fixture
def serve(sandbox, tmp_path):
    """Starts the server; what is left at the end is killed."""
    started = []
    environ = {"FREEDOM_ID_URL": sandbox.url, "FREEDOM_ID_TOKEN": sandbox.token}

    def begun(*options):
        started.append(Server(tmp_path / "home", *options, **environ))
        return started[-1]

    yield begun
    for server in started:
        server.kill()


def journal_of(tmp_path):
    return Journal.open(str(tmp_path / "home" / "journal.db"), read_only=True)


def test_after_kill_9_of_the_server_the_import_goes_on_and_the_next_server_shows_it(importer, sandbox, serve, tmp_path):
    sandbox.set(latency=3000.0)
    users = write_users(tmp_path / "users.csv", [*PHONES, "bad"])
    server = serve()
    person = Person(server).with_key(server)
    upload = upload_checked(tmp_path / "home", "operator", users, {"not_sent": 400, "invalid": 1})
    page = person.look(f"/files/{upload}/import").text
    assert "400 people will be created" in page
    person.send(f"/files/{upload}/import", how="all")
    until(lambda: sandbox.stats()["requests"] > 20)

    server.kill()
    seen = sandbox.stats()["requests"]
    until(lambda: sandbox.stats()["requests"] > seen)
    server = serve()
    person = Person(server).with_key(server)
    page = until(lambda: "people done" in (text := person.look(f"/files/{upload}/import").text) and text)
    assert 'id="pause"' in page
    assert "data-live" in page
    assert '<noscript><meta http-equiv="refresh"' in page

    person.send(f"/files/{upload}/import/pause")
    until(lambda: "Paused by operator" in person.look(f"/files/{upload}/import").text)
    assert " paused " in importer("runs").out
    sandbox.set(latency=0.0)
    assert "goes on" in importer("resume", "latest").out
    page = until(lambda: "have a FreedomID" in (text := person.look(f"/files/{upload}/result").text) and text)
    assert "400 of 401 people have a FreedomID" in page
    assert len(sandbox.users()) == sandbox.stats()["requests"] == 400

    result = person.look(re.search(r'href="(/history/\w+/files/result)"', page)[1])
    assert result.headers["content-disposition"].startswith("attachment")
    (tmp_path / "taken.csv").write_bytes(result.content)
    rows = read_rows(tmp_path / "taken.csv")
    assert [row["import_status"] for row in rows] == ["created"] * 400 + ["invalid"]
    person.look("/history")
    history = person.look("/history?place=page&q=users").text
    assert "users.csv" in history
    assert "finished" in history
    mended = person.send(re.search(r'action="(/history/\w+/correct)"', page)[1])
    assert re.search(r"/files/\w+/check$", str(mended.url))


def test_what_was_ended_with_the_server_is_taken_up_at_its_next_start_and_what_a_person_stopped_is_not(
    sandbox, serve, tmp_path
):
    import os
    import signal

    sandbox.set(latency=3000.0)
    users = write_users(tmp_path / "users.csv", PHONES)
    server = serve()
    person = Person(server).with_key(server)
    upload = upload_checked(tmp_path / "home", "operator", users, {"not_sent": 400})
    person.look(f"/files/{upload}/import")
    person.send(f"/files/{upload}/import", how="all")
    until(lambda: sandbox.stats()["requests"] > 20)
    server.kill()
    for job in (tmp_path / "home" / "web" / "jobs").iterdir():
        os.kill(int((job / "pid").read_text()), signal.SIGKILL)

    server = serve()
    person = Person(server).with_key(server)
    seen = sandbox.stats()["requests"]
    until(lambda: sandbox.stats()["requests"] > seen)
    person.send(f"/files/{upload}/import/stop")
    page = until(lambda: 'id="go-on"' in (text := person.look(f"/files/{upload}/import").text) and text)
    assert "nobody works on it" in page
    server.kill()

    seen = sandbox.stats()["requests"]
    server = serve()
    assert "0 taken up" in server.log.read_text().splitlines()[-1] or "0 taken up" in server.log.read_text()
    assert sandbox.stats()["requests"] == seen < 400
    person = Person(server).with_key(server)
    sandbox.set(latency=0.0)
    person.look(f"/files/{upload}/import")
    person.send(f"/files/{upload}/import/go-on")
    until(lambda: "400 of 400 people have a FreedomID" in person.look(f"/files/{upload}/result").text)
    assert len(sandbox.users()) == 400
    with journal_of(tmp_path) as journal:
        assert journal.counts(journal.runs()[0].id) == {"created": 400}
