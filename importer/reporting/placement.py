"""Where an output goes: beside what is there already, if that must not be replaced.

The manifest beside an earlier output tells whose it is and what it was. A file that a person has changed since it was
written is that person's work; one that belongs to another run is, to ``report``, somebody else's.
"""

import glob
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from importer.messages.text import Text
from importer.planning.file_state import sha256_of
from importer.settings import Settings
from importer.validation.stream import Source
from importer.writing import (
    MANIFEST,
    check_target,
    default_output,
    is_earlier_output,
    manifest_path,
    numbered,
    rejected_path,
    usual_output,
)


@dataclass(frozen=True)
class Placement:
    """Where the result and the rejected file go; ``reason`` says why it is not the usual place, or is ""."""

    output: Path
    rejected: Path
    reason: str = ""

    @property
    def remark(self) -> str:
        """The reason and where the result goes instead, for a person."""
        return Text(
            "{reason}; the output becomes {name} (--force replaces it)", reason=self.reason, name=self.output.name
        )


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

    That is the result, the rejected rows with their workbook, and the manifest, in whatever place the last one went.

    Returns:
        The new names: the old ones and ``.previous``. Nothing is done where nothing of this program stands.
    """
    outputs = {settings.output} if settings.output else {usual_output(path), *_told_by_manifests(path)}
    moved = []
    for file in dict.fromkeys(file for output in sorted(outputs) for file in _files_of(output)):
        ours = is_earlier_output(file) or (file.name.endswith(MANIFEST) and bool(_read(file)))
        if ours and file != path:
            moved.append(file.rename(_free(file)))
    return moved


def _told_by_manifests(path: Path) -> Iterator[Path]:
    """The outputs of a file that manifests beside it tell of, numbered ones and those of other formats too."""
    result = usual_output(path).name.partition(".result.")[0] + ".result."
    for manifest in path.parent.glob(f"{glob.escape(result)}*{MANIFEST}"):
        told = _read(manifest) or {}
        if told.get("input", {}).get("name") == path.name:
            yield manifest.with_name(manifest.name.removesuffix(MANIFEST))


def _files_of(output: Path) -> Iterator[Path]:
    """An output with all that was written beside it."""
    told = _read(manifest_path(output)) or {}
    yield from (output, rejected_path(output))
    yield from (output.with_name(told[key]["name"]) for key in ("rejected", "rejected_workbook") if key in told)
    yield manifest_path(output)


def _free(file: Path) -> Path:
    names = (file.with_name(f"{file.name}.previous{f'.{number}' * (number > 1)}") for number in count(1))
    return next(name for name in names if not name.exists())


def _kept(output: Path, only_of: str) -> Iterator[str]:
    """Why what stands in a place has to stay there."""
    manifest = manifest_path(output)
    told = _read(manifest)
    if told is None:
        yield Text("{name} is no manifest of this program", name=manifest.name)
        return
    if only_of and told.get("run", only_of) != only_of:
        yield Text("{name} belongs to run {run}", name=output.name, run=told["run"])
    for part in (told.get(key, {}) for key in ("output", "rejected", "rejected_workbook")):
        file = output.with_name(part.get("name", output.name))
        if part.get("sha256") and file.is_file() and sha256_of(file) != part["sha256"]:
            yield Text("{name} was changed after it was written", name=file.name)


def _read(manifest: Path) -> dict[str, Any] | None:
    """The manifest in a place; {} where there is none, None where something else stands."""
    try:
        if manifest.exists() and not manifest.is_file():
            return None  # a pipe would never end
        told = json.loads(manifest.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    return told if _is_manifest(told) else None


def _is_manifest(told: Any) -> bool:
    """Whether something has the form of a manifest of this program, whoever wrote it."""
    if not isinstance(told, dict) or not isinstance(told.get("run"), str) or "versions" not in told:
        return False
    if not isinstance(told.get("input", {}), dict):
        return False
    parts = [told[key] for key in ("output", "rejected", "rejected_workbook") if key in told]
    names = [part.get("name") if isinstance(part, dict) else None for part in parts]
    return all(isinstance(name, str) and name == Path(name).name != "" and "\0" not in name for name in names)
