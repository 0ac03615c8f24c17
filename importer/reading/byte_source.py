"""A text file as bytes, packed or not: read in pieces, within bounds, as often as asked."""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from importer.errors import RefusedFile
from importer.reading.limits import GZIP_FREE, MAX_GZIP_RATIO, PIECE

_END_OF_FILE: Final = re.compile(rb"(?:\x1a[\x1a\r\n ]*)\Z")
"""Ctrl-Z, with which DOS programs end a text: no part of it."""

BOMS: Final = {
    "utf-8": codecs.BOM_UTF8, "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
}  # fmt: skip
"""Encoding → its mark; that of UTF-32 begins like that of UTF-16."""


_HALF_A_LETTER: Final = b"\xd0"
"""In what the UTF-8 of a text ends that ends inside a letter in its own encoding, too."""

_STRAY: Final = b"\x1a\0\r\n"
"""Bytes with which a program that knows nothing of UTF-16 or UTF-32 ends a text: behind the last row, no letter's."""


@dataclass(frozen=True)
class ByteSource:
    """A text file and how to read its bytes: ``encoding`` is a codec name, ``bom`` says that one stands on top."""

    path: Path
    gzip: bool = False
    encoding: str = "utf-8"
    bom: bool = False


def raw(path: Path, *, packed: bool, size: int = PIECE) -> Iterator[bytes]:
    """The file's bytes, unpacked. Raises RefusedFile if it can't be read, is damaged or unpacks without end."""
    try:
        with path.open("rb") as file:
            if packed:
                yield from _unpacked(file, path, size)
            else:
                yield from _pieces(file, size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise RefusedFile("{name}: the .gz is damaged or cut short; pack or fetch it again", name=path.name) from exc
    except OSError as exc:
        raise unreadable(path, exc) from exc


def _pieces(file: BinaryIO | gzip.GzipFile, size: int) -> Iterator[bytes]:
    """What a file holds; the first piece is small, so that whoever waits for it begins soon."""
    wanted = min(size, PIECE)
    while piece := file.read(wanted):
        yield piece
        wanted = size


def size_of(path: Path) -> int:
    """The file's size in bytes, as it lies there. Raises RefusedFile if it has gone meanwhile."""
    try:
        return path.stat().st_size
    except OSError as exc:
        raise unreadable(path, exc) from exc


def unreadable(path: Path, exc: OSError) -> RefusedFile:
    """The words for a file that the system won't give."""
    if isinstance(exc, FileNotFoundError):
        return RefusedFile("{path}: no such file", path=path)
    if isinstance(exc, IsADirectoryError):
        return RefusedFile("{path} is a folder; name the file inside it", path=path)
    if isinstance(exc, PermissionError):
        return RefusedFile("{path}: no permission to read it", path=path)
    return RefusedFile("{path} can't be read: {why}", path=path, why=exc.strerror or type(exc).__name__)


def _unpacked(packed: BinaryIO, path: Path, size: int) -> Iterator[bytes]:
    given = 0
    with gzip.GzipFile(fileobj=packed) as file:
        for piece in _pieces(file, size):
            given += len(piece)
            if given > GZIP_FREE and given > MAX_GZIP_RATIO * packed.tell():
                raise RefusedFile(
                    "{name} unpacks to more than {max_gzip_ratio} times its size: it looks like a zip bomb, not a "
                    "table; unpack it yourself if it is meant",
                    name=path.name,
                    max_gzip_ratio=MAX_GZIP_RATIO,
                )
            yield piece


def text(source: ByteSource, *, size: int = PIECE, skip: int = 0) -> Iterator[bytes]:
    """The text as UTF-8 bytes without BOM, from the ``skip``-th byte of that text on; it may end inside a letter.

    The encoding is proven before (see ``encoding``); a file that changed since raises RefusedFile.
    """
    left = skip
    for piece in _without_ctrl_z(_as_utf8(source, size)):
        if left >= len(piece):
            left -= len(piece)
        elif left:
            yield piece[left:]
            left = 0
        else:
            yield piece


def _without_ctrl_z(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The text without a Ctrl-Z at its end; one inside of it stays."""
    held = b""
    for piece in pieces:
        content = held + piece
        end = _END_OF_FILE.search(content, len(content.rstrip(b"\x1a\r\n ")))
        held = content[end.start() :] if end else b""
        yield content[: end.start()] if end else content


def _as_utf8(source: ByteSource, size: int) -> Iterator[bytes]:
    decoder = None if source.encoding == "utf-8" else codecs.getincrementaldecoder(source.encoding)("strict")
    bom = BOMS.get(source.encoding, b"") if source.bom else b""
    last = ""
    try:
        for piece in raw(source.path, packed=source.gzip, size=size):
            content = piece.removeprefix(bom)
            bom = b""
            if decoder is None:
                yield content
                continue
            decoded = decoder.decode(content)
            last = decoded[-1:] or last
            yield decoded.encode()
        if decoder is not None:
            yield _ended(decoder, last)
    except UnicodeError as exc:
        raise RefusedFile(
            "{name} holds bytes that are not {encoding}; save it as CSV UTF-8, or name its encoding with --encoding",
            name=source.path.name,
            encoding=source.encoding,
        ) from exc


def _ended(decoder: codecs.IncrementalDecoder, last: str) -> bytes:
    """What is left of a text whose ``last`` letter was that: half a letter, if anything."""
    if last in {"\n", "\r"} and not decoder.getstate()[0].strip(_STRAY):
        return b""
    try:
        return decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError:
        return _HALF_A_LETTER
