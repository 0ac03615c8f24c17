"""The texts that the cells of an .xlsx refer to by number."""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element

import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import RefusedFile
from importer.reading.limits import MAX_SHARED_STRINGS, MAX_SHARED_TEXT, MIB
from importer.reading.record_batch import TEXT
from importer.reading.sheets import characters
from importer.reading.workbook.plain_xml import (
    NotPlainError,
    element,
    escaped,
    ooxml_texts,
    plain,
    rewritten,
    stretches,
)
from importer.reading.zip_package import ZipPackage

RUNS: Final = r'(?:<t(?: xml:space="preserve")?>[^<]*</t>|<t/>)*'
"""A text in one piece, or in runs whose formats are left out."""
_ITEM: Final = rf"^(?: ?/>|>(?P<runs>{RUNS})</si>)"
_RUN_TAGS: Final = "</?t[^>]*>"
_KEPT: Final[dict[str, tuple[str, ...]]] = {"si": (), "t": ()}


def shared_strings(package: ZipPackage, part: str) -> pa.Array:
    """All strings in order (large_string). Raises RefusedFile if they are too many."""
    if not part or part not in package:
        return pa.array([], TEXT)
    try:
        return _collected(_items(package.pieces(part), "sst"), package)
    except NotPlainError:
        return _collected(_items(rewritten(package.pieces(part), _KEPT, lambda *_: None), ""), package)


def untagged(runs: pa.Array) -> pa.Array:
    """What the runs of texts (RUNS) say together, their escapes still in place."""
    return pc.replace_substring_regex(runs, _RUN_TAGS, "")


def item_runs(item: Element) -> str:
    """A string item as RUNS, without the phonetic hints."""
    return "".join(f"<t>{escaped(text.text or '')}</t>" for text in item.findall("t") or item.findall("r/t"))


def _items(pieces: Iterable[bytes], root: str) -> Iterator[pa.Array]:
    for stretch in stretches(pieces, b"</si>"):
        text = plain(stretch, root)
        root = ""
        items = pc.split_pattern(pa.array([text], TEXT), "<si").values[1:]
        runs = pc.extract_regex(items, _ITEM).flatten()[0]
        if runs.null_count:
            odd = [item_runs(element("si", item)) for item in items.filter(pc.is_null(runs)).to_pylist()]
            runs = pc.replace_with_mask(runs, pc.is_null(runs), pa.array(odd, TEXT))
        yield ooxml_texts(untagged(runs))


def _collected(parts: Iterable[pa.Array], package: ZipPackage) -> pa.Array:
    arrays = [pa.array([], TEXT)]
    count = size = 0
    for part in parts:
        arrays.append(part)
        count += len(part)
        size += characters(part)
        if count > MAX_SHARED_STRINGS or size > MAX_SHARED_TEXT:
            raise RefusedFile(
                "{name} holds more text than is read from a workbook ({max_shared_strings:,} strings, {most} "
                "MB); save the sheet as CSV",
                name=package.path.name,
                max_shared_strings=MAX_SHARED_STRINGS,
                most=MAX_SHARED_TEXT // MIB,
            )
    return pa.concat_arrays(arrays)
