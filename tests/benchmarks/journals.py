"""What a journal on PostgreSQL costs beside one of SQLite: both with every commit on the disk, turn and turn about."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from measuring import HERE, Took, median, server, took
from table import Line

sys.path.append(str(HERE.parent))
from postgresql_server import Server, serving

if TYPE_CHECKING:
    from parts import Bench

SAFE = {"fsync": "on", "shared_buffers": "128MB"}


def journals(bench: "Bench") -> Iterator[Line]:
    """The journal alone, and whole runs against the fast server."""
    with serving(**SAFE) as database:
        if database is None:
            yield Line("a journal on PostgreSQL", "(its server is not installed)")
            return
        yield from _rows(bench, database)
        yield from _runs(bench, database)


def _fresh(database: Server, schema: str) -> str:
    database.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
    return database.address("postgres", schema)


def _rows(bench: "Bench", database: Server) -> Iterator[Line]:
    """Rows planned, started and ended as created."""
    found: dict[str, list[Took]] = {"sqlite": [], "postgresql": []}
    for _ in range(bench.repeats):
        for kind, runs in found.items():
            home = bench.fresh()
            address = str(home / "journal.db") if kind == "sqlite" else _fresh(database, "rows")
            command = [sys.executable, HERE / "journal_rows.py", address, str(bench.requests)]
            runs.append(took(command, home, pinned=True))
    for step in ("planning", "creating"):
        theirs, ours = (median([run.said[step] for run in runs]) / bench.requests * 1e6 for runs in found.values())
        yield Line(f"  {step} alone", f"{ours:.0f} µs a row", f"{theirs:.0f} µs", round(ours / theirs, 2))
    theirs, ours = (median([sum(run.said.values()) for run in runs]) / bench.requests * 1e6 for runs in found.values())
    told = f"{ours:.0f} µs a row", f"{theirs:.0f} µs"
    yield Line.at_most("journal on PostgreSQL / on SQLite", ours / theirs, 3, *told)


def _runs(bench: "Bench", database: Server) -> Iterator[Line]:
    path = bench.file("clean", bench.requests)
    found: dict[str, list[float]] = {"sqlite": [], "postgresql": []}
    with server() as url:
        for _ in range(bench.repeats):
            for kind, runs in found.items():
                flags = {"journal": _fresh(database, "runs")} if kind == "postgresql" else {}
                runs.append(bench.run(path, url, concurrency="64", **flags).wall)
    theirs, ours = (median(runs) for runs in found.values())
    told = f"{ours:.1f} s", f"{theirs:.1f} s"
    yield Line.at_most(f"run {bench.requests:,} rows on PostgreSQL / on SQLite", ours / theirs, 1.5, *told)
