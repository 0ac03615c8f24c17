"""Which encoding a text file is in: proven where it can be (BOM, UTF-8), found out from all of the file where not.

A Latin header over Cyrillic rows much later is why the evidence comes from the whole file. A decode that would lose
letters is refused with the line named; nothing is ever replaced by "?".
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.errors import RefusedFile, UsageError
from importer.messages.text import Text
from importer.model import Finding
from importer.reading.byte_source import BOMS, raw
from importer.reading.text.letters import code_page
from importer.reading.text.non_ascii import ASCII, count_non_ascii
from importer.reading.text.text_profile import TextProfile, evidence, look_over

_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CP866_LETTERS: Final = bytes((*range(0x80, 0xB0), *range(0xE0, 0xF2)))
_EVIDENCE: Final = 64 * 1024
_HIGH_BYTES: Final = bytes((0, 1, 2, 3, 4, 5, 0x20, 0x21))
"""High bytes of Latin, Greek, Cyrillic, punctuation and signs such as the number sign."""
_NULS_OF_UTF16: Final = 0.05
_SURE_SEQUENCES: Final = 6
_NO_FILES: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
"""What Python encodes text in, but no file of people: names of hosts, and literals of programs."""


@dataclass(frozen=True)
class Encoding:
    """A decided encoding: ``name`` as Python calls it, ``guessed`` if only likely."""

    name: str
    bom: bool = False
    guessed: bool = False
    lines: int = 0

    def finding(self) -> Finding:
        """What was decided, in a sentence."""
        shown = Text("{name} with a byte order mark", name=self.name.upper()) if self.bom else self.name.upper()
        if not self.guessed:
            return Finding("encoding", Text("read as {encoding}", encoding=shown))
        return Finding(
            "encoding", Text("read as {encoding}, judged by its letters; --encoding overrides", encoding=shown)
        )


def decide(path: Path, *, packed: bool, wanted: str = "") -> Encoding:
    """The encoding of a text file, ``wanted`` if it fits.

    Raises RefusedFile (empty, an endless line, bytes that fit no encoding) or UsageError (no such codec).
    """
    name = codec_name(wanted) if wanted else ""
    profile = look_over(path, packed=packed)
    bom = next((key for key, mark in BOMS.items() if profile.head.startswith(mark)), "")
    if name:
        marked = bom == name or (name == "utf-16" and bom.startswith("utf-16"))
        name = bom if marked else ("utf-16-le" if name == "utf-16" else name)
        found = Encoding(name, bom=marked, lines=profile.lines)
    else:
        found = _find_out(path, profile, bom, packed=packed)
    _prove(path, found, profile, packed=packed)
    return found


def codec_name(wanted: str) -> str:
    """Python's name of a text encoding that a person typed. Raises UsageError."""
    try:
        name = codecs.lookup(wanted.strip()).name
        "a".encode(name)
    except (LookupError, ValueError, TypeError):
        name = ""
    if not name or name.replace("_", "-") in _NO_FILES:
        raise UsageError(
            "--encoding: there is no text encoding {wanted}; for example utf-8, cp1251, koi8-r, cp866, utf-16",
            wanted=repr(wanted),
        )
    return {"utf-8-sig": "utf-8"}.get(name, name)


def _find_out(path: Path, profile: TextProfile, bom: str, *, packed: bool) -> Encoding:
    if bom:
        return Encoding(bom, bom=True, lines=profile.lines)
    wide = _utf16(profile.head)
    if wide:
        return Encoding(wide, lines=profile.lines)
    if not profile.not_utf8 and (profile.letters or not profile.cut):
        return Encoding("utf-8", lines=profile.lines)
    runs = evidence(path, packed=packed)
    _refuse_mixture(path, profile.not_utf8 or profile.cut, runs)
    return Encoding(code_page(path.name, _spread(runs)), guessed=True, lines=profile.lines)


