"""The process of a job: started in a session of its own, there as long as the lock that it inherits is held."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from importer.storage.private_files import open_private, write_private

MESSAGE: Final = "message"
"""The file in which a process keeps what it has to say of its end, so that it can be said in any language."""


def is_alive(folder: Path) -> bool:
    """Whether the process of a job is there."""
    with at_rest(folder) as rests:
        return not rests


@contextmanager
def at_rest(folder: Path) -> Iterator[bool]:
    """Whether the process of a job is not there; if so, none is started while the block lasts."""
    with _lock(folder) as taken:
        yield bool(taken) or not folder.is_dir()


def ask_to_end(folder: Path) -> None:
    """Ask the process of a job to end, as a terminal does, if it is there."""
    if is_alive(folder) and (pid := pid_of(folder)):
        with suppress(OSError):
            os.kill(pid, signal.SIGTERM)


def pid_of(folder: Path) -> int:
    """The number of the process of a job, which may be gone; 0 where none was started."""
    try:
        return int((folder / "pid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def launch(folder: Path) -> bool:
    """Start the process of a job, in a session of its own; False: it is there already."""
    with _lock(folder) as descriptor:
        if not descriptor:
            return False
        (folder / MESSAGE).unlink(missing_ok=True)  # of its last start
        with open_private(folder / "log", append=True) as log, open_private(folder / "summary.json") as told:
            command = [sys.executable, "-m", "importer", "page-job", str(folder)]
            process = subprocess.Popen(  # noqa: S603 (our own command)
                command,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=log,
                env={**os.environ, "IMPORTER_JSON": "1"},  # told even of what ends it before its settings are read
                pass_fds=[descriptor],
                start_new_session=True,
            )
        write_private(folder / "pid", str(process.pid))
    threading.Thread(target=process.wait, daemon=True).start()  # it must not stay behind as a zombie
    return True


@contextmanager
def _lock(folder: Path) -> Iterator[int]:
    """A descriptor that holds the lock of a job; 0 where its process has it. A child that inherits it holds it too."""
    try:
        descriptor = os.open(folder / "alive.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        yield 0
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield 0
        else:
            yield descriptor
    finally:
        os.close(descriptor)
