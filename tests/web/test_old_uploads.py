"""Uploads that nobody touched for the days of retention are removed with all that was made of them."""

import os
import time

import pytest

from importer.web.old_uploads import old_uploads, remove_old_uploads

USERS = b"phone,firstname\n+77010000001,Anna\n"


@pytest.fixture
def served(serve):
    return serve(settings={"retention_days": 30})


def grow_old(folder, days):
    then = time.time() - days * 86_400
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def test_old_uploads_go_when_another_one_comes_and_younger_or_corrected_ones_stay(served):
    anna, site = served.client(), served.site
    for name in ("old.csv", "corrected.csv", "young.csv"):
        anna.upload(name, USERS)
    uploads = {one.name: one for one in site.uploads.all()}
    with site.database.writing() as db:
        db.execute("UPDATE uploads SET at = at - 40 * 86400 WHERE name != 'young.csv'")
    grow_old(uploads["old.csv"].folder, 40)
    job = site.jobs.start("Anna", "report", site.settings, upload=uploads["old.csv"].id, run="none")
    while job.is_alive:
        time.sleep(0.05)
    assert [one.name for one in old_uploads(site, 30)] == ["old.csv"]

    assert remove_old_uploads(site, None) == 0
    anna.upload("new.csv", USERS)
    assert [one.name for one in site.uploads.all()] == ["corrected.csv", "young.csv", "new.csv"]
    assert not uploads["old.csv"].folder.exists()
    assert not job.folder.exists()
    assert anna.get(f"{uploads['old.csv'].address}/check").status_code == 404
