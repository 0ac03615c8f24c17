"""The end of a command: which exit code it has, what the summary says."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import BooksDontBalance, Stopped, StorageFailed, UpdatesOnTrial
from importer.messages.masking import shown
from importer.messages.text import Text, counted
from importer.model import Cause, Changes, Status, Summary
from importer.reporting.report import Report
from importer.validation.stream import MappedInput
from importer.validation.survey import Survey

if TYPE_CHECKING:
    from importer.journal import Run  # checking a file needs no journal, and so no database library


def exit_code_of(made: Report, stopped: Stopped | None) -> int:
    """How a run has ended, by the README's table of exit codes."""
    if made.repeated_ids:
        return BooksDontBalance.exit_code
    left = made.statuses.get(Status.NOT_SENT, 0)
    if stopped is not None and (left or isinstance(stopped, StorageFailed | UpdatesOnTrial)):
        return stopped.exit_code
    return 0 if made.without_id == 0 else 1


def hint(current: "Run", made: Report, requests: int, *, before: bool) -> str:
    """What a person should know beside the counts; ``before``: an earlier command has sent rows of this run."""
    if made.repeated_ids:
        return counted(
            "{count:,} row was given a FreedomID that is another phone's as well, or nobody's: see import_error",
            "{count:,} rows were given a FreedomID that is another phone's as well, or nobody's: see import_error",
            made.repeated_ids,
        )
    left = made.statuses.get(Status.NOT_SENT, 0)
    if left:
        return counted(
            "{count:,} row was not sent; run the same command without --limit to send it",
            "{count:,} rows were not sent; run the same command without --limit to send them",
            left,
        )
    if not requests and not before:
        return Text("nothing was sent: every row is known already, or has an error")
    if not requests:
        return Text(
            "nothing was left to send (run {run}, finished {at}); importer run FILE --fresh starts a new run",
            run=current.id,
            at=current.finished_at[:19] + "+00:00",
        )
    return ""


def summarise(
    command: str,
    current: "Run | None",
    mapped: MappedInput,
    made: Report,
    began: float,
    *,
    stopped: Stopped | None = None,
    requests: int = 0,
    message: str = "",
) -> Summary:
    """The summary of a command; its exit code follows the README's table. Its causes have no values yet."""
    if command == "validate":
        could_have_one = (Status.NOT_SENT, Status.ALREADY_IMPORTED)
        without_id = made.rows - sum(made.statuses.get(status, 0) for status in could_have_one)
        exit_code = 1 if without_id > made.examples else 0
    else:
        exit_code = exit_code_of(made, stopped)
    early = stopped if stopped and exit_code == stopped.exit_code else None
    return Summary(
        command=command,
        run=current.id if current else "",
        rows=made.rows,
        statuses=made.statuses,
        causes=tuple(replace(cause, values=()) for cause in made.causes),
        findings=(*mapped.table.findings, *mapped.mapping.findings),
        exit_code=exit_code,
        output=str(made.output or ""),
        rejected=str(made.rejected or ""),
        rejected_workbook=str(made.rejected_workbook or ""),
        message=stopped.sentence
        if stopped and exit_code in (stopped.exit_code, BooksDontBalance.exit_code)
        else message,
        seconds=time.monotonic() - began,
        requests=requests,
        stopped=early,
        saved_by_drop=made.saved_by_drop,
        api=current.api if current else "",
        changes=Changes(**current.settings["changes"]) if current and "changes" in current.settings else None,
    )


def with_preview(
    summary: Summary, found: Survey, rows: Iterable[tuple[int, Mapping[str, str]]], *, show_values: bool
) -> Summary:
    """The summary with what the survey saw, and rows as they would be sent; masked unless ``show_values``."""
    preview = tuple(
        (row, {field: shown(field, value, plain=show_values) for field, value in body.items()}) for row, body in rows
    )
    told = replace(summary, findings=(*summary.findings, *found.findings), preview=preview)
    return with_values(told, found.causes, show_values=show_values)


def with_values(summary: Summary, seen: Iterable[Cause], *, show_values: bool = False) -> Summary:
    """The summary whose causes tell their most frequent values, as the survey saw them; masked where personal."""
    values = {
        (cause.code, cause.field): tuple(
            (shown(cause.field, value, plain=show_values), count) for value, count in cause.values
        )
        for cause in seen
    }
    causes = (replace(cause, values=values.get((cause.code, cause.field), ())) for cause in summary.causes)
    return replace(summary, causes=tuple(causes))
