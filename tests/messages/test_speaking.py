"""One run, told in three languages: what people read changes, what programs read does not."""

import json
import re
import subprocess
import sys

import openpyxl
import pytest
from support.commands import read_rows
from support.english import english_words_in

from importer.columns.read_ahead import ahead
from importer.messages.language import known_language, language, language_of_locale, speaking
from importer.messages.text import Text, counted, either, enumerated, joined, number, spoken, text_of
from importer.notify.ending import Ending

PEOPLE = """Телефон;Имя;Пол;Страна;Дата рождения
8 701 123-45-67;Анна;ж;КЗ;31.12.1999
+77011234567;Борис;м;KAZ;31.12.1999
8701;Вера;x;Нарния;31.02.1999
+77051234567;Дина;ж;KAZ;2999-01-01
"""
COLUMNS_FOR_PEOPLE = {"import_error", "import_note"}


def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def for_programs(rows):
    return [{name: cell for name, cell in row.items() if name not in COLUMNS_FOR_PEOPLE} for row in rows]


def test_a_run_its_report_and_its_check_speak_the_language_that_was_told(importer, sandbox, tmp_path):
    path = people(tmp_path)
    english = importer("validate", path, "--json")
    russian = importer("validate", path, "--json", "--language", "ru")
    told = [json.loads(one.out) for one in (english, russian)]
    for one in told:
        for key in ("started_at", "ended_at", "seconds"):
            del one[key]
    assert told[0] == told[1]

    ran = importer("run", path, "--language=ru")
    assert ran.code == 1
    assert english_words_in(ran.out) == set()
    assert english_words_in(re.sub(r"(?m)^\S+ [A-Z]+ \S+ (?:\[.*?\] )?", "", ran.err)) == set()
    first = read_rows(tmp_path / "people.result.csv", delimiter=";")
    assert "в номере 4 цифры, а нужно" in first[2]["import_error"]
    assert "phone (столбец A «Телефон»)" in first[2]["import_error"]
    assert "строка 2, записано «8 701 123-45-67»" in first[1]["import_error"]
    assert english_words_in("".join(row["import_error"] + row["import_note"] for row in first)) == set()

    importer("report", "latest", "-o", "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "people.result.csv").read_bytes()

    kazakh = importer("report", "latest", "-o", "kk.csv", IMPORTER_LANGUAGE="kk")
    rows = read_rows(tmp_path / "kk.csv", delimiter=";")
    assert "нөмірде 4 сан бар" in rows[2]["import_error"]
    assert for_programs(rows) == for_programs(first)
    assert "жаңа FreedomID" in kazakh.out
    assert importer("verify", "latest", "kk.csv").code == 0
    assert "журнал: 4 жол" in importer("verify", "latest", "kk.csv", "--language", "kk").out

    back = importer("run", "people.rejected.csv", "--json", LC_ALL="kk_KZ.UTF-8")
    assert json.loads(back.out)["statuses"]["created"] == 0
    again = read_rows(tmp_path / "people.rejected.result.csv", delimiter=";")
    assert {row["import_status"] for row in again} == {"invalid", "duplicate"}
    assert "бастапқы файлдағы 2-жол, ол өзгермеген" in again[0]["import_error"]


def test_where_runs_stand_is_said_in_the_language_and_a_program_reads_the_code(importer, sandbox, tmp_path):
    importer("run", people(tmp_path))
    for chosen, word in (("ru", "закончен"), ("kk", "аяқталды"), ("en", "finished")):
        title, line = importer("runs", "--language", chosen).out.splitlines()
        assert line.split()[1] == word
        assert line.index(line.split()[2]) == title.index(title.split()[2])
        assert f"({word})" in importer("runs", "latest", "--language", chosen).out.splitlines()[0]
        assert json.loads(importer("runs", "--json", "--language", chosen).out)[0]["state"] == "finished"
    importer("purge", "--older-than", "0d")
    assert "данные удалены" in importer("runs", "--language", "ru").out.splitlines()[1]


def test_several_rows_are_told_in_the_plural_however_many_they_are(importer, tmp_path):
    path = tmp_path / "many.csv"
    wrong = "8701;Вера;x\n" * 21 + "+77011234567;Дина;2\n"
    path.write_text(f"Телефон;Имя;Пол\n{wrong}", encoding="utf-8")
    english, russian, kazakh = (importer("validate", path, "--language", chosen).out for chosen in ("en", "ru", "kk"))
    assert "(rows 2, 3, 4, 5, 6 …)" in english
    assert "(row 23)" in english
    assert "(строки 2, 3, 4, 5, 6 …)" in russian
    assert "(строка 23)" in russian
    assert "(жол 2, 3, 4, 5, 6 …)" in kazakh
    path.write_text("+77011234567,Анна\n+77011234568,Вера\nphone,name\n", encoding="utf-8")
    assert "(строки 1, 2)" in importer("validate", path, "--language", "ru").err
    rows = enumerated("(row {numbers})", "(rows {numbers})", [3, 5])
    assert text_of(json.loads(json.dumps(rows.as_record()))) == "(rows 3, 5)"


def test_a_marked_workbook_and_a_template_speak_it_too(importer, sandbox, tmp_path):
    book = openpyxl.Workbook()
    for line in PEOPLE.splitlines():
        book.active.append(line.split(";"))
    book.save(tmp_path / "people.xlsx")
    importer("validate", "people.xlsx", "-o", "checked.xlsx", "--language", "kk")
    sheet = openpyxl.load_workbook(tmp_path / "checked.xlsx").active
    assert "сан бар" in sheet["A4"].comment.text
    assert importer("template", "empty.xlsx", "--language", "kk").code == 0
    comments = [cell.comment.text for cell in openpyxl.load_workbook(tmp_path / "empty.xlsx")["Users"][1]]
    assert "Міндетті" in comments[0]
    assert not any(re.search(r"[a-z]{3}", text.replace("Freedom ID", "")) for text in comments)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "kk_KZ"}, "kk"),
        ({"LANG": "ru_KZ.KOI8-R@x"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "kk_KZ.UTF-8"}, "kk"),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "", "LC_ALL": ""}, "ru"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "run"}, "en"),
    ],
)
def test_the_locale_tells_the_language_as_posix_orders_it(environ, expected):
    assert language_of_locale(environ) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("RU", "ru"), ("kk-KZ", "kk"), (" en_US.UTF-8", "en"), ("kz", ""), ("", "")]
)
def test_a_language_is_known_by_its_code_in_any_spelling(text, expected):
    assert known_language(text) == expected


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({"arguments": ["--language", "kk"], "IMPORTER_LANGUAGE": "ru"}, "kk"),
        ({"arguments": [], "IMPORTER_LANGUAGE": "kk", "profile": "ru"}, "kk"),
        ({"arguments": [], "profile": "kk", "file": "ru"}, "kk"),
        ({"arguments": [], "file": "kk", "LANG": "ru_RU"}, "kk"),
    ],
)
def test_a_flag_beats_the_environment_beats_the_profile_beats_the_file_beats_the_locale(
    importer, tmp_path, monkeypatch, given, language
):
    arguments = list(given["arguments"])
    monkeypatch.delenv("LC_ALL")
    for name in ("IMPORTER_LANGUAGE", "LANG"):
        if name in given:
            monkeypatch.setenv(name, given[name])
    if "file" in given:
        (tmp_path / "importer.toml").write_text(f'language = "{given["file"]}"\n', encoding="utf-8")
    if "profile" in given:
        (tmp_path / "one.toml").write_text(f'language = "{given["profile"]}"\n', encoding="utf-8")
        arguments += ["--profile", "one.toml"]
    said = importer("validate", "missing.csv", *arguments).err
    assert ("тексерілуде: missing.csv" in said) == (language == "kk"), said
    assert "қате: missing.csv: мұндай файл жоқ" in said


