"""Whether tests notice that the code is wrong: make mutants [ARGS="--count 400 --seed 1 --minutes 55 --only schemas"].

Mutations are cosmic-ray's. The decision tables are mutated in full, of the other rooms as many as asked for are drawn
with a seed. Each mutant gets a run of the tests that reach its line (one run with coverage tells which), then of all
tests of its room, in a copy of the tree; one that no test kills is a survivor.

All of them take a night. They are tried in an order drawn with the seed, until the minutes are over: what was tried by
then is a fair sample of them, another seed gives another one, and ``--only`` the mutants of some files or folders.
Those that cannot be told from the original by any test stand in ``equal.toml`` with the reason.
"""

import argparse
import difflib
import os
import random
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import coverage
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT: Final = Path(__file__).parents[2]
WORK: Final = ROOT / ".mutants"

TESTS_OF: Final = {
    "importer/creating": " ".join(
        f"tests/creating/test_{name}.py"
        for name in [
            "retry_policy",
            "breaker",
            "outcome_of",
            "attempt",
            "concurrency",
            "gate",
            "workers",
            "last_rows",
            "pacing",
            "shared_budget",
        ]
    ),
    "importer/cleaning": "tests/cleaning tests/validation",
    "importer/planning": " ".join(
        ["tests/planning", *(f"tests/pipeline/test_{name}.py" for name in ("run", "forecast", "stopped"))]
    ),
    "importer/journal/keys.py": "tests/journal",
    "importer/messages": "tests/validation tests/cli",
    "schemas": "tests/schemas tests/cleaning tests/validation",
}
"""What is mutated → the tests that must notice, the quick ones first."""

IN_FULL: Final = (
    "importer/creating/retry_policy.py",
    "importer/creating/breaker.py",
    "importer/creating/outcome_of.py",
)
"""The decision tables: each of their mutations is tried."""

KINDS: Final = (
    "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "NumberReplacer", "ZeroIterationForLoop", "ReplaceComparisonOperator_",
    "ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add", "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Div_Mul", "ReplaceUnaryOperator_Delete_Not",
)  # fmt: skip
SECONDS: Final = 300
"""A mutant whose tests take longer hangs: that is noticed."""


@dataclass(frozen=True)
class Mutant:
    """One changed place of a module."""

    module: str
    operator: str
    occurrence: int

    def changed(self) -> tuple[str, str, str]:
        """The module's whole text with the mutation, the line before and the line after."""
        after, lines = self._difference()
        removed, added = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
        return after, removed, added

    def lines(self) -> range:
        """The numbers of the lines that change."""
        first, _, count = self._difference()[1][0].split()[1].lstrip("-").partition(",")
        return range(int(first), int(first) + int(count or 1))

    def _difference(self) -> tuple[str, list[str]]:
        before = (ROOT / self.module).read_text(encoding="utf-8")
        after = mutate_code(before, get_operator(self.operator)(), self.occurrence)
        return after, list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]


def mutants_of(module: str) -> Iterator[Mutant]:
    """Every mutation that a module can have."""
    nodes = list(ast_nodes(get_ast((ROOT / module).read_text(encoding="utf-8"))))
    for name in operator_names():
        if name.removeprefix("core/").startswith(KINDS):
            operator = get_operator(name)()
            count = sum(1 for node in nodes for _ in operator.mutation_positions(node))
            yield from (Mutant(module, name, occurrence) for occurrence in range(count))


def drawn(count: int, seed: int, only: tuple[str, ...]) -> list[Mutant]:
    """The decision tables' mutants in full, and ``count`` of all the others, mixed; of some files ``only``."""
    modules = [
        str(path.relative_to(ROOT))
        for place in TESTS_OF
        for path in ([ROOT / place] if place.endswith(".py") else sorted((ROOT / place).glob("*.py")))
    ]
    modules = [module for module in modules if module.startswith(only)]
    tables = [mutant for module in modules if module in IN_FULL for mutant in mutants_of(module)]
    others = [mutant for module in modules if module not in IN_FULL for mutant in mutants_of(module)]
    dice = random.Random(seed)
    chosen = tables + dice.sample(others, min(count, len(others)))
    return dice.sample(chosen, len(chosen))


