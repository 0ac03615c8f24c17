"""``make bench``: the importer and its peers on the same files in one run; one table, and .bench/results.json.

Ratios are what counts: absolute times are those of this machine at this moment. ``--quick`` takes a tenth of the
rows; ``--only sending validate …`` some of the parts; ``--large N`` (5,000,000, say) the memory and the cost per row of
a larger file, too.
"""

import argparse
import json
import platform
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from measuring import HERE, ROOT, Took, median, server, took, until

PYTHON = sys.executable
IMPORTER = (PYTHON, "-m", "importer")
OURS = (PYTHON, HERE / "ours.py")
PEERS = (PYTHON, HERE / "peers.py")


@dataclass(frozen=True)
class Line:
    """One line of the table. ``ok`` is None where there is no target."""

    what: str
    measured: str
    target: str = ""
    ok: bool | None = None


class Bench:
    """The sizes, the folders and the measurements that several parts share."""

    def __init__(self, rows: int, requests: int, repeats: int, large: int) -> None:
        self.rows, self.requests, self.repeats, self.large = rows, requests, repeats, large
        self.folder = ROOT / ".bench"
        self.home = self.folder / "home"
        self.files = self.folder / "inputs"
        self.files.mkdir(parents=True, exist_ok=True)

    def file(self, kind: str, rows: int) -> Path:
        """An input, made once."""
        path = self.files / f"{kind}-{rows}.{'xlsx' if kind.endswith('-xlsx') else 'csv'}"
        if not path.exists():
            took([PYTHON, HERE / "inputs.py", kind, str(rows), path], self.home)
        return path

    def fresh(self) -> Path:
        """An empty state folder."""
        shutil.rmtree(self.home, ignore_errors=True)
        return self.home

    def validate(self, path: Path, repeats: int = 1) -> Took:
        """The command, cold start included; the median run by wall time."""
        runs = [took([*IMPORTER, "validate", path, "-q"], self.fresh(), fine=(0, 1)) for _ in range(repeats)]
        return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]

    def peer(self, name: str, *arguments: str | Path, pinned: bool = False) -> Took:
        """A peer's own work."""
        return took([*PEERS, name, *arguments], self.home, pinned=pinned)


def starting(bench: Bench) -> Iterator[Line]:
    """Commands that should answer at once."""
    for words, limit in ((("--help",), 0.3), (("runs",), 0.6)):
        seconds = median([took([*IMPORTER, *words], bench.fresh()).wall for _ in range(5)])
        yield Line(f"importer {' '.join(words)}", f"{seconds:.2f} s", f"<= {limit} s", seconds <= limit)


