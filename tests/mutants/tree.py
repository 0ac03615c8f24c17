"""A copy of the tracked files to spoil, and runs of its tests in forks of this process."""

import compileall
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from drawing import ROOT, Mutant

LOADED: Final = (
    "pandas", "pandera.pandas", "pyarrow.compute", "httpx", "tenacity", "sqlalchemy", "typer", "rich.table", "pydantic",
    "phonenumbers", "babel", "openpyxl", "xlsxwriter", "starlette.applications", "uvicorn", "hypothesis", "orjson",
)  # fmt: skip
"""Libraries that nearly every test needs, loaded once: each run of pytest is a fork of this process."""


@dataclass(eq=False)  # (pytest wants to hash it)
class Told:
    """A pytest plugin: how long each test took, and which one failed or was skipped."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Each test reports its setup, its call and its teardown."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.outcome != "passed":
            (self.failed if report.outcome == "failed" else self.skipped).append(report.nodeid)


class Tree:
    """The copy; what is not mutated is compiled once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for file in filter(lambda name: (ROOT / name).exists(), listed.splitlines()):
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target)
        for package in ("importer", "schemas"):
            compileall.compile_dir(str(folder / package), quiet=1)
        for library in LOADED:
            importlib.import_module(library)

    def spoilt(self, mutant: Mutant, tests: Sequence[str], each: float, most: float) -> Told | None:
        """What the tests say of a mutant until the first that fails; nothing where they did not come to an end."""
        target = self.folder / mutant.module
        target.write_text(mutant.source, encoding="utf-8")
        try:
            return self.run(["-x", f"--timeout={each:.0f}", *tests], most)
        finally:
            shutil.copy2(ROOT / mutant.module, target)

    def run(self, asked: Sequence[str], most: float, *plugins: object) -> Told | None:
        """What pytest tells that is asked so; nothing where it took more than so many seconds, or fell."""
        said = self.folder.with_suffix(".said")
        said.unlink(missing_ok=True)
        child = multiprocessing.get_context("fork").Process(target=self._pytest, args=(asked, said, plugins))
        child.start()
        child.join(most)
        if child.pid and child.exitcode is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.join()
        return Told(**json.loads(said.read_text(encoding="utf-8"))) if said.exists() else None

    def _pytest(self, asked: Sequence[str], said: Path, plugins: tuple[object, ...]) -> None:
        """In a process group of its own, so that nothing it has started outlives it; with no plugin but the timeout."""
        os.setsid()
        os.chdir(self.folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        output = os.open(said.with_suffix(".output"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.path[0] = str(self.folder)
        sys.dont_write_bytecode = True  # what is compiled is never of a spoilt module
        os.environ |= {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        told = Told()
        plain = ["-q", "-m", "not chaos", "-p", "no:cacheprovider", "-p", "pytest_timeout"]
        code = pytest.main([*plain, *asked], plugins=[told, *plugins])
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} and not told.failed:
            told.failed.append("")  # not even collected
        said.write_text(json.dumps(vars(told)), encoding="utf-8")
        os.killpg(0, signal.SIGKILL)
