"""What is known of a command however it ends: which one, by whom, since when, where to."""

import errno
import getpass
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from importer import __version__
from importer.errors import Defect, ImporterError, RefusedFile, UsageError


@dataclass(frozen=True)
class Invocation:
    """One call of the command line.

    Attributes:
        command: "run", "validate", …
        api: The address that users are created at; "" where none is.
        started_at: ISO 8601, UTC.
    """

    command: str
    api: str
    started_at: str

    def as_dict(self) -> dict[str, Any]:
        """The same for ``--json``, with the end and the versions."""
        from importer.versions import versions  # noqa: PLC0415 (some 20 ms, for programs alone)

        return {
            "command": self.command,
            "api": self.api,
            "started_at": self.started_at,
            "ended_at": now(),
            "version": __version__,
            "versions": versions(),
        }

    def told_as_json(self, **facts: Any) -> str:
        """What ``--json`` prints of a command that has no rows to sum up, where all went well."""
        told = {"exit_code": 0, "message": "", "rejected": ""} | facts
        return json.dumps(self.as_dict() | told, ensure_ascii=False, indent=2)

    def error_as_json(self, error: ImporterError) -> str:
        """What ``--json`` prints where there is no summary."""
        rejected = error.rejected if isinstance(error, RefusedFile) else ""
        return self.ending_as_json(error.exit_code, _name(error), str(error), rejected)

    def ending_as_json(self, exit_code: int, error: str, message: str, rejected: str = "") -> str:
        """The same of what is no ImporterError; ``rejected``: where the rows to be mended are."""
        told = {"exit_code": exit_code, "error": error, "message": message, "rejected": rejected}
        return json.dumps(self.as_dict() | told, ensure_ascii=False, indent=2)


def _name(error: ImporterError) -> str:
    """The public kind of an error, of which a program may know: one of those with an exit code of its own."""
    kinds = (kind for kind in type(error).__mro__ if kind.__module__ == ImporterError.__module__)
    return next(kinds).__name__


def failure_of(raised: BaseException) -> ImporterError:
    """What a person is told of something that nothing here raises on purpose."""
    if isinstance(raised, OSError) and raised.errno == errno.ENAMETOOLONG:  # whatever file was named: only a person can
        return UsageError("{path}: the name is too long; give it a shorter one", path=raised.filename)
    if isinstance(raised, PermissionError) and raised.filename is not None:
        from importer.storage.storage_errors import closed  # noqa: PLC0415 (for whoever is refused)

        return UsageError(closed(raised))
    return Defect(
        "a defect of the importer ({name}); what was recorded is safe and the same command goes on. Please report "
        "it with what -v prints",
        name=type(raised).__name__,
    )


def now() -> str:
    """This moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def operator() -> str:
    """The person at work, as far as the system knows: a container may have no name for its user."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER", "")
    return f"{behind} as {name}" if behind and behind != name else name


def wants_json(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether JSON was asked for, told without settings: these may be what is wrong."""
    return "--json" in arguments or environ.get("IMPORTER_JSON", "").lower() in {"1", "true", "yes", "on"}


def wants_json_log(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether every line on stderr is to be JSON, told as in ``wants_json``."""
    return (given_last(arguments, "--log-format") or environ.get("IMPORTER_LOG_FORMAT", "")) == "json"


def given_last(arguments: Sequence[str], option: str) -> str:
    """The last value that an option was given; "" where it has none."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    given = [following for word, following in pairs if word == option]
    given += [word.partition("=")[2] for word in arguments if word.startswith(f"{option}=")]
    return given[-1] if given else ""
