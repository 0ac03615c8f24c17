"""One pass over an inbox: what is complete is taken, imported and filed, one file at a time, the oldest first."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from importer.errors import AlreadyRunning, Defect, ImporterError, RefusedFile, Stopped, StorageFailed, UsageError
from importer.inbox.arrivals import FileStamp, candidates, complete, left_lying, look_at, markers_of, unfit_name
from importer.inbox.canaries import Canaries
from importer.inbox.filed_outcome import Filed, Sweep, told_by, without_folder
from importer.inbox.folders import DONE, REFUSED, Folders
from importer.inbox.release import RECORD, record_of, release_of
from importer.journal.lock import held
from importer.messages.text import Text, spoken
from importer.model import GATES, Status, Summary
from importer.progress import Watch
from importer.settings import Settings
from importer.settings.inbox_options import InboxSource

log = logging.getLogger("importer")

_GO_ON: Final = frozenset({0, 1, 2, 3})
"""Exit codes after which a file is filed and the next one taken: the others concern more than one file. One that had
ended with another in an earlier pass, and is only filed now, keeps nobody waiting."""

_TOLD: Final = frozenset({1, 5})
"""Exit codes of finished runs that are not said again of content that is delivered again: they were, the first time."""

MAX_CHANGES: Final = "20%"
"""``--max-changes`` where nobody says anything else."""

SettingsOf = Callable[[InboxSource], Settings]
Import = Callable[[Path, Settings, Watch], Summary]


@dataclass(frozen=True)
class Inbox:
    """One inbox.

    Attributes:
        folders: Its folders.
        settings_of: The settings for a source's files.
        source_of: The source of a file's name.
        import_file: Imports one file; ``importer.pipeline.run``.
        check: Raises UsageError where it is the configuration that is wrong, and no file of a source could be imported.
        settle: Seconds for which a file has to stay as it is; 0 takes it at once.
        marker: Whether a file is only taken when ``NAME.done`` or ``NAME.ready`` lies beside it.
    """

    folders: Folders
    settings_of: SettingsOf
    source_of: Callable[[str], InboxSource]
    import_file: Import
    check: Callable[[Settings], object]
    settle: float
    marker: bool
    _said: set[str] = field(default_factory=set)
    _canaries: Canaries = field(default_factory=Canaries)

    def sweep(self, done: Sweep, watch: Watch, wait: Callable[[float], object]) -> None:
        """One pass, to be made ``alone``; ``done`` is told of each file, and whether others wait as it was interrupted.

        Raises:
            StorageFailed: The folders cannot be used.
            UsageError: The configuration is wrong; the file that met it first was put back.
        """
        for folder in self.folders.finish_filing():
            name = folder.name.partition("-")[2]
            text = Text("filed {name}, which an earlier pass had left", name=name)
            log.info("%s", text, extra={"event": "file.filed"})
            done.ended(told_by(folder, name, self.source_of(name).title))
        self._take_all(done, watch, wait)
        done.cut_short = watch.interrupted and self._leaves_some(done)

    def _leaves_some(self, done: Sweep) -> bool:
        """Whether files lie there that the pass would have come to; one that still grows is taken for one of them."""
        left = set(self.folders.left_behind())
        with suppress(OSError):
            left |= {path for path in candidates(self.folders.top) if not self.marker or markers_of(path)}
        told = {(one.folder or self.folders.working) / one.name for one in done.files}
        return any(not self._canaries.hold(path) for path in left - told)

    def _take_all(self, done: Sweep, watch: Watch, wait: Callable[[float], object]) -> None:
        for taken, seen in self.folders.left_behind().items():
            if not self._canaries.hold(taken) and not self._one(taken, seen, watch, done, left=True):
                return
        watch.idle()
        for path, seen in self._waiting(wait).items():
            if watch.interrupted:
                return
            taken_now = self._taken(path, seen, done)
            if taken_now is not None and not self._one(taken_now, seen, watch, done):
                return

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Own the inbox for the block; its folders are there then.

        Raises:
            AlreadyRunning: Another pass is at it (exit 4).
            StorageFailed: The folders cannot be made.
            UsageError: They lie on different file systems.
        """
        self.folders.prepare()
        with ExitStack() as stack:
            try:
                stack.enter_context(held(self.folders.working / ".lock", wait=False))
            except AlreadyRunning as exc:
                raise AlreadyRunning("another pass over {folder} is under way", folder=self.folders.top) from exc
            yield

    def _waiting(self, wait: Callable[[float], object]) -> dict[Path, FileStamp]:
        def said(seconds: float) -> None:
            text = Text("looking again in {seconds:g} s, whether a file still grows", seconds=seconds)
            log.info("%s", text, extra={"event": "inbox.settling"})
            wait(seconds)

        try:
            for name, reason in left_lying(self.folders.top).items():
                if name not in self._said:
                    text = Text("{name} is left where it is: {reason}", name=name, reason=reason)
                    log.warning("%s", text, extra={"event": "file.left"})
                    self._said.add(name)
            return complete(self.folders.top, settle=self.settle, marker=self.marker, wait=said)
        except OSError as exc:
            raise StorageFailed("{path} cannot be read: {why}", path=self.folders.top, why=exc.strerror) from exc

    def _taken(self, path: Path, seen: FileStamp, done: Sweep) -> Path | None:
        """Take a file, if it is still the one that was seen; what cannot be taken is told and left where it is."""
        if look_at(path) != seen:
            return None
        if self._canaries.hold(self.folders.working / path.name):
            if not self._canaries.hold(path):
                self._canaries.note(path, seen)
                text = Text("an earlier {name} waits in working for a pass without --limit", name=path.name)
                self._stays_there(path, done, 1, text, waits=True)
            return None
        if reason := unfit_name(path.name):
            text = Text("it was left where it is: {reason}; rename it", reason=reason)
            self._stays_there(path, done, RefusedFile.exit_code, text)
            return None
        try:
            return self.folders.take(path)
        except StorageFailed as exc:
            self._stays_there(path, done, exc.exit_code, exc.sentence)
            return None

    def _stays_there(self, path: Path, done: Sweep, code: int, why: str, *, waits: bool = False) -> None:
        log.error("%s: %s", path.name, why, extra={"event": "file.left"})
        source = self.source_of(path.name).title
        done.ended(Filed(path.name, source, code, folder=self.folders.top, message=why, waits=waits))

    def _one(self, taken: Path, seen: FileStamp, watch: Watch, done: Sweep, *, left: bool = False) -> bool:
        """Import one file and file it; whether the next one may follow. ``left``: an earlier pass had taken it."""
        source = self.source_of(taken.name)
        watch.concerns(file=taken.name, source=source.title if source.name or source.profile else "", run="")
        try:
            text = Text("importing {name} ({source})", name=taken.name, source=source.title)
            log.info("%s", text, extra={"event": "file.taken"})
            settings = self._opened_gates(taken, _careful(self.settings_of(source)))
            try:
                filed = done.ended(self._imported(taken, seen, source, settings, watch, left=left))
            except Exception as exc:
                if not isinstance(exc, ImporterError):
                    text = Text("a defect of the importer ({name})", name=type(exc).__name__)
                    done.ended(Filed(taken.name, source.title, Defect.exit_code, message=text))
                raise
            where = filed.folder.relative_to(self.folders.top) if filed.folder else "working"
            text = Text(
                "{name}: exit code {code}{counts}, now in {folder}",
                name=taken.name,
                code=filed.exit_code,
                counts=filed.counted(),
                folder=where,
            )
            log.info("%s", text, extra={"event": "file.filed"})
        finally:
            watch.idle()
            watch.concerns(file="", source="", run="")
        return (bool(filed.kind) or filed.exit_code in _GO_ON) and not watch.interrupted

    def _opened_gates(self, taken: Path, settings: Settings) -> Settings:
        released = release_of(self.folders, taken)
        if not released:
            return settings
        text = Text("{name} was released by {who}: its gates are open this once", name=taken.name, who=released)
        log.info("%s", text, extra={"event": "file.released"})
        return settings.model_copy(update={gate: Settings.model_fields[gate].default for gate in GATES})

    def _imported(
        self, taken: Path, seen: FileStamp, source: InboxSource, settings: Settings, watch: Watch, *, left: bool
    ) -> Filed:
        name, title = taken.name, source.title
        if look_at(taken) != seen:
            return self._grown(taken, title)
        try:
            summary = self.import_file(taken, settings, watch)
        except ImporterError as exc:
            return self._failed(taken, seen, title, settings, exc)
        if summary.exit_code not in _GO_ON and not summary.repeated:
            return Filed(name, title, summary.exit_code, summary=summary, message=summary.message)
        if look_at(taken) != seen:
            return self._grown(taken, title)
        told = summary.repeated and not left and summary.exit_code in _TOLD
        if settings.limit is not None and summary.statuses.get(Status.NOT_SENT):
            self._canaries.note(taken, seen)
            waits = Text("it waits in working: --limit left rows, and the next pass without it sends them")
            return Filed(name, title, summary.exit_code, summary=summary, message=waits, waits=True)
        ended = Filed(name, title, 0 if told else summary.exit_code, summary=summary, message=summary.message)
        return self._filed(taken, DONE, {}, ended)

    def _failed(self, taken: Path, seen: FileStamp, title: str, settings: Settings, failure: ImporterError) -> Filed:
        """What becomes of a file that was not imported: refused, where it lies with this very file."""
        if isinstance(failure, UsageError):  # an option of its source that does not fit it, unless nothing would
            try:
                self.check(settings)
            except ImporterError:
                self.folders.put_back(taken)
                raise
        if isinstance(failure, (RefusedFile, UsageError)):
            return self._refused(taken, seen, title, settings, failure)
        log.error("%s: %s", taken.name, failure.sentence, extra={"event": "file.stopped"})
        return Filed(taken.name, title, failure.exit_code, message=failure.sentence)

    def _refused(self, taken: Path, seen: FileStamp, title: str, settings: Settings, refusal: ImporterError) -> Filed:
        if look_at(taken) != seen:
            return self._grown(taken, title)
        why = without_folder(refusal.sentence, taken.parent)
        log.warning("%s: %s", taken.name, why, extra={"event": "file.refused"})
        ended = Filed(taken.name, title, refusal.exit_code, message=why)
        return self._filed(taken, REFUSED, {"reason.txt": f"{spoken(why, settings.spoken_language)}\n"}, ended)

    def _grown(self, taken: Path, title: str) -> Filed:
        back = self.folders.put_back(taken)
        where = Text("it was put back") if back else Text("it waits in working")
        text = Text("{name} still changes: {where}, and the next pass takes it", name=taken.name, where=where)
        log.warning("%s", text, extra={"event": "file.grows"})
        message, folder = Text("still changes; {where}", where=where), self.folders.top if back else None
        return Filed(taken.name, title, 0, folder=folder, message=message, waits=True)

    def _filed(self, taken: Path, kind: str, texts: dict[str, str], ended: Filed) -> Filed:
        """File a file; where that fails it was imported all the same, and the next pass files it."""
        others = {path: path.name for path in self.folders.outputs_of(taken)}
        others[record_of(self.folders, taken.name)] = f"{taken.name}{RECORD}"
        try:
            return replace(ended, folder=self.folders.file(taken, kind, others, texts), kind=kind)
        except StorageFailed as exc:
            log.error("%s: %s", taken.name, exc.sentence, extra={"event": "file.stopped"})  # noqa: TRY400 (as in _taken)
            return Filed(taken.name, ended.source, Stopped.exit_code, summary=ended.summary, message=exc.sentence)


def _careful(settings: Settings) -> Settings:
    """Nobody looks at what an inbox sends: who changes many people is refused, unless somebody said how many."""
    return settings if settings.max_changes else settings.model_copy(update={"max_changes": MAX_CHANGES})
