"""Files that start the inbox every night are what their scheduler takes, and say what is still to be filled in."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes_validate  # type: ignore[import-untyped]  # the package ships no types
import pytest
import yaml
from support.commands import Commands


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "nightly.toml"
    path.write_text(f'token_file = "{tmp_path}/token"\n[inbox]\ndir = "{tmp_path}/the inbox 50%"\n', encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_units_files_are_what_systemd_takes(importer: Commands, config: Path, tmp_path: Path) -> None:
    ended = importer("schedule", "systemd", "--config", config, "--at", "3:05", "-o", tmp_path)
    assert ended.code == 0
    timer = (tmp_path / "freedom-id-import.timer").read_text(encoding="utf-8")
    assert "OnCalendar=*-*-* 03:05:00" in timer
    assert "Persistent=true" in timer
    service = tmp_path / "freedom-id-import.service"
    text = re.sub(r"(?m)^(User)=.*$", r"\1=daemon", service.read_text(encoding="utf-8"))
    text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text)
    service.write_text(text, encoding="utf-8")
    if shutil.which("systemd-analyze") is None:
        assert not os.environ.get("CI"), "CI needs systemd-analyze"
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "verify", "--man=no", str(service), str(tmp_path / "freedom-id-import.timer")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, [line for line in checked.stderr.splitlines() if "freedom-id" in line]) == (0, [])


ODD = ["O'Brien", 'a"b', "do$HOME", "back\\slash", "Папка имён; 50% #1"]


@pytest.mark.parametrize("name", ODD)
def test_a_unit_and_a_cron_line_lead_to_any_folder(importer: Commands, tmp_path: Path, name: str) -> None:
    """What systemd and a shell make of them is what the configuration says."""
    top = tmp_path / name
    (top / "inbox").mkdir(parents=True)
    config = top / "n.toml"
    config.write_text(f"home = {json.dumps(f'{top}/home')}\n[inbox]\ndir = {json.dumps(f'{top}/inbox')}\n", "utf-8")
    config.chmod(0o600)
    unit = importer("schedule", "systemd", "--config", config, IMPORTER_HOME=f"{top}/home").out
    line = importer("schedule", "cron", "--config", config, IMPORTER_HOME=f"{top}/home").out
    assert "WorkingDirectory" not in unit
    words = {key: value for key, _, value in (text.partition("=") for text in unit.splitlines())}
    command = ["inbox", f"{top}/inbox", "--config", str(config)]
    assert command_words(words["ExecStart"])[1:] == command
    assert command_words(words["ExecStartPre"])[-1] == f"{top}/home"
    assert unit_words(words["ReadWritePaths"])[:2] == [f"{top}/inbox", f"{top}/home"]
    assert f"IMPORTER_HOME={top}/home" in [unit_words(text[12:])[0] for text in re.findall("(?m)^Environment=.*", unit)]
    shown = re.sub(r" /\S+/importer ", " printf '%s\\\\n' ", line.split(" ", 5)[5].replace("\\%", "%"))
    shell = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True)
    assert shell.stdout.splitlines()[: len(command)] == command
    assert (top / "home" / "freedom-id-import.last").stat().st_mode & 0o777 == 0o600


def unit_words(text: str) -> list[str]:
    """As systemd takes a line apart: quotes, a backslash before what is meant itself, and %% for a %."""
    assert not re.search(r"(?<!%)(%%)*%(?!%)", text)
    return shlex.split(text.replace("%%", "%"))


def command_words(text: str) -> list[str]:
    """In a command a $ would begin a variable, and $$ is one."""
    assert "$" not in text.replace("$$", "")
    return unit_words(text.replace("$$", "$"))


def test_a_relative_path_of_a_configuration_means_the_folder_that_it_was_scheduled_in(
    importer: Commands, config: Path, tmp_path: Path
) -> None:
    config.write_text(f'journal = "sqlite:///books.db"\n{config.read_text("utf-8")}', encoding="utf-8")
    wanted = {
        "systemd": f"\nWorkingDirectory={tmp_path}\n",
        "cron": f"&& cd {tmp_path} && ",
        "airflow": f"cwd='{tmp_path}'",
    }
    for scheduler, text in wanted.items():
        assert text in importer("schedule", scheduler, "--config", config).out


@pytest.mark.parametrize("told", ['storage = "parts"', f'token_command = "./token.sh {"x" * 300}"'])
def test_so_does_that_of_a_storage_or_of_what_prints_the_token(
    importer: Commands, config: Path, tmp_path: Path, told: str
) -> None:
    (tmp_path / "token.sh").touch()
    token = f'token_file = "{tmp_path}/secrets/token"'
    config.write_text(f"{told}\n{token}\n[inbox]\ndir = '{tmp_path}/inbox'", encoding="utf-8")
    unit = importer("schedule", "systemd", "--config", config).out
    assert f"\nWorkingDirectory={tmp_path}\n" in unit
    assert ("parts" in told) == (str(tmp_path) in re.findall("(?m)^ReadWritePaths=(.*)$", unit)[0].split())


def test_the_command_is_found_also_where_python_started_it(config: Path) -> None:
    command = [sys.executable, "-m", "importer", "schedule", "cron", "--config", str(config)]
    line = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f" {Path(sys.executable).with_name('importer')} inbox " in line


def test_files_that_somebody_has_filled_in_stay(importer: Commands, config: Path, tmp_path: Path) -> None:
    given = ("schedule", "systemd", "--config", config, "-o", tmp_path)
    assert importer(*given).code == importer(*given).code == 0
    unit, timer = (tmp_path / f"freedom-id-import.{kind}" for kind in ("service", "timer"))
    unit.write_text(unit.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    timer.unlink()
    ended = importer(*given)
    assert (ended.code, f"{unit} is there already" in ended.err) == (2, True)
    assert unit.read_text(encoding="utf-8").endswith("# mine\n")
    assert not timer.exists()


def test_a_cron_job_is_what_kubernetes_takes_and_runs_alone(importer: Commands, config: Path) -> None:
    job = yaml.safe_load(importer("schedule", "kubernetes", "--config", config).out)
    kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_a_cluster_is_what_kubernetes_takes_and_lets_nobody_else_in(importer: Commands, config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(
        'cluster = "tls://freedom-id-scheduler:8786"\nstorage = "/data/storage"\n' + text, encoding="utf-8"
    )
    documents = [one for one in yaml.safe_load_all(importer("schedule", "kubernetes", "--config", config).out) if one]
    documents = [part for one in documents for part in (one if isinstance(one, list) else [one])]
    for document in documents:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    kinds = {document["kind"]: document for document in documents}
    assert sorted(document["kind"] for document in documents) == [
        "CronJob", "Deployment", "Deployment", "NetworkPolicy", "Service",
    ]  # fmt: skip
    own = kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    pods = [one["spec"]["template"] for one in documents if one["kind"] == "Deployment"]
    pods.append(kinds["CronJob"]["spec"]["jobTemplate"]["spec"]["template"])
    for pod in pods:
        assert own.items() <= pod["metadata"]["labels"].items()
        assert {"storage", "tls"} <= {volume["name"] for volume in pod["spec"]["volumes"]}
        assert pod["spec"]["enableServiceLinks"] is False
    for pod in pods[:2]:
        assert "--tls-key" in pod["spec"]["containers"][0]["command"]


def test_a_cron_line_has_all_that_crons_empty_environment_lacks(importer: Commands, config: Path) -> None:
    (line,) = importer("schedule", "cron", "--config", config, "--at", "02:15").out.splitlines()
    assert line.startswith("15 2 * * * mkdir -p -m 700 ")
    assert "&& IMPORTER_HOME=" in line
    assert f"--config {config}" in line
    assert "FREEDOM_ID_TOKEN_FILE=" in line
    assert not re.search(r"(?<!\\)%", line)


def test_a_cron_line_runs_also_where_a_share_refuses_rights(importer: Commands, config: Path, tmp_path: Path) -> None:
    line = importer("schedule", "cron", "--config", config, IMPORTER_HOME=f"{tmp_path}/home").out
    refusing = tmp_path / "bin"
    refusing.mkdir()
    for name, code in (("chmod", 1), ("importer", 0)):
        (refusing / name).write_text(f"#!/bin/sh\necho {name} >&2\nexit {code}\n", encoding="utf-8")
        (refusing / name).chmod(0o700)
    private, _, command = line.split(maxsplit=5)[5].rpartition("IMPORTER_HOME=")
    command = re.sub(r" \S+ inbox .* 2>", f" {refusing}/importer 2>", f"IMPORTER_HOME={command}")
    path = f"{refusing}:{os.environ['PATH']}"
    assert subprocess.run(["sh", "-c", private + command], env={"PATH": path}, check=False).returncode == 0
    assert (tmp_path / "home" / "freedom-id-import.last").read_text(encoding="utf-8") == "importer\n"


def test_a_dag_is_python_and_takes_exit_code_1_for_a_success(importer: Commands, config: Path) -> None:
    text = importer("schedule", "airflow", "--config", config).out
    words = {node.arg: node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.keyword)}
    command = ast.literal_eval(words["bash_command"]).replace("sleep ", "true ")
    program = re.search(r"do (\S+) inbox ", command)
    assert program
    for codes, ending in (("0", 0), ("1", 0), ("3", 3), ("4 4 1", 0), ("4 0", 0), ("4 4 4 0", 4), ("5", 5)):
        script = f"codes=({codes})\nstub() {{ code=${{codes[0]}}; codes=(${{codes[@]:1}}); return $code; }}\n"
        shell = subprocess.run(["bash", "-c", script + command.replace(program[1], "stub")], check=False)
        assert shell.returncode == ending, codes


@pytest.mark.parametrize("scheduler", ["systemd", "cron", "kubernetes", "airflow"])
def test_what_the_configuration_lacks_is_said_and_never_guessed(importer: Commands, scheduler: str) -> None:
    ended = importer("schedule", scheduler)
    assert ended.code == 0
    assert "to be filled in: the configuration" in ended.err
    assert "to be filled in: the inbox" in ended.err
    assert "CHANGE_ME" in ended.out
    assert "to be filled in" not in ended.out


def test_the_folder_that_the_files_are_written_to_is_made(importer: Commands, config: Path, tmp_path: Path) -> None:
    assert importer("schedule", "cron", "--config", config, "-o", tmp_path / "new" / "folder").code == 0
    assert (tmp_path / "new" / "folder" / "freedom-id-import.cron").is_file()


@pytest.mark.parametrize("arguments", [("anacron",), ("cron", "--at", "25:00"), ("cron", "-o", "/dev/null")])
def test_what_cannot_be_scheduled_is_said(importer: Commands, arguments: tuple[str, ...]) -> None:
    ended = importer("schedule", *arguments)
    assert ended.code in {2, 4}
    assert arguments[-1] in ended.err


def test_a_unit_may_write_where_the_configuration_writes_and_says_which_secrets_it_needs(
    importer: Commands, tmp_path: Path
) -> None:
    (tmp_path / "log").mkdir()
    path = tmp_path / "nightly.toml"
    path.write_text(
        f'token_file = "{tmp_path}/secrets/token"\nmetrics = "{tmp_path}/prom/importer.prom"\n'
        f'log_file = "{tmp_path}/log/importer.log"\njournal = "sqlite:///{tmp_path}/books/journal.db"\n'
        f'[inbox]\ndir = "{tmp_path}/inbox"\n[notify]\nurls = ["env:OPS_CHANNEL"]\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    ended = importer("schedule", "systemd", "--config", path)
    (writable,) = re.findall("(?m)^ReadWritePaths=(.*)$", ended.out)
    wanted = {tmp_path / name for name in ("inbox", "home", "secrets", "prom", "log", "books")}
    assert {Path(folder) for folder in writable.split()} == wanted
    assert "EnvironmentFile=" in ended.out
    assert "to be filled in: the variable OPS_CHANNEL" in ended.err
    job = yaml.safe_load(importer("schedule", "kubernetes", "--config", path).out)
    kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert {"OPS_CHANNEL", "IMPORTER_HOME"} <= {variable["name"] for variable in container["env"]}
