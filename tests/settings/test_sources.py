"""Which source may set what, and which one wins."""

import os
import re
from pathlib import Path

import pytest
from support.commands import Commands

from importer.errors import UsageError
from importer.journal.database.location import location_of
from importer.settings import Settings, load, load_senders
from importer.settings.journal_address import state_folder
from importer.settings.sources import FROM_ANYWHERE
from importer.storage import Storage
from importer.storage.trust import refuse_foreign_place

pytestmark = pytest.mark.usefixtures("importer")

OWN = Path("config/freedom-id-importer/importer.toml")

VALUES = {
    "url": '"https://thief.example"', "token_file": '"t"',
    "token_command": '"t"', "refresh_url": '"https://thief.example"', "home": '"h"',
    "journal": '"j.db"', "cluster": '"local"', "storage": '"s3://b"', "cluster_rows": "7",
    "cluster_ca_file": '"ca"', "cluster_cert_file": '"cert"', "cluster_key_file": '"key"',
    "key_file": '"k"',
    "output": '"o.csv"', "force": "true", "limit": "1", "concurrency": "2", "rate": "1.0",
    "attempts": "2", "timeout": '"1s"', "outage_limit": '"1s"', "retry_share": "0.5", "backoff": "1.0",
    "answers": '[{status = 400, verdict = "taken"}]', "sandbox": "true", "fresh": "true", "json": "true",
    "show_values": "true", "verbose": "1", "quiet": "true", "retention_days": "90",
    "inbox": '{dir = "/tmp"}', "settle": '"1s"', "marker": "true", "notify": '{urls = ["json://thief.example"]}',
    "update": "true", "accept_updates": "true", "accept_other_names": "true",
    "healthcheck": '"https://thief.example"', "metrics": '"m.prom"', "log_format": '"json"', "log_file": '"l"',
}  # fmt: skip


def test_every_key_is_either_allowed_to_a_found_file_or_tried_below() -> None:
    assert set(Settings.model_fields) - {"token"} == FROM_ANYWHERE | (set(VALUES) - {"json"}) | {"json_output"}


@pytest.mark.parametrize("key", sorted(VALUES))
def test_a_file_that_merely_lies_in_the_working_folder_may_not_set(key: str) -> None:
    Path("importer.toml").write_text(f"{key} = {VALUES[key]}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not named but found in the working folder"):
        load({})


@pytest.mark.parametrize("key", sorted(VALUES))
def test_a_named_file_may_set(key: str) -> None:
    Path("named.toml").write_text(f"{key} = {VALUES[key]}\n", encoding="utf-8")
    load({}, config=Path("named.toml"))


def test_a_found_file_may_say_how_files_are_read_and_checked() -> None:
    Path("importer.toml").write_text('region = "RU"\nmax_invalid = "5%"\nmap = ["A = phone"]\n', encoding="utf-8")
    settings = load({})
    assert (settings.region, settings.max_invalid, settings.map) == ("RU", "5%", ("A = phone",))


def test_ones_own_configuration_may_set_all_and_is_outranked_by_the_working_folder() -> None:
    OWN.parent.mkdir(parents=True)
    OWN.write_text('rate = 7\nregion = "RU"\n', encoding="utf-8")
    Path("importer.toml").write_text('region = "UZ"\n', encoding="utf-8")
    settings = load({})
    assert (settings.rate, settings.region) == (7.0, "UZ")


@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646])
def test_a_named_file_that_others_may_write_is_refused_with_the_command_that_mends_it(mode: int) -> None:
    named = Path("named.toml")
    named.write_text("rate = 7\n", encoding="utf-8")
    named.chmod(mode)
    with pytest.raises(UsageError, match="chmod go-w"):
        load({}, config=named)
    named.chmod(0o644)
    assert load({}, config=named).rate == 7.0


