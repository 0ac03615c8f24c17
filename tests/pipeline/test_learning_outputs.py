"""What an output tells a journal that has lost its FreedomIDs: by the manifest beside it, for certain, or nothing."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from support.commands import Commands, read_rows, write_users

from importer import pipeline
from importer.errors import Interrupted, StorageFailed, UsageError
from importer.freedom_id import NOBODYS_IDS
from importer.journal import Journal
from importer.journal.database.tables import LEDGER
from importer.journal.integrity.macs import mac_of
from importer.journal.ledger.field_prints import FieldPrints
from importer.operations.learn import KnownOutputs, learn, learn_from_own_output
from importer.planning.mapped_input import closing_input, open_input, today
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import load

API = "https://api.example"
LOCAL, TAJIK, UZBEK = "901234567", "+992901234567", "+998901234567"
FIRST, SECOND, THIRD = "+77011112233", "+77015556677", "+77017778899"
GIVEN = "0b1f7f5e-3a52-4b2e-9d0c-5d1c6a4f7e01"


def written(tmp_path: Path, *, text: bytes = b"", **told: Any) -> Path:
    """A result as it stands after a run with --region TJ whose journal is lost: one row, two phones."""
    result = tmp_path / "users.result.csv"
    header = "Phone 1,Phone 2,freedom_id,import_status,import_error_code,import_error,import_note"
    result.write_bytes(text or f"{header}\n{LOCAL},{SECOND},{GIVEN},created,,,\n".encode())
    manifest = {
        "run": "d187dfe0aec5",
        "api": API,
        "mapping": {"phone": ["Phone 1"], "email": []},
        "decisions": {"today": "2026-01-01", "region": "TJ", "values": {"gender": 2}},
        "statuses": {"created": 1, "invalid": 0},
        "output": {"name": result.name, "sha256": hashlib.sha256(result.read_bytes()).hexdigest()},
        "versions": {},
    }
    content = {key: value for key, value in (manifest | told).items() if value is not None}
    manifest_of(result).write_text(json.dumps(content), encoding="utf-8")
    return result


def manifest_of(result: Path) -> Path:
    return result.with_name(f"{result.name}.manifest.json")


@pytest.fixture
def journal(importer: Commands) -> Iterator[Journal]:
    """One that knows nothing."""
    del importer
    with Journal.open(load({}).journal_location) as opened:
        yield opened


def known(journal: Journal) -> dict[str, str]:
    return journal.known(API, [LOCAL, TAJIK, UZBEK, FIRST, SECOND])


def to_lose(journal: Journal, result: Path) -> str:
    return KnownOutputs(journal, API, Watch()).to_lose(result)


def test_an_output_in_the_way_is_learnt_as_it_was_made(journal: Journal, tmp_path: Path) -> None:
    assert to_lose(journal, written(tmp_path)) == ""
    assert known(journal) == {TAJIK: GIVEN}
    assert to_lose(journal, written(tmp_path, decisions=None)) == "", "what is known is not lost"


@pytest.mark.parametrize("options", [{"region": "UZ"}, {"map": ("Phone 2=phone",)}], ids=str)
def test_a_result_as_input_is_learnt_as_it_was_made_whatever_this_command_is_told(
    journal: Journal, tmp_path: Path, options: dict[str, Any]
) -> None:
    result = written(tmp_path)
    content = hashlib.sha256(result.read_bytes()).hexdigest()
    with closing_input(open_input(result, load({"map": ("Phone 1=phone",), **options}), today())) as mapped:
        learn_from_own_output(mapped, result, content, journal, API, Watch())
    assert known(journal) == {TAJIK: GIVEN}


def test_learn_reads_a_result_as_it_was_made_and_refuses_other_options(journal: Journal, tmp_path: Path) -> None:
    result = written(tmp_path)
    for options, why in (({"map": ("Phone 2=phone",)}, 'column A "Phone 1"'), ({"region": "UZ"}, "--region TJ")):
        with pytest.raises(UsageError, match=why):
            learn(result, load({"url": API, **options}))
    assert known(journal) == {}
    assert learn(result, load({"url": API, "map": ("Phone 1=phone",), "region": "TJ"})).learnt == 1
    assert learn(result, load({"url": API})).known == 1
    assert known(journal) == {TAJIK: GIVEN}


def test_learn_reads_a_result_without_a_manifest_as_it_is_told(journal: Journal, tmp_path: Path) -> None:
    result = written(tmp_path)
    manifest_of(result).unlink()
    assert learn(result, load({"url": API, "map": ("Phone 1=phone",), "region": "UZ"})).learnt == 1
    assert known(journal) == {UZBEK: GIVEN}


@pytest.mark.parametrize("text", ["{", "[]", '{"run": "abc", "versions": {}}', '{"files": {}, "versions": {}}'])
def test_learn_refuses_a_result_whose_manifest_does_not_tell_the_api(
    journal: Journal, tmp_path: Path, text: str
) -> None:
    result = written(tmp_path)
    manifest_of(result).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="does not tell of which API"):
        learn(result, load({"url": API}))
    assert known(journal) == {}


def test_learn_refuses_a_result_that_was_changed_beside_its_manifest(journal: Journal, tmp_path: Path) -> None:
    result = written(tmp_path)
    result.write_bytes(result.read_bytes().replace(LOCAL.encode(), b"901234568"))
    with pytest.raises(UsageError, match="was changed after it was written"):
        learn(result, load({"url": API}))


UNCERTAIN: dict[str, dict[str, Any]] = {
    "no mapping": {"mapping": None},
    "a column that is not there": {"mapping": {"phone": ["Mobile"]}},
    "a result column": {"mapping": {"phone": ["import_note"]}},
    "no decisions": {"decisions": None},
    "decisions that are none": {"decisions": ["TJ"]},
    "no region": {"decisions": {"today": "2026-01-01"}},
    "a region that there is not": {"decisions": {"region": "QQ"}},
    "a table of phones": {"decisions": {"region": "TJ", "values": {"phone": 1}}},
    "no table of tables": {"decisions": {"region": "TJ", "values": 5}},
    "a phone that the region does not have": {"decisions": {"region": "US"}},
    "other rows": {"statuses": {"created": 2}},
    "no rows": {"statuses": None},
    "rows that are none": {"statuses": [1]},
    "another API": {"api": "https://other.example"},
    "a draft that does not tell the API": {"run": None, "api": None, "output": None, "files": {}},
    "another content": {"output": {"name": "users.result.csv", "sha256": "0" * 64}},
    "no text": {"text": b"\x00\xff" * 50},
    "no table": {"text": b"freedom_id"},
    "a fax, for which another column may have served": {
        "text": f"Phone 1,freedom_id,import_status\nfax {FIRST},{GIVEN},created\n".encode()
    },
    "two columns of that name": {
        "text": f"Phone 1,Phone 1,freedom_id,import_status\n{FIRST},{SECOND},{GIVEN},created\n".encode()
    },
}


def test_of_an_output_that_is_not_certain_nothing_is_learnt_and_it_is_not_replaced(
    journal: Journal, tmp_path: Path
) -> None:
    for why, other in UNCERTAIN.items():
        assert "importer journal learn users.result.csv" in to_lose(journal, written(tmp_path, **other)), why
        assert known(journal) == {}, why
    told = written(tmp_path, mapping={"phone": ["Mobile"]})
    with pytest.raises(UsageError, match=r"columns .* not in it, each once; put the right users.result.csv.manifest"):
        learn(told, load({"url": API}))


def test_an_output_without_a_freedom_id_of_ours_is_lost_without_harm(journal: Journal, tmp_path: Path) -> None:
    for status in ("not_sent", "exists", "invalid"):
        text = f"phone,freedom_id,import_status\n{FIRST},{GIVEN},{status}\n".encode()
        assert to_lose(journal, written(tmp_path, text=text, mapping=None)) == "", status


def test_a_draft_tells_of_what_was_to_come_and_of_nothing_else(journal: Journal, tmp_path: Path) -> None:
    result = written(tmp_path)
    content = hashlib.sha256(result.read_bytes()).hexdigest()
    draft: dict[str, Any] = {"run": None, "output": None}
    assert to_lose(journal, written(tmp_path, **draft, files={result.name: [content, "0" * 64]}))
    assert to_lose(journal, written(tmp_path, **draft, files={result.name: ["0" * 64, content]})) == ""
    assert known(journal) == {TAJIK: GIVEN}


class Ending(Watch):
    """Ends as soon as the learning begins."""

    def began(self, step: str, total: int | None = None) -> None:
        if step == "learning":
            self.interrupt()


def test_learning_is_announced_before_it_reads_and_ends_on_request(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        KnownOutputs(journal, API, Ending()).to_lose(written(tmp_path))
    assert known(journal) == {}


def test_the_run_goes_beside_an_output_that_is_not_certain_and_its_draft_makes_it_certain(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, result = write_users(tmp_path / "users.csv", [FIRST]), tmp_path / "users.result.csv"

    def full(*_: object) -> None:
        raise StorageFailed("no space left for the manifest")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "write_manifest", full)
        assert importer("run", users).code == 4
    draft, content = manifest_of(result).read_bytes(), result.read_bytes()
    told = json.loads(draft)
    manifest_of(result).write_text(json.dumps(told | {"mapping": {}}), encoding="utf-8")
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "new"))
    users.write_text(f"phone\n{FIRST}\n", encoding="utf-16")
    ended = importer("run", users, "--encoding", "utf-16", "--delimiter", ";")
    assert ended.code in {0, 1}, "the file goes on"
    assert "importer journal learn users.result.csv" in ended.err
    assert result.read_bytes() == content
    assert not list(tmp_path.glob("*.previous"))
    assert (tmp_path / "users.result.2.csv").exists()
    manifest_of(result).write_bytes(draft)
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "newer"))
    given = read_rows(result)[0]["freedom_id"]
    ended = importer("run", users, "--encoding", "utf-16", "--force")
    assert "1 users learnt" in ended.err
    assert given in result.read_text(encoding="utf-16")


FIRST_NAMES, LAST_NAMES = ["Айгерим", "Асан", "Олжас"], ["Серикова", "Усенов", "Касымов"]


def people(path: Path, first: list[str] = FIRST_NAMES, last: list[str] = LAST_NAMES, **columns: list[str]) -> Path:
    return write_users(path, [FIRST, SECOND, THIRD], firstname=first, lastname=last, **columns)


def outcomes(path: Path) -> list[tuple[str, str, str]]:
    return [(row["import_status"], row["freedom_id"], row["import_error_code"]) for row in read_rows(path)]


def bodies(sandbox: Sandbox, field: str) -> list[str | None]:
    """What the API has of a field, of each of the three."""
    found = {user["phone"]: user["body"].get(field) for user in sandbox.users()}
    return [found[phone] for phone in (FIRST, SECOND, THIRD)]


def lose_journal(tmp_path: Path) -> None:
    """An empty one is put back."""
    shutil.rmtree(tmp_path / "home")


def test_a_phone_that_was_learnt_is_not_given_to_a_person_of_other_names(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert importer("run", people(tmp_path / "one.csv")).code == 0
    given = [freedom_id for _, freedom_id, _ in outcomes(tmp_path / "one.result.csv")]
    lose_journal(tmp_path)
    assert "3 users learnt" in importer("journal", "learn", tmp_path / "one.result.csv").out
    for path in (tmp_path / "two.csv", tmp_path / "three.csv"):  # nor has the refused one become the phone's owner
        importer("run", people(path, ["Иван", "АСАН", "Olzhas"], ["Пак", "УСЕНОВ", "Ким"]))
        assert outcomes(path.with_suffix(".result.csv")) == [
            ("duplicate", "", "phone_of_another_person"),
            ("already_imported", given[1], ""),
            ("already_imported", given[2], ""),
        ]
    assert importer("run", people(tmp_path / "four.csv", gender=["F", "M", "M"])).code == 0
    assert outcomes(tmp_path / "four.result.csv") == [("already_imported", one, "") for one in given]
    assert importer("verify", "latest").code == 0
    assert sandbox.stats()["requests"] == 3


def test_a_file_of_other_people_is_refused_by_the_output_that_stands_in_its_way(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = tmp_path / "one.csv"
    assert importer("run", people(users)).code == 0
    lose_journal(tmp_path)
    ended = importer("run", people(users, ["Иван", "Пётр", "Мария"], ["Пак", "Ли", "Цой"]), "--force")
    assert "3 users learnt" in ended.err
    assert outcomes(tmp_path / "one.result.csv") == [("duplicate", "", "phone_of_another_person")] * 3
    assert sandbox.stats()["requests"] == 3


def test_an_update_sends_what_is_not_known_to_have_been_sent_as_it_is(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", people(tmp_path / "one.csv", email=["a@example.com", "b@example.com", ""]))
    lose_journal(tmp_path)
    importer("journal", "learn", tmp_path / "one.result.csv")
    now = people(tmp_path / "two.csv", last=["Ли", "Усенов", "Касымов"], country=["KAZ"] * 3)
    ended = importer("run", now, "--update", "--accept-updates", "--json")
    assert ended.json["changes"]["fields"] == {"lastname": 1}
    assert [status for status, _, _ in outcomes(tmp_path / "two.result.csv")] == ["updated", *["already_imported"] * 2]
    assert bodies(sandbox, "lastname") == ["Ли", "Усенов", "Касымов"]
    emails = ["a@example.com", "b@example.com", "c@example.com"]
    third = people(tmp_path / "three.csv", last=["Ли", "Усенов", ""], email=emails)
    assert importer("run", third, "--update").code == 0, "of what is unknown the first that comes is learnt"
    lose_journal(tmp_path)
    importer("journal", "learn", tmp_path / "three.result.csv")  # rows that were known before
    changed = people(tmp_path / "four.csv", last=["Ли", "Ким", "Цой"], email=emails)
    ended = importer("run", changed, "--update", "--accept-updates", "--json")
    assert ended.json["changes"]["fields"] == {"lastname": 1}, "that its blank surname was sent is not known"
    assert bodies(sandbox, "lastname") == ["Ли", "Ким", "Касымов"]
    assert bodies(sandbox, "email") == [*emails[:2], None]


def test_whole_names_are_learnt_as_they_were_split_and_no_others(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    def whole(path: Path, names: list[str]) -> Path:
        return write_users(path, [FIRST, SECOND, THIRD], ФИО=names)

    names = [f"{last} {first}" for first, last in zip(FIRST_NAMES, LAST_NAMES, strict=True)]
    assert importer("run", whole(tmp_path / "one.csv", names), "--full-name", "last first middle").code == 0
    manifest = manifest_of(tmp_path / "one.result.csv")
    told = json.loads(manifest.read_bytes())
    other = people(tmp_path / "two.csv", ["Иван", *FIRST_NAMES[1:]], ["Пак", *LAST_NAMES[1:]])
    uncertain = (None, ["Name", "last", "first"], "ФИО last first", ["ФИО"], ["ФИО", "last", "last"])
    for full_name in (told["full_name"], *uncertain):
        lose_journal(tmp_path)
        manifest.write_text(json.dumps(told | {"full_name": full_name}), encoding="utf-8")
        assert "3 users learnt" in importer("journal", "learn", tmp_path / "one.result.csv").out
        importer("run", other)
        first, *rest = [status for status, _, _ in outcomes(tmp_path / "two.result.csv")]
        assert first == ("duplicate" if full_name == told["full_name"] else "already_imported"), full_name
        assert rest == ["already_imported"] * 2
    assert sandbox.stats()["requests"] == 3


@pytest.mark.parametrize(
    ("header", "cells", "told"),
    [
        ("name,surname", "Olim,Karimov", {"decisions": {"region": "TJ", "values": {"firstname": 1}}}),
        ("name,surname,name", "Olim,Karimov,", {}),
        ("name,surname", f"{'Olim' * 99},Karimov", {"decisions": {"region": "TJ", "drop_optional": True}}),
        ("firstname,surname", "Olim,Karimov", {}),
    ],
    ids=[
        "a table of names",
        "two columns of that name",
        "a wrong one, which was left out",
        "a column that is not there",
    ],
)
def test_names_that_are_not_certain_are_nobodys(
    journal: Journal, tmp_path: Path, header: str, cells: str, told: dict[str, Any]
) -> None:
    text = f"Phone 1,{header},freedom_id,import_status\n{LOCAL},{cells},{GIVEN},created\n".encode()
    mapping = {"phone": ["Phone 1"], "firstname": ["name"], "lastname": ["surname"]}
    assert to_lose(journal, written(tmp_path, text=text, **{"mapping": mapping, **told})) == ""
    assert known(journal) == {TAJIK: GIVEN}
    prints, phone = FieldPrints(journal.ledger.keys()), journal.ledger.keys().of(TAJIK)
    values = {"phone": TAJIK, "firstname": "Ivan", "lastname": "Pak"}
    found = prints.difference(phone, values, journal.ledger.users(API, [TAJIK])[TAJIK].prints)
    assert not found.other_person


@pytest.mark.parametrize("nobodys", sorted(NOBODYS_IDS))
def test_an_id_that_is_nobodys_is_not_learnt(journal: Journal, tmp_path: Path, nobodys: str) -> None:
    text = written(tmp_path).read_bytes().replace(GIVEN.encode(), nobodys.upper().encode())
    assert to_lose(journal, written(tmp_path, text=text)) == ""
    assert known(journal) == {}


def test_a_phone_that_was_nobodys_has_no_prints_of_whom_it_was(journal: Journal, tmp_path: Path) -> None:
    learn(written(tmp_path), load({"url": API}))
    keys = journal.ledger.keys()
    prints = FieldPrints(keys).of(keys.of(TAJIK), {"firstname": "Ivan", "lastname": "Pak"})
    with journal.database.writing() as connection:  # as after an update gave its user another phone
        connection.execute(update(LEDGER).values(freedom_id=b"", prints=prints))
        connection.execute(update(LEDGER).values(mac=mac_of(LEDGER)))
    learn(written(tmp_path), load({"url": API}))
    assert journal.ledger.users(API, [TAJIK])[TAJIK].prints == b""
