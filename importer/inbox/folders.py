"""Where a file of the inbox is at each step of its way; every step is one rename, so that a crash loses none.

::

    DIR/NAME                         put in by somebody
    DIR/working/NAME                 taken; its outputs are written beside it
    DIR/working/.done.NAME/          being filed: the outputs first, the file itself last
    DIR/done/DATE/TIME-NAME/         imported; or DIR/refused/…, with reason.txt

A folder ``.done.NAME`` that holds its file is complete: whoever finds it only has to rename it. One without was left by
a crash: its file is still in ``working``, and goes the way again. Nothing is ever deleted here.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from importer.errors import StorageFailed
from importer.inbox.arrivals import Look, candidates, look_at, marker_of

DONE: Final = "done"
REFUSED: Final = "refused"
_TABLE_ENDING: Final = re.compile(r"(?i)(\.[a-z]+)(\.gz)?$")
_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True)
class Folders:
    """The folders of one inbox; ``top`` is the inbox itself."""

    top: Path

    @property
    def working(self) -> Path:
        """Files that were taken."""
        return self.top / "working"

    def prepare(self) -> None:
        """Make the folders that are missing.

        Raises:
            StorageFailed: They cannot be made.
        """
        for folder in (self.working, self.top / DONE, self.top / REFUSED):
            try:
                folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            except OSError as exc:
                raise _failed(folder, exc) from exc

    def take(self, path: Path) -> Path:
        """Move a file, and its marker, to where it is worked on."""
        marker = marker_of(path)
        taken = _moved(path, self.working / path.name)
        if marker is not None:
            _moved(marker, self.working / marker.name)
        return taken

    def put_back(self, taken: Path) -> Path:
        """Move a file, and its marker, to where it came from; another of its name there keeps it."""
        marker = marker_of(taken)
        back = _moved(taken, _free(self.top / taken.name))
        if marker is not None:
            _moved(marker, _free(self.top / marker.name))
        return back

    def outputs_of(self, taken: Path) -> list[Path]:
        """What was written beside a file that was taken: results, rejected rows, manifests."""
        stem = _TABLE_ENDING.sub("", taken.name)
        beginnings = (f"{stem}.result.", f"{stem}.rejected.")
        return [path for path in taken.parent.iterdir() if path.name.startswith(beginnings) and path != taken]

    def left_behind(self) -> dict[Path, Look]:
        """Files that an earlier pass took and did not file, the oldest first."""
        return candidates(self.working)

    def finish_filing(self) -> list[Path]:
        """Complete what a crash left half filed; where it is now."""
        left = [(folder, kind) for kind in (DONE, REFUSED) for folder in sorted(self.working.glob(f".{kind}.*"))]
        complete = [(one, kind) for one, kind in left if look_at(one / one.name.removeprefix(f".{kind}.")) is not None]
        return [self._shelved(folder, kind) for folder, kind in complete]

    def file(self, taken: Path, kind: str, others: Iterable[Path], texts: dict[str, str]) -> Path:
        """File a file with what belongs to it; gives the folder.

        Args:
            taken: The file, in ``working``.
            kind: DONE or REFUSED.
            others: Its outputs; those that are not there are left out.
            texts: Name → content of small files to be written beside it.

        Raises:
            StorageFailed: A step failed; the file is where the next pass finds it.
        """
        folder = self.working / f".{kind}.{taken.name}"
        try:
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            for name, text in texts.items():
                _written(folder / name, text)
        except OSError as exc:
            raise _failed(folder, exc) from exc
        marker = marker_of(taken)
        for other in (*others, *([marker] if marker else [])):
            if other.exists():
                _moved(other, folder / other.name)
        _moved(taken, folder / taken.name)
        return self._shelved(folder, kind)

    def filed(self, kind: str, name: str) -> Iterator[Path]:
        """The folders of files of this name (or ``TIME-NAME``), the newest first."""
        days = sorted((self.top / kind).glob("*/"), reverse=True)
        for day in days:
            for folder in sorted(day.glob("*/"), reverse=True):
                if name in {folder.name, folder.name.partition("-")[2]}:
                    yield folder

    def _shelved(self, folder: Path, kind: str) -> Path:
        now, name = datetime.now().astimezone(), folder.name.removeprefix(f".{kind}.")
        day = self.top / kind / f"{now:%Y-%m-%d}"
        try:
            day.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as exc:
            raise _failed(day, exc) from exc
        return _moved(folder, _free(day / f"{now:%H%M%S}-{name}"))


def _moved(source: Path, target: Path) -> Path:
    """Rename, durably; both lie in one inbox, and so on one file system."""
    try:
        source.rename(target)
        for folder in {source.parent, target.parent}:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    except OSError as exc:
        raise _failed(target, exc) from exc
    return target


def _free(path: Path) -> Path:
    """The path, or the next one with a number where something stands there."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{number}-{path.name}")
    return free


def _written(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _failed(path: Path, exc: OSError) -> StorageFailed:
    return StorageFailed(f"{path} cannot be written: {exc.strerror}; the inbox needs a folder that this user may write")
