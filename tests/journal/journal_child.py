"""What the child processes of the kill tests do. Each line that a child says is written after the journal's promise."""

import asyncio
import json
import os
import resource
import signal
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import event

from importer.errors import ImporterError
from importer.journal import Journal, JournalWriter
from importer.journal.maintenance import pack_remarks
from importer.model import Outcome, Status

API = "https://api.example"
_NAMESPACE = uuid.UUID(int=7)

Say = Callable[[str], Any]


def id_of(row: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, str(row)))


def frame(first: int, end: int) -> pd.DataFrame:
    rows = range(first, end)
    columns = {
        "status": "not_sent",
        "phone": [f"+7701{row:07d}" for row in rows],
        "freedom_id": "",
        "errors": "",
        "note": "",
    }
    return pd.DataFrame(columns, index=pd.Index(list(rows), dtype="int64")).astype("str")


def create(say: Say, location: str) -> None:
    with Journal.open(location) as journal:
        run = journal.create_run("ab" * 32, API, "users.csv", "cd" * 32, {})
        say(run.id)


def plan(say: Say, location: str, run_id: str, step: int, end: int) -> None:
    with Journal.open(location) as journal:
        for first in range(2, end, step):
            journal.plan(run_id, frame(first, first + step))
            say(str(first + step))


def send(say: Say, location: str, run_id: str, limit_bytes: int = 0, pause: float = 0.0) -> None:
    """Work through what is left with 32 workers."""
    with Journal.open(location) as journal:
        _, first, last = journal.unfinished_span(run_id)
        rows = iter(journal.unfinished(run_id, first, last))
        say("opened")
        if limit_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
        try:
            asyncio.run(_send(say, journal, run_id, rows, pause))
        except* ImporterError as group:
            say(type(group.exceptions[0]).__name__)


async def _send(say: Say, journal: Journal, run_id: str, rows: Any, pause: float) -> None:
    async def work() -> None:
        for row in rows:
            await writer.started(row)
            say(f"started {row}")
            await asyncio.sleep(pause)
            await writer.finished(row, Outcome(Status.CREATED, id_of(row)))
            say(f"finished {row}")

    async with JournalWriter(journal, journal.get_run(run_id)) as writer, asyncio.TaskGroup() as group:
        for _ in range(32):
            group.create_task(work())


def look_up(say: Say, location: str, phones: list[str]) -> None:
    with Journal.open(location) as journal:
        say("opened")
        say(str(len(journal.known(API, phones))))


def purge(say: Say, location: str) -> None:
    with Journal.open(location) as journal:
        say(str(len(journal.purge(datetime.now(UTC).replace(year=2999)))))


def pack(say: Say, location: str, statements: int) -> None:
    """Pack what runs left of texts, and be killed before so many statements have been made."""
    left = iter(range(statements - 1))

    def be_killed(*_: Any) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    with Journal.open(location) as journal:
        for name in ("before_cursor_execute", "commit"):
            event.listen(journal.database.engine, name, be_killed)
        pack_remarks(journal)
        say("packed")


def hold(say: Say, location: str, identity: str) -> None:
    with Journal.open(location) as journal, journal.lock(identity):
        say("held")
        time.sleep(60)


def obey(order: dict[str, Any]) -> None:
    os.environ["IMPORTER_HOME"] = order["home"]
    said = os.open(order["said"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    globals()[order["task"]](lambda text: os.write(said, f"{text}\n".encode()), **order["arguments"])


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are not waited for
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                obey(json.loads(line))
                status = 0
            finally:
                os._exit(status)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
