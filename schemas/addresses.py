"""What an e-mail address is: a pattern for nearly all of them, the email-validator library for the rest."""

import re
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import rules

_MIXED = re.compile(r"[a-zA-Z].*[^\x00-\x7f]|[^\x00-\x7f].*[a-zA-Z]")
_SURELY_SHORT = 64
"""An address of this many characters keeps every length limit of RFC 5321, whatever its parts."""


def are_addresses(texts: pa.LargeStringArray) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """One boolean per text: whether it is an address that can be written to, judged without the network.

    The local part is ASCII (the API's ``format: email`` promises no more); the domain may be international.
    """
    plain = pc.and_(
        pc.match_substring_regex(texts, rules.EMAIL),
        pc.less_equal(pc.binary_length(texts), _SURELY_SHORT),
    )
    good = plain.to_numpy(zero_copy_only=False).copy()
    for position in np.flatnonzero(~good):
        good[position] = is_address(texts[int(position)].as_py())
    return good


@lru_cache(maxsize=1 << 14)
def is_address(text: str) -> bool:
    """Whether the library takes the text for an address (no DNS query, no mailbox outside ASCII).

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
