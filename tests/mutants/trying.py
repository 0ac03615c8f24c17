"""Whether a test notices a mutant: the tests that run its lines are asked, a handful first."""

import sys
from collections.abc import Iterator
from typing import Final

from choosing import Measures
from drawing import Mutant
from tree import Tree

HANDFUL: Final = 12
"""So many tests are asked first."""

SECONDS: Final = (2.0, 8.0, 30.0)
"""Then those that take so long together, as they were measured: each time more of them."""

QUICK: Final = 1.0
"""Seconds: a test that takes longer may fail for another reason, on a busy machine, and must do so twice."""


class Trial:
    """Asks the tests."""

    def __init__(self, tree: Tree, measures: Measures) -> None:
        self._tree, self._measures = tree, measures
        self._sound: dict[tuple[str, ...], bool] = {}

    def killer(self, mutant: Mutant, *, bound: bool) -> str:
        """The test that fails, or never ends, once the mutation is made; "" where none does."""
        for group in self._groups(self._measures.tests_of(mutant), bound=bound):
            tests = [test for test in group if self._sound.get((test,), True)]
            while tests and (failed := self._first_failing(mutant, tests)):
                if failed not in tests or (self._is_sound(failed) and self._fails_again(mutant, failed)):
                    return failed
                tests.remove(failed)
        return ""

    def _groups(self, tests: list[str], *, bound: bool) -> Iterator[list[str]]:
        """Files are not mixed: what the tests of one share is set up once."""
        cases = {test.split("[")[0]: test for test in reversed(tests)}  # of each function one
        handful = [test for test in tests if cases[test.split("[")[0]] == test and self._is_quick(test)][:HANDFUL]
        yield from filter(None, [handful])
        tests = [test for test in tests if test not in handful]
        took, begun = 0.0, 0
        for most in SECONDS if bound else (*SECONDS, float("inf")):
            end = begun
            while end < len(tests) and took < most:
                took += self._measures.seconds[tests[end]]
                end += 1
            if end > begun:
                yield sorted(tests[begun:end], key=lambda test: test.split("::")[0])
            begun = end

    def _first_failing(self, mutant: Mutant, tests: list[str]) -> str:
        longest = max(self._measures.seconds[test] for test in tests)
        whole = sum(self._measures.seconds[test] for test in tests)
        told = self._tree.spoilt(mutant, tests, 60 + 10 * longest, 120 + 10 * whole)
        if told and told.failed == [""]:  # a mutation may give the cases of a test other names: all its cases, then
            tests = list(dict.fromkeys(test.split("[")[0] for test in tests))
            told = self._tree.spoilt(mutant, tests, 60 + 10 * longest, 600 + 10 * whole)
        if told is None:
            return "(no end)"
        if told.failed == [""] and not self._is_sound(*tests):
            sys.exit(f"without any mutation these cannot be run: {' '.join(tests)}")
        return (told.failed[0] or "(not loaded)") if told.failed else ""

    def _is_sound(self, *tests: str) -> bool:
        """Whether they pass without any mutation."""
        if tests not in self._sound:
            told = self._tree.run([*tests, "-x", "--timeout=300"], 3600)
            self._sound[tests] = told is not None and not told.failed
        return self._sound[tests]

    def _fails_again(self, mutant: Mutant, test: str) -> bool:
        return self._is_quick(test) or bool(self._first_failing(mutant, [test]))

    def _is_quick(self, test: str) -> bool:
        return self._measures.seconds[test] <= QUICK
