"""What each sample file gives."""

import shutil
import subprocess
import sys

import pytest
from support.commands import SAMPLES, read_rows


@pytest.fixture
def sample(tmp_path):
    def take(name):
        return shutil.copy(SAMPLES / name, tmp_path / name)

    return take


@pytest.mark.parametrize("name", ["users.csv", "users.xlsx"])
def test_the_clean_files_need_nothing(importer, sandbox, sample, name):
    ended = importer("run", sample(name), "--json")
    assert ended.code == 0
    assert ended.json["statuses"]["created"] == 20
    assert not ended.json["rejected"]
    assert not ended.json["causes"]


def test_the_legacy_crm_shows_every_kind_of_error_duplicate_and_warning(importer, sandbox, sample, tmp_path):
    ended = importer("run", sample("legacy_crm.csv"), "--json")
    assert ended.code == 1
    statuses = {status: count for status, count in ended.json["statuses"].items() if count}
    assert statuses == {"created": 183, "invalid": 15, "duplicate": 2}
    assert {cause["code"]: cause["count"] for cause in ended.json["causes"]} == {
        "phone_missing": 3,
        "phone_placeholder": 1,
        "phone_pattern": 1,
        "phone_trunk_prefix": 1,
        "cell_digits_lost": 1,
        "phone_duplicate": 2,
        "email_format": 1,
        "email_dead_domain": 1,
        "email_letters": 1,
        "date_of_birth_calendar": 2,
        "date_of_birth_future": 1,
        "gender_number": 1,
        "country_unknown": 1,
        "country_number": 1,
    }
    rows = read_rows(tmp_path / "legacy_crm.result.csv", "cp1251", ";")
    assert len(rows) == 200
    bodies = {user["freedom_id"]: user["body"] for user in sandbox.users()}
    sent = {row["Код клиента"]: bodies[row["freedom_id"]] for row in rows if row["freedom_id"]}
    assert sent["К-005026"]["phone"].startswith("+7")
    assert sent["К-005059"]["date_of_birth"] == "1999-12-31"
    assert sent["К-005062"]["date_of_birth"] == "1985-05-12"
    assert sent["К-005080"]["country"] == "RUS"
    assert sent["К-005083"]["country"] == "KGZ"
    assert "К-005086" not in sent  # 398 in a column of names may be a dialling code
    assert sent["К-005089"]["lastname"] == "Null"
    assert sent["К-005092"]["firstname"] == "=1+1"
    assert sent["К-005110"]["phone"] == "+442079460958"
    written = {row["Код клиента"]: row for row in rows}
    assert written["К-005092"]["Имя"] == "'=1+1"
    assert written["К-005107"]["Примечание"] == "первая строка\nвторая строка"
    assert "stands in another row" in written["К-005044"]["import_note"]


def test_the_ops_workbook_is_read_below_its_banner_on_its_second_sheet(importer, sandbox, sample):
    ended = importer("run", sample("ops_clients.xlsx"), "--json")
    assert ended.code == 1
    assert ended.json["statuses"]["created"] == 10
    assert {cause["code"]: cause["first_rows"] for cause in ended.json["causes"]} == {
        "country_unknown": [11],
        "date_of_birth_calendar": [8],
    }


def test_the_second_night_sends_only_the_new_rows(importer, sandbox, sample, tmp_path):
    assert importer("run", sample("nightly_yesterday.csv")).code == 0
    ended = importer("run", sample("nightly_today.csv"), "--json")
    assert ended.code == 0
    assert ended.json["statuses"]["already_imported"] == 15
    assert ended.json["statuses"]["created"] == 5
    assert sandbox.stats()["requests"] == 20
    ids = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    rows = read_rows(tmp_path / "nightly_today.result.csv")
    assert [row["freedom_id"] for row in rows] == [ids[row["phone"]] for row in rows]


def test_the_samples_are_what_their_maker_makes(tmp_path):
    shutil.copy(SAMPLES / "make_samples.py", tmp_path)
    subprocess.run([sys.executable, tmp_path / "make_samples.py"], check=True)
    for path in SAMPLES.glob("*.csv"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
