"""**History** says of each run what the run itself says, and whose it was also when nothing else is left of it."""

import html
import json

import pytest

from importer.journal import Journal, RunState
from importer.journal.run_requests import RunRequest, put_request
from importer.web.imports.history_list import HistoryFilter, history
from importer.web.imports.run_view import Stage

AT = "2026-05-12T10:00:00+00:00"


@pytest.fixture
def journal(page):
    with Journal.open(page.site.settings.journal_location) as opened:
        yield opened


def listed(page, **wished):
    return [(one.stage, one.place, one.who) for one in history(page.site, HistoryFilter(**wished), 1)[0]]


def begun(journal, input_):
    run = journal.create_run("ab" * 32, "an API", "clients.csv", "cd" * 32, {"input": str(input_)})
    return journal.update_run(run.id, state=RunState.RUNNING)


def test_a_run_that_was_paused_and_that_nobody_works_on_waits_to_be_continued(page, journal, monkeypatch):
    run = begun(journal, "/tmp/clients.csv")
    put_request(journal.database, run.id, RunRequest.PAUSE, "olga", AT)
    assert listed(page) == [(Stage.WAITS, "command", "")]
    assert listed(page, stage="paused") == []
    assert "waits to be continued" in page.client().get(f"/history/{run.id}").text
    monkeypatch.setattr("importer.web.imports.history_list.is_at_work", lambda _journal, _run: True)
    assert listed(page, stage="paused") == [(Stage.PAUSED, "command", "")]


def test_a_run_whose_upload_is_gone_is_still_its_owners_and_from_this_page(page, journal, monkeypatch):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda _folder: True)
    olga = page.client("olga")
    olga.upload("clients.csv", b"phone\n+77010000001\n")
    (upload,) = page.site.uploads.all()
    run = begun(journal, upload.path)
    job = page.site.jobs.start("olga", "import", page.site.settings, input_=upload.path, upload=upload.id)
    page.site.jobs.known_run(job, run.id)
    before = listed(page)
    page.site.jobs.forget(page.site.jobs.all_of_upload(upload.id))
    page.site.uploads.remove(upload)
    assert listed(page) == before == [(Stage.WAITS, "page", "olga")]
    shown = html.unescape(olga.get("/history?who=olga&place=page").text)
    assert "clients.csv" in shown
    assert "the command line</td>" not in shown


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "has not answered yet"), ("ru", "ещё не ответил"), ("kk", "әлі жауап берген жоқ")],
)
def test_an_import_whose_first_answer_is_long_in_coming_says_so(page, journal, language, told):
    run = begun(journal, "/tmp/clients.csv")
    record = journal.run_folder(run.id) / "progress.json"
    person = page.client()
    person.http.headers["accept-language"] = language
    with journal.lock(run.identity):
        for lasted, done, late in ((1.0, 0, False), (30.0, 0, True), (30.0, 1, False)):
            standing = {"step": "creating", "done": done, "lasted": lasted, "before": {"not_sent": 2}, "rate": 40.0}
            record.write_text(json.dumps(standing))
            assert (told in person.get(f"/history/{run.id}").text) is late
