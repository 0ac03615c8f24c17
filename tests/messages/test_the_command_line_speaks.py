"""Help, wrong options, settings and what commands print, in Russian and Kazakh: no English sentence is left."""

import re

import pytest
from support.english import english_words_in
from typer.main import get_command

from importer.cli import help_in_language
from importer.cli.app import app
from importer.cli.help_in_language import commands_of, put_in_language, usage_text
from importer.cli.startup_language import language_told
from importer.errors import UsageError
from importer.messages import field_list
from importer.messages.language import speaking
from importer.messages.library_messages import LIBRARY_WORDS, in_words
from importer.messages.text import Text, spoken
from importer.operations.doctor.check_result import Diagnosis, Level
from importer.operations.history import show_runs
from importer.operations.schedule import SCHEDULERS, plan_of
from importer.sandbox.__main__ import make_parser
from importer.settings import Settings, load

FOREIGN = ("ru", "kk")
NAMES = re.compile(
    r"--?[A-Za-z][a-z-]*|\[[^\[\]]*\]|«[^»]*»|'[^']*'|\"[^\"]*\"|\b[A-Z][A-Z_.0-9|%:…\[\]-]*[A-Za-z]*\b|\b[a-z]+[._/|]\S*"
)
"""Options, what stands in brackets or quotation marks, names in capital letters, file names: the same everywhere."""
WORDS_OF_THE_LINE = {
    "dmy", "mdy", "ymd", "first", "none", "all", "latest", "strict", "tab", "viewer", "operator", "admin", "importer",
    "journal", "users", "validate", "report", "inbox", "serve", "merge", "pause", "resume", "runs", "fields",
    "template", "verify", "try", "api", "purge", "schedule", "doctor", "learn", "add", "list", "remove", "set",
    "password", "role", "sandbox", "stderr", "node", "exporter", "https", "done", "refused", "Excel", "Forwarded",
    "d", "s", "RUN", "FILE", "RESULT", "systemd", "TEXT", "PATH", "INTEGER", "FLOAT", "int", "float", "path",
    "text", "python", "m", "x", "str", "range", "same", "sqlite", "dir", "MB", "page", "max",
    "comma", "semicolon", "pipe", "true", "false", "en", "ru", "kk", "tls", "postgresql", "copy", "backup", "restore",
}  # fmt: skip


def english_of(text):
    return {word for word in english_words_in(NAMES.sub(" ", text), WORDS_OF_THE_LINE) if len(word) > 1}


@pytest.mark.parametrize("chosen", FOREIGN)
def test_the_help_of_every_command_speaks_the_language(chosen):
    with speaking(chosen):
        root = put_in_language(get_command(app))
        helps = {one.name: one.context_class(one, info_name=one.name).get_help() for one in commands_of(root)}
    assert len(helps) > 20
    assert {name: english_of(text) for name, text in helps.items()} == {name: set() for name in helps}
    assert {"ru": "Вызов: importer", "kk": "Шақыру: importer"}[chosen] in helps["importer"]
    assert {"ru": "[по умолчанию: 02:15]", "kk": "[әдепкі мәні: 02:15]"}[chosen] in helps["schedule"]


def test_the_help_in_english_is_as_typer_writes_it():
    command = get_command(app)
    plain = command.context_class(command, info_name="importer").get_help()
    assert put_in_language(command).context_class(command, info_name="importer").get_help() == plain
    assert help_in_language.said("Options") == "Options"


def usage_error(*words):
    command = get_command(app)
    try:
        command(list(words), prog_name="importer", standalone_mode=False)
    except Exception as exc:
        return exc
    raise AssertionError(words)


@pytest.mark.parametrize(
    "words",
    [
        ["--nope"],
        ["runx"],
        ["zzz"],
        ["run", "--nope"],
        ["template"],
        ["purge"],
        ["run", "a.csv", "b.csv"],
        ["run", "a.csv", "--limit"],
        ["run", "a.csv", "--fresh=1"],
        ["run", "a.csv", "--limit", "abc"],
        ["run", "a.csv", "--limit", "1.5"],
        ["run", "a.csv", "--limit", "0"],
        ["run", "a.csv", "--rate", "fast"],
        ["serve", "--port", "99999"],
        ["users", "add", "x", "--role", "owner", "--users", "f"],
        ["users", "add", "x", "--users", "f"],
    ],
)
def test_a_wrong_command_line_is_told_in_the_language(words):
    exc = usage_error(*words)
    text = in_words(exc.format_message())
    assert isinstance(text, Text)
    assert str(text) == exc.format_message().replace("Value error, ", "")
    for chosen in FOREIGN:
        with speaking(chosen):
            assert english_of(usage_text(exc, text)) == set()


