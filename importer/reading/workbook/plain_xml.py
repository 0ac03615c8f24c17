"""XML parts of workbooks, within bounds: small ones as lists of elements, large ones rewritten into a plain form.

The large parts (sheets, shared strings) are read by pattern, which needs them plain: no prefixes, comments, CDATA,
single quotes or other attributes than expected. Parts that are not go through expat first, which writes them plainly.
No DTD is ever accepted: entities are what XML bombs are made of.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NoReturn
from xml.etree.ElementTree import XML, Element, ParseError
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import RefusedFile
from importer.messages.text import Text

_ENTITY: Final = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z][a-zA-Z0-9]*);?")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_OOXML_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ESCAPED: Final = "[&\\r]|_x"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
TEXTS: Final = frozenset({"v", "f", "t"})
"""Elements of cells and strings that hold text."""
RELATION_TYPES: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
"""Where the kinds of relations have their names, and the ids that refer to them: transitional and strict workbooks."""
_RELATION_IDS: Final = tuple(f"{namespace} id" for namespace in RELATION_TYPES)
_PHONETIC: Final = "rPh"
"""Hints how a text is pronounced: no part of it."""
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
    text = Text("{name} is a damaged workbook (its XML is broken); open it, check it and save it again", name=name)
    if isinstance(exc, BombError):
        text = Text("{name} declares XML entities, as XML bombs do and workbooks never; it is not read", name=name)
    return RefusedFile(text)


def parser() -> expat.XMLParserType:
    """An expat parser that refuses document types and writes names as "namespace name". Raises BombError on the way."""

    def refuse(*_: object) -> NoReturn:
        raise BombError

    made = expat.ParserCreate(namespace_separator=" ")
    made.buffer_text = True
    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    return made


class RootNames:
    """Local names of the elements that share the namespace of a part's root: others are extensions, whatever they say.

    Strict and transitional workbooks differ in that namespace, and some programs write none.
    """

    def __init__(self) -> None:
        self._namespace: str | None = None

    def local(self, name: str) -> str:
        """The local name, "" for one of another namespace; the root is asked for first."""
        namespace, _, short = name.rpartition(" ")
        if self._namespace is None:
            self._namespace = namespace
        return short if namespace == self._namespace else ""


def elements(part: bytes) -> list[tuple[str, dict[str, str]]]:
    """The start tags of a small part, extensions left out: local name and attributes.

    Attributes have no namespace, but for ``r:id``, the reference to a relation of the part.
    """
    found: list[tuple[str, dict[str, str]]] = []
    names = RootNames()

    def start(name: str, attributes: dict[str, str]) -> None:
        if short := names.local(name):
            own = {key: value for key, value in attributes.items() if " " not in key}
            reference = next((attributes[key] for key in _RELATION_IDS if key in attributes), "")
            found.append((short, own | {"r:id": reference} if reference else own))

    made = parser()
    made.StartElementHandler = start
    if part:
        made.Parse(part, True)
    return found


def stretches(pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """A part cut behind the last ``end`` tag of each stretch, so that no element is torn; the rest comes last.

    Raises RefusedFile for an element without end.
    """
    held = b""
    for piece in pieces:
        held += piece
        cut = held.rfind(end) + len(end)
        if cut >= len(end):
            yield held[:cut]
            held = held[cut:]
        elif len(held) > MAX_HELD:
            raise too_large(end.decode())
    yield held


def too_large(end: str) -> RefusedFile:
    """The words for an element that doesn't end."""
    return RefusedFile("one {end} element of the workbook is far too large; save the sheet as CSV", end=end)


def plain(stretch: bytes, root: str = "") -> str:
    """A stretch as text, if it looks plain; the first one of a part is known by its ``root``. Raises NotPlainError."""
    try:
        text = stretch.decode()
    except UnicodeDecodeError as exc:
        raise NotPlainError from exc
    if root and (f"<{root}" not in text[:4096] or "\0" in text[:100] or "encoding=" in _declaration(text)):
        raise NotPlainError
    # a second default namespace makes names of an extension look like ours
    if "<!" in text or text.count("xmlns=") > bool(root):
        raise NotPlainError
    return text


def _declaration(text: str) -> str:
    top = text.removeprefix("\ufeff")
    declared = top[: top.find("?>")] if top.startswith("<?xml") else ""
    return "" if re.search(r"""encoding=["'](?:utf-8|us-ascii)["']""", declared, re.IGNORECASE) else declared


def element(name: str, rest: str) -> Element:
    """One element of plain XML: its name, and all that follows that, up to its end and beyond.

    Raises NotPlainError, also for a prefix that is declared further above.
    """
    tag = rest.partition(">")[0]
    inner, end, _ = rest.partition(f"</{name}>")
    if not end and not tag.endswith("/"):
        raise NotPlainError
    try:
        return XML(f"<{name}{tag}>" if tag.endswith("/") else f"<{name}{inner}{end}")
    except ParseError as exc:
        raise NotPlainError from exc


def escaped(text: str) -> str:
    """Text as plain XML has it."""
    return escape(text).replace("\r", "&#13;")


def rewritten(pieces: Iterable[bytes], kept: dict[str, tuple[str, ...]], fix: Callable[..., None]) -> Iterator[bytes]:
    """A part in plain form: the ``kept`` elements with those attributes in that order, the text of TEXTS escaped.

    ``fix`` may change an element's attributes (name, attributes) before they are written.
    """
    out: list[str] = []
    names = RootNames()
    texts = hints = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal texts, hints
        short = names.local(name)
        texts += short in TEXTS
        hints += short == _PHONETIC
        if short in kept and not hints:
            fix(short, attributes)
            shown = "".join(f" {key}={quoteattr(attributes[key])}" for key in kept[short] if key in attributes)
            out.append(f"<{short}{shown}>")

    def end(name: str) -> None:
        nonlocal texts, hints
        short = names.local(name)
        texts -= short in TEXTS
        if short in kept and not hints:
            out.append(f"</{short}>")
        hints -= short == _PHONETIC

    def characters(text: str) -> None:
        if texts and not hints:
            out.append(escaped(text))

    made = parser()
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = characters
    for piece in pieces:
        made.Parse(piece, False)
        yield "".join(out).encode()
        out.clear()
    made.Parse(b"", True)
    yield "".join(out).encode()


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


def ooxml_texts(texts: pa.Array) -> pa.Array:
    """``ooxml_text`` of each one of a large_string array."""
    places = pc.indices_nonzero(pc.match_substring_regex(texts, _ESCAPED))
    if not len(places):
        return texts
    found = pa.array([ooxml_text(text) for text in texts.take(places).to_pylist()], texts.type)
    mask = pc.is_in(pa.array(range(len(texts))), value_set=places.cast(pa.int64()))
    return pc.replace_with_mask(texts, mask, found)


def ooxml_text(text: str) -> str:
    """A string of an .xlsx as written in plain XML: XML escapes and Excel's own ``_x000D_`` ones undone."""
    return excel_text(unescaped(text))


def excel_text(text: str) -> str:
    """A string of an .xlsx with Excel's own escapes undone."""
    if "_x" in text:
        text = _OOXML_ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
        if _SURROGATE.search(text):
            # Excel escapes a character beyond 16 bits as its two halves; half of one is no character
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    return text