def validating(bench: Bench) -> Iterator[Line]:
    """``importer validate``: rows/s, peak memory, and the peers."""
    peaks: dict[str, float] = {}
    rates: dict[str, float] = {}
    targets = {"mixed": 200_000, "bad": 100_000, "dirty": 100_000, "clean": 0}
    names = {"mixed": "5 % bad", "bad": "every row bad", "dirty": "every row repaired", "clean": "nothing wrong"}
    for kind, target in targets.items():
        run = bench.validate(bench.file(kind, bench.rows), bench.repeats)
        rates[kind], peaks[kind] = bench.rows / run.wall, run.peak
        yield Line(
            f"validate {bench.rows:,} rows, {names[kind]}",
            f"{rates[kind]:,.0f} rows/s (cpu {run.cpu:.1f} s, wall {run.wall:.1f} s)",
            f">= {target:,}" if target else "",
            rates[kind] >= target if target else None,
        )
    mixed = bench.file("mixed", bench.rows)
    arrow = median([bench.peer("arrow", mixed).said["seconds"] for _ in range(bench.repeats)])
    ratio = bench.rows / rates["mixed"] / arrow
    yield Line("  time / pyarrow's bare read", f"{ratio:.1f} x ({arrow:.2f} s)", "<= 6 x", ratio <= 6)
    some = bench.file("mixed", min(bench.rows, 200_000))
    pydantic = bench.peer("pydantic", some).said
    ratio = rates["mixed"] / (pydantic["rows"] / pydantic["seconds"])
    yield Line("  rate / csv + pydantic loop", _times(ratio, pydantic), ">= 1.5 x", ratio >= 1.5)
    few = bench.file("mixed", min(bench.rows, 50_000))
    frictionless = bench.peer("frictionless", few).said
    ratio = rates["mixed"] / (frictionless["rows"] / frictionless["seconds"])
    yield Line("  rate / frictionless", _times(ratio, frictionless), ">= 10 x", ratio >= 10)
    peak = max(peaks.values())
    yield Line("validate, peak memory", f"{peak:.0f} MB (the worst of the four)", "<= 350 MB", peak <= 350)
    tenth = bench.validate(bench.file("mixed", bench.rows // 10))
    yield from _growth(bench, "validate", tenth, bench.file("mixed", bench.rows), peaks["mixed"])


def _growth(bench: Bench, what: str, tenth: Took, path: Path, peak: float) -> Iterator[Line]:
    """Cost per row and memory of the largest file asked for, against those of a tenth of ``rows``."""
    empty = bench.validate(bench.file("mixed", 100)).cpu
    rows = bench.large or bench.rows
    run = bench.validate(bench.file("mixed", rows) if bench.large else path)
    per_row = (run.cpu - empty) / rows / ((tenth.cpu - empty) / (bench.rows // 10))
    yield Line(
        f"{what}, cost per row at {rows:,} / {bench.rows // 10:,}", f"{per_row:.2f} x", "<= 1.2 x", per_row <= 1.2
    )
    if bench.large:
        grown = run.peak / peak
        yield Line(f"{what}, memory at {rows:,} / {bench.rows:,}", f"{grown:.2f} x", "<= 1.3 x", grown <= 1.3)


def sending(bench: Bench) -> Iterator[Line]:
    """The sending phase of ``importer run`` on one core, the server on another; peers in turn with it."""
    path = bench.file("clean", bench.requests)
    ours: dict[int, list[Took]] = {64: [], 256: []}
    bare: list[float] = []
    with server() as url:
        for _ in range(bench.repeats):
            for flight, runs in ours.items():
                runs.append(_run(bench, path, url, concurrency=str(flight)))
            count = str(bench.requests // 2)
            said = bench.peer("aiohttp", f"{url}/api/v1/oauth/user", path, count, pinned=True).said
            bare.append(said["rows"] / said["seconds"])
        few = str(min(1_000, bench.requests))
        naive = bench.peer("naive", f"{url}/api/v1/oauth/user", path, few, pinned=True).said
    rate = {flight: median([_rate(run, "creating") for run in runs]) for flight, runs in ours.items()}
    step = ours[64][-1].said["steps"]["creating"]
    cpu = step["cpu"] / bench.requests * 1e6
    yield Line(
        f"run {bench.requests:,} rows, sending phase, 64 at once", f"{rate[64]:,.0f} rows/s ({cpu:.0f} µs of CPU)"
    )
    ratio = rate[64] / median(bare)
    yield Line("  rate / bare aiohttp loop", f"{ratio:.2f} x ({median(bare):,.0f}/s)", ">= 0.8 x", ratio >= 0.8)
    ratio = rate[64] / (naive["rows"] / naive["seconds"])
    yield Line("  rate / httpx.AsyncClient + tenacity", _times(ratio, naive), ">= 15 x", ratio >= 15)
    ratio = rate[256] / rate[64]
    yield Line(
        "  rate at 256 / rate at 64", f"{ratio:.2f} x ({rate[256]:,.0f}/s)", ">= 1 x (0.95: noise)", ratio >= 0.95
    )


def resuming(bench: Bench) -> Iterator[Line]:
    """A run of ``rows`` rows that is 90 % done: its steps, and how long a resumption takes to the first request."""
    path, home = bench.file("mixed", bench.rows), bench.fresh()
    out = bench.folder / "resumed.csv"
    with server() as url:
        options = [f"output={out}", "force=1", "concurrency=64"]
        first = took([*OURS, "run", path, *options, "stop=creating"], home, FREEDOM_ID_URL=url)
        for step in ("planning", "writing"):
            rate = _rate(first, step, bench.rows)
            yield Line(f"run, {step} {bench.rows:,} rows", f"{rate:,.0f} rows/s")
        yield Line(
            "run, peak memory of checking, planning, writing", f"{first.peak:.0f} MB", "<= 350 MB", first.peak <= 350
        )
        _pretend(home / "journal.db", int(bench.rows * 0.9))

        def first_request() -> float:
            with urllib.request.urlopen(url, timeout=5) as answer:  # a GET tells when the first POST came
                return float(answer.read().split()[1])

        command = [*IMPORTER, "run", path, "-o", out, "--force", "-q"]
        seconds = until(command, home, first_request, FREEDOM_ID_URL=url)
    yield Line(
        f"resume {bench.rows:,} rows, 90 % done: first request after", f"{seconds:.1f} s", "<= 10 s", seconds <= 10
    )


def workbooks(bench: Bench) -> Iterator[Line]:
    """XLSX: checking a workbook, and writing its result."""
    rows = min(100_000, bench.rows)
    book, text = bench.file("mixed-xlsx", rows), bench.file("mixed", rows)
    calamine = bench.peer("calamine", book).said["seconds"]
    run = bench.validate(book)
    ratio = run.wall / calamine
    yield Line(
        f"validate {rows:,} rows of XLSX / calamine's bare read",
        f"{ratio:.2f} x ({calamine:.1f} s)",
        "<= 2 x",
        ratio <= 2,
    )
    out = bench.folder / "checked.xlsx"
    plain = bench.peer("xlsxwriter", text, out).said["seconds"]
    out.unlink()
    steps = took([*OURS, "validate", book, f"output={out}", "force=1"], bench.fresh()).said["steps"]
    ratio = steps["writing"]["seconds"] / plain
    yield Line("write its result / XlsxWriter's bare write", f"{ratio:.2f} x ({plain:.1f} s)", "<= 1.2 x", ratio <= 1.2)


def _run(bench: Bench, path: Path, url: str, **flags: str) -> Took:
    options = [f"{name}={value}" for name, value in flags.items()]
    command = [*OURS, "run", path, f"output={bench.folder / 'sent.csv'}", "force=1", *options]
    return took(command, bench.fresh(), pinned=True, FREEDOM_ID_URL=url)


def _rate(run: Took, step: str, rows: int = 0) -> float:
    count = rows or sum(run.said["statuses"].values())
    return float(count / run.said["steps"][step]["seconds"])


def _times(ratio: float, peer: dict[str, float]) -> str:
    return f"{ratio:.1f} x ({peer['rows'] / peer['seconds']:,.0f}/s)"


def _pretend(journal: Path, done: int) -> None:
    """Give the first rows an outcome as the writer would have."""
    with sqlite3.connect(journal) as connection:
        connection.execute(
            "UPDATE rows SET state = 10, freedom_id = randomblob(16) WHERE state = 0 AND row IN "
            "(SELECT row FROM rows WHERE state = 0 ORDER BY row LIMIT ?)",
            (done,),
        )
    connection.close()


def _commit() -> str:
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    return said.stdout.decode().strip()


PARTS: dict[str, Callable[[Bench], Iterator[Line]]] = {
    "starting": starting,
    "validating": validating,
    "sending": sending,
    "resuming": resuming,
    "workbooks": workbooks,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    chosen = parser.parse_args()
    rows = chosen.rows or (100_000 if chosen.quick else 1_000_000)
    bench = Bench(rows, 5_000 if chosen.quick else 50_000, 1 if chosen.quick else chosen.repeats, chosen.large)
    began = time.perf_counter()
    lines: list[Line] = []
    for part in chosen.only:
        for line in PARTS[part](bench):
            lines.append(line)
            verdict = {None: "", True: "ok", False: "MISSED"}[line.ok]
            print(f"{line.what:62} {line.measured:46} {line.target:20} {verdict}".rstrip(), flush=True)  # noqa: T201 (the table)
    found = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "commit": _commit(),
        "seconds": round(time.perf_counter() - began, 1),
        "lines": [asdict(line) for line in lines],
    }
    results = bench.folder / "results.json"
    results.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{found['seconds']:.0f} s; {results.relative_to(ROOT)}")  # noqa: T201 (the table's last line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