@pytest.mark.parametrize("words", [["--nope"], ["--port", "x"], ["--quota-kind", "q"], ["--latency"], ["--re", "1"]])
def test_the_sandbox_speaks_the_language_too(words, capsys):
    with speaking("kk"):
        with pytest.raises(SystemExit) as ended:
            make_parser().parse_args(words)
        text = make_parser().format_help()
    assert ended.value.code == 2
    assert english_of(capsys.readouterr().err.splitlines()[-1]) == set()
    sentences = " ".join(re.findall(r"[^\x00-\x7f][^\n]*", text.partition("параметрлер:")[2]))
    assert english_of(sentences) - {"first", "byte", "freedom_id", "stdin", "bucket"} == set()


@pytest.mark.parametrize(
    "sentence",
    [
        "No such option: --emial (Possible options: --email)",
        "Input should be less than or equal to 9",
        "Invalid value for '--x': Input should be greater than or equal to 1",
    ],
)
def test_the_whole_of_a_sentence_is_told_where_its_beginning_is_one_too(sentence):
    with speaking("kk"):
        assert english_of(str(spoken(in_words(sentence), "kk"))) == set()


def test_a_sentence_of_a_library_that_is_not_known_stays_as_it_is():
    assert in_words("something else entirely") == "something else entirely"
    assert not isinstance(in_words("something else entirely"), Text)
    assert (
        spoken(in_words("Invalid value for '--x': something else"), "ru")
        == "Неверное значение для '--x': something else"
    )
    for given in ("No such option: --a or b", "Got unexpected extra argument(s) (a or b)"):
        assert "a or b" in spoken(in_words(given), "ru"), "what was typed stays as it is, too"
    assert len(set(LIBRARY_WORDS)) == len(LIBRARY_WORDS)


@pytest.mark.parametrize(
    "given",
    [
        {"timeout": "soon"},
        {"timeout": "-1s"},
        {"region": "KAZ"},
        {"max_invalid": "many"},
        {"max_shrink": "5"},
        {"max_growth": "x"},
        {"delimiter": "ab"},
        {"duplicates": "last"},
        {"optional": "skip"},
        {"columns": "other"},
        {"concurrency": "0"},
        {"concurrency": "2000"},
        {"rate": "0"},
        {"rate": "fast"},
        {"limit": "1.5"},
        {"sandbox": "perhaps"},
        {"language": "kz"},
        {"values": {"gender": {"0": "male"}}},
        {"values": {"nope": {"0": "M"}}},
        {"values": {"phone": {"0": "1"}}},
        {"values": {"gender": {"0": 1}}},
        {"values": "x"},
        {"notify": {"urls": "x"}},
        {"inbox": []},
        {"answers": "x"},
    ],
    ids=str,
)
def test_a_wrong_value_of_an_option_is_told_in_the_language(given):
    with pytest.raises(UsageError) as refused:
        load(given, look_around=False)
    assert isinstance(refused.value.sentence, Text)
    for chosen in FOREIGN:
        assert english_of(spoken(refused.value.sentence, chosen)) - {*given, "male", "skip", "last"} == set()