def test_a_file_in_a_folder_that_others_may_write_is_refused_by_its_name_and_by_where_links_lead() -> None:
    own, open_to_all, sticky, shared, volume = folders = [
        Path(name) for name in ("own", "open", "sticky", "shared", "volume")
    ]
    own_mode = 0o775 if os.geteuid() == 0 else 0o755  # who has no group of his own may not have it written by one
    for folder, mode in zip(folders, (own_mode, 0o777, 0o1777, 0o775, 0o777), strict=True):
        folder.mkdir()
        (folder / "token").touch()
        folder.chmod(mode)
    if os.geteuid() == 0:
        os.chown(shared, 0, 1)  # a group that is not this user's own
        with pytest.raises(UsageError, match=r"chmod go-w '.*/shared'"):
            refuse_foreign_place(shared / "token", "folder")
        refuse_foreign_place(own / "token", "folder")
        os.chown(volume, 1, 1)  # of somebody else: who is told could not mend it
        refuse_foreign_place(volume / "token", "folder")
    with pytest.raises(UsageError, match=r"chmod go-w '.*/open'"):
        refuse_foreign_place(open_to_all / "token", "folder")
    refuse_foreign_place(sticky / "token", "folder")
    for name, target in (("there", "../open/token"), ("on", "../open/back"), ("round", "round")):
        (own / name).symlink_to(target)
    (open_to_all / "back").symlink_to("../own/token")
    for name in ("there", "on"):
        with pytest.raises(UsageError, match=r"chmod go-w '.*/open'"):
            refuse_foreign_place(own / name, "folder")
    own.chmod(0o755)
    refuse_foreign_place(own / "round", "folder")
    refuse_foreign_place(own / "gone", "folder")


@pytest.mark.parametrize("named", [Path("x" * 300), Path("importer.toml/x"), Path("gone.toml")])
def test_a_named_file_that_cannot_even_be_looked_at_is_told_as_one_that_cannot_be_read(named: Path) -> None:
    Path("importer.toml").touch()
    with pytest.raises(UsageError, match="cannot be read"):
        load({}, config=named)


def test_the_null_device_is_an_empty_configuration_and_nobody_is_told_to_change_its_mode() -> None:
    assert load({}, config=Path(os.devnull)) == load({})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("IMPORTER_CONCURENCY", "IMPORTER_CONCURRENCY"),
        ("IMPORTER_MAXINVALID", "IMPORTER_MAX_INVALID"),
        ("IMPORTER_TOKEN_FILE", "FREEDOM_ID_TOKEN_FILE"),
        ("IMPORTER_JSN", "IMPORTER_JSON"),
        ("importer_limt", "IMPORTER_LIMIT"),
        ("FREEDOM_ID_URLL", "FREEDOM_ID_URL"),
        ("FREEDOM_ID_RATE", "IMPORTER_RATE"),
        ("freedom_id_tokn", "FREEDOM_ID_TOKEN"),
    ],
)
def test_a_mistyped_variable_is_an_error_that_names_the_nearest(
    name: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(UsageError, match=f"{name} is not known; did you mean {meant}"):
        load({})


@pytest.mark.parametrize(
    "name",
    [
        "IMPORTER_SERVICE_HOST", "IMPORTER_SERVICE_PORT", "IMPORTER_SERVICE_PORT_HTTP", "IMPORTER_PORT",
        "IMPORTER_PORT_8470_TCP", "IMPORTER_PORT_8470_TCP_PROTO", "IMPORTER_PORT_8470_TCP_ADDR",
        "FREEDOM_ID_SERVICE_HOST", "FREEDOM_ID_SERVICE_PORT_HTTP", "FREEDOM_ID_PORT", "FREEDOM_ID_PORT_80_TCP",
        "FREEDOM_ID_PORT_80_TCP_ADDR", "FREEDOM_ID_GATEWAY_SERVICE_HOST", "IMPORTER_WEB_PORT_8471_TCP_PORT",
    ],
)  # fmt: skip
def test_the_variables_of_a_kubernetes_service_are_no_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "tcp://10.0.0.1:8470")
    load({})