def copy_of_the_tree(name: str) -> Path:
    """The tracked files in a folder of their own, for one worker."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for file in listed.splitlines():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target)
    return folder


def tests_of(mutant: Mutant, tree: Path) -> list[str]:
    """All tests of the mutant's room, as pytest's arguments."""
    tests = next(tests for place, tests in TESTS_OF.items() if mutant.module.startswith(place))
    return [test for test in tests.split() if (tree / test).exists()]


def pytest(tree: Path, *arguments: str, timeout: float = SECONDS) -> int:
    """The exit code of one run of pytest in a copy of the tree."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not chaos", "-p", "no:cacheprovider", *arguments]
    environ = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=tree, env=environ, capture_output=True, timeout=timeout, check=False).returncode


class Reach:
    """Which tests run a line, by one run of all of them with coverage."""

    def __init__(self, tree: Path, wanted: list[Mutant]) -> None:
        everything = sorted({test for mutant in wanted for test in tests_of(mutant, tree)})
        options = "--timeout=0", "--cov=importer", "--cov-context=test", "--cov-report="
        pytest(tree, *options, *everything, timeout=20 * SECONDS)
        self._tree = tree
        self._data = coverage.CoverageData(str(tree / ".coverage"))
        self._data.read()

    def __call__(self, mutant: Mutant) -> list[str]:
        """The tests of the mutant's lines; where those run at import only, of its module. Test functions, sorted."""
        by_line = self._data.contexts_by_lineno(str(self._tree / mutant.module))
        contexts = {context for line in mutant.lines() for context in by_line.get(line, []) if context}
        contexts = contexts or {context for several in by_line.values() for context in several if context}
        return sorted({context.partition("|")[0].partition("[")[0] for context in contexts})


def survives(mutant: Mutant, tree: Path, reach: Reach) -> bool:
    """Whether all tests of the mutant's room pass: those that reach its lines first, most mutants die there."""
    target = tree / mutant.module
    target.write_text(mutant.changed()[0], encoding="utf-8")
    listed = tree / "reaching.txt"
    listed.write_text("\n".join(reach(mutant)), encoding="utf-8")
    try:
        quick = not listed.stat().st_size or pytest(tree, "-x", f"@{listed}") == 0
        return quick and pytest(tree, "-x", *tests_of(mutant, tree)) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        shutil.copy2(ROOT / mutant.module, target)


def is_one(mutant: Mutant, known: set[tuple[str, str, str]]) -> bool:
    """Whether it can be told from the original: not one listed, nor a ``*`` among parameters taken for an operator."""
    _, before, after = mutant.changed()
    return (mutant.module, before, after) not in known and before.replace("*, ", "/, ") != after


def main() -> int:
    """Try them until the time is over; 1 if more than one in twenty survives, or none was tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=55)
    parser.add_argument("--only", nargs="+", default=[""], help="files or folders, like schemas importer/cleaning")
    options = parser.parse_args()
    until = time.monotonic() + 60 * options.minutes
    equal = tomllib.loads((Path(__file__).with_name("equal.toml")).read_text(encoding="utf-8"))["mutant"]
    known = {(entry["module"], entry["before"], entry["after"]) for entry in equal}
    trees: SimpleQueue[Path] = SimpleQueue()
    for number in range(options.workers):
        trees.put(copy_of_the_tree(f"tree-{number}"))

    wanted = [mutant for mutant in drawn(options.count, options.seed, tuple(options.only)) if is_one(mutant, known)]
    reach = Reach(copy_of_the_tree("reach"), wanted)

    def tried(mutant: Mutant) -> tuple[Mutant, bool | None]:
        if time.monotonic() > until:
            return mutant, None
        tree = trees.get()
        try:
            return mutant, survives(mutant, tree, reach)
        finally:
            trees.put(tree)

    done = alive = 0
    with ThreadPoolExecutor(options.workers) as pool:
        for mutant, survived in pool.map(tried, wanted):
            if survived is None:
                continue
            done += 1
            if survived:
                alive += 1
                _, before, after = mutant.changed()
                print(f"survives: {mutant.module}\n  - {before}\n  + {after}", flush=True)
            if done % 20 == 0:
                print(f"{done} of {len(wanted)} tried, {alive} survive", flush=True)
    said = f"{done} of {len(wanted)} drawn mutants tried, {alive} survive ({alive / max(1, done):.1%})"
    print(f"{said}; {len(equal)} equal ones left out")
    return int(alive > 0.05 * done or not done)


if __name__ == "__main__":
    sys.exit(main())
