"""What every scheduler has to be told: which command, when, as whom, and which folders it needs."""

import getpass
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from importer.errors import StorageFailed, UsageError
from importer.journal.database.location import location_of
from importer.messages.text import Text
from importer.settings import Settings
from importer.storage.home_path import expanded

NAME: Final = "freedom-id-import"
PLACEHOLDER: Final = "CHANGE_ME"
_AT: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True)
class NightlyPlan:
    """One nightly pass over an inbox.

    Attributes:
        program: Path of the command.
        config: The named configuration.
        inbox: The inbox's folder.
        home: The state folder.
        token_file: Where the token lies.
        writes: The other folders that are written to: of the journal, the figures, the log.
        variables: Names of the variables that the configuration takes secrets from.
        keeps_log: Whether the configuration names a log file.
        user: Who runs it.
        hour: With ``minute``, the time of day, local.
        folder: Where it is started, "" for anywhere: paths of the configuration are relative to the folder of who wrote
            it.
        cluster: The cluster that checks the files, "" for none.
        missing: What the configuration lacks, for a person: a placeholder stands in its place.
    """

    program: str
    config: str
    inbox: str
    home: str
    token_file: str
    writes: tuple[str, ...]
    variables: tuple[str, ...]
    keeps_log: bool
    user: str
    hour: int
    minute: int
    folder: str = ""
    cluster: str = ""
    missing: tuple[str, ...] = field(default=())

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command without the program; the folder stands in it, since a scheduler starts it anywhere."""
        return ("inbox", self.inbox, "--config", self.config)

    @property
    def command(self) -> str:
        """The command as a shell reads it."""
        return shlex.join((self.program, *self.arguments))


def plan_of(settings: Settings, config: Path | None, at: str) -> NightlyPlan:
    """The plan for a configuration; what it lacks is a placeholder. Raises UsageError if ``at`` is no time of day."""
    found = _AT.fullmatch(at.strip())
    if found is None:
        raise UsageError("--at {at}: expected a time of day like 02:15", at=at)
    missing: list[str] = []

    def told(value: Path | None, what: str, placeholder: str) -> str:
        if value is None:
            missing.append(Text("{what} ({placeholder})", what=what, placeholder=placeholder))
            return placeholder
        return str(expanded(value).absolute())

    journal = location_of(settings.journal_location).path
    files = (settings.metrics, settings.log_file, _local(settings.storage.removeprefix("file://")), journal)
    relative = any(not expanded(path).is_absolute() for path in _named_paths(settings))
    variables = tuple(name for url in settings.notify.urls if (name := url.removeprefix("env:")) != url)
    missing += [Text("the variable {name}, which [notify] takes a channel from", name=name) for name in variables]
    token = None if settings.token_command else settings.token_file
    user = getpass.getuser()
    if user == "root":
        missing.append(Text("a user without rights of its own ({placeholder})", placeholder=f"{PLACEHOLDER}_USER"))
        user = f"{PLACEHOLDER}_USER"
    return NightlyPlan(
        program=_program(),
        config=told(config, Text("the configuration: --config"), f"/etc/freedom-id/{PLACEHOLDER}.toml"),
        inbox=told(settings.inbox.dir, Text("the inbox: dir of [inbox]"), f"/srv/{PLACEHOLDER}/inbox"),
        home=str(settings.home.absolute()),
        token_file=""
        if settings.token_command
        else told(token, Text("the token: token_file"), f"/etc/freedom-id/{PLACEHOLDER}.token"),
        writes=tuple(dict.fromkeys(str(expanded(file).absolute().parent) for file in files if file)),
        variables=variables,
        keeps_log=settings.log_file is not None,
        user=user,
        hour=int(found[1]),
        minute=int(found[2]),
        folder=str(Path.cwd()) if relative else "",
        cluster=settings.cluster,
        missing=tuple(missing),
    )


def _named_paths(settings: Settings) -> Iterator[Path]:
    """The paths of a configuration that the command line does not name anew."""
    yield from (Path(url.removeprefix("file:")) for url in settings.notify.urls if re.match("file:(?!//)", url))
    yield from (Path(word) for word in _words(settings.token_command) if os.path.exists(word))  # noqa: PTH110 (Path.exists raises for a long one)
    places = (_local(settings.journal.removeprefix("sqlite:///")), _local(settings.storage.removeprefix("file://")))
    others = (settings.cluster_ca_file, settings.cluster_cert_file, settings.cluster_key_file)
    yield from filter(None, (*places, settings.metrics, settings.log_file, settings.key_file, *others))


def _local(place: str) -> Path | None:
    """The path that an address is; None where it leads to a server, or is none."""
    return None if not place or "://" in place else Path(place)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # who asks it for the token says that it is none
        return []


def _program() -> str:
    """Where the command lies, also where it was given as ``python -m importer``: a scheduler has a PATH of its own."""
    places = (Path(sys.argv[0]), Path(sys.executable).with_name("importer"))
    return next((str(path.absolute()) for path in places if path.name == "importer" and path.is_file()), "importer")


def write_files(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the files of a scheduler, into a folder that is made where it is missing.

    They hold no secret, and others may read them.

    Raises:
        UsageError: One is there already with another text: somebody has filled it in.
        StorageFailed: One cannot be written.
    """
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            if path.exists() and path.read_bytes() != text.encode():
                raise UsageError(
                    "{path} is there already, and not as it would be written; name another folder", path=path
                )
        for name, text in files.items():
            path = folder / name
            path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise StorageFailed(
            "{path} cannot be written: {strerror}; name another folder", path=path, strerror=exc.strerror
        ) from exc
    return [folder / name for name in files]
