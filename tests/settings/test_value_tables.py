"""Tables of values in a profile: looked at when they are loaded, put in before a cleaner reads, noted in the output."""

from pathlib import Path

import pandera.pandas as pandera
import pytest
from support.commands import Commands, read_rows

from importer.errors import Defect, UsageError
from importer.sandbox import Sandbox
from importer.settings import load, value_table_check
from schemas.user import user_schema

pytestmark = pytest.mark.usefixtures("importer")

WRONG = {
    '[values.gender]\n"0" = "X"': '[values.gender] "0" = "X": Unknown gender',
    '[values.gender]\n"0" = "m"': '[values.gender] "0" = "m"',
    '[values.country]\n"КАЗ" = "KZ"': '[values.country] "КАЗ" = "KZ": Country is not a three-letter code',
    '[values.country]\n"КАЗ" = "KAZ"\n"УЗБ" = "QQQ"': '"УЗБ" = "QQQ": Unknown country',
    '[values.date_of_birth]\n"01.01.1900" = "1.1.2000"': '"01.01.1900" = "1.1.2000"',
    '[values.email]\n"no@mail" = "none"': '"no@mail" = "none": Not an e-mail address',
    '[values.phone]\n"1" = "+77010000001"': "[values.phone]",
    '[values.gendr]\n"0" = "M"': "did you mean gender",
    "[values.gender]\n0 = 1": '"0" = 1: write the value in quotation marks',
    "[values.gender]\n0 = true": '"0" = True',
    '[values.gender]\n" " = "M"': "a blank cell says nothing",
    '[values.gender]\n"Г" = "M"\n"г" = "F"': "stands 2 times",
    '[values]\ngender = "M"': "a table is needed",
    'values = "M"': "write a table for each field",
    "[values.identifier]\n'1' = '7.70112E+10'": '"1" = "7.70112E+10": Identifier was shortened',
}


@pytest.mark.parametrize("text", WRONG)
def test_a_table_that_cannot_be_is_refused_with_its_key_and_value(text: str) -> None:
    Path("crm.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as told:
        load({}, profile=Path("crm.toml"))
    assert WRONG[text] in str(told.value)


def test_a_check_that_raises_is_a_defect_and_no_value_passes_for_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(today: str) -> object:
        schema = user_schema(today)
        return schema.update_column("gender", checks=pandera.Check(lambda texts: texts.absent, ignore_na=False))

    monkeypatch.setattr(value_table_check, "user_schema", broken)
    Path("crm.toml").write_text('[values.gender]\n"0" = "X"\n', encoding="utf-8")
    with pytest.raises(Defect) as told:
        load({}, profile=Path("crm.toml"))
    assert told.value.exit_code == 70


def test_the_values_stand_in_for_the_cells_of_every_spelling_with_a_note(importer: Commands, tmp_path: Path) -> None:
    Path("crm.toml").write_text(
        '[values.gender]\n0 = "M"\n"1" = "F"\n"Не скажу" = ""\n[values.country]\n"КАЗ" = "KAZ"\n'
        '[values.date_of_birth]\n"13/31/1990" = "1990-12-31"\n[values.firstname]\n"Аноним" = ""\n',
        encoding="utf-8",
    )
    Path("users.csv").write_text(
        "phone,firstname,gender,country,date_of_birth\n"
        "+77010000001,Аноним,0,КАЗ,13/31/1990\n+77010000002,Иван, 1,каз ,01.02.1990\n"
        '+77010000003,Аня,"=""1""",RUS,\n+77010000004,Аня,НЕ  СКАЖУ,казахстан,\n+77010000005,Аня,2,К,\n',
        encoding="utf-8",
    )
    ended = importer("validate", "users.csv", "--profile", "crm.toml", "-o", "checked.csv", "--show-values")
    assert "row 2 would be sent as phone +77010000001, date_of_birth 1990-12-31, country KAZ, gender M" in ended.out
    assert (
        "row 3 would be sent as phone +77010000002, firstname Иван, date_of_birth 1990-02-01, country KAZ" in ended.out
    )
    rows = read_rows(tmp_path / "checked.csv")
    assert [row["import_status"] for row in rows] == ["not_sent"] * 4 + ["invalid"]
    assert "gender: '0' → 'M' by the value table" in rows[0]["import_note"]
    assert "firstname: 'Аноним' → left out by the value table" in rows[0]["import_note"]
    assert "gender: 'НЕ СКАЖУ' → left out by the value table" in rows[3]["import_note"].replace("  ", " ")
    assert rows[0]["gender"] == "0", "the output keeps the cell as it was"


def test_a_run_goes_on_with_its_tables_and_another_table_is_another_run(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    Path("crm.toml").write_text('[values.gender]\n0 = "M"\n', encoding="utf-8")
    Path("users.csv").write_text("phone,gender\n+77010000001,0\n+77010000002,0\n", encoding="utf-8")
    first = importer("run", "users.csv", "--profile", "crm.toml", "--limit", "1", "--json").json
    again = importer("run", "users.csv", "--profile", "crm.toml", "--json").json
    assert (again["run"], again["statuses"]["created"], again["created_before"]) == (first["run"], 2, 1)
    assert {user["body"]["gender"] for user in sandbox.users()} == {"M"}
    assert "'M'" not in Path("users.result.csv.manifest.json").read_text(encoding="utf-8")
    Path("crm.toml").write_text('[values.gender]\n0 = "F"\n', encoding="utf-8")
    assert importer("run", "users.csv", "--profile", "crm.toml", "--json").json["run"] != first["run"]


def test_the_causes_show_the_most_frequent_values_plain_where_they_are_nobodys_else_masked(importer: Commands) -> None:
    rows = [f"+7701000{at:04d},{5 + (at % 3 == 0)},someone@mail,КАЗЗ" for at in range(30)]
    rows.append("+77010009999,a@b.kz,M,+77017654321")  # a row whose cells slipped
    Path("users.csv").write_text("phone,gender,email,country\n" + "\n".join(rows) + "\n", encoding="utf-8")
    ended = importer("validate", "users.csv")
    assert "'5' × 20, '6' × 10" in ended.out
    assert '[values.country], then "КАЗЗ" = "…"' in ended.out
    told = importer("validate", "users.csv", "--json").json
    values = {cause["code"]: cause["values"] for cause in told["causes"]}
    assert values["gender_number"] == [{"value": "5", "count": 20}, {"value": "6", "count": 10}]
    assert values["email_format"][0] == {"value": "s" + "•" * 11, "count": 30}
    assert values["country_unknown"][0] == {"value": "КАЗЗ", "count": 30}
    for personal in ("someone@mail", "a@b.kz", "+77017654321"):
        assert personal not in ended.out
        assert personal not in str(told)
    assert "someone@mail" in importer("validate", "users.csv", "--show-values").out
