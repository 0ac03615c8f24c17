"""One look over all bytes of a text file: size, lines, whether it is UTF-8, evidence for what else it is."""

import codecs
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.columns.read_ahead import ahead
from importer.errors import RefusedFile
from importer.reading.byte_source import raw
from importer.reading.limits import MAX_LINE, MIB

_RUN: Final = re.compile(rb"[\x80-\xff][A-Za-z \x80-\xff]{0,200}")
_EVIDENCE_PER_PIECE: Final = 4 * 1024


@dataclass
class TextProfile:
    """What a look over all bytes shows.

    Attributes:
        head: The first piece.
        lines: How many line ends there are.
        not_utf8: The first line that is not UTF-8 ("line 12").
        cut: The last line, where the file ends inside a letter of UTF-8.
        letters: Whether there are letters above ASCII, in UTF-8.
    """

    head: bytes = b""
    lines: int = 0
    not_utf8: str = ""
    cut: str = ""
    letters: bool = False


def look_over(path: Path, *, packed: bool) -> TextProfile:
    """Reads the whole file once. Raises RefusedFile (empty, an endless line)."""
    profile = TextProfile()
    decoder = codecs.getincrementaldecoder("utf-8")()
    length = 0
    with closing(ahead(raw(path, packed=packed))) as pieces:
        for piece in pieces:
            profile.head = profile.head or piece
            length = _line_length(piece, length)
            if length > MAX_LINE:
                raise RefusedFile(
                    "{name}: line {line} is longer than {most} MB; this is no table of users",
                    name=path.name,
                    line=profile.lines + 1,
                    most=MAX_LINE // MIB,
                )
            if not profile.not_utf8:
                _try_utf8(profile, decoder, piece)
            profile.lines += piece.count(b"\n") or piece.count(b"\r")
    if decoder.getstate()[0] and not profile.not_utf8:
        profile.cut = f"line {profile.lines + 1}"
    if not profile.head:
        raise RefusedFile("{name} is empty: 0 bytes", name=path.name)
    return profile


def _try_utf8(profile: TextProfile, decoder: codecs.IncrementalDecoder, piece: bytes) -> None:
    if piece.isascii() and not decoder.getstate()[0]:
        return
    try:
        profile.letters |= not decoder.decode(piece).isascii()
    except UnicodeDecodeError as exc:
        above = profile.lines + exc.object[: exc.start].count(b"\n")
        profile.not_utf8 = f"line {above + 1}"


def _line_length(piece: bytes, before: int) -> int:
    """Length of the line that the piece goes on with; or, if that ended in bounds, of the one it leaves open."""
    first = min((at for at in (piece.find(b"\n"), piece.find(b"\r")) if at >= 0), default=-1)
    if first < 0 or before + first > MAX_LINE:
        return before + (len(piece) if first < 0 else first)
    return len(piece) - max(piece.rfind(b"\n"), piece.rfind(b"\r")) - 1


def evidence(path: Path, *, packed: bool) -> list[bytes]:
    """Stretches with bytes above ASCII, from all of the file: what tells which older encoding it has."""
    return [run for piece in raw(path, packed=packed) if not piece.isascii() for run in _runs(piece)]


def _runs(piece: bytes) -> Iterator[bytes]:
    taken = 0
    for match in _RUN.finditer(piece):
        run = piece[max(0, match.start() - 1) : match.end()]
        yield run
        taken += len(run)
        if taken > _EVIDENCE_PER_PIECE:
            return
