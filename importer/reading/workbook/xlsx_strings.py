"""The texts that the cells of an .xlsx refer to by number."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from importer.errors import RefusedFile
from importer.reading.limits import MAX_SHARED_STRINGS, MAX_SHARED_TEXT, MIB
from importer.reading.record_batch import TEXT
from importer.reading.workbook.plain_xml import NotPlainError, blocks, ooxml_text, plain, rewritten, stretches
from importer.reading.workbook.tags import Places, Tags, characters
from importer.reading.workbook.zip_package import ZipPackage
from schemas.letters import word

_BLOCK: Final = 4 * MIB
_RUN: Final = re.compile(r"<t(?: [^>]*)?>([^<]*)</t>")
_SIMPLE: Final = re.compile(r"<si><t(?: [^>]*)?>([^<]*)</t></si>")
_EMPTY: Final = re.compile(r"<si\s*/>")
_ESCAPED: Final = re.compile(r"[&\r]|_x")
_PHONETIC: Final = re.compile(r"<rPh[ >].*?</rPh>", re.DOTALL)
_ITEM, _ITEM_OPEN, _OPEN, _CLOSE = (word(text) for text in (b"<si", b"<si>", b"<si><t>", b"</t></si"))
_KEPT_SPACE: Final = tuple(word(b'<t xml:space="preserve">'[at : at + 8]) for at in (0, 8, 16))
_KEPT: Final[dict[str, tuple[str, ...]]] = {"si": (), "t": (), "rPh": ()}


class SharedStrings:
    """All strings in order: ``texts`` (large_string) for those who want many, an index for those who want one."""

    def __init__(self, texts: pa.Array) -> None:
        self.texts = texts
        self.ends: Places = np.frombuffer(texts.buffers()[1], np.int64)[: len(texts) + 1]
        """Offsets of the texts: bytes before each one, and of all."""

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self.texts):
            raise IndexError  # Arrow would count from the end, or overflow
        return str(self.texts[number].as_py())


def shared_strings(package: ZipPackage, part: str) -> SharedStrings:
    """All strings, in order. Raises RefusedFile if they are too many."""
    if not part or part not in package:
        return SharedStrings(pa.array([], TEXT))
    try:
        return _collected(_plain(package.pieces(part)), package)
    except NotPlainError:
        text = rewritten(package.pieces(part), _KEPT, lambda *_: None)
        return _collected((pa.array(_items(stretch), TEXT) for stretch in stretches(text, "</si>")), package)


def _plain(pieces: Iterable[bytes]) -> Iterator[pa.Array]:
    root = "sst"
    for block in blocks(pieces, b"</si>", lambda: _BLOCK):
        if root:
            plain(block, root)
        found = _at_once(block)
        yield pa.array(_items(plain(block)), TEXT) if found is None else found
        root = ""


def _at_once(block: bytes) -> pa.Array | None:
    """The strings of a block by looking at all its tags at once: the same as by ``_items``, or None."""
    tags = Tags(block)
    items = np.flatnonzero(tags.words(tags.starts, 3) == _ITEM)
    if not items.size or (tags.kinds == ord("!")).any() or not tags.is_text():
        return None
    if not np.isin(tags.kinds[: items[0]], list(b"?s")).all():
        return None
    begins = tags.starts[items]
    follows = np.append(begins[1:], tags.size)
    kept = (tags.words(begins + 4) == _KEPT_SPACE[0]) & (tags.words(begins + 12) == _KEPT_SPACE[1])
    kept &= tags.words(begins + 20) == _KEPT_SPACE[2]
    ends = tags.starts[items + 2]
    fine = (tags.words(begins, 7) == _OPEN) | (kept & (tags.words(begins, 4) == _ITEM_OPEN))
    fine &= (tags.words(ends) == _CLOSE) & (tags.letters[ends + 8] == ord(">")) & (ends + 9 == follows)
    starts = np.where(fine, begins + np.where(kept, 28, 7), begins)
    ends = np.where(fine, ends, begins)
    others = {}
    for place in np.flatnonzero(~fine):
        item = tags.slice(begins[place], follows[place])
        found = _items(item)
        closed = item.rstrip().endswith("/>")
        if len(found) != 1 or item.count("</si>") + closed != 1 or not (closed or item.rstrip().endswith("</si>")):
            return None
        others[place] = found[0]
    for place in tags.escaped(starts, ends):
        others[place] = ooxml_text(tags.slice(starts[place], ends[place]))
    wanted = np.arange(0, 2 * len(items), 2)
    wanted[list(others)] = 2 * len(items) + np.arange(len(others))
    texts = tags.texts(starts, ends)
    return (pa.concat_arrays([texts, pa.array(others.values(), TEXT)]) if others else texts).take(pa.array(wanted))


def _collected(parts: Iterable[pa.Array], package: ZipPackage) -> SharedStrings:
    arrays = [pa.array([], TEXT)]
    count = size = 0
    for part in parts:
        arrays.append(part)
        count += len(part)
        size += characters(part)
        if count > MAX_SHARED_STRINGS or size > MAX_SHARED_TEXT:
            raise RefusedFile(
                f"{package.path.name} holds more text than is read from a workbook "
                f"({MAX_SHARED_STRINGS:,} strings, {MAX_SHARED_TEXT // MIB} MB); save the sheet as CSV"
            )
    return SharedStrings(pa.concat_arrays(arrays))


def _items(stretch: str) -> list[str]:
    simple = _SIMPLE.findall(stretch)
    if len(simple) == stretch.count("<si"):
        return [ooxml_text(text) for text in simple] if _ESCAPED.search(stretch) else simple
    return [runs(item) for item in _EMPTY.sub("<si></si>", stretch).split("</si>")[:-1]]


def runs(item: str) -> str:
    """The text of a string item: its runs joined, without the phonetic hints."""
    if "<rPh" in item:
        item = _PHONETIC.sub("", item)
    found = _RUN.findall(item)
    return ooxml_text(found[0]) if len(found) == 1 else ooxml_text("".join(found))
