r"""The value rules of the create-user body as RE2 patterns: what the schema enforces and the cleaner aims at.

Source: the API's table of the create-user call; the placeholder, trunk-prefix and top-level-domain rules are this
project's own, for values that keep the letter of the table and can't be right. RE2 (Arrow's engine) spells the
true end of text ``\z``; digits are ``[0-9]``, since ``\d`` and ``$`` would let foreign digits and newlines through.
"""

from typing import Final

PHONE: Final = r"\A\+[0-9]{10,15}\z"

PHONE_PLACEHOLDER: Final = r"\A\+[0-9]{1,4}(?:0{8,}|" + "|".join(f"{digit}{{10,}}" for digit in range(1, 10)) + r")\z"
"""One digit repeated in place of a number: +70000000000, +77777777777."""

PHONE_TRUNK_PREFIX: Final = r"\A\+(?:8[379][0-9]{9}|78[0-9]{10})\z"
"""The domestic prefix 8 behind a plus: +8 701 …, +7 8 701 …; under +83, +87, +89 no number has that length."""

EMAIL: Final = (
    r"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}\z"
)
"""What needs no library: an ASCII mailbox at a lower-case host name (lengths are judged apart)."""

DEAD_ENDINGS: Final = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "coom": "com", "cpm": "com", "vom": "com", "xom": "com",
    "ccom": "com", "rru": "ru", "ruu": "ru", "kzz": "kz", "nett": "net", "orgg": "org",
}  # fmt: skip
"""Endings of addresses that are no top-level domain and always a slip of the finger → what was meant."""

DATE: Final = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z"

COUNTRY: Final = r"\A[A-Z]{3}\z"

GENDERS: Final = ("M", "F")

DIGITS_LOST: Final = r"\A[+]?[0-9]+[.,][0-9]+[Ee][+]?[0-9]+\z"
"""A spreadsheet's short form of a long number, 7.70112E+10: its last digits are gone."""
