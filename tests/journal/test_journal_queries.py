"""No statement of the journal looks through a big table once for each row: a run of a million rows stays linear."""

import asyncio
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event
from support.books import contradictions

from importer.journal import Journal, JournalWriter, Run, RunState, settle_repeated_ids
from importer.journal.external_ids import learn
from importer.journal.maintenance import fold_repeats, pack_remarks, settle
from importer.model import CellError, Outcome, Status

pytestmark = pytest.mark.sqlite_only

API = "https://api.example"
PHONES = [f"+7701{row:07d}" for row in range(2, 40)]

KEYS = {
    "rows": ("run=? AND row=?", "phone=?"),
    "origin": ("run=? AND row=?",),
    "repeats": ("run=?",),
    "remarks": ("run=? AND row=?",),
    "packed_remarks": ("run=? AND first=?", "run=? AND first>? AND first<?"),
    "ledger": ("api=? AND phone=?",),
    "arrivals": (),
    "arrived": ("api=? AND phone=?", "rowid>? AND rowid<?"),
}
"""The big tables, and what finds one row of each (or few). ``arrived`` is the temporary one."""

LOOKED_THROUGH = {
    "arrivals": "what is not sorted in yet is read whole to be sorted in; audit makes one set of it",
    "arrived": "counted once",
    "packed_remarks": "an audit looks for records of a run under other numbers; one stands for a thousand rows",
}
"""Big tables that a statement may read from end to end, once; rows and remarks of one run by the run's number."""

EXISTING = "looked through from end to end: SCAN rows in SELECT anon_1.freedom_id"
"""IDs that came with 'already exists' are in no ledger: one look through all rows for them."""

Recorded = dict[str, Any]


@pytest.fixture
def statements(
    location: str, make_run: Callable[..., Run], make_frame: Callable[..., pd.DataFrame]
) -> tuple[str, Recorded]:
    return location, recorded_at(location, make_run, make_frame)


def recorded_at(location: str, make_run: Callable[..., Run], make_frame: Callable[..., pd.DataFrame]) -> Recorded:
    """Every statement that a run, a resumed plan, a reader, an audit and a purge issue, with the values of one time."""
    recorded: Recorded = {}

    def record(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            recorded.setdefault(statement, values[0] if many else values)

    async def send(journal: Journal, run: Run) -> None:
        async with JournalWriter(journal, run) as writer:
            for row in range(2, 6):
                await writer.started(row)
                journal.known(API, PHONES)
            writer.released(2)
            await writer.finished(3, Outcome(Status.CREATED, str(uuid.uuid4())))
            await writer.finished(4, Outcome(Status.REJECTED, errors=(CellError("", "api_x", "no"),)))
            journal.in_doubt(API, PHONES[0], run_id=run.id, row=2)

    def read(journal: Journal, run: Run) -> None:
        journal.ledger.knows_any(API)
        journal.known(API, PHONES)
        journal.outcomes(run.id, 2, 39)
        journal.unfinished(run.id, 2, 39)
        journal.unfinished_span(run.id)
        journal.row_count(run.id)
        contradictions(journal, run.id)

    with Journal.open(location) as journal:
        event.listen(journal.database.engine, "before_cursor_execute", record)
        run, dropped, again = make_run(journal), make_run(journal), make_run(journal)
        for made in (run, dropped):
            journal.plan(made.id, make_frame(range(2, 40), note="x"))
        asyncio.run(send(journal, run))
        with Journal.open(location, read_only=True) as reader:
            event.listen(reader.database.engine, "before_cursor_execute", record)
            read(reader, run)
        read(journal, run)
        known = journal.known(API, PHONES)
        repeated = [row for row in range(2, 40) if PHONES[row - 2] in known]
        ids = [known[PHONES[row - 2]] for row in repeated]
        journal.plan(again.id, make_frame(repeated, status="already_imported", freedom_id=ids, note="x"))
        for made in (run, again):
            for state in (RunState.RUNNING, RunState.FINISHED):
                journal.update_run(made.id, state=state)
        assert fold_repeats(journal, journal.get_run(again.id)) == len(repeated) > 0
        assert settle_repeated_ids(journal, run.id) == 0
        settle(journal, run)
        pack_remarks(journal)
        read(journal, again)
        names = {"firstname": "Айгерим", "lastname": "Серикова"}
        found = make_frame([2], phone="+77990000001", freedom_id=str(uuid.uuid4()), **names)
        learn(journal, API, "result.csv", "ef" * 32, found)
        contradictions(journal, run.id)
        journal.forget_run(dropped.id)
        journal.purge(datetime.now(UTC) + timedelta(days=1))
    return recorded


Step = tuple[int, int, int, str]


def looks(steps: list[Step]) -> Iterator[tuple[str, str, bool]]:
    """(table, how it is looked at, whether that happens again for each row of something else)."""
    texts = {number: (parent, text) for number, parent, _, text in steps}

    def repeated(number: int) -> bool:
        if number not in texts:
            return False
        parent, text = texts[number]
        return "CORRELATED" in text or repeated(parent)

    outer: set[int] = set()
    for _number, parent, _, text in steps:
        words = text.split()
        if words[0] in {"SCAN", "SEARCH"}:
            yield words[1], text, parent in outer or repeated(parent)
            outer.add(parent)


def fault(table: str, text: str, *, repeated: bool) -> str:
    """What is wrong with a look at a table, "" when it is as it should be."""
    if "AUTOMATIC" in text:
        return "an index is missing"
    if table not in KEYS or any(key in text for key in KEYS[table]):
        return ""
    if repeated:
        return "looked through again and again"
    if text.startswith("SCAN") and table not in LOOKED_THROUGH:
        return "looked through from end to end"
    return ""


def faults(location: str, statement: str, values: Any) -> list[str]:
    with Journal.open(location) as journal, journal.database.connected() as connection:
        from importer.journal.database.tables import ARRIVED

        ARRIVED.create(connection)
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        ARRIVED.drop(connection)
    found = [(text, fault(table, text, repeated=repeated)) for table, text, repeated in looks(steps)]
    return [f"{why}: {text} in {statement}" for text, why in found if why]


def test_no_statement_looks_through_a_big_table_again_and_again(statements: tuple[str, Recorded]) -> None:
    location, recorded = statements
    told = " ".join(recorded)
    assert all(f" {table} " in told.replace("\n", " ") for table in KEYS)
    found = [each for statement, values in recorded.items() for each in faults(location, statement, values)]
    assert [each for each in found if not each.startswith(EXISTING)] == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "SELECT count(*) FROM rows r WHERE run = 1 AND row NOT IN (SELECT row FROM arrivals a WHERE a.run = r.run)",
            "looked through again and again",
        ),
        ("SELECT count(*) FROM rows WHERE freedom_id IS NULL", "from end to end"),
        ("SELECT 1 FROM remarks JOIN rows ON rows.row = remarks.row WHERE remarks.run = 1", ""),
        ("SELECT 1 FROM ledger WHERE run = 1", "from end to end"),
    ],
)
def test_a_quadratic_statement_would_be_seen(location: str, statement: str, told: str) -> None:
    named = statement.replace("rows r", "rows").replace("r.run", "rows.run")
    named = named.replace("arrivals a", "arrivals").replace("a.run", "arrivals.run")
    assert any(told in each for each in faults(location, named, ())), faults(location, named, ())


