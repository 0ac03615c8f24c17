"""Runs started from the page, on real processes: they outlive the server, and obey whoever asks them to wait."""

import json
import os
import re
import signal
import stat
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.commands import importer, read_rows, sandbox, write_users
from web.ops_page import Person, Server, until

from importer.creating.progress_record import Standing, standing_of
from importer.journal import Journal
from importer.messages.kept_sentences import MARK
from importer.settings import load
from importer.web.imports.restarted_jobs import take_up
from importer.web.imports.run_view import RunView, Stage, _live, view_of_job
from importer.web.records.job_process import launch
from importer.web.screens.import_screen import act
from importer.web.site import Site

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


def test_after_kill_9_of_the_server_the_import_goes_on_and_the_next_server_shows_it(importer, sandbox, serve, tmp_path):
    sandbox.set(latency=3000.0)
    users = write_users(tmp_path / "users.csv", [*PHONES, "bad"])
    (tmp_path / "metrics.token").write_text("a-token-of-prometheus")
    server = serve("--metrics-token-file", tmp_path / "metrics.token")
    assert stat.S_IMODE((tmp_path / "home" / "web" / "address").stat().st_mode) == 0o600
    person = Person(server).with_key(server)
    upload = person.upload(users)
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
    assert "freedom_id_importer_job_processes 1.0" in person.look("/metrics").text
    assert "data-live" in page
    assert '<noscript><meta http-equiv="refresh"' in page

    person.send(f"/files/{upload}/import/pause")
    until(lambda: "Paused by operator" in person.look(f"/files/{upload}/import").text)
    assert " paused " in importer("runs").out
    sandbox.set(latency=0.0)
    assert "goes on" in importer("resume", "latest").out
    page = until(lambda: "/files/result" in (text := person.look(f"/files/{upload}/result").text) and text)
    assert "400 of 401 people have a FreedomID" in page
    assert len(sandbox.users()) == sandbox.stats()["requests"] == 400

    told = person.look("/metrics").text  # the process counted its end, whichever server had started it
    assert 'freedom_id_importer_rows_total{source="page",status="created"} 400.0' in told
    assert 'freedom_id_importer_runs{state="finished"} 1.0' in told
    assert 'freedom_id_importer_journal_rows{status="invalid"} 1.0' in told

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


@pytest.fixture
def site(sandbox, tmp_path):
    flags = {"url": sandbox.url, "token_file": tmp_path / "token", "home": tmp_path / "home"}
    (tmp_path / "token").write_text(sandbox.token)
    (tmp_path / "token").chmod(0o600)
    return Site(load(flags, look_around=False))


def test_what_was_ended_with_the_server_is_taken_up_at_its_next_start_and_what_a_person_stopped_is_not(
    sandbox, site, tmp_path
):
    sandbox.set(latency=3000.0)
    users = write_users(tmp_path / "users.csv", PHONES)
    site.jobs.start("Aigerim", "import", site.settings, input_=users, upload="u" * 16)
    job = site.jobs.imports()[0]
    until(lambda: sandbox.stats()["requests"] > 20)
    assert take_up(site) == 0  # it is at work
    os.kill(int((job.folder / "pid").read_text()), signal.SIGKILL)
    until(lambda: not job.is_alive)
    view = view_of_job(site, job)
    assert view.stage is Stage.WAITS
    assert view.total == 400

    assert take_up(site) == 1
    until(lambda: view_of_job(site, job).stage is Stage.SENDING)
    act(site, view_of_job(site, job), "stop", "Aigerim")
    assert view_of_job(site, site.jobs.imports()[0]).stage in {Stage.STOPPING, Stage.WAITS}
    until(lambda: not job.is_alive)
    assert job.summary["exit_code"] == 4
    assert take_up(site) == 0

    sandbox.set(latency=0.0)
    act(site, view_of_job(site, site.jobs.imports()[0]), "go-on", "Aigerim")
    until(lambda: view_of_job(site, site.jobs.imports()[0]).stage is Stage.FINISHED)
    view = view_of_job(site, site.jobs.imports()[0])
    in_doubt = view.counts.get("unconfirmed", 0)  # their answers were lost with the process
    assert (view.counts["created"] + in_doubt, view.total) == (400, 400)
    assert in_doubt <= 32
    assert len(sandbox.users()) == 400
    assert sandbox.token not in "".join(path.read_text() for path in job.folder.iterdir())
    for path in (*job.folder.iterdir(), site.folder / "web.db"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def told_to(job: Path, **changes: object) -> None:
    """What a job is to do, changed."""
    told = json.loads((job / "job.json").read_text())
    (job / "job.json").write_text(json.dumps(told | changes))


@pytest.mark.parametrize(
    ("spoil", "code", "told"),
    [
        (lambda token, _job: token.unlink(), 2, "token"),
        (lambda _token, job: told_to(job, settings={"region": "Nowhere"}), 2, f"{MARK}{{"),
        (lambda _token, job: (job / "job.json").write_text("{}"), 70, "a defect of the importer (KeyError)"),
    ],
)
def test_what_ends_a_job_before_its_work_begins_is_said_on_the_page_and_not_tried_again_at_the_next_start(
    site, tmp_path, monkeypatch, spoil, code, told
):
    users = write_users(tmp_path / "users.csv", PHONES[:2])
    with monkeypatch.context() as held_back:
        held_back.setattr("importer.web.records.jobs.launch", lambda _folder: True)
        job = site.jobs.start("Aigerim", "import", site.settings, input_=users, upload="u" * 16)
    spoil(tmp_path / "token", job.folder)
    launch(job.folder)
    until(lambda: not job.is_alive)
    assert job.summary["exit_code"] == code
    view = view_of_job(site, job)
    assert view.stage is Stage.REFUSED
    assert told in view.message
    assert take_up(site) == 0


@pytest.mark.parametrize(("settings", "code"), [({}, 1), ({"region": "Nowhere"}, 2)])
def test_what_cannot_be_written_of_a_jobs_end_changes_neither_its_exit_code_nor_its_summary(
    importer, site, tmp_path, monkeypatch, settings, code
):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda _folder: True)
    users = write_users(tmp_path / "users.csv", [*PHONES[:2], "bad"])
    job = site.jobs.start("Aigerim", "import", site.settings, input_=users, upload="u" * 16)
    told_to(job.folder, settings=json.loads((job.folder / "job.json").read_text())["settings"] | settings)
    (job.folder / "message.new").mkdir()  # the disk takes neither message nor counters
    (site.folder / "metrics.lock").mkdir()
    ended = importer("page-job", job.folder, IMPORTER_JSON="1")
    assert ended.code == code, ended.err
    assert ended.json["exit_code"] == code


