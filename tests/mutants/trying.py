"""Whether a test notices a mutant: its tests are run in a copy of the tree, the ones that are about it first."""

import compileall
import importlib
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from drawing import ROOT, Mutant

NEAR: Final = {
    "importer/creating": "tests/creating",
    "importer/freedom_id": "tests/freedom_id/test_*answer*.py tests/freedom_id/test_failure*.py",
    "importer/cleaning": "tests/cleaning tests/validation",
    "importer/validation": "tests/validation",
    "importer/planning": "tests/pipeline/test_[cefglru]*.py",
    "importer/reporting": "tests/reporting tests/pipeline/test_[rs]*.py",
    "importer/operations": "tests/operations/test_masked_answer.py tests/cli/test_try_api.py",
    "importer/errors.py": "tests/reporting",
    "importer/journal": "tests/journal/test_[bc]*.py tests/journal/test_journal_[bclopr]*.py",
    "importer/messages": "tests/messages tests/validation",
    "schemas": "tests/schemas tests/cleaning tests/validation",
}
"""What is mutated → the tests around it."""

WIDE: Final = ("tests/pipeline", "tests/cli", "tests/inputs", "tests/exports", "tests/messages", "tests/mapping")
"""What is asked beside them about a mutant that survives those."""

SLOW: Final = (
    "tests/cleaning/test_phone_spellings.py::test_the_digits_that_are_sent_stand_together_in_the_cell",
    "tests/cleaning/test_clean_frame.py::test_cleaning_what_is_clean_changes_nothing",
    "tests/cleaning/test_clean_frame.py::test_whatever_the_cells_hold_rows_stay_and_nothing_changes_without_a_record",
    "tests/cleaning/test_clean_frame.py::test_without_notes_all_else_is_the_same",
    "tests/creating/test_repeated_ids.py",
    "tests/validation/test_fast_checks.py",
    "tests/validation/test_repeat_exchange.py",
    "tests/schemas/test_fields.py",
)
"""Half of the time of the near ones: these come with the wide ones."""

LOADED: Final = (
    "pandas", "pandera.pandas", "pyarrow.compute", "httpx", "tenacity", "sqlalchemy", "typer", "rich.table", "pydantic",
    "phonenumbers", "babel", "openpyxl", "xlsxwriter", "starlette.applications", "uvicorn", "hypothesis", "orjson",
)  # fmt: skip
"""Libraries that nearly every test needs, loaded once: each run of pytest is a fork of this process."""

FEW: Final = 6
"""Test files: a module that more of them import is no subject of theirs."""

SECONDS: Final = 600
"""A mutant whose tests take longer hangs; a test of the near ones after a twentieth of that. Both are noticed."""


class Tree:
    """A copy of the tracked files to spoil; what is not mutated is compiled once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passed: list[list[str]] = []
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for file in filter(lambda name: (ROOT / name).exists(), listed.splitlines()):
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target)
        for package in ("importer", "schemas"):
            compileall.compile_dir(str(folder / package), quiet=1)
        for library in LOADED:
            importlib.import_module(library)

    def kills(self, mutant: Mutant, *, wide: bool) -> bool:
        """Whether a test fails, or never ends, once the mutation is made.

        Raises:
            SystemExit: One fails without it.
        """
        own, akin, around = self._near(mutant.module)
        asked = [own, akin, around, [*SLOW], [*WIDE]] if wide else [own, akin] if own or akin else [around]
        limit = "--timeout=120" if wide else "--timeout=30"
        return any(self._notice(mutant, tests, limit) for tests in asked if tests)

    def _notice(self, mutant: Mutant, tests: list[str], limit: str) -> bool:
        if tests not in self._passed:
            if self._fails(tests, limit, compiled=True):
                sys.exit(f"without any mutation there is a test that fails in {' '.join(tests)}")
            self._passed.append(tests)
        target = self._folder / mutant.module
        target.write_text(mutant.source, encoding="utf-8")
        try:
            return self._fails(tests, limit)
        finally:
            shutil.copy2(ROOT / mutant.module, target)

    def _near(self, module: str) -> list[list[str]]:
        """The module's own test files; others that import it or share a word with its name; the rest around it."""
        around = next(tests for place, tests in NEAR.items() if module.startswith(place)).split()
        files = {str(path.relative_to(self._folder)) for pattern in around for path in self._files(pattern)} - {*SLOW}
        importing = set(self._importing(module)) - {*SLOW}  # else a module of theirs alone would have no test at all
        importing = importing if len(importing) <= FEW else importing & files
        akin = {name for name in files | importing if _words(module) & _words(name)}
        own = importing & akin
        return [sorted(own), sorted((importing | akin) - own), sorted(files - importing - akin)]

    def _files(self, pattern: str) -> Iterator[Path]:
        return self._folder.glob(pattern if pattern.endswith(".py") else f"{pattern}/test_*.py")

    def _importing(self, module: str) -> Iterator[str]:
        package, _, name = module.removesuffix(".py").replace("/", ".").rpartition(".")
        imported = re.compile(rf"\b{re.escape(package)}(?:\.| import .*\b){name}\b(?!\.)")
        for path in sorted(self._folder.glob("tests/*/test_*.py")):
            if path.parent.name != "chaos" and imported.search(path.read_text(encoding="utf-8")):
                yield str(path.relative_to(self._folder))

    def _fails(self, tests: list[str], limit: str, *, compiled: bool = False) -> bool:
        """``compiled``: whether what is compiled may be kept; not where a module is spoilt."""
        child = multiprocessing.get_context("fork").Process(target=self._pytest, args=(tests, limit, compiled))
        child.start()
        child.join(SECONDS)
        if child.exitcode is None and child.pid:
            os.killpg(child.pid, signal.SIGKILL)
            child.join()
        return child.exitcode not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}

    def _pytest(self, tests: list[str], limit: str, compiled: bool) -> None:
        """In a process group of its own, so that nothing it has started outlives it; with no plugin but the timeout."""
        os.setsid()
        os.chdir(self._folder)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(quiet, stream)
        sys.path[0] = str(self._folder)
        sys.dont_write_bytecode = not compiled
        os.environ |= {"PYTHONPATH": str(self._folder), "PYTHONDONTWRITEBYTECODE": "1"}
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        skipped = [f"--deselect={test}" for test in SLOW if tests != [*SLOW]]
        plain = ["-qx", "-m", "not chaos", "-p", "no:cacheprovider", "-p", "pytest_timeout", limit]
        os._exit(pytest.main([*plain, *skipped, *tests]))


def _words(path: str) -> set[str]:
    return set(re.sub(r"s\b", "", Path(path).stem.replace("_", " ")).split()) - {"test", "clean", "of"}
