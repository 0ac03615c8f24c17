"""The inbox of a configuration: its folders, and the sources whose files come in there."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from importer.errors import ImporterError
from importer.messages.text import Text, counted, joined
from importer.operations.doctor.check_result import Diagnosis, Level, error, fine
from importer.settings import Settings


def check_inbox(settings: Settings) -> Iterator[Diagnosis]:
    """The inbox of the configuration, if there is one: its folders, and what waits there."""
    top = settings.inbox.dir
    if top is None:
        return
    for folder in (top, top / "working", top / "done", top / "refused"):
        if not folder.is_dir():
            if folder == top:
                yield error(Text("inbox"), Text("{top} is no folder: make it, or correct dir of [inbox]", top=top))
                return
            if folder.exists():
                yield error(Text("inbox"), Text("{folder} is no folder: move it away", folder=folder))
                return
            continue
        if folder.stat().st_dev != top.stat().st_dev:
            yield error(
                Text("inbox"),
                Text("{folder} is on another file system than {top}: put it on the same one", folder=folder, top=top),
            )
            return
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield error(
                Text("inbox"),
                Text("{folder} cannot be read and written by this user: chown or chmod it", folder=folder),
            )
            return
    left = [path for path in _files(top / "working") if not path.name.startswith(".")]
    level = Level.WARNING if left else Level.OK
    waiting = counted(
        "{top}, {count:,} file waiting", "{top}, {count:,} files waiting", len(list(_files(top))), top=top
    )
    working = counted(
        "{count:,} file in working: the next pass goes on with it",
        "{count:,} files in working: the next pass goes on with them",
        len(left),
    )
    yield Diagnosis(level, Text("inbox"), joined([waiting, working if left else ""], "; "))


def check_senders(
    settings: Settings, load_senders: Callable[[], Mapping[str, Settings]]
) -> tuple[list[Diagnosis], Mapping[str, Settings]]:
    """Whether the profiles and options of the inbox's sources can be used; and these settings, by ``match``."""
    if not settings.inbox.source:
        return [], {}
    try:
        senders = load_senders()
    except ImporterError as exc:
        return [error(Text("sources"), exc.sentence)], {}
    names = ", ".join(source.title for source in settings.inbox.source)
    return [fine(Text("sources"), Text("{names}: their profiles and options can be used", names=names))], senders


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())
