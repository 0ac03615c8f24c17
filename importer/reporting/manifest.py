"""The manifest beside an output: what went in, how it was read, what came out. No personal data."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from importer.model import Status
from importer.planning.file_state import sha256_of
from importer.reporting.report import Report
from importer.validation.stream import Source
from importer.versions import versions
from importer.writing import atomic_file, manifest_path

if TYPE_CHECKING:
    from importer.journal import Run  # checking a file needs no journal, and so no database library


def _lengths(tables: Sequence[tuple[str, Sequence[object]]]) -> dict[str, int]:
    """How many lines each table of values has: the lines themselves may be names."""
    return {field: len(table) for field, table in tables}


def write_manifest(output: Path, run: "Run", source: Source, made: Report) -> Path:
    """Write the manifest of a run's output, mode 0600.

    Raises:
        StorageFailed: it cannot be written.
    """
    mapping = source.mapping
    content = {
        "run": run.id,
        "api": run.api,
        "input": {"name": run.input_name, "sha256": run.input_sha256, "rows": made.rows},
        "mapping": {
            field: [mapping.header_of(position) for position in positions]
            for field, positions in mapping.columns.items()
        },
        "decisions": {**run.settings["decisions"], "values": _lengths(run.settings["decisions"].get("values", ()))},
        "duplicates": run.settings["duplicates"],
        "statuses": {str(status): made.statuses.get(status, 0) for status in Status},
        "output": {"name": output.name, "rows": made.rows, "sha256": sha256_of(output)},
        "state": str(run.state),
        "exit_code": run.exit_code,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "versions": versions(),
    }
    for key, file in (("rejected", made.rejected), ("rejected_workbook", made.rejected_workbook)):
        if file is not None:
            content[key] = {"name": file.name, "sha256": sha256_of(file)}
    path = manifest_path(output)
    with atomic_file(path) as target:
        target.write(json.dumps(content, ensure_ascii=False, indent=2).encode())
    return path
