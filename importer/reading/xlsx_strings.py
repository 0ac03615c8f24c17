"""The texts that the cells of an .xlsx refer to by number."""

import re
from collections.abc import Iterator
from typing import Final

from importer.errors import RefusedFile
from importer.reading.limits import MAX_SHARED_STRINGS, MAX_SHARED_TEXT, MIB
from importer.reading.package import Package
from importer.reading.plain_xml import NotPlainError, ooxml_text, plain_text, rewritten, stretches

_RUN: Final = re.compile(r"<t(?: [^>]*)?>([^<]*)</t>")
_SIMPLE: Final = re.compile(r"<si><t(?: [^>]*)?>([^<]*)</t></si>")
_ESCAPED: Final = re.compile(r"[&\r]|_x")
_PHONETIC: Final = re.compile(r"<rPh[ >].*?</rPh>", re.DOTALL)
_KEPT: Final[dict[str, tuple[str, ...]]] = {"si": (), "t": (), "rPh": ()}


def shared_strings(package: Package, part: str) -> list[str]:
    """All strings, in order. Raises RefusedFile if they are too many."""
    if not part or part not in package:
        return []
    try:
        return _collected(plain_text(package.pieces(part), "sst"), package)
    except NotPlainError:
        return _collected(rewritten(package.pieces(part), _KEPT, lambda *_: None), package)


def _collected(text: Iterator[str], package: Package) -> list[str]:
    strings: list[str] = []
    size = 0
    for stretch in stretches(text, "</si>"):
        found = _items(stretch)
        strings += found
        size += sum(map(len, found))
        if len(strings) > MAX_SHARED_STRINGS or size > MAX_SHARED_TEXT:
            raise RefusedFile(
                f"{package.path.name} holds more text than is read from a workbook "
                f"({MAX_SHARED_STRINGS:,} strings, {MAX_SHARED_TEXT // MIB} MB); save the sheet as CSV"
            )
    return strings


def _items(stretch: str) -> list[str]:
    simple = _SIMPLE.findall(stretch)
    if len(simple) == stretch.count("<si>") + stretch.count("<si/>") + stretch.count("<si "):
        return [ooxml_text(text) for text in simple] if _ESCAPED.search(stretch) else simple
    return [runs(item) for item in stretch.replace("<si/>", "<si></si>").split("</si>")[:-1]]


def runs(item: str) -> str:
    """The text of a string item: its runs joined, without the phonetic hints."""
    if "<rPh" in item:
        item = _PHONETIC.sub("", item)
    found = _RUN.findall(item)
    return ooxml_text(found[0]) if len(found) == 1 else ooxml_text("".join(found))
