r"""The value rules of the create-user body as patterns: what the schema enforces and the cleaner aims at.

Source: the API's table of the create-user call; the placeholder, trunk-prefix and top-level-domain rules are this
project's own, for values that keep the letter of the table and can't be right. A pattern speaks of the whole text
(``str.fullmatch``, or between ``\A`` and ``\z``); digits are ``[0-9]``: ``\d`` and ``$`` would let the digits of
other scripts and a final line break through.
"""

from typing import Final

PHONE: Final = r"\+[0-9]{10,15}"

PHONE_PLACEHOLDER: Final = r"\+[0-9]{1,4}(?:0{8,}|" + "|".join(f"{digit}{{10,}}" for digit in range(1, 10)) + ")"
"""One digit repeated in place of a number: +70000000000, +77777777777."""

PHONE_TRUNK_PREFIX: Final = r"\+(?:8[379][0-9]{9}|78[0-9]{10})"
"""The domestic prefix 8 behind a plus: +8 701 …, +7 8 701 …; under +83, +87, +89 no number has that length."""

PHONE_ZERO_CODE: Final = r"\+0[0-9]*"
"""No country code begins with 0: +0 532 …, +00 44 …"""

EMAIL: Final = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}"
)
"""What needs no library: an ASCII mailbox at a lower-case host name (lengths are looked at apart)."""

DEAD_ENDINGS: Final = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "coom": "com", "cpm": "com", "vom": "com", "xom": "com",
    "ccom": "com", "rru": "ru", "ruu": "ru", "kzz": "kz", "nett": "net", "orgg": "org",
}  # fmt: skip
"""Endings of addresses that are no top-level domain and always a slip of the finger → what was meant."""

DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

COUNTRY: Final = r"[A-Z]{3}"

GENDERS: Final = ("M", "F")

DIGITS_LOST: Final = r"[+]?[0-9]+[.,][0-9]+[Ee][+]?[0-9]+"
"""A spreadsheet's short form of a long number, 7.70112E+10: its last digits are gone."""
