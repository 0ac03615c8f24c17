"""Commands in a process of their own whose standard streams are a pseudo-terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Shown:
    """How a command on a terminal ended and every character that it drew."""

    code: int
    screen: str


def on_terminal(*arguments: object, home: Path, columns: int = 80, **environ: str) -> Shown:
    """Run ``importer`` with these arguments on a terminal of so many columns, with a state folder of its own."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "importer", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color", "IMPORTER_HOME": str(home), **environ},
        start_new_session=True,
    )
    os.close(theirs)
    drawn = bytearray()
    try:
        while block := _read(ours):
            drawn += block
    finally:
        os.close(ours)
        code = process.wait(timeout=60)
    return Shown(code, drawn.decode(errors="replace"))


def _read(terminal: int) -> bytes:
    """What was drawn since; nothing once the last process that had the terminal is gone."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
