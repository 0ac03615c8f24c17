"""A summary as a table for a person and as JSON for a program."""

import json
from collections.abc import Iterator

from importer.cli.command_facts import Invocation
from importer.messages.masking import IMPERSONAL, MASK
from importer.messages.text import Text, counted, enumerated, joined, number, spoken, translated
from importer.messages.wording import headline
from importer.model import Severity, Status, Summary, repeated_ids
from importer.reporting.summary_dict import as_dict

MEANING = {
    Status.CREATED: Text("new FreedomID"),
    Status.ALREADY_IMPORTED: Text("FreedomID from an earlier run"),
    Status.INVALID: Text("breaks a rule; see import_error"),
    Status.DUPLICATE: Text("phone stands in another row, or is another person's"),
    Status.EXISTS: Text("phone taken, not by this journal"),
    Status.UNCONFIRMED: Text("taken, perhaps by a request of ours without an answer"),
    Status.REJECTED: Text("refused by the API"),
    Status.FAILED: Text("kept failing while others went through"),
    Status.UPDATED: Text("changed fields sent"),
    Status.NOT_SENT: Text("not sent"),
}

_TITLES = {Severity.ERROR: Text("errors by cause:"), Severity.WARNING: Text("warnings:")}


def as_json(summary: Summary, invocation: Invocation) -> str:
    """One JSON object: when and where to, and ``as_dict``."""
    return json.dumps(
        {**invocation.as_dict(), **as_dict(summary), "api": invocation.api or summary.api}, ensure_ascii=False, indent=2
    )


def as_text(summary: Summary) -> str:
    """Lines for a person: what was decided, a count per status, errors by cause, where the files are."""
    return "\n".join(spoken(line) for line in _lines(summary))


def _lines(summary: Summary) -> Iterator[str]:
    for finding in summary.findings:
        yield f"{'!' if finding.warning else '·'} {translated(finding.topic)}: {spoken(finding.text)}"
    if summary.findings:
        yield ""
    for row, body in summary.preview:
        fields = ", ".join(f"{field} {value}" for field, value in body.items())
        yield Text("  row {row} would be sent as {fields}", row=row, fields=fields)
    if summary.preview:
        yield ""
    yield counted(
        "{title}: {count:,} row in {seconds:.1f} s",
        "{title}: {count:,} rows in {seconds:.1f} s",
        summary.rows,
        title=f"{summary.command} {summary.run}".strip(),
        seconds=summary.seconds,
    )
    width = max((len(number(count)) for count in summary.statuses.values()), default=1)
    for status in Status:
        if count := summary.statuses.get(status, 0):
            yield f"  {number(count):>{width}}  {status:<16}  {spoken(_meaning(status, count, summary))}"
    yield from _changes(summary)
    yield from _causes(summary)
    if summary.saved_by_drop:
        yield counted(
            "{count:,} invalid row has a phone and is wrong in optional fields alone: --optional drop sends it without "
            "those fields",
            "{count:,} invalid rows have a phone and are wrong in optional fields alone: --optional drop sends them "
            "without those fields",
            summary.saved_by_drop,
        )
    if summary.message:
        yield summary.message
    yield from _files(summary)


def _changes(summary: Summary) -> Iterator[str]:
    """Who has changed since they were sent; nothing where the file holds new users alone."""
    changes = summary.changes
    if changes is None or not (changes.same or changes.changed or changes.other_names or changes.missing):
        return
    fields = ", ".join(f"{field} {number(count)}" for field, count in changes.fields.items())
    changed = Text("{count:,} changed", count=changes.changed)
    if fields:
        changed = Text("{count:,} changed ({fields})", count=changes.changed, fields=fields)
    told = [Text("{count:,} new", count=changes.new), changed, Text("{count:,} the same", count=changes.same)]
    if changes.other_names:
        told += [Text("{count:,} with the names of other people", count=changes.other_names)]
    if changes.missing is not None:
        told += [Text("{count:,} missing since the last run of this source", count=changes.missing)]
    yield Text("users: {told}", told=joined(told, ", "))
    for row, values in changes.samples:
        now = ", ".join(f"{field} {value}" for field, value in values.items())
        yield Text("  row {row} now has {fields}", row=row, fields=now)


def _files(summary: Summary) -> Iterator[str]:
    if summary.output:
        yield Text("output:   {path}", path=summary.output)
    if summary.rejected:
        yield Text("rejected: {path}", path=summary.rejected)
    if summary.rejected_workbook:
        yield Text(
            "mend in:  {path} (a spreadsheet takes pluses and zeros out of the text file)",
            path=summary.rejected_workbook,
        )


def _causes(summary: Summary) -> Iterator[str]:
    for severity, title in _TITLES.items():
        causes = [cause for cause in summary.causes if cause.severity is severity]
        if causes:
            yield title
        for cause in causes:
            more = cause.count > len(cause.first_rows)
            place = spoken(enumerated("(row {numbers})", "(rows {numbers})", cause.first_rows, more=more))
            yield f"  {number(cause.count):>6}  {cause.code:<28}  {headline(cause.code)} {place}"
            frequent = [
                f"'{value}' × {number(count)}" for value, count in cause.values if count > 1 or MASK not in value
            ]
            if frequent:
                yield f"{'':>10}{', '.join(frequent)}"
    yield from _table_hint(summary)


def _table_hint(summary: Summary) -> Iterator[str]:
    """How a profile puts the most frequent wrong value right that is not a single person's."""
    found = [cause for cause in summary.causes if cause.field in IMPERSONAL and cause.values]
    if found:
        worst = max(found, key=lambda cause: cause.values[0][1])
        value, count = worst.values[0]
        yield counted(
            "a table in a profile translates a value wherever it stands, {count:,} time here: {table}, then {line}",
            "a table in a profile translates a value wherever it stands, {count:,} times here: {table}, then {line}",
            count,
            table=f"[values.{worst.field}]",
            line=f'"{value}" = "…"',
        )


def _meaning(status: Status, count: int, summary: Summary) -> str:
    if summary.command == "validate" and status is Status.NOT_SENT:
        return Text("would be sent")
    if status is Status.CREATED and summary.created_before:
        return Text(
            "{meaning}: {now:,} now, {before:,} by an earlier command of this run",
            meaning=MEANING[status],
            now=count - summary.created_before,
            before=summary.created_before,
        )
    repeated = repeated_ids(summary.causes) if status is Status.UNCONFIRMED else 0
    if repeated >= count:
        return Text("given a FreedomID that is another phone's as well, or nobody's")
    if repeated:
        return Text(
            "{repeated:,} given a FreedomID that is another phone's as well, or nobody's; the others {meaning}",
            repeated=repeated,
            meaning=MEANING[status],
        )
    return MEANING[status]