def _utf16(head: bytes) -> str:
    """UTF-16 without a mark: one byte of each two names the alphabet, and NUL (Latin, digits) is among them."""
    for name, high, low in (("utf-16-le", head[1::2], head[0::2]), ("utf-16-be", head[0::2], head[1::2])):
        alphabets = len(high) - len(high.translate(None, _HIGH_BYTES))
        nuls = high.count(0)
        if nuls > len(high) * _NULS_OF_UTF16 and alphabets > 0.9 * len(high) and low.count(0) * 10 < nuls:
            return name if _reads(head, name) else ""
    return ""


def _reads(head: bytes, name: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(name)().decode(head)
    except UnicodeDecodeError:
        return False
    return "\0" not in text[:1000] and any(end in text for end in "\n\r,;\t")


def _refuse_mixture(path: Path, not_utf8: str, runs: list[bytes]) -> None:
    """Two encodings in one file (files glued together) would be read wrongly in one of its parts."""
    valid = letters = 0
    glued = False
    for run in runs:
        sequences = [] if _reads_as_cp866(run) else _SEQUENCE.findall(run)
        valid += sum(map(len, sequences))
        letters += count_non_ascii(run)
        glued = glued or (len(sequences) >= _SURE_SEQUENCES and _is_utf8(run))
    if 2 * valid >= letters or glued:
        raise RefusedFile(
            "{name} is UTF-8 in part only: {not_utf8} holds bytes that are not; two encodings in one file "
            "can't be read right. Mend that line, or name one encoding for all of it with --encoding",
            name=path.name,
            not_utf8=not_utf8,
        )


def _reads_as_cp866(run: bytes) -> bool:
    """Whether it is all letters in cp866, where a lower-case letter and two more look like a sequence of UTF-8."""
    return not run.translate(None, ASCII + _CP866_LETTERS)


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode()
    except UnicodeDecodeError as exc:
        return exc.reason == "unexpected end of data"
    return True


def _spread(runs: list[bytes]) -> bytes:
    """Evidence from all of the file, as much as is looked at."""
    total = sum(map(len, runs)) + len(runs)
    step = max(1, -(-total // _EVIDENCE))
    return b"\n".join(runs[::step])


def _prove(path: Path, found: Encoding, profile: TextProfile, *, packed: bool) -> None:
    """Every byte must decode, but for a letter in which the file ends: its row is flagged.

    Raises RefusedFile with the first line that would lose letters.
    """
    line = profile.not_utf8 if found.name == "utf-8" else _first_loss(raw(path, packed=packed), found)
    if line:
        raise RefusedFile(
            "{name}: {line} holds bytes that are no letters in {encoding}; letters would be lost. Save the file "
            "as CSV UTF-8, or name its encoding with --encoding",
            name=path.name,
            line=line,
            encoding=found.name,
        )


def _first_loss(pieces: Iterable[bytes], found: Encoding) -> str:
    undefined = _undefined(found.name)
    if undefined is not None:
        lines = 0
        for piece in pieces:
            places = [at for at in (piece.find(bytes([byte])) for byte in undefined) if at >= 0]
            if places:
                above = piece[: min(places)].count(b"\n")
                return f"line {lines + 1 + above}"
            lines += piece.count(b"\n")
        return ""
    return _first_undecodable(pieces, found)


def _undefined(name: str) -> tuple[int, ...] | None:
    """Byte values that a one-byte codec leaves undefined; None for other codecs."""
    missing = []
    for byte in range(256):
        try:
            if len(bytes([byte]).decode(name)) != 1:
                return None
        except UnicodeDecodeError as exc:
            if exc.reason in {"incomplete multibyte sequence", "unexpected end of data", "truncated data"}:
                return None
            missing.append(byte)
    return tuple(missing)


def _first_undecodable(pieces: Iterable[bytes], found: Encoding) -> str:
    decoder = codecs.getincrementaldecoder(found.name)()
    lines = 0
    try:
        for piece in pieces:
            lines += decoder.decode(piece).count("\n")
    except UnicodeDecodeError as exc:
        newline = "\n".encode(found.name)
        return f"line {lines + 1 + exc.object[: exc.start].count(newline)}"
    return ""
