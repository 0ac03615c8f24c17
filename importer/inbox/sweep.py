"""One pass over an inbox: what is complete is taken, imported and filed, one file at a time, the oldest first."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from importer.errors import AlreadyRunning, ImporterError, RefusedFile, StorageFailed
from importer.inbox.arrivals import Look, complete, look_at
from importer.inbox.folders import DONE, REFUSED, Folders
from importer.inbox.release import is_released, record_of
from importer.journal.lock import held
from importer.model import Summary
from importer.progress import Watch
from importer.settings import Settings
from importer.settings.inbox_options import InboxSource

log = logging.getLogger("importer")

SEVERITY: Final = (0, 1, 2, 3, 4, 5, 70)
"""Exit codes, the worst last."""
_GO_ON: Final = frozenset({0, 1, 3})
"""Exit codes after which the next file is taken: the others concern more than one file."""
GATES: Final = ("max_invalid", "min_rows", "max_shrink", "max_changes")
"""The options of ``run`` that refuse a whole file, and that a release leaves out."""

MAX_CHANGES: Final = "20%"
"""``--max-changes`` where nobody says anything else."""

SettingsOf = Callable[[InboxSource], Settings]
Import = Callable[[Path, Settings, Watch], Summary]


@dataclass(frozen=True)
class Filed:
    """What became of one file.

    Attributes:
        name: Its name.
        source: The source that it belongs to.
        exit_code: As ``run`` would have ended.
        folder: Where it lies now.
        summary: What the run said; None where it was refused or stopped.
        message: Why, where it was.
    """

    name: str
    source: str
    exit_code: int
    folder: Path | None = None
    summary: Summary | None = None
    message: str = ""


@dataclass
class Sweep:
    """What one pass did; files in their order."""

    files: list[Filed] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The worst of its files'."""
        return max((one.exit_code for one in self.files), key=SEVERITY.index, default=0)

    @property
    def may_go_on(self) -> bool:
        """Whether nothing ended that concerns more than one file."""
        return self.exit_code in _GO_ON


@dataclass(frozen=True)
class Inbox:
    """One inbox.

    Attributes:
        folders: Its folders.
        settings_of: The settings for a source's files.
        source_of: The source of a file's name.
        import_file: Imports one file; ``importer.pipeline.run``.
        settle: Seconds for which a file has to stay as it is; 0 takes it at once.
        marker: Whether a file is only taken when ``NAME.done`` or ``NAME.ready`` lies beside it.
    """

    folders: Folders
    settings_of: SettingsOf
    source_of: Callable[[str], InboxSource]
    import_file: Import
    settle: float
    marker: bool

    def sweep(self, watch: Watch, wait: Callable[[float], object]) -> Sweep:
        """One pass, to be made ``alone``.

        Raises:
            StorageFailed: The folders cannot be used.
        """
        done = Sweep()
        for folder in self.folders.finish_filing():
            log.info("filed %s, which an earlier pass had left", folder.name)
        for taken, seen in self.folders.left_behind().items():
            if not self._one(taken, seen, watch, done):
                return done
        try:
            waiting = complete(self.folders.top, settle=self.settle, marker=self.marker, wait=wait)
        except OSError as exc:
            raise StorageFailed(f"{self.folders.top} cannot be read: {exc.strerror}") from exc
        for path, seen in waiting.items():
            if watch.interrupted:
                break
            if look_at(path) == seen and not self._one(self.folders.take(path), seen, watch, done):
                break
        return done

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Own the inbox for the block; its folders are there then.

        Raises:
            AlreadyRunning: Another pass is at it (exit 4).
            StorageFailed: The folders cannot be made.
        """
        self.folders.prepare()
        with ExitStack() as stack:
            try:
                stack.enter_context(held(self.folders.working / ".lock", wait=False))
            except AlreadyRunning as exc:
                raise AlreadyRunning(f"another pass over {self.folders.top} is under way") from exc
            yield

    def _one(self, taken: Path, seen: Look, watch: Watch, done: Sweep) -> bool:
        """Import one file and file it; whether the next one may follow."""
        source = self.source_of(taken.name)
        settings = self.settings_of(source)
        if not settings.max_changes:
            settings = settings.model_copy(update={"max_changes": MAX_CHANGES})
        if is_released(self.folders, taken):
            log.info("%s was released: its gates are open this once", taken.name)
            settings = settings.model_copy(update={gate: Settings.model_fields[gate].default for gate in GATES})
        log.info("importing %s (%s)", taken.name, source.title)
        filed = self._imported(taken, seen, source, settings, watch)
        done.files.append(filed)
        where = filed.folder.relative_to(self.folders.top) if filed.folder else "working"
        log.info("%s: exit code %d, now in %s", taken.name, filed.exit_code, where)
        return filed.exit_code in _GO_ON and not watch.interrupted

    def _imported(self, taken: Path, seen: Look, source: InboxSource, settings: Settings, watch: Watch) -> Filed:
        name, title = taken.name, source.title
        if look_at(taken) != seen:
            return self._grown(taken, title)
        refusal = ""
        try:
            summary = self.import_file(taken, settings, watch)
        except RefusedFile as exc:
            summary, refusal = None, str(exc)
        except ImporterError as exc:
            log.error("%s: %s", name, exc)  # noqa: TRY400 (a message for a person, no traceback)
            return Filed(name, title, exc.exit_code, message=str(exc))
        if summary is not None and summary.exit_code not in _GO_ON:
            return Filed(name, title, summary.exit_code, summary=summary, message=summary.message)
        if look_at(taken) != seen:
            return self._grown(taken, title)
        if summary is None:
            folder = self._file(taken, REFUSED, {"reason.txt": f"{refusal}\n"})
            return Filed(name, title, RefusedFile.exit_code, folder, message=refusal)
        folder = self._file(taken, DONE, {})
        return Filed(name, title, 0 if summary.repeated else summary.exit_code, folder, summary, summary.message)

    def _grown(self, taken: Path, title: str) -> Filed:
        back = self.folders.put_back(taken)
        log.warning("%s still changes: it was put back, and the next pass takes it", back.name)
        return Filed(taken.name, title, 0, message="still changes; put back")

    def _file(self, taken: Path, kind: str, texts: dict[str, str]) -> Path:
        record = record_of(self.folders, taken.name)
        return self.folders.file(taken, kind, (*self.folders.outputs_of(taken), record), texts)
