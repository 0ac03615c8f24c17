"""What an e-mail address is: a pattern for nearly all of them, the email-validator library for the rest."""

import re
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import rules
from schemas.letters import spelled
from schemas.suspects import among

_SURELY_SHORT: Final = 64
"""An address of this many characters keeps every length limit of RFC 5321, whatever its parts."""

ANY_CASE: Final = rules.EMAIL.replace("[a-z", "[A-Za-z")
"""``rules.EMAIL`` before the domain is put into lower case."""

_PLAIN: Final = re.compile(ANY_CASE.replace(r"\z", r"\Z"))
_PUNYCODE: Final = b"xn--"
_MIXED: Final = re.compile(r"[a-zA-Z].*[^\x00-\x7f]|[^\x00-\x7f].*[a-zA-Z]")
_DEAD_TAILS: Final = pa.array([f".{ending}"[-4:].encode() for ending in rules.DEAD_ENDINGS], pa.large_binary())
"""Four characters, so that no living ending is among them (three would make every .com a suspect of .ccom)."""


def are_addresses(texts: pa.LargeStringArray) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """One boolean per text: whether it is an address that can be written to, judged without the network.

    The local part is ASCII (the API's ``format: email`` promises no more); the domain may be international.
    """
    # Punycode fits the pattern whether or not it can be decoded.
    plain = pc.match_substring_regex(texts, rules.EMAIL)
    if _PUNYCODE in spelled(texts)[0].tobytes():
        plain = pc.and_not(plain, pc.match_substring(texts, "xn--"))
    short = pc.less_equal(pc.binary_length(texts), _SURELY_SHORT)
    good = np.asarray(pc.and_(plain, short)).copy()
    left = np.flatnonzero(~good)
    if len(left):
        others = texts.take(pa.array(left))
        open_ = np.flatnonzero(np.asarray(pc.invert(_surely_none(others))))
        good[left[open_]] = [is_address(text) for text in others.take(pa.array(open_)).to_pylist()]
    return good


def _surely_none(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Which texts ``is_address`` refuses by its pattern: those it would not give to the library."""
    ours = pc.and_not(pc.string_is_ascii(texts), pc.match_substring(texts, "xn--"))
    return pc.and_not(ours, pc.match_substring_regex(texts, ANY_CASE))


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
    suspects = pc.is_in(pc.binary_slice(texts.view(pa.large_binary()), -4), _DEAD_TAILS)
    return among(texts, suspects, lambda some: [_has_dead_domain(text) for text in some.to_pylist()])


def _has_dead_domain(text: str) -> bool:
    return text.rpartition(".")[2] in rules.DEAD_ENDINGS and is_address(text)


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
