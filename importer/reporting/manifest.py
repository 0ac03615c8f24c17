"""The manifest beside an output: what went in, how it was read, what came out. No personal data."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

from importer.journal import Run
from importer.model import Status
from importer.reporting.manifest_file import manifest_path
from importer.reporting.report import Report
from importer.validation.stream import Source
from importer.writing import atomic_file

VERSIONS_OF = ("freedom-id-importer", "pandas", "pandera", "httpx", "tenacity")


def sha256_of_output(path: Path) -> str:
    """SHA-256 of an output's bytes, as hex: what tells later whether a person has changed it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(output: Path, run: Run, source: Source, made: Report) -> Path:
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
        "decisions": run.settings["decisions"],
        "duplicates": run.settings["duplicates"],
        "statuses": {str(status): made.statuses.get(status, 0) for status in Status},
        "output": {"name": output.name, "rows": made.rows, "sha256": sha256_of_output(output)},
        "state": str(run.state),
        "exit_code": run.exit_code,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in VERSIONS_OF}},
    }
    for key, file in (("rejected", made.rejected), ("rejected_workbook", made.rejected_workbook)):
        if file is not None:
            content[key] = {"name": file.name, "sha256": sha256_of_output(file)}
    path = manifest_path(output)
    with atomic_file(path) as target:
        target.write(json.dumps(content, ensure_ascii=False, indent=2).encode())
    return path
