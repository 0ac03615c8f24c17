"""What an e-mail address is: a pattern for nearly all of them, the email-validator library for the rest."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from schemas import patterns

if TYPE_CHECKING:
    import pandas as pd

SURELY_SHORT: Final = 64
"""An address of this many characters keeps every length limit of RFC 5321, whatever its parts."""

ANY_CASE: Final = patterns.EMAIL.replace("[a-z", "[A-Za-z")
"""``patterns.EMAIL`` before the domain is put into lower case."""

_PLAIN: Final = re.compile(ANY_CASE)
_MIXED: Final = re.compile(r"[a-zA-Z].*[^\x00-\x7f]|[^\x00-\x7f].*[a-zA-Z]")
_DEAD: Final = r".*@.*\.(?:" + "|".join(patterns.DEAD_ENDINGS) + ")"


def are_addresses(column: "pd.Series[str]") -> "pd.Series[bool]":
    """Which texts (str, no NA) are addresses that can be written to, told without the network; same index.

    The local part is ASCII (the API's ``format: email`` promises no more); the domain may be international.
    """
    formed = column.str.fullmatch(ANY_CASE)
    # Punycode fits the pattern whether or not it can be decoded.
    odd = column.str.contains("xn--", regex=False) | ~column.str.isascii()
    good = formed & ~odd & (column.str.len() <= SURELY_SHORT)
    others = column[(formed | odd) & ~good]
    good[others.index] = others.map({text: is_address(text) for text in others.unique()}).astype("bool")
    return good


def is_address(text: str) -> bool:
    """Whether one text is an address: by the pattern for short ASCII, by the library for the rest."""
    if text.isascii() and "@xn--" not in text and ".xn--" not in text:
        if not _PLAIN.fullmatch(text):
            return False
        if len(text) <= SURELY_SHORT:
            return True
    return _library_says_so(text)


def have_dead_domain(column: "pd.Series[str]") -> "pd.Series[bool]":
    """Which texts (str, no NA) are addresses that end in something that is no top-level domain; same index."""
    found = column.str.fullmatch(_DEAD)
    if found.any():
        found &= are_addresses(column.where(found, ""))
    return found


@lru_cache(maxsize=1 << 14)
def _library_says_so(text: str) -> bool:
    """No DNS query, no mailbox outside ASCII.

    A domain label that mixes Latin and other letters is a typing slip or a forgery, though the library allows it.
    """
    local, _, domain = text.rpartition("@")
    if len(local) > SURELY_SHORT or any(_MIXED.search(label) for label in domain.split(".")):
        return False
    # Most files never need it: its import is paid by the first odd address only.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
