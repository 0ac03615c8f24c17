"""How the parts of an .xlsx are found: by the relations between them, wherever they lie in the package.

Source of the format: ECMA-376 part 2, 9.3 (relationships), and part 1, 12.3 (the parts of a workbook).
"""

import posixpath
import re
from typing import Final
from urllib.parse import unquote

from importer.reading.workbook.plain_xml import RELATION_TYPES, elements
from importer.reading.zip_package import ZipPackage

_CONTENT_TYPES: Final = "[Content_Types].xml"
_MAIN_TYPE: Final = re.compile(
    rb"(?:spreadsheetml\.(?:sheet|template)|ms-excel\.(?:sheet|template)\.macroEnabled)\.main\+"
)


def holds_workbook(package: ZipPackage) -> bool:
    """Whether a package says that its main part is a workbook, or keeps one where most programs do."""
    if _CONTENT_TYPES not in package:
        return False
    return "xl/workbook.xml" in package or _MAIN_TYPE.search(package.small(_CONTENT_TYPES)) is not None


def main_part(package: ZipPackage) -> str:
    """The name of the workbook's own part. Raises what ``plain_xml.BROKEN`` lists."""
    targets = relations(package, "", "_rels/.rels").values()
    return next((part for kind, part in targets if kind == "officeDocument"), "xl/workbook.xml")


def relations_of(package: ZipPackage, part: str) -> dict[str, tuple[str, str]]:
    """The relations of a part: id → (kind, name of the other part). Raises what ``plain_xml.BROKEN`` lists."""
    folder = posixpath.dirname(part)
    return relations(package, folder, f"{folder}/_rels/{posixpath.basename(part)}.rels")


def relations(package: ZipPackage, folder: str, part: str) -> dict[str, tuple[str, str]]:
    """What a part of relations says of the parts in a folder; kinds of other standards are ""."""
    found = {}
    for name, attributes in elements(package.small(part)):
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "").replace("\\", "/")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            path = path.lstrip("/")
            namespace, _, kind = attributes.get("Type", "").rpartition("/")
            known = kind if namespace in RELATION_TYPES else ""
            found[attributes.get("Id", "")] = (known, path if path in package else unquote(path))
    return found
