"""One e-mail cell that no pattern decides: the address in it, or why there is none and what was probably meant."""

import re
from functools import lru_cache
from typing import Final

from importer.cleaning.folding import BLANK_WORDS, flat
from importer.cleaning.repair import Remark, Repair
from importer.cleaning.text import changed, left_out
from importer.model import Severity
from schemas.addresses import is_address
from schemas.rules import DEAD_ENDINGS

_LOOK_ALIKE: Final = str.maketrans("аеорсухіАВЕКМНОРСТХІ", "aeopcyxiABEKMHOPCTXI")
_SPLIT: Final = re.compile(r"\s*(?:[,;/|\n]|:::|\s(?=\S+@))\s*")
_NAMED: Final = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_AROUND: Final = re.compile(r"\A(?:mailto:|e-?mail:|почта:|адрес:)\s*", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def read_email(text: str, field: str = "email") -> Repair:
    """What one cell holds."""
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
        return Repair(address, (Remark(f"{field}_dead_domain", Severity.ERROR, meant),))
    code, suggestion = _diagnose(address)
    return Repair(text.strip(), (Remark(f"{field}_{code}", Severity.ERROR, suggestion),))


def _unwrap(text: str) -> str:
    """The address without ``mailto:``, a display name, quotes and a final full stop; its domain in lower case."""
    shown = _AROUND.sub("", flat(text))
    named = _NAMED.fullmatch(shown.strip())
    address = named[1] if named else shown.lstrip("'\" ;,<").rstrip("'\" .;,>")
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _diagnose(address: str) -> tuple[str, str]:
    """Why it is no address, and what it probably should be ("" where nothing is likely)."""
    pieces = [_unwrap(piece) for piece in _SPLIT.split(address) if piece]
    addresses = [piece for piece in pieces if is_address(piece)]
    if len(addresses) > 1:
        return "several", addresses[0]
    latin = address.translate(_LOOK_ALIKE)
    code = "letters" if not address.rpartition("@")[0].isascii() else "format"
    return code, next((one for one in _guesses(latin) if is_address(one)), "")


def _guesses(address: str) -> tuple[str, ...]:
    """Likely intentions, most careful first."""
    local, _, domain = address.rpartition("@")
    mended = f"{local}@{re.sub(r'[,;/ ]+', '.', domain)}"
    doubled = re.sub(r"\.{2,}", ".", re.sub(r"@+", "@", address)).replace(".@", "@").replace("@.", "@").lstrip(".")
    spaceless = address.replace(" ", "")
    shifted = re.sub(r"\s*[\[(]?\s*\b(?:at|собака)\b\s*[\])]?\s*", "@", address)
    typed_quote = re.sub(r'"|№', "@", address)
    return address, mended, doubled, spaceless, spaceless.replace(",", "."), shifted, typed_quote
