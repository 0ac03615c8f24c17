"""What a server's planner makes of a look through a whole run does not grow with the square of its rows.

Its statistics follow what is written a minute late, and later on a busy server: a run of that minute is planned for as
if next to none of its rows had a FreedomID.
"""

from collections.abc import Callable

import psycopg
import pytest

from importer.journal import Journal, Run, settle_repeated_ids
from importer.journal.database import server_session

PLANNED, CREATED = 200_000, 93_000
LONGEST = "20s"
"""What takes each row for each row takes hours; what looks through them some times takes no second."""

ROWS = f"""
    INSERT INTO rows (run, row, state, phone, freedom_id, mac)
    SELECT runs.number, n, CASE WHEN n <= {CREATED} THEN 10 ELSE 0 END, decode(md5('phone' || n), 'hex'),
           CASE WHEN n <= {CREATED} THEN decode(md5('user' || n), 'hex') END, decode('00', 'hex')
    FROM generate_series(1, {PLANNED}) n, runs
"""
ARRIVALS = f"INSERT INTO arrivals (run, row, at) SELECT run, row, row FROM rows WHERE row BETWEEN 30000 AND {CREATED}"


@pytest.mark.parametrize("known", ["ANALYZE runs", "VACUUM rows", "VACUUM ANALYZE rows"])
def test_repeats_of_a_run_are_looked_for_in_time_whatever_the_statistics_say(
    address: str, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    monkeypatch.setitem(server_session._SESSION, "statement_timeout", LONGEST)
    with Journal.open(address) as journal, psycopg.connect(address, autocommit=True) as server:
        run = make_run(journal)
        for table in ("rows", "arrivals", "ledger", "runs"):
            server.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")  # type: ignore[arg-type]
        server.execute(ROWS)  # type: ignore[arg-type] # a test's own words
        server.execute(ARRIVALS)  # type: ignore[arg-type]
        server.execute(known)  # type: ignore[arg-type]
        assert settle_repeated_ids(journal, run.id) == 0
