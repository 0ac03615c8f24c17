"""Passes over an inbox: one, or as many as come until somebody asks for the end; and who is told of them."""

import logging
import shlex
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from importer.cluster import check_options
from importer.creating.endpoint.endpoint import check_endpoint
from importer.errors import AlreadyRunning, Defect, ImporterError, Stopped, UsageError
from importer.inbox.arrivals import FileStamp, look_at
from importer.inbox.filed_outcome import Filed, Sweep, worst
from importer.inbox.folders import REFUSED
from importer.inbox.retention import remove_old
from importer.inbox.sweep import Inbox
from importer.journal import Journal
from importer.journal.database.existence import exists
from importer.messages.text import Text, counted
from importer.notify import watchdog
from importer.notify.dispatch import tell
from importer.notify.ending import Ending
from importer.operations.purge import purge_by_itself
from importer.progress import Watch
from importer.settings import Settings

log = logging.getLogger("importer")

LOOK_EVERY: Final = 10.0
"""Seconds: a network share tells nothing of its changes, so the folder is looked at so often."""

IDLE: Final = 60.0
"""Seconds after which a pass is made though nothing came: the watchdog hears of it, and what stopped is tried again."""

_STAYS: Final = frozenset({0, 1, 2, 3, 4})
"""Exit codes of what a pass left, after which another one may mend it."""


