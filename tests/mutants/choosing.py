"""Which tests are asked about a mutant: those that run its lines, the quickest first."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from drawing import ROOT, Mutant
from measuring import APART, measured_files, named_lines

FAR: Final = 5
"""A test whose file does not import the module is asked as if it took so many times longer."""


class Measures:
    """What was measured: how long each test takes, and which ones run a line."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for kept in filter(Path.exists, measured_files().values()):
            found = json.loads(kept.read_text(encoding="utf-8"))
            tests = list(found["seconds"])
            self.seconds |= found["seconds"]
            for module, lines in found["lines"].items():
                for line, running in lines.items():
                    self._running[module][line] |= {tests[number] for number in running}

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Those that run its lines; where these run when the module is loaded, who knows or runs what is nearest."""
        named = named_lines((ROOT / mutant.module).read_text(encoding="utf-8"))
        near, asked = _test_files(mutant.module), list[str]()
        for lines in _circles(mutant):
            names = {named[line] for line in lines}
            asked += self._quickest(self._of_lines(mutant.module, names), near, self._rare(mutant.module, names))
            if asked and not named[mutant.line].startswith(":"):
                return asked
        around = {test for test in self.seconds if test.split("::")[0] in near}
        for module in (mutant.module, *_importing(mutant.module)):
            around |= self._of_lines(module, self._running[module])
        return list(dict.fromkeys(asked + self._quickest(around, near, {})))

    def _of_lines(self, module: str, lines: Iterable[str]) -> set[str]:
        return {test for line in lines for test in self._running[module].get(line, ())}

    def _rare(self, module: str, lines: Iterable[str]) -> dict[str, int]:
        """How many tests go as rare a way as a test through the functions of these lines."""
        functions, found = {line.partition(":")[0] for line in lines} - {""}, dict[str, int]()
        for line, tests in self._running[module].items():
            if line.partition(":")[0] in functions:
                found |= {test: min(found.get(test, len(tests)), len(tests)) for test in tests}
        return found

    def _quickest(self, tests: set[str], near: Collection[str], rare: Mapping[str, int]) -> list[str]:
        """The quickest first; before it, who goes a rare way, and whose file imports the module."""
        weight = {
            test: self.seconds[test] * rare.get(test, 1) * (1 if test.split("::")[0] in near else FAR) for test in tests
        }
        return sorted(tests, key=lambda test: (weight[test], test))


def _circles(mutant: Mutant) -> Iterator[range]:
    """The lines of the statement that is changed; of the functions around it, or that it heads."""
    statements, bodies = [], []
    for node in ast.walk(ast.parse((ROOT / mutant.module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            body: list[ast.stmt] = getattr(node, "body", [])
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            first, last = min(part.lineno for part in [node, *decorators]), node.end_lineno or node.lineno
            statements.append(range(first, max(node.lineno + 1, body[0].lineno) if body else last + 1))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                bodies.append(range(first, last + 1))
    yield min((span for span in statements if mutant.line in span), key=len)
    yield from sorted((span for span in bodies if mutant.line in span), key=len)


@cache
def _test_files(module: str) -> frozenset[str]:
    """The test files that import a module."""
    return frozenset(_importers(module, "tests/*/test_*.py"))


@cache
def _importing(module: str) -> tuple[str, ...]:
    """The modules that import a module."""
    return tuple(_importers(module, "importer/**/*.py", "schemas/*.py"))


def _importers(module: str, *patterns: str) -> Iterator[str]:
    package, _, name = module.removesuffix(".py").replace("/", ".").rpartition(".")
    imported = re.compile(rf"\b{re.escape(package)}(?:\.| import .*\b){name}\b(?!\.)")
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        if path.parent.name not in APART and imported.search(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(ROOT))
