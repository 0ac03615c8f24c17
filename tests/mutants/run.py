"""Whether tests notice that the code is wrong: make mutants [ARGS="--minutes 30 --part 1/8 --only importer/cleaning"].

Mutations are cosmic-ray's. The decision tables are mutated in full, of the other rooms as many as asked for are drawn
with a seed. At first the quick tests are run once to learn which ones run which lines; a test file that changes is
measured again. A mutant is asked of the tests that run its lines, the quickest first; one that none of them kills is a
survivor.

What was found is kept in .mutants until the module changes: the same command goes on where the last one ended, and
says how all stand that were tried. They are tried in an order drawn with the seed, so that what was tried by then is a
fair sample; ``--part 2/8`` takes each eighth one, on another machine or at the same time. ``--survivors`` asks
about those that survived, and all tests that run their lines. Those that cannot be told from the original by any test
stand in ``equal.toml`` with the reason, and are left out of the share that survives. Those that a test could tell, and
none does, stand in ``accepted.toml`` with the reason: they count as the survivors that they are.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from choosing import Measures
from drawing import WORK, Mutant, drawn, listed, stands
from measuring import measure, measured_files
from tree import Tree
from trying import Trial


class Records:
    """What became of mutants, a line each; the last one counts."""

    def __init__(self) -> None:
        WORK.mkdir(exist_ok=True)
        self._path = WORK / "tried.jsonl"
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        self._of = {entry["key"]: entry for entry in map(json.loads, lines)}
        self._equal, self._accepted = listed("equal"), listed("accepted")
        for module, before, _ in sorted(self._equal | self._accepted):
            if not stands(module, before):
                print(f"listed, but no line of {module} any more: {before}")

    def outcome(self, mutant: Mutant) -> str:
        """killed, survived or equal; "" for one that was not tried."""
        entry = self._of.get(mutant.key)
        if not entry:
            return ""
        if (mutant.module, entry["before"], entry["after"]) in self._equal:
            return "equal"
        if entry["outcome"] == "equal" and not self.is_equal(mutant):
            return ""  # it was listed when it was tried, and is so no more
        return str(entry["outcome"])

    def is_equal(self, mutant: Mutant) -> bool:
        """Whether no test can tell it from the original."""
        return not mutant.is_one or (mutant.module, *mutant.change) in self._equal

    def add(self, mutant: Mutant, outcome: str, killer: str = "") -> None:
        """Keep it, and tell of a survivor."""
        before, after = mutant.change
        entry = {"key": mutant.key, "outcome": outcome, "before": before, "after": after, "killer": killer}
        self._of[mutant.key] = entry
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        if outcome == "survived":
            print(self._survivor(mutant), flush=True)
        elif outcome == "killed" and (mutant.module, before, after) in self._accepted:
            print(f"listed as accepted, but {killer} kills it: {mutant.module}: {after}", flush=True)

    def _is_accepted(self, mutant: Mutant) -> bool:
        entry = self._of.get(mutant.key, {})
        change = (mutant.module, entry.get("before", ""), entry.get("after", ""))
        return self.outcome(mutant) == "survived" and change in self._accepted

    def _survivor(self, mutant: Mutant) -> str:
        before, after = mutant.change
        reason = self._accepted.get((mutant.module, before, after), "")
        accepted = f"\n  accepted: {reason}" if reason else ""
        return f"survives: {mutant.module}:{mutant.line}\n  - {before}\n  + {after}{accepted}"

    def told(self, wanted: list[Mutant]) -> tuple[int, int, int]:
        """How many were tried, survive, and are accepted: told by folder, the last ones with their reasons."""
        places: dict[str, Counter[str]] = defaultdict(Counter)
        for mutant in wanted:
            places[str(Path(mutant.module).parent)][self.outcome(mutant)] += 1
        for place, outcomes in sorted(places.items()):
            print(place, *(f"{outcomes[word]} {word or 'not tried'}" for word in ("killed", "survived", "equal", "")))
        accepted = [mutant for mutant in wanted if self._is_accepted(mutant)]
        for mutant in accepted:
            print(self._survivor(mutant))
        total = sum(places.values(), Counter())
        return total["killed"] + total["survived"], total["survived"], len(accepted)


def main() -> int:
    """Try them until the time is over; 1 if of all that were tried more than one in twenty survives, or none was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=55, help="beside those of measuring")
    parser.add_argument("--part", default="1/1", help="which one of how many: 2/8")
    parser.add_argument("--only", nargs="+", default=[""], help="files or folders, like schemas importer/cleaning")
    parser.add_argument("--survivors", action="store_true", help="those that survived, by all that run their lines")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    only, records = tuple(options.only), Records()
    wanted = drawn(options.count, options.seed, only)[part - 1 :: parts]
    left = [mutant for mutant in wanted if records.outcome(mutant) == ("survived" if options.survivors else "")]
    tree = Tree(WORK / f"tree-{part}-of-{parts}")
    files = list(measured_files().items())
    begun = len(files) * (part - 1) // parts
    for file, kept in files[begun:] + files[:begun]:  # all of them: two at the same time begin at different ones
        measure(tree, file, kept)
    trial, until = Trial(tree, Measures()), time.monotonic() + 60 * options.minutes
    for mutant in left:
        if time.monotonic() > until:
            break
        if records.is_equal(mutant):
            records.add(mutant, "equal")
        else:
            killer = trial.killer(mutant, bound=not options.survivors)
            records.add(mutant, "killed" if killer else "survived", killer)
    done, alive, accepted = records.told(wanted)
    print(f"{done} tried but for equal ones, {alive} survive ({alive / max(1, done):.1%}), {accepted} of them accepted")
    return int(alive > 0.05 * done or not done)


if __name__ == "__main__":
    sys.exit(main())