def test_on_a_server_each_statement_finds_its_rows_by_an_index_and_no_set_is_looked_through_for_each_row(
    address: str, make_run: Callable[..., Run], make_frame: Callable[..., pd.DataFrame]
) -> None:
    recorded = recorded_at(address, make_run, make_frame)
    found = []
    with Journal.open(address) as journal, journal.database.connected() as connection:
        from importer.journal.database.tables import ARRIVED

        ARRIVED.create(connection)
        for way in (
            "seqscan",
            "mergejoin",
            "hashjoin",
            "bitmapscan",
        ):  # what is looked through now has no index to be found by
            connection.exec_driver_sql(f"SET enable_{way} = off")
        for statement, values in recorded.items():
            if not statement.startswith("INSERT INTO arrived"):
                plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
                found += [f"{what} in {statement}" for what in faults_of_server(plan)]
    assert len(recorded) > 40
    assert not [each for each in found if not any(known in each for known in WHOLE_LEDGER)]


def faults_of_server(plan: Sequence[str]) -> list[str]:
    """What is wrong with a plan: a big table that no condition leads into, a set that is read for each row."""
    found = ["a set looked through for each row" for line in plan if "Filter" in line and "(SubPlan" in line]
    for node in re.split(r"\n\s*->", "\n".join(plan)):
        scanned = re.search(r"Scan(?: using (?!rows_in_doubt)\w+)? on ([a-z]+)", node)
        if scanned and scanned[1] in KEYS.keys() - LOOKED_THROUGH and "Cond:" not in node:
            found.append(f"{scanned[1]} looked through")
    return found


def test_a_quadratic_statement_of_a_server_would_be_seen() -> None:
    assert faults_of_server(["  Filter: (NOT (SubPlan 1))"]) == ["a set looked through for each row"]
    assert faults_of_server(["  Filter: (NOT (hashed SubPlan 1))"]) == []
    assert faults_of_server(["Index Scan using ledger_pkey on ledger", "  Filter: x"]) == ["ledger looked through"]
    assert faults_of_server(["Index Scan using ledger_pkey on ledger", "  Index Cond: (api = 1)"]) == []


WHOLE_LEDGER = ("ledger.freedom_id IN", "max(", "count(*)", "rows looked through in SELECT anon_1.freedom_id")
"""Looks through all users or all rows, once: for IDs that changed hands, and for figures."""
