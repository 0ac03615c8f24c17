"""A benchmark that misses a target says so by its exit code, once the whole table stands there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
MEASURED = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import bench
from table import Line
ratio = float(sys.argv.pop(1))
bench.PARTS = {
    "one": lambda _bench: [Line.at_least("reading", ratio, 1.0, "5 s", "5 s")],
    "two": lambda _bench: [Line("writing", "3 s")],
}
raise SystemExit(bench.main())
"""


@pytest.mark.parametrize(("ratio", "code", "missed"), [(1.0, 0, "no"), (0.9, 1, "1")])
def test_a_target_that_is_missed_ends_the_benchmark_with_1_after_the_whole_table(tmp_path, ratio, code, missed):
    found = tmp_path / "results.json"
    command = [sys.executable, "-c", MEASURED, str(BENCHMARKS), str(ratio), "--quick", "--json", str(found)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert f"{missed} target(s) missed" in done.stdout
    assert "writing" in done.stdout, "a figure without a target"
    assert [line["what"] for line in json.loads(found.read_text())["lines"]] == ["reading", "writing"]