@pytest.mark.parametrize("name", ["FREEDOM_ID_CLIENT_SECRET", "FREEDOM_ID_REDIRECT_URI", "FREEDOM_ID_SECRET"])
def test_a_variable_of_another_program_of_the_same_api_is_none_of_ours(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    load({})


@pytest.mark.parametrize("variable", ["IMPORTER_CONFIG", "importer_config"])
def test_a_variable_names_a_file_in_capital_and_in_small_letters(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "named.toml").write_text("limit = 7\n", encoding="utf-8")
    monkeypatch.setenv(variable, str(tmp_path / "named.toml"))
    assert load({}).limit == 7


@pytest.mark.parametrize(("region", "why"), [("ZZ", "no country has this code"), ("uk", "code; did you mean GB?")])
def test_a_region_that_no_country_has_is_refused_though_no_phone_may_need_it(region: str, why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        load({"region": region})
    assert [load({"region": known}).region for known in ("kz", "GB", "XK")] == ["KZ", "GB", "XK"]


def test_a_wrong_key_of_a_source_is_refused_by_every_command(importer: Commands, tmp_path: Path) -> None:
    named = tmp_path / "named.toml"
    text = '[inbox]\ndir = "in"\n[[inbox.source]]\nmatch = "a*"\nname = "crm"\n{key} = 1\n'
    for key, nearest in {"max_invald": "max_invalid", "profil": "profile", "shet": "sheet"}.items():
        named.write_text(text.format(key=key), encoding="utf-8")
        ended = importer("runs", "--config", named)
        assert ended.code == 2
        assert f"[[inbox.source]] crm: unknown key '{key}'; did you mean {nearest}?; known are" in ended.err


def test_the_command_says_it_with_exit_2(importer: Commands, tmp_path: Path) -> None:
    (tmp_path / "importer.toml").write_text('url = "https://thief.example"\n', encoding="utf-8")
    ended = importer("validate", tmp_path / "none.csv")
    assert ended.code == 2
    assert "'url'" in ended.err
    assert "--config" in ended.err


@pytest.mark.parametrize("name", ["URL", "TOKEN", "TOKEN_FILE", "TOKEN_COMMAND", "REFRESH_URL", "JSON", "url", "HOME"])
def test_a_variable_of_another_program_that_is_called_like_an_option_sets_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load({})
    monkeypatch.setenv(name, "https://thief.example")
    assert load({}) == before


def test_variables_set_options_tables_as_json_and_an_empty_one_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEDOM_ID_URL", "https://api.example")
    monkeypatch.setenv("importer_rate", "3")
    monkeypatch.setenv("IMPORTER_JSON", "true")
    monkeypatch.setenv("IMPORTER_SHEET", "")
    monkeypatch.setenv("IMPORTER_MAP", "A = phone; B = email")
    monkeypatch.setenv("IMPORTER_INBOX", '{"dir": "in"}')
    settings = load({})
    assert (settings.url, settings.rate, settings.json_output, settings.sheet) == ("https://api.example", 3.0, True, "")
    assert (len(settings.map), settings.inbox.dir) == (2, Path("in"))


def test_a_table_in_a_variable_that_is_no_json_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_VALUES", "gender.0 = M")
    with pytest.raises(UsageError, match="IMPORTER_VALUES is no JSON"):
        load({})


WRONG = {
    "[inbox]\ndir = '/in'\nsettle = 0": "inbox.settle = 0: this is no key of [inbox] but an option of its own: write",
    "[notify]\nmarker = true": "notify.marker: this is no key of [notify] but an option of its own",
    "[inbox]\ndirr = 'x'": 'inbox.dirr = "x": unknown key of [inbox]; did you mean dir?; known are dir, source',
    "[inbox]\ndir = 5": "inbox.dir = 5: write a path in quotation marks",
    "inbox = 'x'": 'inbox = "x": write a table',
    "[inbox.source]\nmatch = '*.csv'": 'inbox.source = {"match": "*.csv"}: write a table for each: [[inbox.source]]',
    "[[inbox.source]]\nname = 'a'": "inbox.source[1].match: Field required",
    "[[inbox.source]]\nmatch = '*'\nname = 'a'\nrate = 0": "rate = 0: Input should be greater than 0",
    "[notify]\non = 'success'": 'notify.on = "success": write a list',
    "[notify]\non = ['sucess']": "notify.on[1] = \"sucess\": Input should be 'success', 'rejected-rows', 'refused'",
    "[notify]\nurls = 'tgram://SECRET'": "notify.urls: write a list",
    "[notify]\nurl = ['tgram://SECRET']": "notify.url: unknown key of [notify]; did you mean urls?; known are urls, on",
    "[inbox]\ndri = 'x'": 'inbox.dri = "x": unknown key of [inbox]; did you mean dir?; known are dir, source',
    "[inbox]\nurl = 'x'": 'inbox.url = "x": this is no key of [inbox] but an option of its own',
    "jsn = true": "unknown key 'jsn'; did you mean json?; known are",
    "jason = true": "unknown key 'jason'; did you mean json?; known are",
    "[inbox]\nforce = true": "inbox.force = true: this is no key of [inbox] but an option of its own",
    "rat = 3": "inbox, journal, json, key_file",
    "healthcheck = ['https://hc/SECRET']": "healthcheck: Input should be a valid string",
    "[retention]\ndays = 0": "retention.days = 0: Input should be greater than or equal to 1",
    "[retention]\ndayz = 9": "retention.dayz = 9: unknown key of [retention]; did you mean days?; known are days",
    "[[answers]]\nverdict = 'tkaen'": "verdict 'tkaen' must be one of taken",
    "answers = [1]": "answers[1] = 1: write a table",
    "[values.gender]\n'0' = 1": '[values.gender] "0" = 1: write the value in quotation marks',
    "settle = 'soon'": 'settle = "soon": expected a duration like 900',
    "concurrency = 5000": "concurrency = 5000: Input should be less than or equal to 1024",
    "settle = inf": "settle = Infinity: Input should be less than or equal to 31536000",
    "timeout = '9999999h'": "timeout = 35999996400.0: Input should be less than or equal to 31536000",
    "rate = inf": "rate = Infinity: Input should be less than or equal to 1000000",
    "limit = true": "limit = true: Input should be a valid number",
    "[retention]\ndays = true": "retention.days = true: Input should be a valid number",
    "json = 'maybe'": 'json = "maybe": Input should be a valid boolean',
}


def test_a_configuration_that_notepad_saved_is_read() -> None:
    named = Path("named.toml")
    named.write_text('region = "UZ"\n', encoding="utf-8-sig")
    assert load({}, config=named).region == "UZ"


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_value_of_any_table_is_told_with_its_file_its_key_and_what_is_allowed(text: str) -> None:
    named = Path("named.toml")
    named.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_senders(load({}, config=named), {}, config=named)
    told = str(refused.value)
    assert told.startswith("configuration file named.toml")
    assert WRONG[text] in told
    assert "SECRET" not in told
    russian = refused.value.sentence.said_in("ru")
    assert not {"write", "unknown", "should", "expected", "option"} & set(russian.replace(":", " ").split()), russian


def test_a_wrong_value_of_a_variable_or_a_flag_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_RATE", "-1")
    with pytest.raises(UsageError, match=r'environment variable IMPORTER_RATE: rate = "-1": Input should be greater'):
        load({})
    with pytest.raises(UsageError, match=r"option rate '-3': Input should be greater"):
        load({"rate": "-3"})


def test_a_configuration_that_is_a_pipe_is_refused_instead_of_half_read(importer: Commands, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe, 0o600)
    for option in ("--profile", "--config"):
        ended = importer("validate", tmp_path / "users.csv", option, pipe)
        assert (ended.code, "is a pipe" in ended.err) == (2, True), ended.err


def test_a_tilde_leads_home_in_every_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "somebody"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    paths = sorted(key for key, field in Settings.model_fields.items() if "Path" in str(field.annotation))
    assert len(paths) == 9
    (home / "it.toml").write_text("".join(f'{key} = "~/{key}"\n' for key in paths), encoding="utf-8")
    (home / "profile.toml").write_text("rate = 7\n", encoding="utf-8")
    monkeypatch.setenv("IMPORTER_CONFIG", "~/it.toml")
    monkeypatch.setenv("IMPORTER_INBOX", '{"dir": "~/inbox", "source": [{"match": "x*", "profile": "~/profile.toml"}]}')
    for variable in ("IMPORTER_HOME", "FREEDOM_ID_TOKEN_FILE"):
        monkeypatch.delenv(variable, raising=False)
    settings = load({})
    assert {key: getattr(settings, key) for key in paths} == {key: home / key for key in paths}
    assert settings.inbox.dir == home / "inbox"
    assert load_senders(settings.model_copy(update={"output": None}), {"output": None})["x*"].rate == 7
    monkeypatch.setenv("IMPORTER_HOME", "~/state")
    assert state_folder() == load({}).home == home / "state"


def test_a_tilde_of_nobody_is_a_name(tmp_path: Path) -> None:
    settings = Settings(home="~nobody-at-all/it", journal="~nobody-at-all/j.db", storage="~nobody-at-all/s")
    assert settings.home == Path("~nobody-at-all/it")
    assert location_of(settings.journal_location).path == Path.cwd() / "~nobody-at-all/j.db"
    assert Storage(settings.storage).folder == Path.cwd() / "~nobody-at-all/s"
