"""The parts of the benchmark: the importer and its peers on the same files, turn and turn about."""

import shutil
import sqlite3
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from journals import journals
from measuring import HERE, ROOT, Took, median, server, took, until
from pages import pages
from table import Line

from importer.journal.integrity.keys import load_key

PYTHON = sys.executable
IMPORTER = (PYTHON, "-m", "importer")
OURS = (PYTHON, HERE / "ours.py")
PEERS = (PYTHON, HERE / "peers.py")
USERS = "/api/v1/oauth/user"


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
        """An empty state folder, and no output of earlier runs: their FreedomIDs would be learnt from it."""
        shutil.rmtree(self.home, ignore_errors=True)
        for path in (*self.folder.glob("sent.*"), *self.folder.glob("resumed.*")):
            path.unlink()
        return self.home

    def validate(self, path: Path, repeats: int = 1) -> Took:
        """The command, cold start included; the median run by wall time."""
        runs = [took([*IMPORTER, "validate", path, "-q"], self.fresh(), fine=(0, 1)) for _ in range(repeats)]
        return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]

    def run(self, path: Path, url: str, **flags: str) -> Took:
        """``importer run`` on the client's core, with the times of its steps."""
        options = [f"{name}={value}" for name, value in flags.items()]
        command = [*OURS, "run", path, f"output={self.folder / 'sent.csv'}", "force=1", *options]
        return took(command, self.fresh(), pinned=True, FREEDOM_ID_URL=url)

    def seconds(self, peer: str, *arguments: str | Path) -> float:
        """A peer's own work."""
        return float(took([*PEERS, peer, *arguments], self.home).said["seconds"])

    def rate(self, peer: str, *arguments: str | Path, pinned: bool = False) -> float:
        """Rows/s of a peer's own work."""
        said = took([*PEERS, peer, *arguments], self.home, pinned=pinned).said
        return float(said["rows"] / said["seconds"])


def starting(bench: Bench) -> Iterator[Line]:
    """Commands that should answer at once; ``runs`` has something to tell."""
    home, out = bench.fresh(), bench.folder / "sent.csv"
    took([*IMPORTER, "run", bench.file("clean", 100), "--sandbox", "-q", "-o", out, "--force"], home)
    for words, limit in (("--help", 0.3), ("runs", 0.6)):
        seconds = median([took([*IMPORTER, words], home).wall for _ in range(3 * bench.repeats)])
        yield Line.bounded(f"importer {words}", seconds, limit, f"{seconds:.2f} s", "s")