def test_the_language_before_the_command_and_that_of_a_file_hold_for_all_that_follows(importer, tmp_path):
    assert importer("--language", "kk", "runs").out == "импорт әлі болған жоқ\n"
    (tmp_path / "importer.toml").write_text('language = "kk"\nlimt = 5\n', encoding="utf-8")
    ended = importer("runs")
    assert (ended.code, "белгісіз кілт 'limt'; мүмкін, limit?; барлары:" in ended.err) == (2, True)


def test_a_language_that_is_not_spoken_is_refused_with_those_that_are(importer):
    ended = importer("validate", "people.csv", "--language", "kz")
    assert (ended.code, "ru (Russian) or kk (Kazakh)" in ended.err) == (2, True)


def test_numbers_and_their_nouns_are_written_as_the_language_does():
    rows = {n: counted("{count:,} row", "{count:,} rows", n) for n in (0, 1, 2, 5, 21, 2481)}
    assert [str(text) for text in rows.values()] == ["0 rows", "1 row", "2 rows", "5 rows", "21 rows", "2,481 rows"]
    russian = ["0 строк", "1 строка", "2 строки", "5 строк", "21 строка", "2\u202f481 строка"]
    assert [spoken(text, "ru") for text in rows.values()] == russian
    assert spoken(rows[2481], "kk") == "2\u202f481 жол"
    with speaking("ru"):
        assert number(2481) == "2\u202f481"
        assert spoken(Text("{seconds:,.0f} s", seconds=1234.5)) == "1\u202f234 с"


