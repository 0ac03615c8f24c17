"""Commands in a process of their own whose standard streams are a pseudo-terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chaos.kit import Forked, Warm

LONGEST = 90.0
"""Seconds after which a command that does not end is ended."""


@dataclass
class Shown:
    """How a command on a terminal ended, and every character that it drew."""

    code: int
    screen: str

    @property
    def lines(self) -> list[str]:
        """What was drawn, without colours and movements, by lines and by what was drawn over one another."""
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\r", self.screen)
        return [line for line in re.split(r"[\r\n]+", plain) if line.strip()]


def on_terminal(
    *arguments: object,
    home: Path,
    columns: int = 80,
    when: str = "",
    after: Mapping[float, signal.Signals] | None = None,
    resize: Mapping[float, int] | None = None,
    type_: Mapping[str, str] | None = None,
    warm: Warm | None = None,
    **environ: str,
) -> Shown:
    """Run ``importer`` on a terminal of so many columns, with a state folder of its own.

    ``type_`` holds what a person types once a text was drawn. ``after`` and ``resize`` say what happens so many
    seconds after ``when`` was first drawn: a signal to the command, another width of the window. With ``warm`` the
    command is forked from a process that has the program loaded, and is there at once.
    """
    ours, theirs = pty.openpty()
    _set_width(ours, columns)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))}
    variables = {**kept, "TERM": "xterm-256color", "IMPORTER_HOME": str(home), **environ}
    args = [str(one) for one in arguments]
    if warm:
        order = {"args": args, "cwd": str(Path.cwd()), "environ": variables, "terminal": os.ttyname(theirs)}
        process: subprocess.Popen[bytes] | Forked = warm.fork(order)
    else:
        process = subprocess.Popen(
            [sys.executable, "-m", "importer", *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=variables,
            start_new_session=True,
        )
    os.close(theirs)
    due = sorted([*(after or {}).items(), *(resize or {}).items()], key=lambda one: one[0])
    to_type = dict(type_ or {})
    drawn, seen_at, deadline = bytearray(), 0.0, time.monotonic() + LONGEST
    while block := _read(ours, 0.05):
        drawn += block
        now = time.monotonic()
        seen_at = seen_at or (now if when.encode() in drawn else 0.0)
        while due and seen_at and now - seen_at >= due[0][0]:
            what = due.pop(0)[1]
            if isinstance(what, signal.Signals):
                os.kill(process.pid, what)
            else:
                _set_width(ours, what)
                os.kill(process.pid, signal.SIGWINCH)
        for text in [text for text in to_type if text.encode() in drawn]:
            os.write(ours, to_type.pop(text).encode())
        if now > deadline:
            os.kill(process.pid, signal.SIGKILL)
    os.close(ours)
    return Shown(process.wait(timeout=60), drawn.decode(errors="replace").replace("\0", ""))


def _set_width(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def _read(terminal: int, seconds: float) -> bytes:
    """What was drawn since, NUL for nothing yet; b"" once the last process that had the terminal is gone."""
    if not select.select([terminal], [], [], seconds)[0]:
        return b"\0"
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
