"""What is known of a command however it ends: which one, since when, where to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from importer import __version__
from importer.errors import ImporterError, RefusedFile


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

    def as_dict(self) -> dict[str, str]:
        """The same for ``--json``, with the end and the version."""
        return {
            "command": self.command,
            "api": self.api,
            "started_at": self.started_at,
            "ended_at": now(),
            "version": __version__,
        }

    def error_as_json(self, error: ImporterError) -> str:
        """What ``--json`` prints where there is no summary."""
        told: dict[str, object] = {"exit_code": error.exit_code, "error": type(error).__name__, "message": str(error)}
        if isinstance(error, RefusedFile) and error.rejected:
            told["rejected"] = error.rejected
        return json.dumps(self.as_dict() | told, ensure_ascii=False, indent=2)


def now() -> str:
    """This moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def wants_json(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether JSON was asked for, told without settings: these may be what is wrong."""
    return "--json" in arguments or environ.get("IMPORTER_JSON", "").lower() in {"1", "true", "yes", "on"}
