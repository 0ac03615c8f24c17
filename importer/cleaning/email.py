"""E-mail addresses: what surrounds them is taken off, what is wrong in them gets a suggestion."""

import re
from functools import lru_cache
from typing import Final

import pyarrow.compute as pc

from importer.cleaning.folding import BLANK_WORDS, flat
from importer.cleaning.repair import Column, Remark, Repair, matches, where
from importer.cleaning.text import changed, left_out
from importer.model import Severity
from schemas.addresses import is_address
from schemas.rules import EMAIL, EMAIL_DEAD_DOMAIN

_LOOK_ALIKE: Final = str.maketrans("аеорсухіАВЕКМНОРСТХІ", "aeopcyxiABEKMHOPCTXI")
_SPLIT: Final = re.compile(r"\s*(?:[,;/|\n]|:::|\s(?=\S+@))\s*")
_NAMED: Final = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_AROUND: Final = re.compile(r"\A(?:mailto:|e-?mail:|почта:|адрес:)\s*", re.IGNORECASE)
_DEAD_DOMAIN: Final = re.compile(EMAIL_DEAD_DOMAIN.replace(r"\z", r"\Z"))
_ENDINGS: Final = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "coom": "com", "cpm": "com", "vom": "com", "xom": "com",
    "ccom": "com", "rru": "ru", "ruu": "ru", "kzz": "kz", "nett": "net", "orgg": "org",
}  # fmt: skip
_SLIPS: Final = {
    "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmal.com": "gmail.com", "gamil.com": "gmail.com",
    "gnail.com": "gmail.com", "gmaill.com": "gmail.com", "gmail.ru": "gmail.com", "gmail.co": "gmail.com",
    "gmail.cm": "gmail.com", "gmail.kz": "gmail.com", "gmil.com": "gmail.com", "mial.ru": "mail.ru",
    "meil.ru": "mail.ru", "mail.ri": "mail.ru", "maill.ru": "mail.ru", "yandex.com.ru": "yandex.ru",
    "yandx.ru": "yandex.ru", "yadex.ru": "yandex.ru", "yandex.ry": "yandex.ru", "hotmial.com": "hotmail.com",
    "hotmai.com": "hotmail.com", "outlok.com": "outlook.com", "iclod.com": "icloud.com", "icloud.co": "icloud.com",
    "mail.ry": "mail.ru", "inbox.ri": "inbox.ru", "yahooo.com": "yahoo.com", "bk.ri": "bk.ru", "gmail.om": "gmail.com",
}  # fmt: skip
"""Domains that are nearly always a slip of the finger; they may exist, so they only earn a warning."""

_SLIPPED: Final = r"@(?:" + "|".join(domain.replace(".", r"\.") for domain in _SLIPS) + r")\z"


def clean_email(column: Column, field: str) -> None:
    """Addresses are tidied with a note; what is no address keeps its text, which fails the schema."""
    clean = pc.and_not(matches(column.texts, EMAIL), matches(column.texts, EMAIL_DEAD_DOMAIN))
    column.read_each(where(pc.invert(pc.or_(clean, pc.equal(column.texts, "")))), lambda text: read_email(text, field))
    slipped = where(matches(column.texts, _SLIPPED))
    if len(slipped):
        column.read_each(slipped, lambda text: _doubt(text, field))


@lru_cache(maxsize=1 << 14)
def read_email(text: str, field: str = "email") -> Repair:
    """What one cell holds."""
    nothing = left_out(text, field, BLANK_WORDS)
    if nothing is not None:
        return nothing
    address = _unwrap(text)
    if is_address(address) and not _DEAD_DOMAIN.search(address):
        return Repair(address, changed(text, address, f"{field}_cleaned"))
    code, suggestion = _diagnose(address)
    if code == "dead_domain":
        return Repair(address, (Remark(f"{field}_{code}", Severity.ERROR, suggestion),))
    return Repair(text.strip(), (Remark(f"{field}_{code}", Severity.ERROR, suggestion),))


def _unwrap(text: str) -> str:
    """The address without ``mailto:``, a display name, quotes and a final full stop; its domain in lower case."""
    shown = _AROUND.sub("", flat(text)).lstrip("'\" ;,<").rstrip("'\" .;,>")
    named = _NAMED.fullmatch(_AROUND.sub("", flat(text)).strip())
    address = named[1] if named else shown
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _diagnose(address: str) -> tuple[str, str]:
    """Why it is no address, and what it probably should be ("" where nothing is likely)."""
    pieces = [piece for piece in _SPLIT.split(address) if piece]
    addresses = [_unwrap(piece) for piece in pieces if is_address(_unwrap(piece))]
    if len(addresses) > 1:
        return "several", addresses[0]
    if _DEAD_DOMAIN.search(address) and is_address(address):
        stem, _, ending = address.rpartition(".")
        return "dead_domain", f"{stem}.{_ENDINGS[ending]}"
    latin = address.translate(_LOOK_ALIKE)
    code = "letters" if not address.rpartition("@")[0].isascii() else "format"
    return code, next((one for one in _guesses(latin) if is_address(one)), "")


def _guesses(address: str) -> tuple[str, ...]:
    """Likely intentions, most careful first."""
    local, _, domain = address.rpartition("@")
    mended = f"{local}@{re.sub(r'[,;/ ]+', '.', domain)}"
    doubled = re.sub(r"\.{2,}", ".", re.sub(r"@+", "@", address)).replace(".@", "@").replace("@.", "@")
    spaceless = address.replace(" ", "")
    shifted = re.sub(r"\s*[\[(]?\s*(?:at|собака)\s*[\])]?\s*", "@", address)
    typed_quote = re.sub(r'"|№', "@", address)
    return address, mended, doubled, spaceless, spaceless.replace(",", "."), shifted, typed_quote


def _doubt(text: str, field: str) -> Repair:
    local, _, domain = text.rpartition("@")
    return Repair(text, (Remark(f"{field}_doubtful", Severity.WARNING, f"{local}@{_SLIPS[domain]}"),))
