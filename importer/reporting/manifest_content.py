"""The manifest beside an output (what went in, how it was read, what came out), and its draft. No personal data.

The draft is there before any file is in its place. It tells the hashes of what is about to be put there, and of what
stands there until then. So whoever comes after a crash, between whatever renames, knows a file that this program wrote
from one that a person has changed. A checked file belongs to no run and keeps its draft.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.errors import BooksDontBalance
from importer.model import Status
from importer.planning.file_state import sha256_of
from importer.validation.stream import MappedInput
from importer.versions import versions
from importer.writing import atomic_file, manifest_path

if TYPE_CHECKING:
    from importer.journal import Run  # checking a file needs no journal, and so no database library
    from importer.reporting.report import Report

PARTS: Final = ("output", "rejected", "rejected_workbook")
"""Keys of a manifest that tell a file's name and SHA-256."""

_DRAFT: Final = "files"
"""Key of a draft: name → SHA-256s, of which a file has one unless somebody has changed it."""


def manifest_of(output: Path) -> dict[str, Any]:
    """What the manifest beside a file tells of its run; {} where there is none of this program."""
    told = read_manifest(manifest_path(output)) or {}
    return told if "run" in told else {}


def read_manifest(manifest: Path) -> dict[str, Any] | None:
    """The manifest or draft in a place; {} where there is none, None where something else stands."""
    try:
        if manifest.exists() and not manifest.is_file():
            return None  # a pipe would never end
        told = json.loads(manifest.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    return told if _is_manifest(told) else None


def facts_told(output: Path, content: str) -> dict[str, Any]:
    """What the manifest or the draft beside a file tells of how it was made; {} where it is of another SHA-256.

    Of a draft this holds for what was about to be put there, not for what it was to replace.
    """
    told = read_manifest(manifest_path(output)) or {}
    drafted = told.get(_DRAFT, {}).get(output.name) or [""]
    return told if content == (told.get("output", {}).get("sha256") if "run" in told else drafted[-1]) else {}


def hashes_told(told: Mapping[str, Any]) -> dict[str, set[str]]:
    """Name → SHA-256s of the files that a manifest or a draft tells of."""
    parts = [told[key] for key in PARTS if told.get(key, {}).get("sha256")]
    return {name: set(hashes) for name, hashes in told.get(_DRAFT, {}).items()} | {
        part["name"]: {str(part["sha256"])} for part in parts
    }


def announce(
    output: Path, input_name: str, files: Mapping[Path, Path], facts: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Write the draft of an output's manifest, mode 0600; name → SHA-256 of what is about to be put there.

    ``files``: where each file goes, and where it is complete until then. ``facts`` of a run: what a draft, too, has to
    tell of how they were made; see ``facts_of``.

    Raises:
        StorageFailed: it cannot be written.
    """
    manifest = manifest_path(output)
    before = hashes_told(read_manifest(manifest) or {})
    new = {path.name: sha256_of(complete) for path, complete in files.items()}
    told = {name: [sha256] for name, sha256 in new.items()}
    for name, hashes in before.items():
        standing = output.with_name(name)
        if standing.is_file() and (sha256 := sha256_of(standing)) in hashes:
            told[name] = [*dict.fromkeys([sha256, *told.get(name, [])])]
    _write(manifest, {**(facts or {}), "input": {"name": input_name}, _DRAFT: told, "versions": versions()})
    return new


def write_manifest(output: Path, run: "Run", mapped: MappedInput, made: "Report") -> Path:
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
    return _write(manifest_path(output), content)


def _write(manifest: Path, content: dict[str, Any]) -> Path:
    with atomic_file(manifest) as target:
        target.write(json.dumps(content, ensure_ascii=False, indent=2).encode())
    return manifest


def facts_of(run: "Run", mapped: MappedInput, statuses: Mapping[Status, int]) -> dict[str, Any]:
    """What has to be known of an output so that it is read as it was made. No personal data."""
    decisions, mapping = run.settings["decisions"], mapped.mapping
    return {
        "api": run.api,
        "sheet": mapped.table.dialect.sheet,
        "mapping": {
            field: [mapping.header_of(position) for position in positions]
            for field, positions in mapping.columns.items()
        },
        "dial_codes": [
            [mapping.header_of(phone), mapping.header_of(codes)]
            for phone, codes in mapping.dial_codes.items()
            if phone in mapping.columns["phone"]
        ],
        "full_name": [mapping.header_of(mapping.full_name[0]), *mapping.full_name[1]] if mapping.full_name else [],
        "decisions": {**decisions, "values": _lengths(decisions.get("values", ()))},
        "statuses": {str(status): statuses.get(status, 0) for status in Status},
    }


def _lengths(tables: Sequence[tuple[str, Sequence[object]]]) -> dict[str, int]:
    """How many lines each table of values has: the lines themselves may be names."""
    return {field: len(table) for field, table in tables}


def _is_manifest(told: Any) -> bool:
    """Whether something has the form of a manifest of this program, or of a draft, whoever wrote it."""
    if not isinstance(told, dict) or "versions" not in told or not isinstance(told.get("input", {}), dict):
        return False
    draft = told.get(_DRAFT)
    if not isinstance(told.get("run"), str) and ("run" in told or not _is_table(draft)):
        return False
    if not isinstance(told.get("api", ""), str) or not _is_table(told.get("mapping", {})):
        return False
    parts = [told[key] for key in PARTS if key in told]
    names = [part.get("name") if isinstance(part, dict) else None for part in parts] + list(draft or ())
    return all(isinstance(name, str) and name == Path(name).name != "" and "\0" not in name for name in names)


def _is_table(part: Any) -> bool:
    """Whether a part of a manifest has a list of texts for each of its keys."""
    return isinstance(part, dict) and all(
        isinstance(texts, list) and all(isinstance(one, str) for one in texts) for texts in part.values()
    )
