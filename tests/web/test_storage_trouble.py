"""What cannot be read or saved is told for what it is: not every trouble is a full disk."""

import sqlite3

import pytest

from importer.errors import StorageFailed
from importer.web import database
from importer.web.storage_trouble import trouble_of


@pytest.fixture
def draft(page):
    """Somebody, the address of an upload, and the file of what was found in it and corrected."""
    person = page.client()
    address = person.upload("a.csv", "phone,country\n+77010000001,KAZ\n+77010000002,QQ\n")
    return person, address, page.site.uploads.folder / address.rpartition("/")[2] / "draft.db"


def test_what_is_damaged_is_to_be_uploaded_again_and_no_disk_is_blamed(page, draft):
    person, address, path = draft
    for beside in path.parent.glob("draft.db-*"):
        beside.unlink()
    path.write_bytes(b"x" * 8192)
    told = person.get(f"{address}/check").text
    assert "is damaged. Upload the file again" in told
    assert "its disk" not in told
    assert str(page.site.folder) not in told


def test_what_somebody_else_changes_just_now_is_to_be_tried_again(page, draft, monkeypatch):
    person, address, path = draft
    person.get(f"{address}/check")
    csrf = person.csrf
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    sent = {"csrf": csrf, "code": "country_unknown", "field": "country", "value": "QQ", "text": "KAZ"}
    answer = person.http.post(f"{address}/value", data=sent)
    other.close()
    assert answer.status_code == 503
    assert "by somebody else just now" in answer.text
    assert "its disk" not in answer.text


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (OSError(28, "No space left on device"), "no-room"),
        (PermissionError(13, "Permission denied"), "storage"),
        (None, "storage"),
    ],
)
def test_a_file_is_told_by_what_the_system_said_of_it(cause, expected):
    failure = StorageFailed("x")
    failure.__cause__ = StorageFailed("y")
    failure.__cause__.__cause__ = cause
    assert trouble_of(failure) == expected
