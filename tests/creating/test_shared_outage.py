"""An outage of the whole: what a worker's report makes of it, and that the decision changes nothing."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import pytest

from importer.creating.shared_budget.shared_outage import Outage, OutageReport, after_report

NOW, UNTIL = 100.0, 130.0
OUTAGE = Outage(opened_at=50.0, since=40.0, cause="timeout", wait=1.0, next_probe_at=51.0, prober="a", until=120.0)
OPEN = OutageReport(is_open=True, since=90.0, cause="refused", wait=2.0, next_probe_at=101.0)
BEGUN = Outage(opened_at=NOW, since=90.0, cause="refused", wait=2.0, next_probe_at=101.0, prober="a", until=UNTIL)
PROBED = replace(OPEN, failed_probes=1)


def members(**changed):
    """Three workers with rows to send, who were answered long ago; ``changed``: facts of some."""
    usual = {"waiting": True, "answered_at": 10.0, "failed_probes": 0}
    return {name: SimpleNamespace(**usual | changed.get(name, {})) for name in "abc"}


@pytest.mark.parametrize(
    ("outage", "name", "report", "workers", "after"),
    [
        pytest.param(None, "a", OutageReport(), members(), None, id="all is well"),
        pytest.param(None, "a", OPEN, members(), BEGUN, id="the first breaker opens"),
        pytest.param(None, "a", OPEN, members(b={"answered_at": 90.0}), BEGUN, id="another was answered as it began"),
        pytest.param(None, "a", OPEN, members(b={"answered_at": 90.1}), None, id="another was answered since"),
        pytest.param(None, "a", replace(OPEN, answered_at=90.1), members(), None, id="it was answered itself since"),
        pytest.param(OUTAGE, "b", OutageReport(answered_at=49.9), members(), OUTAGE, id="an answer from before"),
        pytest.param(OUTAGE, "b", OutageReport(answered_at=50.0), members(), None, id="an answer from after"),
        pytest.param(OUTAGE, "b", OPEN, members(), OUTAGE, id="another waits"),
        pytest.param(OUTAGE, "a", OPEN, members(), replace(OUTAGE, until=UNTIL), id="its prober stays"),
        pytest.param(
            OUTAGE,
            "a",
            PROBED,
            members(),
            replace(OUTAGE, cause="refused", wait=2.0, next_probe_at=101.0, prober="b", until=UNTIL),
            id="a probe failed: the next one's turn",
        ),
        pytest.param(
            OUTAGE,
            "a",
            PROBED,
            members(a={"failed_probes": 1}, b={"waiting": False}),
            replace(OUTAGE, until=UNTIL),
            id="a failed probe that was told before",
        ),
        pytest.param(
            OUTAGE,
            "a",
            OPEN,
            members(a={"waiting": False}, b={"waiting": False}),
            replace(OUTAGE, prober="c", until=UNTIL),
            id="its prober has no row left",
        ),
        pytest.param(
            replace(OUTAGE, until=NOW), "b", OPEN, members(), replace(OUTAGE, prober="b", until=UNTIL), id="lease over"
        ),
        pytest.param(
            replace(OUTAGE, prober="gone"),
            "b",
            OPEN,
            members(),
            replace(OUTAGE, prober="b", until=UNTIL),
            id="its prober is gone",
        ),
    ],
)
def test_what_a_report_makes_of_an_outage(outage, name, report, workers, after):
    before = copy.deepcopy(workers)
    assert after_report(outage, name, report, workers, NOW, UNTIL) == after
    assert workers == before
