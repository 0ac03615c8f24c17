"""The command line in this process, against a sandbox over real sockets, with a state folder of its own."""

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from importer.cli.app import main
from importer.sandbox import Sandbox, SandboxOptions

SAMPLES = Path(__file__).parents[2] / "sample_data"


@dataclass
class Ended:
    """How a command ended; ``code`` is negative for a signal."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


class Commands:
    """Runs commands as a user would, and never lets a traceback through."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *arguments: object, **environ: str) -> Ended:
        self._capsys.readouterr()
        with (
            self._monkeypatch.context() as patch,
            mock.patch.dict(os.environ),
        ):  # a command may set variables of its own
            patch.setattr("sys.argv", ["importer", *map(str, arguments)])
            for name, value in environ.items():
                patch.setenv(name, value)
            try:
                code = main()
            except SystemExit as exc:
                code = exc.code if isinstance(exc.code, int) else 0
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        assert "a defect of the importer" not in captured.err
        return Ended(code, captured.out, captured.err)


@pytest.fixture
def importer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Commands:
    """The command line, with an empty state folder and no configuration around."""
    for name in list(os.environ):
        if name.startswith(("IMPORTER_", "FREEDOM_ID_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return Commands(capsys, monkeypatch)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, importer: Commands) -> Iterator[Sandbox]:
    """A faultless sandbox that the environment points to; ``.set`` orders faults."""
    del importer
    with Sandbox(SandboxOptions()) as running:
        monkeypatch.setenv("FREEDOM_ID_URL", running.url)
        monkeypatch.setenv("FREEDOM_ID_TOKEN", running.token)
        yield running


def read_rows(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> list[dict[str, str]]:
    """The records of a CSV output."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def write_users(path: Path, phones: list[str], **columns: list[str]) -> Path:
    """A CSV file of users with these phones."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["phone", *columns])
        writer.writerows(zip(phones, *columns.values(), strict=True))
    return path