@dataclass
class Passes:
    """What one command does with an inbox; ``ended`` is set when the end was asked for.

    Attributes:
        files: What became of every file so far.
        cut_short: Whether the only pass was asked to end while files waited.
        _told: What was said last of each file that waits, by where it lies; of the pass itself by None.
        _told_in: The folder in which those files lay: its file system and inode.
    """

    box: Inbox
    settings: Settings
    watch: Watch
    ended: threading.Event
    files: list[Filed] = field(default_factory=list)
    cut_short: bool = False
    _told: dict[Path | None, tuple[int, str]] = field(default_factory=dict)
    _told_in: tuple[int, int] = (0, 0)

    @property
    def exit_code(self) -> int:
        """The worst of the files', and of a pass that did not come to all of them."""
        return worst((*(one.exit_code for one in self.files), Stopped.exit_code if self.cut_short else 0))

    @property
    def message(self) -> str:
        """Why not all was taken; "" where it was."""
        return Text("the pass was asked to end while files waited; the next one takes them") if self.cut_short else ""

    def once(self, *, stays: bool = False) -> int:
        """One pass, and who is told of it: nobody where another pass is under way; its exit code.

        ``stays``: others would follow, so that whoever asks for the end cuts nothing short.

        Raises:
            ImporterError: it could not be made, or not be ended.
        """
        self._forget_the_gone()
        with ExitStack() as owned:
            try:
                owned.enter_context(self.box.alone())
            except AlreadyRunning:
                raise
            except ImporterError as exc:
                self._tell(Filed("", "", exc.exit_code, message=exc.sentence))
                watchdog.ended(self.settings.healthcheck, exc.exit_code)
                raise
            return self._alone(stays=stays)

    def _alone(self, *, stays: bool) -> int:
        watchdog.started(self.settings.healthcheck)
        done, code = Sweep(self._tell), Defect.exit_code
        try:
            self.box.sweep(done, self.watch, self.ended.wait)
            self._told.pop(None, None)
            self.cut_short = done.cut_short and not stays
            if self.cut_short:
                log.warning("%s", self.message, extra={"event": "inbox.stopped"})
                self._tell(Filed("", "", Stopped.exit_code, message=self.message))
            code = worst((done.exit_code, Stopped.exit_code if self.cut_short else 0))
        except ImporterError as exc:
            code = worst((exc.exit_code, done.exit_code))
            self._tell(Filed("", "", exc.exit_code, message=exc.sentence))
            raise
        finally:
            self.files += done.files
            if code != Defect.exit_code and not self.watch.interrupted:
                self._retain()
            text = counted(
                "inbox: {count:,} file, exit code {code}",
                "inbox: {count:,} files, exit code {code}",
                len(done.files),
                code=code,
            )
            log.info("%s", text, extra={"event": "inbox.ended"})
            watchdog.ended(self.settings.healthcheck, code)
        return code

    def stay(self) -> None:
        """Passes as files come, and one a minute, until the end is asked for or something is badly wrong (5, 70).

        Raises:
            ImporterError: the first pass could not be made.
        """
        seen, at, code = self._listing(), time.monotonic(), self._left()
        while not self.watch.interrupted and code in _STAYS:
            now = self._listing()
            if now == seen and time.monotonic() - at < IDLE:
                self._wait_for_news()
                continue
            seen, at = now, time.monotonic()
            try:
                code = self._left()
            except (Stopped, UsageError) as exc:  # another pass, a share that went away, a token: each may pass
                text = Text("{why}; it is tried again", why=exc.sentence)
                log.warning("%s", text, extra={"event": "inbox.stopped"})

    def _left(self) -> int:
        """One pass; the worst exit code of what it left. What was filed waits for nobody, however it had ended."""
        before = len(self.files)
        self.once(stays=True)
        return worst(one.exit_code for one in self.files[before:] if not one.kind)

    def _tell(self, one: Filed) -> None:
        """Tell of a file; in a command that stays not of the same trouble again and again, while it lies there."""
        folders = self.box.folders
        place = (one.folder if one.folder and not one.kind else folders.working) / one.name if one.name else None
        before, now = self._told.pop(place, None), (one.exit_code, one.message)
        if not one.kind:  # else the next of its name is another file
            self._told[place] = now
            with suppress(OSError):
                self._told_in = self._folder() if one.name else self._told_in
        if not one.waits or (one.exit_code and before != now):
            told_already = before == now and one.exit_code > 1
            settings = self.box.settings_of(self.box.source_of(one.name)) if one.name else self.settings
            tell(settings, [self._ending(one)], notified=not told_already)

    def _forget_the_gone(self) -> None:
        """Forget what was said of files that lie there no more; not while the share is away, and with it every file.

        Where a share is away its mount point is there, a folder like any other in which a pass makes its own.
        """
        folders = self.box.folders
        with suppress(OSError):
            if self._folder() != self._told_in:
                return
            lying = {path for folder in (folders.top, folders.working) for path in folder.iterdir()}
            self._told = {place: said for place, said in self._told.items() if place is None or place in lying}

    def _folder(self) -> tuple[int, int]:
        """Which folder lies at the inbox's path now. Raises OSError."""
        found = self.box.folders.top.stat()
        return found.st_dev, found.st_ino

    def _ending(self, one: Filed) -> Ending:
        top = self.box.folders.top
        again: str = f"importer inbox {shlex.quote(str(top))}"
        if one.kind == REFUSED:
            again = Text(
                "{command} imports it as it is; else put a corrected file there",
                command=f"{again} --release {shlex.quote(one.name)}",
            )
        elif one.exit_code == 1 and not one.waits:
            rejected = sorted(one.folder.glob("*.rejected.*")) if one.folder else []
            file = shlex.quote(str(rejected[-1])) if rejected else ""
            again = Text("correct and importer run {file}", file=file) if rejected else ""
        elif one.kind or one.exit_code == 0:
            again = ""
        folder = str(one.folder or (self.box.folders.working if one.name else top))
        told = (one.name or str(top), one.source, one.exit_code, one.summary, one.message)
        return Ending(*told, folder, again, refused=one.kind == REFUSED)

    def _retain(self) -> None:
        remove_old(self.box.folders, self.settings.retention_days, date.today())  # noqa: DTZ011 (folders are local days)
        if exists(self.settings.journal_location):
            purge_by_itself(self.settings, self.watch)

    def _listing(self) -> dict[str, FileStamp | None]:
        try:
            return {path.name: look_at(path) for path in self.box.folders.top.iterdir()}
        except OSError:
            return {}

    def _wait_for_news(self) -> None:
        """Until something changes in the folder, as far as the system tells, or it is time to look."""
        from watchfiles import watch  # noqa: PLC0415 (only who stays needs it)

        top = self.box.folders.top
        try:
            for _ in watch(
                top, stop_event=self.ended, rust_timeout=int(LOOK_EVERY * 1000), yield_on_timeout=True, recursive=False
            ):
                return
        except (OSError, RuntimeError):  # no watches left, or the folder is gone for now
            self.ended.wait(LOOK_EVERY)


def tell_not_begun(settings: Settings, top: Path, failure: ImporterError) -> None:
    """Tell of a pass that could not begin: a share that is away, a source that is configured wrongly."""
    tell(settings, [Ending(str(top), "", failure.exit_code, message=failure.sentence)])
    watchdog.ended(settings.healthcheck, failure.exit_code)


def check_configuration(settings: Settings, watch: Watch) -> None:
    """Whether any file could be imported with these settings, as far as can be told without a request.

    Raises:
        UsageError: token, address, cluster, storage or journal cannot be used as they are.
        StorageFailed, BooksDontBalance: see ``Journal.open``.
    """
    check_options(settings)
    check_endpoint(settings, watch)
    with Journal.open(settings.journal_location):
        pass
