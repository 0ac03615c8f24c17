"""Which bearer token a run uses: from a file, a command or the environment; never from a flag."""

import os
import shlex
import stat
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import wait
from pathlib import Path
from typing import Final, TypeVar

from pydantic import SecretStr

from importer.errors import UsageError
from importer.freedom_id import Refresher, TokenSource, make_transport
from importer.freedom_id.token_file import Pair, read_file
from importer.messages.text import Text
from importer.progress import Watch, begun
from importer.settings import Settings
from importer.storage.trust import refuse_foreign, refuse_foreign_place

PATIENCE: Final = 60.0
"""Seconds that a secret manager, or whoever writes to a pipe, may take; it may ask a person."""

LOOK_AGAIN: Final = 0.2
"""Seconds between looks at whether the command was asked to end."""

Key = TypeVar("Key")


def token_source(settings: Settings, watch: Watch | None = None) -> TokenSource:
    """The token that the settings name; ``watch`` ends the wait for one.

    Raises:
        UsageError: there is none, it cannot be read, or others could have written its file.
        Interrupted: the command was asked to end.
    """
    watch = watch or Watch()
    if settings.token_file is not None:
        return _from_file(settings, settings.token_file, watch)
    if settings.token_command:
        return TokenSource.from_text(_printed_by(settings.token_command, watch), where="--token-command")
    if settings.token is not None and settings.token.get_secret_value().strip():
        return TokenSource.from_text(settings.token.get_secret_value())
    raise UsageError(
        Text(
            "no token: set FREEDOM_ID_TOKEN, or FREEDOM_ID_TOKEN_FILE to a file that holds it (Freedom Pay "
            "gives it to partners); --sandbox needs none"
        )
    )


def pipes_read(chosen: Mapping[Key, Settings], watch: Watch) -> dict[Key, Settings]:
    """The same settings, for several runs: a token file that is a pipe gives its token once, so it is read now.

    Raises:
        UsageError, Interrupted: as ``token_source``.
    """
    given: dict[Path, SecretStr] = {}
    found: dict[Key, Settings] = {}
    for key, settings in chosen.items():
        path = settings.token_file
        if settings.sandbox or path is None or not is_pipe(path):
            found[key] = settings
            continue
        if path not in given:
            given[path] = SecretStr(token_source(settings, watch).current())
        found[key] = settings.model_copy(update={"token_file": None, "token_command": "", "token": given[path]})
    return found


def is_pipe(path: Path) -> bool:
    """Whether what stands there gives its content once: a FIFO, a process substitution, a terminal."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _from_file(settings: Settings, path: Path, watch: Watch) -> TokenSource:
    refuse_foreign(path, Text("token file"))
    refuse_foreign_place(path, Text("folder of the token file"))
    if is_pipe(path):  # and it takes no renewed token
        return TokenSource(_from_pipe(path, watch))
    refresher = Refresher(
        make_transport(settings.refresh_url, os.environ), settings.refresh_url, seconds=settings.timeout
    )
    return TokenSource.from_file(path, refresher)


def _from_pipe(path: Path, watch: Watch) -> Pair:
    """What a pipe gives. Opening one waits for whoever writes; a signal leaves that wait behind, in its thread."""
    given = begun(lambda: read_file(path), "token")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        watch.check()
        if wait([given], LOOK_AGAIN).done:
            return given.result()
    raise UsageError("token file {path}: it is a pipe, and nobody writes a token to it", path=path)


def _printed_by(command: str, watch: Watch) -> str:
    """What a command prints; nothing of it is ever shown, nor of its arguments: these may hold a secret."""
    try:
        words = shlex.split(command)
        program = words[0]
    except (ValueError, IndexError):
        raise UsageError(Text("--token-command is no command: look at its quotes")) from None
    shown = repr(program)
    try:
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 (the operator's own command, without a shell)
            try:
                printed = _answer_of(process, watch)
            finally:
                process.kill()
        text = printed.decode()
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        raise UsageError(
            "--token-command {command} failed ({name}): try it by itself", command=shown, name=type(exc).__name__
        ) from None
    if process.returncode < 0:  # Ctrl-C goes to both, and the thread that tells us may be the slower one
        time.sleep(LOOK_AGAIN)
    watch.check()
    if process.returncode:
        raise UsageError(
            "--token-command {command} ended with {returncode}: try it by itself",
            command=shown,
            returncode=process.returncode,
        )
    return text


def _answer_of(process: subprocess.Popen[bytes], watch: Watch) -> bytes:
    """What a process has printed when it ends; one that it leaves running, such as an agent, is not waited for."""
    deadline = time.monotonic() + PATIENCE
    while True:
        ended = process.poll() is not None
        try:
            return process.communicate(timeout=LOOK_AGAIN)[0]
        except subprocess.TimeoutExpired as waiting:
            if ended:
                return waiting.output or b""
            if time.monotonic() > deadline:
                raise
        watch.check()
