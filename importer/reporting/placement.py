"""Where an output goes: beside what is there already, if that must not be replaced.

The manifest beside an earlier output tells whose it is and what it was. A file that a person has changed since it was
written is that person's work; one that belongs to another run is, to ``report``, somebody else's.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from importer.reporting.manifest import sha256_of_output
from importer.reporting.manifest_file import manifest_path
from importer.settings import Settings
from importer.validation.stream import Source
from importer.writing import check_target, default_output, is_earlier_output, numbered, rejected_path


@dataclass(frozen=True)
class Placement:
    """Where the result and the rejected file go; ``reason`` says why it is not the usual place, or is ""."""

    output: Path
    rejected: Path
    reason: str = ""


def place(path: Path, source: Source, settings: Settings, *, only_of: str = "") -> Placement:
    """Find the place of an output; to be asked before the first request.

    Args:
        path: The input.
        source: The input as opened: its format is the output's.
        settings: ``output`` names the place; ``force`` replaces whatever stands there.
        only_of: A run: an output of any other run is not replaced.

    Raises:
        UsageError: it cannot be written there, or a file of somebody else's stands there.
    """
    wanted = settings.output or default_output(path, source.table.dialect)[0]
    reason = ""
    for number in count(1):
        output = numbered(wanted, number)
        rejected = rejected_path(output)
        if number > 1 and output.exists() and not is_earlier_output(output):
            continue
        check_target(output, input=path, force=settings.force)
        found = "" if settings.force else next(_kept(output, only_of), "")
        if not found:
            break
        reason = reason or found
    return Placement(output, rejected, reason)


def set_aside(path: Path, settings: Settings) -> list[Path]:
    """Rename the older outputs of a file that was refused, so that none is taken for the result of this one.

    Returns:
        The new names: the old ones and ``.previous``. Nothing is done where nothing of this program stands.
    """
    wanted = settings.output or path.with_name(f"{path.stem}.result{path.suffix}")
    if not is_earlier_output(wanted):
        return []
    files = (wanted, rejected_path(wanted), manifest_path(wanted))
    return [file.rename(_free(file)) for file in files if file.is_file()]


def _free(file: Path) -> Path:
    names = (file.with_name(f"{file.name}.previous{f'.{number}' * (number > 1)}") for number in count(1))
    return next(name for name in names if not name.exists())


def _kept(output: Path, only_of: str) -> Iterator[str]:
    """Why what stands in a place has to stay there."""
    manifest = manifest_path(output)
    told = _read(manifest)
    if told is None:
        yield f"{manifest.name} is no manifest of this program"
        return
    if only_of and told.get("run", only_of) != only_of:
        yield f"{output.name} belongs to run {told['run']}"
    for part in (told.get(key, {}) for key in ("output", "rejected", "rejected_workbook")):
        file = output.with_name(part.get("name", output.name))
        if part.get("sha256") and file.is_file() and sha256_of_output(file) != part["sha256"]:
            yield f"{file.name} was changed after it was written"


def _read(manifest: Path) -> dict[str, Any] | None:
    """The manifest in a place; {} where there is none, None where something else stands."""
    try:
        told = json.loads(manifest.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("run"), str) and "versions" in told else None
