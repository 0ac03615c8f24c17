"""XML parts of workbooks, within bounds: small ones as lists of elements, large ones rewritten into a plain form.

The large parts (sheets, shared strings) are read by pattern, which needs them plain: no prefixes, comments, CDATA,
single quotes or other attributes than expected. Parts that are not go through expat first, which writes them plainly.
No DTD is ever accepted: entities are what XML bombs are made of.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from importer.errors import RefusedFile

_ENTITY: Final = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z][a-zA-Z0-9]*);?")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_OOXML_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
PAD: Final = bytes(64)
"""Stands behind a block, so that what is looked up near its end is there, and is no tag."""
MAX_HELD: Final = 48 * 1024 * 1024
"""Characters (or bytes) of one row or string that may be waited for."""


class NotPlainError(Exception):
    """The part needs rewriting first."""


class BombError(Exception):
    """The part declares entities or a document type."""


BROKEN: Final = (expat.ExpatError, BombError, NotPlainError, ValueError, LookupError)
"""What reading XML raises that is damaged: no XML, unknown encoding, numbers and references that can't be."""


def refused(name: str, exc: Exception) -> RefusedFile:
    """The words for XML that can't be read."""
    if isinstance(exc, BombError):
        return RefusedFile(f"{name} declares XML entities, as XML bombs do and workbooks never; it is not read")
    return RefusedFile(f"{name} is a damaged workbook (its XML is broken); open it, check it and save it again")


def parser() -> expat.XMLParserType:
    """An expat parser that refuses document types. Raises BombError while parsing."""

    def refuse(*_: object) -> NoReturn:
        raise BombError

    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    return made


def local(name: str) -> str:
    """A name without its namespace prefix."""
    return name.rpartition(":")[2]


def elements(part: bytes) -> list[tuple[str, dict[str, str]]]:
    """The start tags of a small part: local name and attributes (their names local too)."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append((local(name), {local(key): value for key, value in attributes.items()}))

    made = parser()
    made.StartElementHandler = start
    if part:
        made.Parse(part, True)
    return found


def stretches(pieces: Iterable[str], end: str) -> Iterator[str]:
    """Text cut after the last ``end`` tag of each stretch, so that no element is torn. Raises NotPlainError."""
    held = ""
    for piece in pieces:
        held += piece
        cut = held.rfind(end) + len(end)
        if cut >= len(end):
            yield held[:cut]
            held = held[cut:]
        elif len(held) > MAX_HELD:
            raise too_large(end)
    yield held


def blocks(pieces: Iterable[bytes], end: bytes, size: Callable[[], int]) -> Iterator[bytes]:
    """A part in blocks of about ``size()`` bytes, each cut behind an ``end`` tag; what follows the last one comes last.

    PAD stands behind each. An ``end`` tag that two pieces share is not seen as one; the block goes on to the next.
    Raises RefusedFile for an element without end.
    """
    held: list[memoryview] = []
    length = 0
    for piece in pieces:
        begin = 0
        while (missing := size() - length) <= len(piece) - begin:
            border = begin + max(missing, len(end))
            cut = piece.rfind(end, begin, border)
            cut = piece.find(end, max(begin, border - len(end))) if cut < 0 else cut
            if cut < 0:
                break
            yield b"".join((*held, memoryview(piece)[begin : cut + len(end)], PAD))
            held, length, begin = [], 0, cut + len(end)
        held.append(memoryview(piece)[begin:])
        length += len(piece) - begin
        if length > MAX_HELD:
            raise too_large(end.decode())
    rest = b"".join(held)
    cut = rest.rfind(end) + len(end)
    if cut >= len(end):
        yield rest[:cut] + PAD
        rest = rest[cut:]
    yield rest + PAD


def too_large(end: str) -> RefusedFile:
    """The words for an element that doesn't end."""
    return RefusedFile(f"one {end} element of the workbook is far too large; save the sheet as CSV")


def plain(block: bytes, root: str = "") -> str:
    """A block (see ``blocks``) as text, if it looks plain; the first one of a part is known by its ``root``.

    Raises NotPlainError.
    """
    try:
        text = str(memoryview(block)[: -len(PAD)], "utf-8")
    except UnicodeDecodeError as exc:
        raise NotPlainError from exc
    if root and (f"<{root}" not in text[:4096] or "\0" in text[:100] or "encoding=" in _declaration(text)):
        raise NotPlainError
    if "<!" in text:
        raise NotPlainError
    return text


def _declaration(text: str) -> str:
    top = text.removeprefix("\ufeff")
    declared = top[: top.find("?>")] if top.startswith("<?xml") else ""
    return "" if re.search(r"""encoding=["'](?:utf-8|us-ascii)["']""", declared, re.IGNORECASE) else declared


def rewritten(pieces: Iterable[bytes], kept: dict[str, tuple[str, ...]], fix: Callable[..., None]) -> Iterator[str]:
    """A part in plain form: the ``kept`` elements with those attributes in that order, text inside them escaped.

    ``fix`` may change an element's attributes (name, attributes) before they are written.
    """
    out: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        short = local(name)
        if short in kept:
            fix(short, attributes)
            shown = "".join(f" {key}={quoteattr(attributes[key])}" for key in kept[short] if key in attributes)
            out.append(f"<{short}{shown}>")

    def end(name: str) -> None:
        if local(name) in kept:
            out.append(f"</{local(name)}>")

    def characters(text: str) -> None:
        out.append(escape(text).replace("\r", "&#13;"))

    made = parser()
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = characters
    for piece in pieces:
        made.Parse(piece, False)
        yield "".join(out)
        out.clear()
    made.Parse(b"", True)
    yield "".join(out)


def unescaped(text: str) -> str:
    """Element text as it is meant.

    Raises BombError for an entity that XML doesn't know by itself, ValueError for a character that it forbids.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(match: re.Match[str]) -> str:
    name = match.group(1)
    if name.startswith("#"):
        code = int(f"0{name[1:]}", 16) if name[1] in "xX" else int(name[1:])
        if not code or _SURROGATE.match(chr(code)):
            raise ValueError(name)
        return chr(code)
    if name not in _NAMED:
        raise BombError
    return _NAMED[name]


def ooxml_text(text: str) -> str:
    """A string of an .xlsx: XML escapes and Excel's own ``_x000D_`` ones undone."""
    text = unescaped(text)
    if "_x" in text:
        text = _OOXML_ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
        if _SURROGATE.search(text):
            # Excel escapes a character beyond 16 bits as its two halves; half of one is no character
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    return text
