"""The importer with a stopwatch at each of its steps: ``python tests/benchmarks/ours.py COMMAND FILE [OPTION=VALUE…]``.

Prints one JSON object: ``steps`` (step → wall seconds and seconds of this process's CPUs), ``statuses`` and the exit
code. ``stop=STEP`` ends the command when that step begins.
"""

import json
import sys
import time
from typing import Any

from importer import Watch, load
from importer.pipeline import run
from importer.validate_file import validate


class Stopwatch(Watch):
    """Notes when each step begins."""

    def __init__(self, stop: str) -> None:
        super().__init__()
        self._stop = stop
        self.marks: list[tuple[str, float, float]] = []

    def began(self, step: str, total: int | None = None) -> None:
        self.marks.append((step, time.perf_counter(), time.process_time()))
        if step == self._stop:
            self.interrupt()

    def steps(self) -> dict[str, dict[str, float]]:
        """Wall and CPU seconds of each step; a step that comes twice counts as one."""
        found: dict[str, dict[str, float]] = {}
        ends = [*self.marks[1:], ("", time.perf_counter(), time.process_time())]
        for (step, wall, cpu), (_, wall_end, cpu_end) in zip(self.marks, ends, strict=True):
            sums = found.setdefault(step, {"seconds": 0.0, "cpu": 0.0})
            sums["seconds"] += wall_end - wall
            sums["cpu"] += cpu_end - cpu
        return found


def main(command: str, path: str, *options: str) -> None:
    flags: dict[str, Any] = dict(option.split("=", 1) for option in options)
    watch = Stopwatch(flags.pop("stop", ""))
    settings = load(flags)
    began = time.perf_counter()
    summary = run(path, settings, watch) if command == "run" else validate(path, settings, watch)
    found = {
        "seconds": time.perf_counter() - began,
        "steps": watch.steps(),
        "statuses": {str(status): count for status, count in summary.statuses.items()},
        "exit": summary.exit_code,
    }
    print(json.dumps(found))  # noqa: T201 (what it prints is its answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
