"""The place of an output: beside what is there already, if that must not be replaced.

The manifest beside an earlier output tells whose it is and what it was; where there is none, the journal knows what it
has written. A file that a person has changed since it was written is that person's work, and so is one of which nobody
knows; one that belongs to another run is, to ``report`` and ``validate``, somebody else's. Where a run's books don't
balance, all that was written before that is the only witness of what was believed until then.
"""

import glob
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from importer.errors import BooksDontBalance, Stopped, StorageFailed, UsageError
from importer.messages.text import Text
from importer.planning.file_state import sha256_of
from importer.progress import Watch
from importer.reporting.manifest_content import hashes_told, manifest_of, read_manifest
from importer.settings import Settings
from importer.validation.stream import MappedInput
from importer.writing import (
    MANIFEST,
    check_name,
    check_target,
    default_output,
    is_earlier_output,
    manifest_path,
    numbered,
    rejected_path,
    usual_output,
)
from importer.writing.output_names import rejected_workbook_path


@dataclass(frozen=True)
class OutputPlace:
    """Where the result and the rejected file go; ``reason`` says why it is not the usual place, or is ""."""

    output: Path
    rejected: Path
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The reason and where the result goes instead, for a person."""
        return Text(
            "{reason}; the output becomes {name} (--force replaces it)", reason=self.reason, name=self.output.name
        )


class Earlier(Protocol):
    """What is known of the outputs that stand in a place already."""

    def wrote(self, sha256: str) -> bool:
        """Whether a file is known to be this program's; asked where no manifest tells."""

    def to_lose(self, output: Path) -> str:
        """Why nobody would know any more what stands in an output, were it replaced; "" where nothing is lost.

        Asked of one that nobody has changed, and where ``force`` replaces it.
        """


@dataclass(frozen=True)
class WrittenBefore:
    """Outputs of which nothing is lost that cannot be made again: what ``report`` replaces."""

    wrote: Callable[[str], bool]

    def to_lose(self, output: Path) -> str:  # noqa: ARG002 (of no output)
        """Nothing."""
        return ""


@dataclass(frozen=True)
class CheckedBefore(WrittenBefore):
    """What ``validate`` replaces: checked files, and results that the journal has written of the same content.

    Any other run's result stays: its FreedomIDs may stand there alone, where the journal was lost since.
    """

    def to_lose(self, output: Path) -> str:
        """Whose it is, where a run has made it that the journal does not know, or of another content."""
        told = manifest_of(output)
        if not told or not output.is_file() or self.wrote(sha256_of(output)):
            return ""
        return Text("{name} belongs to run {run}", name=output.name, run=told["run"])


def place(
    path: Path, mapped: MappedInput, settings: Settings, earlier: Earlier, *, only_of: str = "", unbalanced: str = ""
) -> OutputPlace:
    """Find the place of an output; to be asked before the first request.

    Args:
        path: The input.
        mapped: The input as opened: its format is the output's.
        settings: ``output`` names the place; ``force`` replaces whatever stands there.
        earlier: Knows what stands there.
        only_of: A run: an output of any other run is not replaced.
        unbalanced: A run whose books don't balance: it replaces only what it wrote itself since they do not.

    Raises:
        UsageError: it cannot be written there, or a file of somebody else's stands there.
    """
    wanted = settings.output or default_output(path, mapped.table.dialect)[0]
    reason = ""
    for number in count(1):
        output = numbered(wanted, number)
        check_name(output)
        if number > 1 and output.exists() and not is_earlier_output(output):
            continue
        check_target(output, input=path, force=settings.force)
        kept = _kept(output, only_of, unbalanced, earlier.wrote)
        found = ("" if settings.force else next(kept, "")) or earlier.to_lose(output)
        if not found or settings.force:
            break
        reason = reason or found
    return OutputPlace(output, rejected_path(output), reason)


