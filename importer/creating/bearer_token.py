"""Which bearer token a run uses: from a file, a command or the environment; never from a flag."""

import os
import shlex
import stat
import subprocess
from typing import Final

from importer.errors import UsageError
from importer.freedom_id import Refresher, TokenSource, make_transport
from importer.messages.text import Text
from importer.settings import Settings, refuse_foreign

COMMAND_SECONDS: Final = 60
"""How long a secret manager may take; it may ask a person."""


def token_source(settings: Settings) -> TokenSource:
    """The token that the settings name.

    Raises:
        UsageError: there is none, it cannot be read, or others could have written its file.
    """
    if settings.token_file is not None:
        return _from_file(settings)
    if settings.token_command:
        return TokenSource.from_text(_printed_by(settings.token_command))
    if settings.token is not None and settings.token.get_secret_value().strip():
        return TokenSource.from_text(settings.token.get_secret_value())
    raise UsageError(
        Text(
            "no token: set FREEDOM_ID_TOKEN, or FREEDOM_ID_TOKEN_FILE to a file that holds it (Freedom Pay "
            "gives it to partners); --sandbox needs none"
        )
    )


def _from_file(settings: Settings) -> TokenSource:
    path = settings.token_file
    assert path is not None  # noqa: S101 (its caller asked)
    refuse_foreign(path, Text("token file"))
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
        if not regular:  # a pipe gives its content once, and takes no renewed token
            return TokenSource.from_text(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        reason = getattr(exc, "strerror", None) or Text("it holds no text")
        raise UsageError(Text("token file {path}: cannot be read ({reason})", path=path, reason=reason)) from None
    refresher = Refresher(
        make_transport(settings.refresh_url, os.environ), settings.refresh_url, seconds=settings.timeout
    )
    return TokenSource.from_file(path, refresher)


def _printed_by(command: str) -> str:
    """What a command prints; nothing of it is ever shown."""
    try:
        words = shlex.split(command)
        ended = subprocess.run(words, capture_output=True, timeout=COMMAND_SECONDS, text=True, check=False)  # noqa: S603 (the operator's own command, without a shell)
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        raise UsageError(
            Text(
                "--token-command {command} failed ({name}): try it by itself",
                command=repr(command),
                name=type(exc).__name__,
            )
        ) from None
    if ended.returncode:
        raise UsageError(
            Text(
                "--token-command {command} ended with {returncode}: try it by itself",
                command=repr(command),
                returncode=ended.returncode,
            )
        )
    return ended.stdout
