"""The folders that a run needs: state and journal."""

import os
import shutil
from collections.abc import Iterator
from typing import Final

from importer.errors import ImporterError, UsageError
from importer.journal import Journal
from importer.journal.database.existence import exists
from importer.journal.database.location import Location, location_of
from importer.messages.text import Text, counted, joined
from importer.operations.doctor.check_result import Diagnosis, Level, error, fine, warning
from importer.settings import Settings
from importer.storage.trust import refuse_foreign

_LOW: Final = 256 * 1024 * 1024
_FULL: Final = 32 * 1024 * 1024
"""Bytes: a run of a million rows keeps a copy of its input and some 100 MB of journal."""
_MIB: Final = 1024 * 1024


def check_state_folder(settings: Settings) -> Iterator[Diagnosis]:
    """The state folder: whose it is, whether it can be written, and how much room the disk has."""
    home = settings.home
    nearest = next(path for path in (home, *home.absolute().parents) if path.exists())
    try:
        refuse_foreign(home, Text("state folder"))
    except UsageError as exc:
        yield error(Text("state folder"), exc.sentence)
        return
    if not os.access(nearest, os.W_OK | os.X_OK):
        yield error(
            Text("state folder"),
            Text("{nearest} cannot be written by this user: set IMPORTER_HOME to another folder", nearest=nearest),
        )
        return
    free = shutil.disk_usage(nearest).free
    level = Level.ERROR if free < _FULL else Level.WARNING if free < _LOW else Level.OK
    room = Text("{home}, {mib:,} MiB free", home=home, mib=free // _MIB)
    advice = "" if level is Level.OK else Text("free the disk, or set IMPORTER_HOME to one with room")
    yield Diagnosis(level, Text("state folder"), joined([room, advice], "; "))


def check_journal(settings: Settings) -> Iterator[Diagnosis]:
    """The journal: whether it is there, can be read, and its books are whole; and the server that it is on."""
    try:
        location = location_of(settings.journal_location)
        if location.server:
            yield from _database(location)
        if not exists(settings.journal_location):
            yield fine(Text("journal"), Text("none yet at {location}; the first run makes it", location=location))
            return
        with Journal.open(settings.journal_location) as journal:
            runs = len(journal.runs())
            size = journal.size() // _MIB
            whole = counted(
                "{path}, {count:,} run, {mib:,} MiB, whole",
                "{path}, {count:,} runs, {mib:,} MiB, whole",
                runs,
                path=journal.location,
                mib=size,
            )
            yield fine(Text("journal"), whole)
    except ImporterError as exc:
        yield error(Text("journal"), exc.sentence)


def _database(location: Location) -> Iterator[Diagnosis]:
    """The server of a journal: its version, and whether what it commits survives a power cut."""
    from importer.journal.database.postgresql import facts_of  # noqa: PLC0415 (the driver loads where there is a server)

    facts = facts_of(location)
    about, version = Text("database"), Text("PostgreSQL {version}", version=facts.version)
    off = sorted(facts.switched_off - {"synchronous_commit"})
    if off:
        yield warning(
            about,
            Text(
                "{version}; {off} is off there: a power cut may damage the journal, and users be lost to it. Switch it "
                "on in postgresql.conf",
                version=version,
                off=", ".join(off),
            ),
        )
    if "synchronous_commit" in facts.switched_off:
        yield warning(
            about,
            Text(
                "{version}; synchronous_commit is off there. This program switches it on for its own sessions; what "
                "others write to that server may be lost in a power cut",
                version=version,
            ),
        )
    if not facts.switched_off:
        yield fine(about, version)
