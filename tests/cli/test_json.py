"""What ``--json`` prints, however a command ends: held against the schema that documents it."""

import json
from pathlib import Path

import jsonschema
import pytest
from support.commands import Commands, Ended, write_users

from importer.cli import app
from importer.sandbox import Sandbox

SCHEMA = json.loads(Path(app.__file__).with_name("summary.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def told(ended: Ended, code: int, api: str = "") -> dict[str, object]:
    content = ended.json
    VALIDATOR.validate(content)
    assert (ended.code, content["exit_code"]) == (code, code), ended.err
    assert content["api"] == api
    assert content["started_at"] <= content["ended_at"]
    assert {"python", "pandas", "freedom-id-importer"} <= set(content["versions"])
    return content


def test_every_end_of_every_command_is_as_the_schema_says(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    VALIDATOR.check_schema(SCHEMA)
    api = sandbox.url.rstrip("/")
    users = write_users(tmp_path / "users.csv", ["+77010000001", "12", "+77010000001"], gender=["M", "5", "F"])
    told(importer("validate", users, "--json"), 1, api)
    run = told(importer("run", users, "--json"), 1, api)
    told(importer("report", run["run"], "--json"), 1, api)
    told(importer("merge", "users.result.csv", "users.result.csv", "--json"), 2)
    rejected = (tmp_path / "users.rejected.csv").read_text(encoding="utf-8").replace(",5,3,", ",5,30,")
    (tmp_path / "no_such_row.csv").write_text(rejected, encoding="utf-8")
    told(importer("merge", "users.result.csv", "no_such_row.csv", "--json"), 5)
    assert len(told(importer("verify", run["run"], "--json"), 0)["agree"]) == 3
    assert told(importer("verify", run["run"], users, "--json"), 2)["error"] == "UsageError"
    assert told(importer("verify", "none", "--json"), 2)["command"] == "verify"
    assert told(importer("report", run["run"], "--unconfirmed", "--json"), 0)["unconfirmed"] == 0
    assert told(importer("runs", "none", "--json"), 2)["error"] == "UsageError"
    assert told(importer("runs", "latest", "--json", "--journal", "none.db"), 2)["error"] == "UsageError"
    told(importer("merge", "none.csv", "users.result.csv", "--json"), 3)
    changed = (tmp_path / "users.result.csv").read_text(encoding="utf-8").replace(",created,", ",exists,")
    (tmp_path / "changed.csv").write_text(changed, encoding="utf-8")
    assert told(importer("verify", run["run"], "changed.csv", "--json"), 5)["error"] == "BooksDontBalance"
    assert told(importer("run", users, "--json", "--fresh", "--max-invalid", "0"), 3, api)["rejected"]
    assert told(importer("run", "none.csv", "--json"), 3, api)["error"] == "RefusedFile"
    assert told(importer("run", users, "--json", "--no-such"), 2)["error"] == "UsageError"
    assert told(importer("run", "--json"), 2)["command"] == "run"
    assert told(importer("validate", users, "--json", "--max-invalid", "x"), 2)["error"] == "UsageError"
    assert told(importer("run", users, "--json", "--fresh", FREEDOM_ID_TOKEN=""), 2, api)["error"] == "UsageError"
    assert told(importer("run", users, "--json", IMPORTER_RAET="1"), 2)["error"] == "UsageError"
    down = "http://127.0.0.1:9"
    told(importer("run", users, "--json", "--url", down, "--outage-limit", "0s"), 4, down)


def test_a_defect_is_told_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, importer: Commands
) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("importer.validate_file.open_input", broken)
    monkeypatch.setattr("sys.argv", ["importer", "validate", "users.csv", "--json"])
    assert app.main() == 70
    content = json.loads(capsys.readouterr().out)
    VALIDATOR.validate(content)
    assert (content["exit_code"], content["error"]) == (70, "Defect")
