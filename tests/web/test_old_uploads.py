"""Uploads that nobody touched for the days of retention are removed with all that was made of them."""

import os
import time
from contextlib import contextmanager, suppress

import pytest
from web.ops_page import until

from importer.web.records.job_process import at_rest
from importer.web.uploads.old_uploads import old_uploads, remove_old_uploads

USERS = b"phone,firstname\n+77010000001,Anna\n"


@pytest.fixture
def served(serve):
    return serve(settings={"retention_days": 30})


def grow_old(folder, days=40):
    then = time.time() - days * 86_400
    for path in [*folder.rglob("*"), folder]:
        with suppress(FileNotFoundError):  # a draft's log comes and goes
            os.utime(path, (then, then))


def ended(job):
    """A job whose process has ended."""
    until(lambda: not job.is_alive)
    return job


def test_old_uploads_go_when_another_one_comes_and_younger_or_corrected_ones_stay(served):
    anna, site = served.client(), served.site
    for name in ("old.csv", "corrected.csv", "young.csv"):
        anna.settled(f"{anna.upload(name, USERS)}/file")  # what is found out about it is written by then
    uploads = {one.name: one for one in site.uploads.all()}
    with site.database.writing() as db:
        db.execute("UPDATE uploads SET at = at - 40 * 86400 WHERE name != 'young.csv'")
    grow_old(uploads["old.csv"].folder)
    job = ended(site.jobs.start("Anna", "report", site.settings, upload=uploads["old.csv"].id, run="none"))
    assert [one.name for one in old_uploads(site, 30)] == ["old.csv"]

    assert remove_old_uploads(site, None) == 0
    anna.upload("new.csv", USERS)
    assert [one.name for one in site.uploads.all()] == ["corrected.csv", "young.csv", "new.csv"]
    assert not uploads["old.csv"].folder.exists()
    assert not job.folder.exists()
    assert anna.get(f"{uploads['old.csv'].address}/check").status_code == 404


def test_what_is_being_imported_stays_however_old_and_what_was_made_again_of_a_run_goes(served):
    anna, site = served.client(), served.site
    anna.settled(f"{anna.upload('old.csv', USERS)}/file")
    (upload,) = site.uploads.all()
    with site.database.writing() as db:
        db.execute("UPDATE uploads SET at = at - 40 * 86400")
    grow_old(upload.folder)
    job = ended(site.jobs.start("Anna", "import", site.settings, input_=upload.path, upload=upload.id))
    made = site.folder / "results" / "0123456789ab"
    made.mkdir(parents=True)
    (made / "users.result.csv").write_text("Anna", encoding="utf-8")
    again = ended(site.jobs.start("Anna", "report", site.settings, input_=made / "users.csv", run=made.name))

    with job_at_work(job):
        assert remove_old_uploads(site, 30) == 0
    assert upload.path.is_file()
    assert job.folder.is_dir()
    assert made.is_dir()

    grow_old(made)
    assert remove_old_uploads(site, 30) == 1
    assert not any(each.exists() for each in (upload.folder, job.folder, made, again.folder))
    assert not again.is_alive
    assert not site.jobs.imports()


@contextmanager
def job_at_work(job):
    """As while its process is there: the lock is held by somebody else."""
    with at_rest(job.folder) as rests:
        assert rests
        yield