def test_a_job_that_was_refused_says_so_though_somebody_else_imports_its_file(sandbox, site, tmp_path, monkeypatch):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda _folder: True)
    job = site.jobs.start("Aigerim", "import", site.settings, input_=tmp_path / "users.csv", upload="u" * 16)
    with Journal.open(site.settings.journal_location) as journal:
        journal.create_run("ab" * 32, sandbox.url, "a", "cd" * 32, {"input": job.input})
    (job.folder / "summary.json").write_text('{"exit_code": 2, "message": "no token"}')
    view = view_of_job(site, job)
    assert (view.run, view.stage, view.message) == (None, Stage.REFUSED, "no token")


@pytest.mark.parametrize("watched", [True, False])
def test_a_job_that_met_a_defect_after_it_had_sent_belongs_to_its_run_though_its_summary_names_none(
    sandbox, site, tmp_path, monkeypatch, watched
):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda _folder: True)
    job = site.jobs.start("Aigerim", "import", site.settings, input_=tmp_path / "users.csv", upload="u" * 16)
    with Journal.open(site.settings.journal_location) as journal:
        run = journal.create_run("ab" * 32, sandbox.url, "a", "cd" * 32, {"input": job.input})
    if watched:
        job = site.jobs.known_run(job, run.id)
    (job.folder / "summary.json").write_text('{"exit_code": 70, "message": "a defect"}')
    view = view_of_job(site, job)
    assert (view.run.id, view.stage, view.message) == (run.id, Stage.WAITS, "a defect")
    assert take_up(site) == 0


def test_a_clock_that_is_set_back_changes_neither_which_job_is_the_newest_nor_whose_a_run_is(
    sandbox, site, tmp_path, monkeypatch
):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda folder: (folder / "pid").write_text("77"))
    clock = iter((2e9, 1e9))
    monkeypatch.setattr("importer.web.records.jobs.time", SimpleNamespace(time=lambda: next(clock)))
    jobs = [
        site.jobs.start("Aigerim", "import", site.settings, input_=tmp_path / name, upload="u" * 16) for name in "ab"
    ]
    assert site.jobs.of_upload("u" * 16).id == site.jobs.imports()[0].id == jobs[1].id
    with Journal.open(site.settings.journal_location) as journal:
        run = journal.create_run("ab" * 32, sandbox.url, "a", "cd" * 32, {"input": str(tmp_path / "a")})
        (journal.run_folder(run.id) / "progress.json").write_text('{"pid": 77, "step": "creating"}')
        assert view_of_job(site, jobs[0]).run is None, "the record of a process that is gone, and pids come again"
        with journal.lock(run.identity):
            assert view_of_job(site, jobs[0]).run == run


def test_the_pace_sinks_while_a_process_stands_still(tmp_path):
    record = tmp_path / "progress.json"
    record.write_text('{"step": "creating", "done": 300, "lasted": 40.0, "samples": [[30.0, 200], [40.0, 300]]}')
    before = time.time() - 90
    os.utime(record, (before, before))
    view = _live(RunView(Stage.PREPARING, standing=standing_of(tmp_path)), None)
    assert view.pace < 1.0


def test_the_pace_is_that_of_the_last_seconds_whatever_the_clock_says():
    standing = Standing(step="creating", done=300, lasted=40.0, samples=[(10.0, 20), (30.0, 200), (40.0, 300)])
    assert _live(RunView(Stage.PREPARING, standing=standing), None).pace == 10.0
