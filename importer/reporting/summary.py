"""The end of a command: how a run is closed, which exit code it has, what the summary says."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import Stopped, StorageFailed
from importer.model import Status, Summary
from importer.reporting.report import Report
from importer.validation.preview import masked
from importer.validation.stream import Source
from importer.validation.survey import Survey

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library


def close_run(journal: "Journal", current: "Run", made: Report, stopped: Stopped | None) -> "Run":
    """Record what came of a run: finished when nothing is left to send, else stopped."""
    from importer.journal import RunState  # noqa: PLC0415 (where there is a journal, it is loaded)

    left = made.statuses.get(Status.NOT_SENT, 0)
    state = RunState.STOPPED if left or stopped else RunState.FINISHED
    counts = {str(status): count for status, count in made.statuses.items()}
    return journal.update_run(current.id, state=state, counts=counts, exit_code=_exit_code(made, stopped))


def _exit_code(made: Report, stopped: Stopped | None) -> int:
    if isinstance(stopped, StorageFailed) or (stopped is not None and made.statuses.get(Status.NOT_SENT, 0)):
        return stopped.exit_code
    return 0 if made.without_id == 0 else 1


def hint(current: "Run", made: Report, requests: int) -> str:
    """What a person should know beside the counts."""
    left = made.statuses.get(Status.NOT_SENT, 0)
    if left:
        return f"{left} rows were not sent; run the same command without --limit to send them"
    if not requests:
        return f"nothing was left to send (run {current.id}, finished {current.finished_at}); --fresh starts a new run"
    return ""


def summarise(
    command: str,
    current: "Run | None",
    source: Source,
    made: Report,
    began: float,
    *,
    stopped: Stopped | None = None,
    requests: int = 0,
    message: str = "",
) -> Summary:
    """The summary of a command; its exit code follows the contract's table."""
    if command == "validate":
        could_have_one = (Status.NOT_SENT, Status.ALREADY_IMPORTED)
        without_id = made.rows - sum(made.statuses.get(status, 0) for status in could_have_one)
        exit_code = 1 if without_id > made.examples else 0
    else:
        exit_code = _exit_code(made, stopped)
    return Summary(
        command=command,
        run=current.id if current else "",
        rows=made.rows,
        statuses=made.statuses,
        causes=made.causes,
        findings=(*source.table.findings, *source.mapping.findings),
        exit_code=exit_code,
        output=str(made.output or ""),
        rejected=str(made.rejected or ""),
        rejected_workbook=str(made.rejected_workbook or ""),
        message=str(stopped) if stopped and exit_code == stopped.exit_code else message,
        seconds=time.monotonic() - began,
        requests=requests,
    )


def with_preview(summary: Summary, found: Survey, *, show_values: bool) -> Summary:
    """The summary with what the survey decided and three rows as they would be sent, masked unless ``show_values``."""
    shown = tuple(
        (row, body if show_values else {field: masked(value) for field, value in body.items()})
        for row, body in found.preview
    )
    return replace(summary, findings=(*summary.findings, *found.findings), preview=shown)
