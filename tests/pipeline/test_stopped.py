"""A run that stopped: its exit code, and which rows the next command takes for the last ones."""

from types import SimpleNamespace

import pytest

from importer.creating.rows.unsent_rows import are_last_rows
from importer.errors import ApiSilent, ApiUnavailable, Interrupted, StorageFailed
from importer.model import Status
from importer.reporting.closing import close_run


def closed(stopped, statuses):
    """State and exit code that the journal is told."""
    journal = SimpleNamespace(update_run=lambda _run, **told: (str(told["state"]), told["exit_code"]))
    without = sum(count for status, count in statuses.items() if status != Status.CREATED)
    made = SimpleNamespace(statuses=statuses, without_id=without, causes=(), repeated_ids=0)
    return close_run(journal, SimpleNamespace(id="run"), made, stopped)


LEFT = {Status.CREATED: 3, Status.NOT_SENT: 2}


@pytest.mark.parametrize("stopped", [ApiUnavailable, ApiSilent, StorageFailed, Interrupted])
def test_a_run_that_stopped_with_rows_left_ends_with_4(stopped):
    assert closed(stopped("why"), LEFT) == ("stopped", 4)


@pytest.mark.parametrize(
    ("stopped", "statuses", "state", "code"),
    [
        (None, {Status.CREATED: 3}, "finished", 0),
        (None, {Status.CREATED: 3, Status.FAILED: 1}, "finished", 1),
        (None, LEFT, "stopped", 1),
        (Interrupted("why"), {Status.CREATED: 3}, "stopped", 0),
        (Interrupted("why"), {Status.CREATED: 3, Status.EXISTS: 1}, "stopped", 1),
    ],
)
def test_any_other_end_is_0_where_every_row_has_its_id_and_1_where_not(stopped, statuses, state, code):
    assert closed(stopped, statuses) == (state, code)


@pytest.mark.parametrize(
    ("left", "waited_for", "answered", "last"),
    [(3, 3, 60, True), (3, 3, 59, False), (1, 1, 20, True), (1, 1, 19, False), (2, 3, 900, False), (0, 0, 900, False)],
)
def test_rows_waited_for_in_vain_are_the_last_where_twenty_others_were_answered_for_each(
    left, waited_for, answered, last
):
    counts = {Status.CREATED: answered - 4, Status.EXISTS: 1, Status.REJECTED: 2, Status.UNCONFIRMED: 1}
    journal = SimpleNamespace(
        unfinished_span=lambda _run: (left, 2, 9), counts=lambda _run: {**counts, Status.INVALID: 500}
    )
    assert are_last_rows(journal, SimpleNamespace(id="run", settings={"waited_for": waited_for})) is last
    assert are_last_rows(journal, SimpleNamespace(id="run", settings={})) is False
