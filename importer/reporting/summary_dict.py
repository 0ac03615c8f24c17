"""A summary as what JSON can hold: for ``--json``, and for a program that called us."""

from dataclasses import asdict
from typing import Any

from importer.model import Changes, Status, Summary


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
