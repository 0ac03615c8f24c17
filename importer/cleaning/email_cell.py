"""One e-mail cell that no pattern decides: the address in it, or why there is none and what was probably meant."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from importer.cleaning.characters import LONGEST_CELL, flat
from importer.cleaning.column import CellIssue, Repair
from importer.cleaning.plain_text import changed, left_out, refused
from importer.model import Severity
from schemas.blank_words import BLANK_WORDS
from schemas.email_addresses import is_address
from schemas.patterns import DEAD_ENDINGS

_LOOK_ALIKE: Final = str.maketrans("аеорсухіАВЕКМНОРСТХІ", "aeopcyxiABEKMHOPCTXI")
_SPLIT: Final = re.compile(r"\s*(?:[,;/|\n]|:::|\s(?=\S+@))\s*")
_NAMED: Final = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_NO_DOTS: Final = re.compile(r"[,;/ ]+")
_DOTS: Final = re.compile(r"\.{2,}")
_ATS: Final = re.compile(r"@+")
_AT_WORD: Final = re.compile(r"\s*[\[(]?\s*\b(?:at|собака)\b\s*[\])]?\s*")
_MISTYPED_AT: Final = re.compile(r'"|№')
_AROUND: Final = re.compile(r"\A(?:mailto:|e-?mail:|почта:|адрес:)\s*", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def read_email(text: str, field: str = "email") -> Repair:
    """What one cell holds."""
    if len(text.strip()) > LONGEST_CELL:
        return refused(text, f"{field}_format")
    nothing = left_out(text, field, BLANK_WORDS)
    if nothing is not None:
        return nothing
    address = _unwrap(text)
    dead = address.rpartition(".")[2] in DEAD_ENDINGS
    if is_address(address):
        if not dead:
            return Repair(address, changed(text, address, f"{field}_cleaned"))
        stem, _, ending = address.rpartition(".")
        meant = f"{stem}.{DEAD_ENDINGS[ending]}"
        return Repair(address, (CellIssue(f"{field}_dead_domain", Severity.ERROR, meant),))
    code, suggestion = _diagnose(address)
    return refused(text, f"{field}_{code}", suggestion)


def _unwrap(text: str) -> str:
    """The address without ``mailto:``, a display name, quotes and a final full stop; its domain in lower case."""
    shown = _AROUND.sub("", flat(text))
    named = _NAMED.fullmatch(shown.strip())
    address = named[1] if named else shown.lstrip("'\" ;,<").rstrip("'\" .;,>")
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _diagnose(address: str) -> tuple[str, str]:
    """Why it is no address, and what it probably should be ("" where nothing is likely)."""
    pieces = [piece for piece in _SPLIT.split(address) if piece]
    if len(pieces) > 1:
        addresses = [piece for piece in map(_unwrap, pieces) if is_address(piece)]
        if len(addresses) > 1:
            return "several", addresses[0]
    latin = address.translate(_LOOK_ALIKE)
    code = "letters" if not address.rpartition("@")[0].isascii() else "format"
    tried = {address}
    for one in _guesses(latin):
        if one not in tried and is_address(one):
            return code, one
        tried.add(one)
    return code, ""


def _guesses(address: str) -> Iterator[str]:
    """Likely intentions, most careful first."""
    local, _, domain = address.rpartition("@")
    yield address
    yield f"{local}@{_NO_DOTS.sub('.', domain)}"
    yield _DOTS.sub(".", _ATS.sub("@", address)).replace(".@", "@").replace("@.", "@").lstrip(".")
    spaceless = address.replace(" ", "")
    yield spaceless
    yield spaceless.replace(",", ".")
    yield _AT_WORD.sub("@", address)
    yield _MISTYPED_AT.sub("@", address)
