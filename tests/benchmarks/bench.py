"""``make bench``: the importer and its peers on the same files in one run; one table, and the same as JSON.

Ratios are what counts: absolute times are those of this machine at this moment. Commands of the importer, and Arrow's
read of a file, are whole processes, cold start included; the other peers count from where their own work begins.

``--quick`` takes a tenth of the rows; ``--only sending validating …`` some of the parts; ``--json PATH`` another file
than .bench/results.json; ``--large N`` (5,000,000, say: some ten minutes more) the memory and the cost per row of a
larger file, too.

It ends with 1 where a target was missed, once all is measured.
"""

import argparse
import json
import platform
import subprocess
import time
from dataclasses import asdict
from pathlib import Path

from measuring import ROOT
from parts import PARTS, Bench
from table import HEAD, Line


def _commit() -> str:
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    return said.stdout.decode().strip()


def main() -> int:
    """Measure and tell; 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--json", type=Path, default=ROOT / ".bench" / "results.json")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    chosen = parser.parse_args()
    rows = chosen.rows or (100_000 if chosen.quick else 1_000_000)
    bench = Bench(rows, 5_000 if chosen.quick else 50_000, 1 if chosen.quick else chosen.repeats, chosen.large)
    began = time.perf_counter()
    lines: list[Line] = []
    print(HEAD)  # noqa: T201 (the table, as below)
    for part in chosen.only:
        for line in PARTS[part](bench):
            lines.append(line)
            print(line, flush=True)  # noqa: T201
    found = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "commit": _commit(),
        "seconds": round(time.perf_counter() - began, 1),
        "lines": [asdict(line) for line in lines],
    }
    chosen.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = sum(line.ok is False for line in lines)
    print(f"{found['seconds']:.0f} s; {missed or 'no'} target(s) missed; {chosen.json.name}")  # noqa: T201
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