def validating(bench: Bench) -> Iterator[Line]:
    """``importer validate``: rows/s, peak memory, and the peers in turn with it."""
    path, rows = bench.file("mixed", bench.rows), {"pydantic": 200_000, "frictionless": 50_000}
    parts = {peer: bench.file("mixed", min(bench.rows, count)) for peer, count in rows.items()}
    runs: list[Took] = []
    reads: list[Took] = []
    rates: dict[str, list[float]] = {peer: [] for peer in parts}
    for _ in range(bench.repeats):
        runs.append(bench.validate(path))
        reads.append(took([*PEERS, "arrow", path], bench.home))
        for peer, part in parts.items():
            rates[peer].append(bench.rate(peer, part))
    mixed = sorted(runs, key=lambda run: run.wall)[len(runs) // 2]
    yield _validated(bench, mixed, "5 % bad", 250_000)
    for what, read in (
        ("a process that only reads it with pyarrow", median([one.wall for one in reads])),
        ("that read alone, without start and import", median([float(one.said["seconds"]) for one in reads])),
    ):
        yield Line(f"  its time / {what}", f"{mixed.wall:.2f} s", f"{read:.2f} s", round(mixed.wall / read, 2))
    for peer, what, least in (("pydantic", "csv + pydantic loop", 1.2), ("frictionless", "frictionless", 10)):
        theirs, rate = median(rates[peer]), bench.rows / mixed.wall
        told = f"{rate:,.0f} rows/s", f"{theirs:,.0f} rows/s"
        yield Line.at_least(f"  its rate / {what}", rate / theirs, least, *told)
    for kind, name, least in (("bad", "every row bad", 100_000), ("dirty", "every row repaired", 100_000)):
        runs.append(bench.validate(bench.file(kind, bench.rows), bench.repeats))
        yield _validated(bench, runs[-1], name, least)
    peak = max(run.peak for run in runs)
    yield Line.bounded("validate, peak memory (the worst of all)", peak, 400, f"{peak:.0f} MB", "MB")
    yield from _growth(bench, mixed)


def _validated(bench: Bench, run: Took, name: str, least: float) -> Line:
    said = f"{bench.rows / run.wall:,.0f} rows/s (cpu {run.cpu:.1f} s)"
    return Line.fast(f"validate {bench.rows:,} rows, {name}", bench.rows / run.wall, least, said)


def _growth(bench: Bench, usual: Took) -> Iterator[Line]:
    """Cost per row and memory of the largest file asked for, against those of fewer rows."""
    few, rows = max(bench.rows // 10, 100_000), bench.large or bench.rows
    if rows <= few:
        return

    def checking(count: int) -> float:
        command = [*OURS, "validate", bench.file("mixed", count)]
        runs = [took(command, bench.fresh()).said for _ in range(bench.repeats if count <= bench.rows else 1)]
        return median([run["steps"]["checking"]["cpu"] for run in runs])

    start = checking(100)
    base, each = ((checking(count) - start) / count * 1e6 for count in (few, rows))
    told = f"{each:.2f} µs", f"{base:.2f} µs"
    yield Line.at_most(f"validate, CPU per row: {rows:,} / {few:,} rows", each / base, 1.2, *told)
    if bench.large:
        run = bench.validate(bench.file("mixed", rows))
        told = f"{run.peak:.0f} MB", f"{usual.peak:.0f} MB"
        yield Line.at_most(f"validate, peak memory: {rows:,} / {bench.rows:,} rows", run.peak / usual.peak, 1.3, *told)


def sending(bench: Bench) -> Iterator[Line]:
    """The sending phase of ``importer run`` on one core, the server on another; peers in turn with it."""
    path, count = bench.file("clean", bench.requests), str(bench.requests // 2)
    ours: dict[str, list[Took]] = {"64": [], "256": []}
    theirs: dict[str, list[float]] = {"aiohttp": [], "naive": []}
    with server() as url:
        for _ in range(bench.repeats):
            for flight, runs in ours.items():
                runs.append(bench.run(path, url, concurrency=flight))
            theirs["aiohttp"].append(bench.rate("aiohttp", url + USERS, path, count, pinned=True))
            theirs["naive"].append(bench.rate("naive", url + USERS, path, "1000", pinned=True))
        grown = bench.run(bench.file("clean", bench.large // 5), url, concurrency="64") if bench.large else None
        few = bench.run(bench.file("clean", bench.requests // 5), url, concurrency="64")
    rate = {flight: median([_rate(run, "creating") for run in runs]) for flight, runs in ours.items()}
    each = median([_cpu_per_row(run) for run in ours["64"]])
    yield Line(f"run {bench.requests:,} rows, sending, 64 at once", f"{rate['64']:,.0f} rows/s ({each:.0f} µs of CPU)")
    for peer, what, least in (("aiohttp", "a bare aiohttp loop", 0.8), ("naive", "httpx.AsyncClient + tenacity", 15)):
        bare = median(theirs[peer])
        told = f"{rate['64']:,.0f} rows/s", f"{bare:,.0f} rows/s"
        yield Line.at_least(f"  its rate / {what}", rate["64"] / bare, least, *told)
    told = f"{rate['256']:,.0f} rows/s", f"{rate['64']:,.0f} rows/s"
    yield Line.at_least("  256 at once / 64 at once (0.95: noise)", rate["256"] / rate["64"], 0.95, *told)
    rows = bench.large // 5 if grown else bench.requests
    most = _cpu_per_row(grown) if grown else each
    told = f"{most:.0f} µs", f"{_cpu_per_row(few):.0f} µs"
    what = f"  CPU per row: {rows:,} / {bench.requests // 5:,} rows"
    yield Line.at_most(what, most / _cpu_per_row(few), 1.2, *told)


def resuming(bench: Bench) -> Iterator[Line]:
    """A run of ``rows`` rows that is 90 % done: its steps, and how long a resumption takes to the first request."""
    with server() as url:
        first = _planned(bench, bench.rows, url)
        for step in ("planning", "writing"):
            yield Line(f"run, {step} {bench.rows:,} rows", f"{_rate(first, step, bench.rows):,.0f} rows/s")
        what = f"run {bench.rows:,} rows, peak memory"
        yield Line.bounded(what, first.peak, 400, f"{first.peak:.0f} MB", "MB")
        _pretend(bench.home / "journal.db", int(bench.rows * 0.9))

        def first_request() -> float:
            with urllib.request.urlopen(url, timeout=5) as answer:  # a GET tells when the first POST came
                return float(answer.read().split()[1])

        path, out = bench.file("mixed", bench.rows), bench.folder / "resumed.csv"
        command = [*IMPORTER, "run", path, "-o", out, "--force", "-q"]
        seconds = until(command, bench.home, first_request, FREEDOM_ID_URL=url)
        what = f"resume {bench.rows:,} rows, 90 % done: first request"
        yield Line.bounded(what, seconds, 10, f"after {seconds:.1f} s", "s")
        if bench.large:
            large = _planned(bench, bench.large, url)
            told = f"{large.peak:.0f} MB", f"{first.peak:.0f} MB"
            what = f"run, peak memory: {bench.large:,} / {bench.rows:,} rows"
            yield Line.at_most(what, large.peak / first.peak, 1.3, *told)


def _planned(bench: Bench, rows: int, url: str) -> Took:
    """A run that checks and plans a file, is stopped before the first request, and writes its output."""
    options = [f"output={bench.folder / 'resumed.csv'}", "force=1", "concurrency=64", "stop=creating"]
    return took([*OURS, "run", bench.file("mixed", rows), *options], bench.fresh(), FREEDOM_ID_URL=url)


def workbooks(bench: Bench) -> Iterator[Line]:
    """XLSX: checking a workbook, and writing its result; the peers in turn."""
    rows = min(100_000, bench.rows)
    book, text, out = bench.file("mixed-xlsx", rows), bench.file("mixed", rows), bench.folder / "checked.xlsx"
    seconds: dict[str, list[float]] = {"ours": [], "calamine": [], "writing": [], "xlsxwriter": []}
    for _ in range(bench.repeats):
        seconds["ours"].append(bench.validate(book).wall)
        seconds["calamine"].append(bench.seconds("calamine", book))
        seconds["xlsxwriter"].append(bench.seconds("xlsxwriter", text, out))
        out.unlink()
        run = took([*OURS, "validate", book, f"output={out}", "force=1"], bench.fresh())
        seconds["writing"].append(run.said["steps"]["writing"]["seconds"])
    for what, one, other, most in (
        (f"validate {rows:,} rows of XLSX / calamine's bare read", "ours", "calamine", 3),
        ("write its result / XlsxWriter's bare write", "writing", "xlsxwriter", 1.3),
    ):
        ours, theirs = median(seconds[one]), median(seconds[other])
        yield Line.at_most(what, ours / theirs, most, f"{ours:.2f} s", f"{theirs:.2f} s")


def _rate(run: Took, step: str, rows: int = 0) -> float:
    count = rows or sum(run.said["statuses"].values())
    return float(count / run.said["steps"][step]["seconds"])


def _cpu_per_row(run: Took) -> float:
    """Microseconds of the sending phase."""
    return float(run.said["steps"]["creating"]["cpu"] / sum(run.said["statuses"].values()) * 1e6)


def _pretend(journal: Path, done: int) -> None:
    """Give the first rows an outcome as the writer would have."""
    keys = load_key(journal.with_name(f"{journal.stem}.key"))
    with sqlite3.connect(journal) as connection:
        connection.create_function("mac", -1, keys.mac)
        connection.execute(
            "UPDATE rows SET state = 10, freedom_id = randomblob(16) WHERE state = 0 AND row IN "
            "(SELECT row FROM rows WHERE state = 0 ORDER BY row LIMIT ?)",
            (done,),
        )
        connection.execute("UPDATE rows SET mac = mac('rows', run, row, state, phone, freedom_id) WHERE state = 10")
    connection.close()


PARTS: dict[str, Callable[[Bench], Iterator[Line]]] = {
    "starting": starting,
    "validating": validating,
    "sending": sending,
    "resuming": resuming,
    "journals": journals,
    "workbooks": workbooks,
    "pages": pages,
}
