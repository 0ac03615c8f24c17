"""E-mail addresses: what surrounds them is taken off, what is wrong in them gets a suggestion.

Most cells are decided by patterns over the whole column; ``read_email`` looks at each of the others.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.characters import LONGEST_CELL, flat
from importer.cleaning.column import CellIssue, Column, Repair, Texts, fit, matches, where
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.plain_text import changed, left_out, refused
from importer.columns.arrow_text import Positions, joined
from importer.model import Severity
from schemas.blank_words import BLANK_WORDS
from schemas.email_addresses import ANY_CASE, SURELY_SHORT, is_address
from schemas.patterns import DEAD_ENDINGS, EMAIL

_ONE_AT: Final = r"\A(?P<local>[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+)@(?P<domain>[A-Za-z0-9.,;/ -]+)\z"
_ATS_AND_DOTS: Final = r"\A[A-Za-z0-9._%+@-]*@(?:[a-z0-9._%+-]*[a-z0-9_%+-])?\z"
_NO_AT: Final = r"\A[._-]*[A-Za-z0-9+][A-Za-z0-9._+-]*\z"
_SLIPS: Final = {
    "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmal.com": "gmail.com", "gamil.com": "gmail.com",
    "gnail.com": "gmail.com", "gmaill.com": "gmail.com", "gmail.ru": "gmail.com", "gmail.co": "gmail.com",
    "gmail.cm": "gmail.com", "gmail.kz": "gmail.com", "gmil.com": "gmail.com", "gmail.om": "gmail.com",
    "mial.ru": "mail.ru", "meil.ru": "mail.ru", "maill.ru": "mail.ru", "mail.ri": "mail.ru", "mail.ry": "mail.ru",
    "yandx.ru": "yandex.ru", "yadex.ru": "yandex.ru", "yandex.ry": "yandex.ru", "inbox.ri": "inbox.ru",
    "hotmial.com": "hotmail.com", "hotmai.com": "hotmail.com", "outlok.com": "outlook.com", "bk.ri": "bk.ru",
    "iclod.com": "icloud.com", "icloud.co": "icloud.com", "yahooo.com": "yahoo.com",
}  # fmt: skip
"""Domains that are nearly always a slip of the finger; they may exist, so they only earn a warning."""

_SLIPPED: Final = r"@(?:" + "|".join(domain.replace(".", r"\.") for domain in _SLIPS) + r")\z"
_DEAD: Final = r"\.(?:" + "|".join(DEAD_ENDINGS) + r")\z"

_LOOK_ALIKE: Final = str.maketrans("аеорсухіАВЕКМНОРСТХІ", "aeopcyxiABEKMHOPCTXI")
_SPLIT: Final = re.compile(r"\s*(?:[,;/|\n]|:::|\s(?=\S+@))\s*")
_NAMED: Final = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_NO_DOTS: Final = re.compile(r"[,;/ ]+")
_DOTS: Final = re.compile(r"\.{2,}")
_ATS: Final = re.compile(r"@+")
_AT_WORD: Final = re.compile(r"\s*[\[(]?\s*\b(?:at|собака)\b\s*[\])]?\s*")
_MISTYPED_AT: Final = re.compile(r'"|№')
_AROUND: Final = re.compile(r"\A(?:mailto:|e-?mail:|почта:|адрес:)\s*", re.IGNORECASE)


def clean_email(column: Column, field: str, _decisions: Decisions) -> None:
    """Addresses are tidied with a note; what is no address keeps its text, which fails the schema."""
    short = pc.less_equal(pc.binary_length(column.texts), SURELY_SHORT)
    clean = pc.and_(short, _are_fine(column.texts))
    odd = where(pc.invert(pc.or_(clean, pc.equal(column.texts, ""))))
    if len(odd):
        column.read_each(_repair_plain(column, odd, field), lambda text: read_email(text, field))
    column.read_each(where(matches(column.texts, _SLIPPED)), lambda text: _doubt(text, field))


def _repair_plain(column: Column, odd: Positions, field: str) -> Positions:
    """Decide the frequent cases by Arrow for the whole column; gives back the positions that are still to be read.

    Frequent are outer spaces, ``mailto:``, a domain in capitals, commas for dots in the domain, and no @ at all.
    (100,000 rows of phone, e-mail and name, where each e-mail is of these kinds and no two are alike: 3.7 s of CPU for
    the whole command without this, 2.4 s with it.)
    """
    texts = pc.utf8_trim(column.texts.take(pa.array(odd)), " ")
    bare = pc.replace_substring_regex(texts, r"\A(?i:mailto):", "")
    short = pc.less_equal(pc.binary_length(bare), SURELY_SHORT)
    parts = pc.extract_regex(bare, _ONE_AT)
    local, domain = (pc.fill_null(pc.struct_field(parts, name), "") for name in ("local", "domain"))
    at_once = pc.and_(short, pc.is_valid(parts))
    address = joined(local, "@", pc.utf8_lower(domain))
    good = np.asarray(pc.and_(at_once, _are_fine(address)))
    column.repaired(odd[good], address.filter(pa.array(good)), f"{field}_cleaned")
    meant = joined(local, "@", pc.replace_substring_regex(pc.utf8_lower(domain), "[,;/ ]+", "."))
    mended = ~good & np.asarray(pc.and_(at_once, _are_fine(meant)))
    blank = pc.is_in(pc.utf8_lower(bare), pa.array(sorted(BLANK_WORDS), pa.large_string()))
    without = np.asarray(pc.and_(short, pc.and_not(matches(bare, _NO_AT), blank)))
    column.put(odd[mended | without], texts.filter(pa.array(mended | without)))
    column.add_issue(odd[mended], f"{field}_format", Severity.ERROR, meant.filter(pa.array(mended)))
    column.add_issue(odd[without], f"{field}_format", Severity.ERROR)
    left = ~(good | mended | without)
    left[left] = ~_explain_ats(column, odd[left], texts.filter(pa.array(left)), field)
    unread: Positions = odd[left]
    return unread


def _explain_ats(column: Column, at: Positions, texts: Texts, field: str) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Say what is wrong with plain texts whose only fault can be in their @s and dots; gives back which ones they are.

    ``read_email`` says the same of them: of its guesses only the one that makes runs of @ and of dots one applies.
    (100,000 rows of phone, e-mail and name, where each e-mail is wrong in this way: 4.0 s of CPU for the whole command
    without this, 2.4 s with it.)
    """
    plain = pc.and_(pc.less_equal(pc.binary_length(texts), SURELY_SHORT), matches(texts, _ATS_AND_DOTS))
    other = pc.or_(pc.match_substring(texts, "xn--"), fit(texts, ANY_CASE))
    decided = np.asarray(pc.and_not(plain, other))
    mine = texts.filter(pa.array(decided))
    single = pc.replace_substring_regex(pc.replace_substring_regex(mine, "@+", "@"), r"\.{2,}", ".")
    closed = pc.replace_substring(pc.replace_substring(single, ".@", "@"), "@.", "@")
    meant = pc.utf8_ltrim(closed, ".")
    column.put(at[decided], mine)
    column.add_issue(at[decided], f"{field}_format", Severity.ERROR, pc.if_else(fit(meant, ANY_CASE), meant, ""))
    return decided


def _are_fine(texts: Texts) -> pa.BooleanArray:
    """Which texts need no second look: the pattern, and an ending that exists."""
    return pc.and_not(fit(texts, EMAIL), matches(texts, _DEAD))


def _doubt(text: str, field: str) -> Repair:
    local, _, domain = text.rpartition("@")
    return Repair(text, (CellIssue(f"{field}_doubtful", Severity.WARNING, f"{local}@{_SLIPS[domain]}"),))


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
