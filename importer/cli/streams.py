"""Standard streams that can neither end a command nor command a terminal.

An exit code speaks of the import alone. A reader that went away (``| head``), a full disk behind ``>``, or a stream
that was closed from the start (``2>&-``) would otherwise raise in the middle of a run, or at the very end, when
Python flushes, and leave 1 or 120 behind. File names, headers and the API's words may hold characters that move the
cursor or turn text around: what is shown of them is their escape.
"""

import io
import os
import re
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDIN, STDOUT, STDERR = 0, 1, 2

_COMMANDS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line feed, and the marks that change the direction of what follows."""


def escaped(text: str) -> str:
    r"""Write each character that could command a terminal as its escape, such as ``\u001b``: as JSON does."""
    return _COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class SilentFile(io.FileIO):
    """A file descriptor to write to; what cannot be written is dropped."""

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write, or drop: the number of bytes that are dealt with."""
        try:
            return super().write(content) or 0
        except OSError:
            return memoryview(content).nbytes


class PlainText(io.TextIOWrapper):
    """A text stream that escapes what could command a terminal."""

    def write(self, text: str, /) -> int:
        """Write the text, escaped."""
        return super().write(escaped(text))


def secure_standard_streams() -> None:
    """Replace stdout and stderr by streams that never raise; call it before anything else is opened.

    A letter that the locale lacks is shown as its escape. A descriptor that is closed is opened on the null device
    first: else the next file, a journal perhaps, would get its number, and with it what libraries print.
    """
    for descriptor in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    sys.stdout, sys.stderr = _secured(sys.stdout, STDOUT), _secured(sys.stderr, STDERR)


def raw_terminal(stream: TextIO) -> TextIO:
    """A second way to stderr for what draws: it may command the terminal, and falls silent as the first one does."""
    return _opened(io.TextIOWrapper, STDERR, stream.encoding) if isinstance(stream, PlainText) else stream


def _secured(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is not None and not _writes_to(stream, descriptor):
        return stream  # somebody's own, such as a test's
    return _opened(PlainText, descriptor, stream.encoding if stream is not None else "utf-8")


def _opened(kind: type[io.TextIOWrapper], descriptor: int, encoding: str) -> io.TextIOWrapper:
    raw = SilentFile(descriptor, "w", closefd=False)
    by_line = descriptor == STDERR or raw.isatty()
    return kind(io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=by_line)


def _writes_to(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError, AttributeError):
        return False
