"""What an e-mail address is: a pattern for nearly all of them, the email-validator library for the rest."""

import re
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import rules

_SURELY_SHORT: Final = 64
"""An address of this many characters keeps every length limit of RFC 5321, whatever its parts."""

_PLAIN: Final = re.compile(rules.EMAIL.replace(r"\z", r"\Z").replace("[a-z", "[A-Za-z"))
_MIXED: Final = re.compile(r"[a-zA-Z].*[^\x00-\x7f]|[^\x00-\x7f].*[a-zA-Z]")
_DEAD_TAILS: Final = tuple(f".{ending}"[-4:] for ending in rules.DEAD_ENDINGS)
"""Four characters, so that no living ending is among them (three would make every .com a suspect of .ccom)."""


def are_addresses(texts: pa.LargeStringArray) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """One boolean per text: whether it is an address that can be written to, judged without the network.

    The local part is ASCII (the API's ``format: email`` promises no more); the domain may be international.
    """
    plain = pc.match_substring_regex(texts, rules.EMAIL)
    short = pc.less_equal(pc.binary_length(texts), _SURELY_SHORT)
    good = np.asarray(pc.and_(plain, short)).copy()
    for position in np.flatnonzero(~good):
        good[position] = is_address(texts[int(position)].as_py())
    return good


def is_address(text: str) -> bool:
    """Whether one text is an address: by the pattern for short ASCII, by the library for the rest."""
    if text.isascii() and "@xn--" not in text and ".xn--" not in text:
        if not _PLAIN.match(text):
            return False
        if len(text) <= _SURELY_SHORT:
            return True
    return _library_says_so(text)


def have_dead_domain(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which addresses end in something that is no top-level domain."""
    tails = pc.utf8_slice_codeunits(texts, -4)
    found = np.asarray(pc.is_in(tails, pa.array(_DEAD_TAILS, tails.type))).copy()
    for position in np.flatnonzero(found):
        text = texts[int(position)].as_py()
        found[position] = text.rpartition(".")[2] in rules.DEAD_ENDINGS and is_address(text)
    return pa.array(found)


@lru_cache(maxsize=1 << 14)
def _library_says_so(text: str) -> bool:
    """No DNS query, no mailbox outside ASCII.

    A domain label that mixes Latin and other letters is a typing slip or a forgery, though the library allows it.
    """
    local, _, domain = text.rpartition("@")
    if len(local) > _SURELY_SHORT or any(_MIXED.search(label) for label in domain.split(".")):
        return False
    # Most files never need it: its import is paid by the first odd address only.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
