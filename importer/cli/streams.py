"""Standard streams that cannot end a command: closed, full or broken, they only fall silent.

An exit code speaks of the import alone. A reader that went away (``| head``), a full disk behind ``>``, or a stream
that was closed from the start (``2>&-``) would otherwise raise in the middle of a run, or at the very end, when
Python flushes, and leave 1 or 120 behind.
"""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDIN, STDOUT, STDERR = 0, 1, 2


class SilentFile(io.FileIO):
    """A file descriptor to write to; what cannot be written is dropped."""

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write, or drop: the number of bytes that are dealt with."""
        try:
            return super().write(content) or 0
        except OSError:
            return memoryview(content).nbytes


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
    sys.stdout, sys.stderr = _silent(sys.stdout, STDOUT), _silent(sys.stderr, STDERR)


def _silent(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is not None and not _is(stream, descriptor):
        return stream  # somebody's own, such as a test's
    encoding = stream.encoding if stream is not None else "utf-8"
    raw = SilentFile(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=descriptor == 2 or raw.isatty(),  # noqa: PLR2004 (stderr)
    )


def _is(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError, AttributeError):
        return False
