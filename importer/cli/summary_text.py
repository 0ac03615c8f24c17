"""A summary as a table for a person and as JSON for a program."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from importer.cli.invocation import Invocation
from importer.messages import headline
from importer.model import Changes, Severity, Status, Summary
from importer.validation.preview import IMPERSONAL, MASK

MEANING = {
    Status.CREATED: "new FreedomID",
    Status.ALREADY_IMPORTED: "FreedomID from an earlier run",
    Status.INVALID: "breaks a rule; see import_error",
    Status.DUPLICATE: "phone stands in another row, or is another person's",
    Status.EXISTS: "phone taken, not by this journal",
    Status.UNCONFIRMED: "taken, perhaps by a request of ours without an answer",
    Status.REJECTED: "refused by the API",
    Status.FAILED: "kept failing while others went through",
    Status.UPDATED: "changed fields sent",
    Status.NOT_SENT: "not sent",
}


def as_json(summary: Summary, invocation: Invocation) -> str:
    """One JSON object: when and where to, and ``as_dict``."""
    return json.dumps(
        {**invocation.as_dict(), **as_dict(summary), "api": invocation.api or summary.api}, ensure_ascii=False, indent=2
    )


def as_dict(summary: Summary) -> dict[str, Any]:
    """What JSON can hold: keys as in Summary, every status; no personal data."""
    return {
        "command": summary.command,
        "run": summary.run,
        "exit_code": summary.exit_code,
        "message": summary.message,
        "rows": summary.rows,
        "created_before": summary.created_before,
        "saved_by_drop": summary.saved_by_drop,
        "statuses": {str(status): summary.statuses.get(status, 0) for status in Status},
        "causes": [
            {
                "code": cause.code,
                "field": cause.field,
                "severity": str(cause.severity),
                "count": cause.count,
                "first_rows": list(cause.first_rows),
                "values": [{"value": value, "count": count} for value, count in cause.values],
            }
            for cause in summary.causes
        ],
        "findings": [
            {"topic": finding.topic, "text": finding.text, "warning": finding.warning} for finding in summary.findings
        ],
        "output": summary.output,
        "rejected": summary.rejected,
        "rejected_workbook": summary.rejected_workbook,
        "seconds": round(summary.seconds, 3),
        "requests": summary.requests,
        "throttled": summary.throttled,
        "outages": summary.outages,
        "repeated": summary.repeated,
        "changes": None if (changes := summary.changes) is None else _changes_dict(changes),
        "preview": [{"row": row, **body} for row, body in summary.preview],
    }


def _changes_dict(changes: Changes) -> dict[str, Any]:
    samples = [{"row": row, **fields} for row, fields in changes.samples]
    return {**asdict(changes), "fields": dict(changes.fields), "samples": samples}


def as_text(summary: Summary) -> str:
    """Lines for a person: what was decided, a count per status, errors by cause, where the files are."""
    return "\n".join(_lines(summary))


def _lines(summary: Summary) -> Iterator[str]:
    for finding in summary.findings:
        yield f"{'!' if finding.warning else '·'} {finding.topic}: {finding.text}"
    if summary.findings:
        yield ""
    for row, body in summary.preview:
        yield f"  row {row} would be sent as {', '.join(f'{field} {value}' for field, value in body.items())}"
    if summary.preview:
        yield ""
    title = f"{summary.command} {summary.run}".strip()
    yield f"{title}: {summary.rows:,} rows in {summary.seconds:.1f} s"
    width = max((len(f"{count:,}") for count in summary.statuses.values()), default=1)
    for status in Status:
        if count := summary.statuses.get(status, 0):
            yield f"  {count:>{width},}  {status:<16}  {_meaning(status, count, summary)}"
    yield from _changes(summary)
    yield from _causes(summary)
    if summary.saved_by_drop:
        yield (
            f"{summary.saved_by_drop:,} invalid rows have a phone and are wrong in optional fields alone: "
            "--optional drop sends them without those fields"
        )
    if summary.message:
        yield summary.message
    yield from _files(summary)


def _changes(summary: Summary) -> Iterator[str]:
    """Who has changed since they were sent; nothing where the file holds new users alone."""
    changes = summary.changes
    if changes is None or not (changes.same or changes.changed or changes.other_names or changes.missing):
        return
    fields = ", ".join(f"{field} {count:,}" for field, count in changes.fields.items())
    told = [f"{changes.new:,} new", f"{changes.changed:,} changed" + (f" ({fields})" if fields else "")]
    told += [f"{changes.same:,} the same"]
    told += [f"{changes.other_names:,} with the names of other people"] if changes.other_names else []
    told += [] if changes.missing is None else [f"{changes.missing:,} missing since the last run of this source"]
    yield f"users: {', '.join(told)}"
    for row, values in changes.samples:
        yield f"  row {row} now has {', '.join(f'{field} {value}' for field, value in values.items())}"


def _files(summary: Summary) -> Iterator[str]:
    if summary.output:
        yield f"output:   {summary.output}"
    if summary.rejected:
        yield f"rejected: {summary.rejected}"
    if summary.rejected_workbook:
        yield f"mend in:  {summary.rejected_workbook} (a spreadsheet takes pluses and zeros out of the text file)"


def _causes(summary: Summary) -> Iterator[str]:
    for severity, title in ((Severity.ERROR, "errors by cause"), (Severity.WARNING, "warnings")):
        causes = [cause for cause in summary.causes if cause.severity is severity]
        if causes:
            yield f"{title}:"
        for cause in causes:
            rows = ", ".join(str(row) for row in cause.first_rows)
            more = ", …" if cause.count > len(cause.first_rows) else ""
            yield f"  {cause.count:>6,}  {cause.code:<28}  {headline(cause.code)} (row {rows}{more})"
            frequent = [f"'{value}' × {count:,}" for value, count in cause.values if count > 1 or MASK not in value]
            if frequent:
                yield f"{'':>10}{', '.join(frequent)}"
    yield from _table_hint(summary)


def _table_hint(summary: Summary) -> Iterator[str]:
    """How a profile puts the most frequent wrong value right that is not a single person's."""
    found = [cause for cause in summary.causes if cause.field in IMPERSONAL and cause.values]
    if found:
        worst = max(found, key=lambda cause: cause.values[0][1])
        value, count = worst.values[0]
        yield (
            f"a table in a profile translates a value wherever it stands, {count:,} times here: "
            f'[values.{worst.field}], then "{value}" = "…"'
        )


def _meaning(status: Status, count: int, summary: Summary) -> str:
    if summary.command == "validate" and status is Status.NOT_SENT:
        return "would be sent"
    if status is Status.CREATED and summary.created_before:
        now = count - summary.created_before
        return f"{MEANING[status]}: {now:,} now, {summary.created_before:,} by an earlier command of this run"
    return MEANING[status]
