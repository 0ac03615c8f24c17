"""What a journal takes for each row: ``python tests/benchmarks/journal_rows.py ADDRESS ROWS``.

Rows are added as a plan adds them; then 64 at once are started and end as created, each waiting for the disk. Prints
one JSON object: ``planning`` and ``creating``, wall seconds.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from uuid import UUID

import pandas as pd

from importer.journal import Journal, JournalWriter
from importer.model import Outcome, Status

AT_ONCE = 64
PLANNED = 20_000
"""Rows that are added together."""


def planned(rows: range) -> pd.DataFrame:
    index = pd.Index(rows, dtype="int64", name="row")
    columns = {"status": "not_sent", "freedom_id": "", "errors": "", "note": ""}
    return pd.DataFrame({"phone": [f"+7701{row:07d}" for row in rows], **columns}, index=index).astype("str")


async def creating(writer: JournalWriter, rows: Iterator[int]) -> None:
    for row in rows:
        await writer.started(row)
        await writer.finished(row, Outcome(Status.CREATED, str(UUID(int=row, version=4))))


async def created(journal: Journal, run: object, rows: range) -> None:
    async with JournalWriter(journal, run) as writer:  # type: ignore[arg-type] # as create_run gives it
        shared = iter(rows)
        await asyncio.gather(*(creating(writer, shared) for _ in range(AT_ONCE)))


def main(address: str, count: int) -> None:
    with Journal.open(address) as journal:
        run = journal.create_run("ab" * 32, "https://api.example", "users.csv", "cd" * 32, {"mapping": {"phone": [0]}})
        rows = range(2, count + 2)
        with journal.lock(run.identity):
            marks = [time.perf_counter()]
            for first in range(rows.start, rows.stop, PLANNED):
                journal.plan(run.id, planned(range(first, min(first + PLANNED, rows.stop))))
            marks.append(time.perf_counter())
            asyncio.run(created(journal, run, rows))
            marks.append(time.perf_counter())
    print(json.dumps({"planning": marks[1] - marks[0], "creating": marks[2] - marks[1]}))  # noqa: T201 (its answer)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