def test_a_sentence_is_english_text_until_it_is_spoken_and_comes_back_from_json():
    text = Text("{path}: cannot be read ({strerror})", path="{x}", strerror=Text("no answer"))
    assert text == "{x}: cannot be read (no answer)"
    assert spoken(text, "kk") == "{x}: оқу мүмкін емес (жауап жоқ)"
    back = text_of(json.loads(json.dumps(text.as_record())))
    assert (back, spoken(back, "ru")) == (text, "{x}: прочитать нельзя (нет ответа)")
    rows = text_of(json.loads(json.dumps(counted("{count:,} row", "{count:,} rows", 5).as_record())))
    assert (rows, spoken(rows, "ru")) == ("5 rows", "5 строк")
    assert json.dumps([text]) == '["{x}: cannot be read (no answer)"]'
    assert spoken(joined([text, "", either(["a", "b"])], "; "), "ru").endswith("(нет ответа); a или b")
    assert spoken("plain", "ru") == "plain"


def test_a_notification_is_made_in_the_language_of_the_context():
    ending = Ending("may.csv", "crm", 3, None, Text("not confirmed; nothing was sent"), "/inbox", "importer inbox DIR")
    assert ending.title == "Freedom ID import: may.csv (crm): refused, exit code 3"
    with speaking("ru"):
        assert ending.title == "Импорт Freedom ID: may.csv (crm): файл не принят, код завершения 3"
        assert ending.text() == "не подтверждено; ничего не отправлено\nфайлы: /inbox\nдальше: importer inbox DIR"


def test_english_loads_no_catalogue_and_no_library_for_one():
    code = (
        "import sys; from importer.messages.text import Text, spoken; spoken(Text('row'));"
        "sys.exit(bool({'babel', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_step_that_runs_ahead_in_a_thread_speaks_the_language_of_whoever_asked():
    with speaking("kk"):
        assert list(ahead(language() for _ in range(3))) == ["kk"] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        ("serve", "--host", "0.0.0.0"),
        ("serve", "--max-upload", "lots"),
        ("pause", "none"),
        ("report", "none"),
        ("verify", "none"),
        ("inbox", "none"),
        ("merge", "none.csv", "none.csv"),
        ("journal", "learn", "none.csv"),
        ("purge", "--older-than", "soon"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_what_a_command_refuses_it_says_in_the_language_it_was_told(importer, wrong):
    ended = importer(*wrong, "--language", "ru")
    assert ended.code in {2, 3}
    said = ended.err.strip().splitlines()[-1]
    assert said.startswith("ошибка: ") or "Ошибка: " in said, said


def test_a_value_that_reads_like_a_sentence_of_ours_is_shown_as_it_stands():
    assert Text("{what}", what=Text("no answer")).said_in("ru") == "нет ответа"
    assert Text("{what}", what="no answer").said_in("ru") == "no answer"
