"""The manifest beside an output: what went in, how it was read, what came out. No personal data."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import BooksDontBalance
from importer.reporting.manifest_content import facts_of
from importer.reporting.report import Report
from importer.validation.stream import MappedInput
from importer.versions import versions
from importer.writing import atomic_file, manifest_path

if TYPE_CHECKING:
    from importer.journal import Run  # checking a file needs no journal, and so no database library


def write_manifest(output: Path, run: "Run", mapped: MappedInput, made: Report) -> Path:
    """Write the manifest of a run's output, mode 0600. Raises StorageFailed where it cannot be written.

    Its exit code is that of the run's last command, but for an ID that was taken back since: the output says so, too.
    """
    content = {
        "run": run.id,
        **facts_of(run, mapped, made.statuses),
        "input": {"name": run.input_name, "sha256": run.input_sha256, "rows": made.rows},
        "duplicates": run.settings["duplicates"],
        "output": {"name": output.name, "rows": made.rows, "sha256": made.sha256[output.name]},
        "state": str(run.state),
        "exit_code": BooksDontBalance.exit_code if made.repeated_ids else run.exit_code,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "versions": versions(),
    }
    for key, file in (("rejected", made.rejected), ("rejected_workbook", made.rejected_workbook)):
        if file is not None:
            content[key] = {"name": file.name, "sha256": made.sha256[file.name]}
    path = manifest_path(output)
    with atomic_file(path) as target:
        target.write(json.dumps(content, ensure_ascii=False, indent=2).encode())
    return path
