"""Where a file of the inbox is at each step of its way; every step is one rename, so that a crash loses none.

::

    DIR/NAME                         put in by somebody
    DIR/working/NAME                 taken; its outputs are written beside it
    DIR/working/.done.NAME/          being filed: the outputs first, the file itself last
    DIR/done/DATE/TIME-NAME/         imported; or DIR/refused/…, with reason.txt

A folder ``.done.NAME`` that holds its file is complete: whoever finds it only has to rename it. One without was left by
a crash: its file is still in ``working``, and goes the way again. Nothing is ever deleted here.
"""

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from importer.errors import StorageFailed, UsageError
from importer.inbox.arrivals import FileStamp, candidates, look_at, markers_of
from importer.messages.text import Text
from importer.storage.private_files import sync_folder, write_private

DONE: Final = "done"
REFUSED: Final = "refused"
_TABLE_ENDING: Final = re.compile(r"(?i)(\.[a-z]+)(\.gz)?$")
_FOLDER_MODE: Final = 0o700
_ADVICE: Final = Text("the inbox needs a folder that this user may write")
_ONE_FILE_SYSTEM: Final = Text("working, done and refused must lie on the inbox's own, so that a move is one step")


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
            UsageError: One lies on another file system: a move there would be no rename.
        """
        for folder in (self.working, self.top / DONE, self.top / REFUSED):
            try:
                folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
                elsewhere = folder.stat().st_dev != self.top.stat().st_dev
            except OSError as exc:
                raise _failed(folder, exc) from exc
            if elsewhere:
                raise UsageError(
                    "{folder} is on another file system than {top}: {advice}",
                    folder=folder,
                    top=self.top,
                    advice=_ONE_FILE_SYSTEM,
                )

    def take(self, path: Path) -> Path | None:
        """Move a file, and its markers, to where it is worked on; None where it is gone by now.

        Raises:
            StorageFailed: It cannot be moved, or another of its name is being worked on.
        """
        return self._carried(path, self.working)

    def put_back(self, taken: Path) -> bool:
        """Move a file, and its markers, to where it came from; not where another of its name lies there by now."""
        if (self.top / taken.name).exists():
            return False
        return self._carried(taken, self.top) is not None

    def bring_back(self, filed: Path) -> Path:
        """Move a filed file, and its markers, into the inbox again."""
        return self._carried(filed, self.top) or self.top / filed.name

    def _carried(self, path: Path, folder: Path) -> Path | None:
        target, markers = folder / path.name, markers_of(path)
        if os.path.lexists(target):
            raise _failed(target, FileExistsError(errno.EEXIST, Text("one of its name is there already")))
        try:
            _moved(path, target)
        except StorageFailed:
            if look_at(path) is None and path.parent.is_dir():
                return None  # somebody took it away between the look and the move
            raise
        for marker in markers:
            with suppress(StorageFailed):  # the file is complete without it
                _moved(marker, folder / marker.name)
        return target

    def outputs_of(self, taken: Path) -> list[Path]:
        """What was written beside a file that was taken: results, rejected rows, manifests."""
        stem = _TABLE_ENDING.sub("", taken.name)
        beginnings = (f"{stem}.result.", f"{stem}.rejected.")
        return [path for path in taken.parent.iterdir() if path.name.startswith(beginnings) and path != taken]

    def left_behind(self) -> dict[Path, FileStamp]:
        """Files that an earlier pass took and did not file, the oldest first.

        Raises:
            StorageFailed: The folder cannot be read.
        """
        try:
            return candidates(self.working)
        except OSError as exc:
            raise _failed(self.working, exc) from exc

    def finish_filing(self) -> list[Path]:
        """Complete what a crash left half filed; where it is now."""
        left = [(folder, kind) for kind in (DONE, REFUSED) for folder in sorted(self.working.glob(f".{kind}.*"))]
        complete = [(one, kind) for one, kind in left if look_at(one / one.name.removeprefix(f".{kind}.")) is not None]
        return [self._shelved(folder, kind) for folder, kind in complete]

    def file(self, taken: Path, kind: str, others: Mapping[Path, str], texts: Mapping[str, str]) -> Path:
        """File a file with what belongs to it; gives the folder.

        Args:
            taken: The file, in ``working``.
            kind: DONE or REFUSED.
            others: Its outputs and the names that they get; those that are not there are left out.
            texts: Name → content of small files to be written beside it.

        Raises:
            StorageFailed: A step failed; the file is where the next pass finds it.
        """
        folder = self.working / f".{kind}.{taken.name}"
        try:
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            for name, text in texts.items():
                write_private(folder / name, text)
        except OSError as exc:
            raise _failed(folder, exc) from exc
        for other, name in {**others, **{marker: marker.name for marker in markers_of(taken)}}.items():
            if other.exists():
                _moved(other, folder / name)
        _moved(taken, folder / taken.name)
        return self._shelved(folder, kind)

    def filed(self, kind: str, name: str) -> Iterator[Path]:
        """The folders of files of this name (or ``TIME-NAME``), the newest first: local times may come twice."""
        found = [
            folder
            for folder in (self.top / kind).glob("*/*/")
            if name in {folder.name, folder.name.partition("-")[2]} and not folder.is_symlink()
        ]
        yield from sorted(found, key=lambda folder: folder.stat().st_mtime_ns, reverse=True)

    def _shelved(self, folder: Path, kind: str) -> Path:
        now, name = datetime.now().astimezone(), folder.name.removeprefix(f".{kind}.")
        while (place := self.top / kind / f"{now:%Y-%m-%d}" / f"{now:%H%M%S}-{name}").exists():
            now += timedelta(seconds=1)  # two of one name in a second
        try:
            place.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as exc:
            raise _failed(place.parent, exc) from exc
        return _moved(folder, place)


def _moved(source: Path, target: Path) -> Path:
    """Rename, durably; both lie in one inbox, and so on one file system."""
    try:
        source.rename(target)
    except OSError as exc:
        raise _failed(target, exc) from exc
    for folder in {source.parent, target.parent}:
        with suppress(OSError):  # a network share may know no such thing; it is moved all the same
            sync_folder(folder)
    return target


def _failed(path: Path, exc: OSError) -> StorageFailed:
    advice = _ONE_FILE_SYSTEM if exc.errno == errno.EXDEV else _ADVICE
    return StorageFailed(
        "{path} cannot be written: {strerror}; {advice}", path=path, strerror=exc.strerror, advice=advice
    )