@pytest.mark.parametrize(
    "content",
    ["limt = 5", "token = 'x'", "limit = ", "retention = 5", "[values.gender]\n'0' = 1", "\x00"],
)
def test_a_wrong_configuration_file_is_told_in_the_language(tmp_path, content):
    path = tmp_path / "own.toml"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(UsageError) as refused:
        load({}, config=path, look_around=False)
    said = spoken(refused.value.sentence, "ru").replace(str(path), "")
    assert said != str(refused.value).replace(str(path), "")
    assert re.match(r"(?:файл настроек|параметр)", said), said


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        (["fields", "--language", "kk"], {"IMPORTER_LANGUAGE": "ru"}, "kk"),
        (["--language=ru", "--help"], {}, "ru"),
        (["run", "--language", "ru", "--language", "kk", "--help"], {}, "kk"),
        (["--help"], {"IMPORTER_LANGUAGE": "kk", "LANG": "ru_RU.UTF-8"}, "kk"),
        (["--help"], {"LC_ALL": "kk_KZ.UTF-8"}, "kk"),
        (["--help"], {"LC_ALL": "C"}, "en"),
        (["run", "--profile", "kk.toml", "--config", "ru.toml", "--help"], {}, "kk"),
        (["run", "--config=ru.toml", "--help"], {"LC_ALL": "C"}, "ru"),
        (["--help"], {"IMPORTER_CONFIG": "kk.toml"}, "kk"),
        (["--help"], {"IMPORTER_CONFIG": "~/from_notepad.toml"}, "kk"),
        (["--help"], {"IMPORTER_CONFIG": "broken.toml", "LANG": "ru_RU"}, "ru"),
        (["--help", "--config", "missing.toml"], {}, "en"),
        (["--language", "kz", "--help"], {"LANG": "ru_RU"}, "ru"),
        (["--language"], {}, "en"),
    ],
)
def test_the_language_before_the_settings_is_that_of_the_line_the_environment_a_file_or_the_locale(
    tmp_path, monkeypatch, arguments, environ, expected
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nothing"))
    for name in ("ru", "kk"):
        (tmp_path / f"{name}.toml").write_text(f'language = "{name}"\n', encoding="utf-8")
    (tmp_path / "from_notepad.toml").write_text('language = "kk"\n', encoding="utf-8-sig")
    (tmp_path / "broken.toml").write_text("language = ", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert language_told(["importer", *arguments], environ) == expected


def test_a_configuration_of_the_working_folder_or_of_the_person_tells_the_language_of_the_help(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    folder = tmp_path / "own" / "freedom-id-importer"
    folder.mkdir(parents=True)
    (folder / "importer.toml").write_text('language = "ru"\n', encoding="utf-8")
    assert language_told(["importer", "--help"], {"LANG": "C"}) == "ru"
    (tmp_path / "importer.toml").write_text('language = "kk"\n', encoding="utf-8")
    assert language_told(["importer", "--help"], {"LANG": "C"}) == "kk"


@pytest.mark.parametrize("chosen", FOREIGN)
def test_the_fields_are_explained_in_the_language(chosen):
    with speaking(chosen):
        text = field_list.as_text()
    rules = [
        line for line in text.splitlines() if not re.match(r"  (?:по-англ|ағылш|если ук|көрсетілсе|пример|мысал)", line)
    ]
    left = english_of("\n".join(rules)) - {"mailto", "male", "female", "ISO"}
    assert left - {word for word in left if word.isupper()} == set()


@pytest.mark.parametrize("chosen", FOREIGN)
def test_what_starts_the_inbox_and_what_it_lacks_speak_the_language(chosen):
    plan = plan_of(Settings(), None, "02:15")
    with speaking(chosen):
        files = {name: text for make in SCHEDULERS.values() for name, text in make(plan).items()}
        lacking = [spoken(lack) for lack in plan.missing]
    comments = re.findall(r"#\s.*|Description=.*|^\"\"\".*", "\n".join(files.values()), re.MULTILINE)
    assert len(comments) >= 8
    assert english_of("\n".join([*comments, *lacking])) - {"Description", "CHANGE_ME", "file", "dir", "config"} == set()
    english = SCHEDULERS["systemd"](plan)
    assert [re.sub("(?m)#.*|Description=.*", "", text) for text in english.values()] == [
        re.sub("(?m)#.*|Description=.*", "", files[name]) for name in english
    ]


def test_the_history_and_the_findings_of_the_doctor_speak_the_language(tmp_path):
    with speaking("kk"):
        assert show_runs(Settings(home=tmp_path), None) == "импорт әлі болған жоқ"
        assert (
            Diagnosis(Level.WARNING, Text("journal"), Text("a run is at work")).line()
            == "ескерту журнал: импорт жүріп жатыр"
        )
    assert (
        Diagnosis(Level.OK, Text("clock"), Text("agrees with the server's")).line()
        == "ok      clock: agrees with the server's"
    )


def test_what_the_system_says_is_said_in_the_language_wherever_it_stands():
    text = Text("{path}: cannot be read ({strerror})", path="No such file", strerror="No such file or directory")
    assert spoken(text, "ru") == "No such file: прочитать нельзя (такого файла или папки нет)"
    assert str(text) == "No such file: cannot be read (No such file or directory)"
