"""The forecast of ``validate``: what the ledger knows is counted as the plan would find it, without reading twice."""

import pytest
from support.commands import read_rows, write_users

from importer import Watch, load, validate
from importer.errors import Interrupted

CREATED = ["+77010000001", "+77010000002", "+77010000003"]
ASKED = [*CREATED, CREATED[0], "bad", "+77010000009", "+12025550123", "+77010000009"]


@pytest.fixture
def users(importer, sandbox, tmp_path):
    """A file some of whose phones an earlier run created on the sandbox."""
    assert importer("run", write_users(tmp_path / "earlier.csv", CREATED)).code == 0
    return write_users(tmp_path / "users.csv", ASKED)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("first", {"already_imported": 3, "not_sent": 2, "duplicate": 2, "invalid": 1}),
        ("none", {"already_imported": 2, "not_sent": 1, "duplicate": 4, "invalid": 1}),
    ],
)
def test_the_forecast_is_what_the_checked_file_says(importer, users, tmp_path, policy, expected):
    forecast = importer("validate", users, "--duplicates", policy, "--json").json["statuses"]
    assert {status: count for status, count in forecast.items() if count} == expected
    importer("validate", users, "--duplicates", policy, "-o", tmp_path / "checked.csv")
    written = [row["import_status"] for row in read_rows(tmp_path / "checked.csv")]
    assert {status: written.count(status) for status in set(written)} == expected


def test_a_phone_known_to_another_api_is_not_known(importer, users):
    statuses = importer("validate", users, "--json", FREEDOM_ID_URL="https://api.example").json["statuses"]
    assert (statuses["already_imported"], statuses["not_sent"]) == (0, 5)


def test_a_phone_with_a_zero_behind_its_plus_repeats_none_without_it(importer, tmp_path):
    users = write_users(tmp_path / "users.csv", ["+012025550123", "+12025550123"])
    assert importer("validate", users, "--json").json["statuses"]["duplicate"] == 0


def test_a_damaged_journal_is_told_after_a_file_that_is_refused(importer, users, tmp_path):
    journal = tmp_path / "home" / "journal.db"
    journal.write_bytes(b"\xff" * 8_000)
    assert importer("validate", users).code == 5
    assert importer("validate", users, "--max-invalid", "0").code == 3


def test_the_look_through_the_ledger_ends_when_asked_to(users, tmp_path, sandbox):
    class Impatient(Watch):
        def began(self, step, total=None):
            if step == "planning":
                self.interrupt()

    with pytest.raises(Interrupted):
        validate(users, load({"home": tmp_path / "home"}), Impatient())


def test_the_preview_shows_only_rows_that_would_be_sent(importer, users, tmp_path):
    """Neither a duplicate nor a phone that is imported already, wherever the first new row stands."""
    assert [row["phone"] for row in importer("validate", users, "--json").json["preview"]] == [
        "+7701•••••09",
        "+1202•••••23",
    ]
    none = importer("validate", users, "--duplicates", "none", "--json").json["preview"]
    assert [row["phone"] for row in none] == ["+1202•••••23"]
    far = write_users(tmp_path / "far.csv", [*CREATED * 2_000, "+77019999999"])
    assert [row["row"] for row in importer("validate", far, "--json").json["preview"]] == [6002]
    assert importer("validate", write_users(tmp_path / "old.csv", CREATED), "--json").json["preview"] == []


def test_the_summary_tells_what_was_created_now_from_what_was_created_before(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", ASKED)
    first = importer("run", users, "--limit", "2")
    assert "2  created           new FreedomID\n" in first.out
    second = importer("run", users)
    assert "5  created           new FreedomID: 3 now, 2 by an earlier command of this run" in second.out
    again = importer("run", users)
    assert "5  created           new FreedomID: 0 now, 5 by an earlier command of this run" in again.out
    assert importer("run", users, "--json").json["created_before"] == 5


@pytest.mark.parametrize("field", ["lastname", "identifier"])
def test_a_text_far_longer_than_any_persons_is_refused_with_the_limit_and_the_preview_is_bounded(
    importer, sandbox, tmp_path, field
):
    limit = 100 if field == "identifier" else 200
    cells = ["w" * limit, "w" * (limit + 1), "ш" * 100_000]
    users = write_users(tmp_path / "users.csv", CREATED, **{field: cells})
    ended = importer("validate", users, "--show-values", "--json")
    assert (ended.json["statuses"]["not_sent"], ended.json["statuses"]["invalid"]) == (1, 2)
    assert len(ended.out) < 10_000
    assert ended.json["preview"][0][field] == f"{'w' * 60}… ({limit} characters)"
    importer("run", users)
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["import_error_code"] for row in rows] == ["", f"{field}_too_long", f"{field}_too_long"]
    assert f"has more than {limit} characters, a limit of this program" in rows[2]["import_error"]
    assert len(rows[2]["import_error"]) < 500
