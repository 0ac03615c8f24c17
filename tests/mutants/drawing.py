"""Which mutants are tried: all that cosmic-ray can make of the decision tables, of the other modules a sample."""

import difflib
import hashlib
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT: Final = Path(__file__).parents[2]
WORK: Final = ROOT / ".mutants"

PLACES: Final = (
    "importer/creating",
    "importer/cleaning",
    "importer/planning",
    "importer/messages",
    "importer/journal/integrity/keys.py",
    "schemas",
)
"""What is drawn from."""

IN_FULL: Final = {
    "when a row is tried again": "importer/creating/resilience/retry_policy.py",
    "circuit breaker": "importer/creating/resilience/breaker.py",
    "what an answer means": "importer/creating/outcomes/outcome_of.py",
    "which answer it is": "importer/freedom_id/classification.py",
    "what an answer's words say": "importer/freedom_id/answer_words.py",
    "which failure it is": "importer/freedom_id/failures.py",
    "states of runs and rows": "importer/journal/states.py",
    "region's plan": "importer/cleaning/region_plan.py",
    "duplicates": "importer/validation/duplicates.py",
    "masked samples": "importer/validation/preview.py",
    "masked answers": "importer/operations/masked_answer.py",
    "masked values": "importer/messages/masking.py",
    "exit codes": "importer/errors.py",
    "exit code of a run": "importer/reporting/summary.py",
}
"""The decision tables: each of their mutations is tried."""

_COMPARISONS: Final = {
    "Lt": ("LtE", "GtE"),
    "LtE": ("Lt", "Gt"),
    "Gt": ("GtE", "LtE"),
    "GtE": ("Gt", "Lt"),
    "Eq": ("NotEq", "LtE", "GtE"),
    "NotEq": ("Eq", "Lt", "Gt"),
    "Is": ("IsNot",),
    "IsNot": ("Is",),
}
"""A comparison's boundary and its opposite; of equality also either side. Others die with these, or mean the same."""

_KINDS: Final = (
    "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "NumberReplacer", "ZeroIterationForLoop", "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add", "ReplaceBinaryOperator_Mul_Div", "ReplaceBinaryOperator_Div_Mul",
    "ReplaceUnaryOperator_Delete_Not",
    *(f"ReplaceComparisonOperator_{old}_{new}" for old, all_new in _COMPARISONS.items() for new in all_new),
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One changed place of a module."""

    module: str
    operator: str
    occurrence: int

    @cached_property
    def source(self) -> str:
        """The module's whole text with the mutation."""
        return mutate_code(_text(self.module), get_operator(self.operator)(), self.occurrence)

    @cached_property
    def change(self) -> tuple[str, str]:
        """The lines before and after."""
        lines = difflib.unified_diff(_text(self.module).splitlines(), self.source.splitlines(), n=0, lineterm="")
        changed = [line for line in list(lines)[2:] if line[0] in "-+"]
        removed, added = (" ".join(line[1:].strip() for line in changed if line[0] == sign) for sign in "-+")
        return removed, added

    @cached_property
    def line(self) -> int:
        """The number of the first line that is changed."""
        pairs = zip(_text(self.module).splitlines(), self.source.splitlines(), strict=False)
        return next(number for number, (before, after) in enumerate(pairs, start=1) if before != after)

    @property
    def key(self) -> str:
        """Names the mutation for as long as its module stays as it is."""
        text = hashlib.sha256(_text(self.module).encode()).hexdigest()[:16]
        return f"{self.module} {text} {self.operator} {self.occurrence}"

    @property
    def is_one(self) -> bool:
        """Whether a test could notice.

        Not a ``*`` among parameters taken for an operator, what only mypy or ruff hold, or how much a cache remembers.
        """
        before, after = self.change
        unseen = (
            ("frozen=True", "frozen=False"),
            ("strict=True", "strict=False"),
            ("if TYPE", "if not TYPE"),
            ("*,", "/,"),
        )
        return after not in {before.replace(*change) for change in unseen} and not before.startswith("@lru_cache(")


@cache
def _text(module: str) -> str:
    return (ROOT / module).read_text(encoding="utf-8")


def mutants_of(module: str) -> Iterator[Mutant]:
    """Every mutation that a module can have."""
    nodes = list(ast_nodes(get_ast(_text(module))))
    for name in operator_names():
        if name.removeprefix("core/") in _KINDS:
            operator = get_operator(name)()
            count = sum(1 for node in nodes for _ in operator.mutation_positions(node))
            yield from (Mutant(module, name, occurrence) for occurrence in range(count))


def drawn(count: int, seed: int, only: tuple[str, ...]) -> list[Mutant]:
    """All mutants of the decision tables, then ``count`` of the other modules; of some files or folders ``only``.

    Both in an order drawn with the seed, so that any beginning of either is a fair sample.
    """
    modules = [
        str(path.relative_to(ROOT))
        for place in PLACES
        for path in ([ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py")))
    ]
    in_full, others = (
        [mutant for module in some if module.startswith(only) for mutant in mutants_of(module)]
        for some in (IN_FULL.values(), [module for module in modules if module not in IN_FULL.values()])
    )
    dice = random.Random(seed)
    return dice.sample(in_full, len(in_full)) + dice.sample(others, min(count, len(others)))


def listed(name: str) -> dict[tuple[str, str, str], str]:
    """The reason of each mutation in the list ``name``, by module, line before and line after."""
    entries = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))["mutant"]
    return {(entry["module"], entry["before"], entry["after"]): entry["reason"] for entry in entries}


def stands(module: str, lines: str) -> bool:
    """Whether a module has these lines, as a change tells them."""
    return (ROOT / module).exists() and lines in " ".join(map(str.strip, _text(module).splitlines()))
