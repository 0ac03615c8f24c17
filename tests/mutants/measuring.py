"""Which tests run a line: the quick ones are run once under coverage, a file at a time, and again when it changes."""

import ast
import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Generator, Iterable
from functools import cache
from pathlib import Path
from typing import Final

import coverage
import pytest
from drawing import ROOT, WORK
from tree import Tree

APART: Final = ("chaos", "house")
"""Folders whose tests are not asked: they take minutes, or look at texts of modules."""

_SETTINGS: Final = """\
[run]
source = {tree}/importer, {tree}/schemas
data_file = {work}/data
parallel = true
sigterm = true
context = ${{PYTEST_CURRENT_TEST-}}
"""
"""Commands that a test starts look here: their lines count as the test's."""

Lines = dict[str, dict[str, list[int]]]
"""Module → a line in its function → the tests that run it, by their place in the list of seconds."""


Shared = Generator[None, object, object]


class _Watched:
    """A pytest plugin: what runs is the test's that is on, or of all tests of the file, as where it is loaded."""

    def __init__(self, settings: str, file: str) -> None:
        self._file = file
        self._coverage = coverage.Coverage(config_file=settings)
        self._coverage.start()
        self._coverage.switch_context(file)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Shared:
        self._coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self._coverage.switch_context(self._file)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Shared:
        if fixturedef.scope == "function":
            return (yield)
        test = os.environ["PYTEST_CURRENT_TEST"]
        os.environ["PYTEST_CURRENT_TEST"] = f"{self._file} (setup)"
        self._coverage.switch_context(self._file)
        try:
            return (yield)
        finally:
            os.environ["PYTEST_CURRENT_TEST"] = test
            self._coverage.switch_context(test.rpartition(" (")[0])

    def pytest_unconfigure(self) -> None:
        self._coverage.stop()
        self._coverage.save()


def measured_files() -> dict[Path, Path]:
    """The test files that are asked, each with the file that tells what was measured."""
    files = [file for file in sorted((ROOT / "tests").glob("*/test_*.py")) if file.parent.name not in APART]
    return {file: WORK / "measured" / f"{file.parent.name}-{file.stem}.json" for file in files}


def measure(tree: Tree, file: Path, kept: Path) -> None:
    """Run the tests of a file, unless it was measured as it stands; tests that fail or are skipped do not count."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if kept.exists() and json.loads(kept.read_text(encoding="utf-8"))["text"] == digest:
        return
    kept.unlink(missing_ok=True)
    work = tree.folder.with_suffix(".coverage")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    settings = work / "settings"
    settings.write_text(_SETTINGS.format(tree=tree.folder, work=work), encoding="utf-8")
    name = str(file.relative_to(ROOT))
    told = tree.run([name, "--timeout=300"], 3600, _Starting(str(settings), name))
    if told:
        seconds = {test: took for test, took in told.seconds.items() if test not in {*told.failed, *told.skipped}}
        found = {"text": digest, "seconds": seconds, "lines": _lines(tree, str(settings), seconds)}
        kept.parent.mkdir(parents=True, exist_ok=True)
        written = work / "found"
        written.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        written.replace(kept)


class _Starting:
    """Begins to watch in the fork, before anything of the tree is loaded."""

    def __init__(self, settings: str, file: str) -> None:
        self._settings, self._file = settings, file

    def pytest_configure(self, config: pytest.Config) -> None:
        os.environ["COVERAGE_PROCESS_START"] = self._settings
        config.pluginmanager.register(_Watched(self._settings, self._file))


def _lines(tree: Tree, settings: str, tests: Iterable[str]) -> Lines:
    whole = coverage.Coverage(config_file=settings)
    whole.combine()
    data, place = whole.get_data(), {test: [number] for number, test in enumerate(tests)}
    for test in tests:
        place.setdefault(test.split("::")[0], []).extend(place[test])  # what they share
    found: Lines = defaultdict(lambda: defaultdict(list))
    for path in filter(lambda name: name.endswith(".py"), data.measured_files()):  # (a template is Python, too)
        named = named_lines(Path(path).read_text(encoding="utf-8"))
        of = found[str(Path(path).relative_to(tree.folder))]
        for line, contexts in data.contexts_by_lineno(path).items():
            if line < len(named) and not named[line].startswith(":"):  # (coverage takes a library's line for ours)
                running = [context.rpartition(" (")[0] or context for context in contexts]
                of[named[line]] += [number for test in running for number in place.get(test, ())]
    return {module: {line: sorted({*some}) for line, some in of.items() if some} for module, of in found.items() if of}


@cache
def named_lines(text: str) -> list[str]:
    """Each line as ``function: text``, by its number: found again where lines were added above it.

    Nothing stands before the colon where it runs when its module is loaded.
    """
    lines = ["", *text.splitlines()]
    owner = [""] * len(lines)
    for node in ast.walk(ast.parse(text)):  # (outer ones come first)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1):
                owner[line] = f"{owner[node.lineno]}.{node.name}"
    return [f"{name}:{line.strip()}" for name, line in zip(owner, lines, strict=True)]