def placed_by_now(
    placed: OutputPlace, path: Path, mapped: MappedInput, settings: Settings, watch: Watch, earlier: Earlier
) -> OutputPlace:
    """Where an output goes when its rows are sent: a person may have taken up meanwhile what stands in its place.

    ``placed`` is where it was to go before the first request; ``watch`` is told where it goes instead. See ``place``.

    Raises:
        StorageFailed: a file of somebody else's stands there by now.
    """
    try:
        now = place(path, mapped, settings, earlier)
    except UsageError as exc:
        if placed.output.exists() or placed.rejected.exists():
            raise StorageFailed(exc.sentence) from exc
        return placed  # whoever writes there says why it cannot be
    except Stopped:  # the journal is gone, or it was asked to end: what is open is to be written all the same
        return placed
    if now.output != placed.output:
        watch.said(now.sentence)
    return now


def set_aside(path: Path, settings: Settings) -> list[Path]:
    """Rename the older outputs of a file that was refused, so that none is taken for the result of this one.

    That is the result, the rejected rows with their workbook, and the manifest, in whatever place the last one went.

    Returns:
        The new names: the old ones and ``.previous``. Nothing is done where nothing of this program stands.
    """
    if not (settings.output or path).name:
        return []
    outputs = {settings.output} if settings.output else {usual_output(path), *_told_by_manifests(path)}
    moved = []
    for file in dict.fromkeys(file for output in sorted(outputs) for file in _with_manifest(output)):
        ours = is_earlier_output(file) or (file.name.endswith(MANIFEST) and bool(read_manifest(file)))
        if ours and file != path:
            moved.append(file.rename(_free(file)))
    return moved


def _with_manifest(output: Path) -> Iterator[Path]:
    yield from _files_of(output, read_manifest(manifest_path(output)) or {})
    yield manifest_path(output)


def _told_by_manifests(path: Path) -> Iterator[Path]:
    """The outputs of a file that manifests beside it tell of, numbered ones and those of other formats too."""
    result = usual_output(path).name.partition(".result.")[0] + ".result."
    for manifest in path.parent.glob(f"{glob.escape(result)}*{MANIFEST}"):
        told = read_manifest(manifest) or {}
        if told.get("input", {}).get("name") == path.name:
            yield manifest.with_name(manifest.name.removesuffix(MANIFEST))


def _files_of(output: Path, told: Mapping[str, Any]) -> Iterator[Path]:
    """An output with all that is written beside it, and whatever else its manifest tells of; without the manifest."""
    usual: list[Path | None] = [output, rejected_path(output)]
    with suppress(UsageError):  # a file that is refused may have any name
        usual.append(rejected_workbook_path(rejected_path(output)))
    yield from dict.fromkeys((*filter(None, usual), *(output.with_name(name) for name in hashes_told(told))))


def _free(file: Path) -> Path:
    names = (file.with_name(f"{file.name}.previous{f'.{number}' * (number > 1)}") for number in count(1))
    return next(name for name in names if not name.exists())


def _kept(output: Path, only_of: str, unbalanced: str, wrote: Callable[[str], bool]) -> Iterator[str]:
    """Why what stands in a place has to stay there."""
    manifest = manifest_path(output)
    told = read_manifest(manifest)
    if told is None:
        yield Text("{name} is no manifest of this program", name=manifest.name)
        return
    if only_of and told.get("run", only_of) != only_of:
        yield Text("{name} belongs to run {run}", name=output.name, run=told["run"])
    hashes, standing = hashes_told(told), [*filter(Path.is_file, _files_of(output, told))]
    if unbalanced and standing and (told.get("run"), told.get("exit_code")) != (unbalanced, BooksDontBalance.exit_code):
        yield Text(
            "a FreedomID came that is another phone's as well, or nobody's, and {name} was written before that",
            name=standing[0].name,
        )
    for file in standing:
        sha256 = sha256_of(file)
        if file.name in hashes and sha256 not in hashes[file.name]:
            yield Text("{name} was changed after it was written", name=file.name)
        if file.name not in hashes and not wrote(sha256):
            yield Text(
                "{name} is not known to be as this program wrote it (its manifest, {manifest}, does not tell)",
                name=file.name,
                manifest=manifest.name,
            )
