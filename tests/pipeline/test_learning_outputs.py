"""What an output tells a journal that has lost its FreedomIDs: by the manifest beside it, for certain, or nothing."""

import json
import shutil
from pathlib import Path

import pytest
from support.commands import Commands, read_rows, write_users

from importer import pipeline
from importer.errors import Interrupted, StorageFailed
from importer.journal import Journal
from importer.journal.api_label import label_of
from importer.operations.learn import KnownOutputs
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import load

LOCAL, TAJIK, UZBEK = "901234567", "+992901234567", "+998901234567"
FIRST, SECOND = "+77011112233", "+77015556677"


def known(sandbox: Sandbox, *phones: str) -> dict[str, str]:
    with Journal.open(load({}).journal_location) as journal:
        return journal.known(label_of(sandbox.url), list(phones))


@pytest.fixture
def tajik(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> Path:
    """The result of a file with a number that every region reads as its own; its journal is lost."""
    users = write_users(tmp_path / "users.csv", [LOCAL])
    assert importer("run", users, "--region", "TJ").code == 0
    shutil.rmtree(tmp_path / "home")
    return tmp_path / "users.result.csv"


@pytest.fixture
def two_columns(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> Path:
    """The result of a file with two phones, the first of which was sent; its journal is lost."""
    users = tmp_path / "users.csv"
    users.write_text(f"Phone 1,Phone 2\n{FIRST},{SECOND}\n", encoding="utf-8")
    assert importer("run", users, "--map", "Phone 1=phone").code == 0
    shutil.rmtree(tmp_path / "home")
    return tmp_path / "users.result.csv"


def given_to(result: Path) -> str:
    return read_rows(result)[0]["freedom_id"]


@pytest.mark.parametrize("given", ["users.csv", "users.result.csv"])
def test_a_phone_is_learnt_as_the_result_was_made_and_not_as_this_command_reads_it(
    importer: Commands, sandbox: Sandbox, tajik: Path, given: str
) -> None:
    before = given_to(tajik)
    ended = importer("run", tajik.with_name(given), "--region", "UZ", "-o", tajik.with_name("users.result.csv"), "-v")
    if given == "users.result.csv":
        ended = importer("run", tajik, "--region", "UZ", "-o", tajik.with_name("again.csv"))
    found = known(sandbox, TAJIK, UZBEK)
    assert "1 users learnt" in ended.err
    assert found[TAJIK] == before
    assert found.get(UZBEK) != before


def test_a_phone_is_learnt_from_the_column_that_was_sent(
    importer: Commands, sandbox: Sandbox, two_columns: Path
) -> None:
    before = given_to(two_columns)
    importer("run", two_columns.with_name("users.csv"), "--map", "Phone 2=phone")
    found = known(sandbox, FIRST, SECOND)
    assert found[FIRST] == before
    assert found[SECOND] != before
    assert given_to(two_columns) == found[SECOND], "what is learnt may be replaced"


def test_learn_reads_a_result_as_it_was_made_and_refuses_other_options(
    importer: Commands, sandbox: Sandbox, tajik: Path, two_columns: Path
) -> None:
    other = importer("journal", "learn", two_columns, "--map", "Phone 2=phone")
    assert (other.code, 'column A "Phone 1"' in other.err) == (2, True)
    region = importer("journal", "learn", two_columns, "--region", "UZ")
    assert (region.code, "--region KZ" in region.err) == (2, True)
    assert importer("journal", "learn", two_columns, "--map", "Phone 1=phone", "--region", "KZ").code == 0
    assert known(sandbox, FIRST, SECOND) == {FIRST: given_to(two_columns)}


def test_learn_takes_a_moved_result_as_the_command_says(importer: Commands, sandbox: Sandbox, tajik: Path) -> None:
    moved = tajik.rename(tajik.with_name("moved.csv"))
    assert importer("journal", "learn", moved, "--region", "TJ").code == 0
    assert known(sandbox, TAJIK) == {TAJIK: given_to(moved)}


@pytest.mark.parametrize("text", ["{", '{"run": "abc", "versions": {}}', '{"files": {}, "versions": {}}', "[]"])
def test_learn_refuses_a_result_whose_manifest_does_not_tell_the_api(
    importer: Commands, sandbox: Sandbox, tajik: Path, text: str
) -> None:
    manifest = tajik.with_name(f"{tajik.name}.manifest.json")
    manifest.write_text(text, encoding="utf-8")
    ended = importer("journal", "learn", tajik)
    assert (ended.code, "does not tell of which API" in ended.err) == (2, True)
    manifest.unlink()
    assert importer("journal", "learn", tajik, "--region", "TJ").code == 0


def test_learn_refuses_a_result_that_was_changed_beside_its_manifest(
    importer: Commands, sandbox: Sandbox, tajik: Path
) -> None:
    tajik.write_text(tajik.read_text(encoding="utf-8").replace(LOCAL, "901234568"), encoding="utf-8")
    ended = importer("journal", "learn", tajik)
    assert (ended.code, "was changed after it was written" in ended.err) == (2, True)
    assert known(sandbox, TAJIK, "+992901234568") == {}


UNCERTAIN: dict[str, dict[str, object]] = {
    "no mapping": {"mapping": {}},
    "a column that is not there": {"mapping": {"phone": ["Mobile"]}},
    "a result column": {"mapping": {"phone": ["import_note"]}},
    "no decisions": {"decisions": None},
    "no region": {"decisions": {"today": "2026-01-01"}},
    "a region that there is not": {"decisions": {"region": "QQ"}},
    "a table of phones": {"decisions": {"region": "TJ", "values": {"phone": 1}}},
    "other rows": {"statuses": {"created": 2}},
    "no rows": {"statuses": None},
    "rows that are none": {"statuses": [1]},
    "another API": {"api": "https://api.example"},
}


def test_an_output_that_cannot_be_learnt_for_certain_is_not_replaced(
    importer: Commands, sandbox: Sandbox, tajik: Path
) -> None:
    manifest, content = tajik.with_name(f"{tajik.name}.manifest.json"), tajik.read_bytes()
    told = json.loads(manifest.read_text(encoding="utf-8"))
    with Journal.open(load({}).journal_location) as journal:
        outputs = KnownOutputs(journal, label_of(sandbox.url), Watch())
        for why, other in UNCERTAIN.items():
            manifest.write_text(json.dumps(told | other), encoding="utf-8")
            assert "importer journal learn" in outputs.to_lose(tajik), why
        assert journal.known(label_of(sandbox.url), [TAJIK, UZBEK]) == {}
    ended = importer("run", tajik.with_name("users.csv"), "--region", "TJ")
    assert ended.code in {0, 1}, "the file goes on"
    assert "importer journal learn users.result.csv" in ended.err
    assert tajik.read_bytes() == content
    assert len(read_rows(tajik.with_name("users.result.2.csv"))) == 1
    assert not list(tajik.parent.glob("*.previous"))
    assert importer("run", tajik.with_name("users.csv"), "--region", "TJ", "--force").code in {0, 1}
    assert tajik.read_bytes() != content, "what --force is for"


def test_the_options_of_the_input_are_not_those_of_the_output(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = tmp_path / "users.csv"
    users.write_text(f"List of users\n\nphone;firstname\n{FIRST};Айгүл\n", encoding="utf-8")
    options = ("--encoding", "utf-8", "--delimiter", ";", "--header-row", "3")
    assert importer("run", users, *options).code == 0
    before = given_to_delimited(result := tmp_path / "users.result.csv")
    users.write_text(f"phone,firstname\n{FIRST},Айгүл\n", encoding="utf-16")
    shutil.rmtree(tmp_path / "home")
    ended = importer("run", users, "--encoding", "utf-16", "--delimiter", ",", "--header-row", "1")
    assert (ended.code, "1 users learnt" in ended.err) == (0, True), ended.err
    assert before in result.read_text(encoding="utf-16")


def given_to_delimited(result: Path) -> str:
    line = next(line for line in result.read_text(encoding="utf-8").splitlines() if line.startswith(FIRST))
    return line.split(";")[2]


def test_a_draft_tells_what_has_to_be_known_and_one_that_does_not_keeps_its_output(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, result = write_users(tmp_path / "users.csv", [FIRST]), tmp_path / "users.result.csv"

    def full(*_: object) -> None:
        raise StorageFailed("no space left for the manifest")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "write_manifest", full)
        assert importer("run", users).code == 4
    before, manifest = given_to(result), tmp_path / "users.result.csv.manifest.json"
    draft = json.loads(manifest.read_text(encoding="utf-8"))
    with Journal.open(load({"journal": str(tmp_path / "new.sqlite")}).journal_location) as journal:
        outputs = KnownOutputs(journal, label_of(sandbox.url), Watch())
        only = {key: draft[key] for key in ("input", "files", "versions")}
        manifest.write_text(json.dumps(only), encoding="utf-8")
        assert outputs.to_lose(result)
        standing = {result.name: [*draft["files"][result.name], "0" * 64]}  # of what was to come, not of what is there
        manifest.write_text(json.dumps(draft | {"files": standing}), encoding="utf-8")
        assert outputs.to_lose(result)
        manifest.write_text(json.dumps(draft), encoding="utf-8")
        assert outputs.to_lose(result) == ""
        assert journal.known(label_of(sandbox.url), [FIRST]) == {FIRST: before}


class Noting(Watch):
    def __init__(self, *, ends: bool) -> None:
        super().__init__()
        self.steps: list[str] = []
        self._ends = ends

    def began(self, step: str, total: int | None = None) -> None:
        self.steps.append(step)
        if self._ends and step == "learning":
            self.interrupt()


def test_learning_is_announced_before_it_reads_and_ends_on_request(
    importer: Commands, sandbox: Sandbox, tajik: Path
) -> None:
    with Journal.open(load({}).journal_location) as journal:
        watch = Noting(ends=True)
        with pytest.raises(Interrupted):
            KnownOutputs(journal, label_of(sandbox.url), watch).to_lose(tajik)
        assert watch.steps[-1] == "learning"
        assert journal.known(label_of(sandbox.url), [TAJIK]) == {}


def test_a_fax_that_may_have_given_way_to_a_weaker_column_is_learnt_from_no_result(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [f"fax {FIRST}", SECOND])
    assert importer("run", users).code == 0
    shutil.rmtree(tmp_path / "home")
    result = tmp_path / "users.result.csv"
    told = importer("journal", "learn", result)
    assert (told.code, "its phone cannot be read for certain" in told.out) == (1, True)
    assert list(known(sandbox, FIRST, SECOND)) == [SECOND]
