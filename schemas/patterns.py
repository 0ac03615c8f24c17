r"""The value rules of the create-user body as patterns: ``user`` checks by them, the cleaners aim at them.

Source: the API's table of the create-user call; the placeholder and top-level-domain rules are this
project's own, for values that keep the letter of the table and can't be right. A pattern speaks of the whole text
(``str.fullmatch``, or between ``\A`` and ``\z``); digits are ``[0-9]``: ``\d`` and ``$`` would let the digits of
other scripts and a final line break through.
"""

from typing import Final

PHONE: Final = r"\+[0-9]{10,15}"

PHONE_PLACEHOLDER: Final = r"\+[0-9]{1,4}(?:0{8,}|" + "|".join(f"{digit}{{10,}}" for digit in range(1, 10)) + ")"
"""One digit repeated in place of a number: +70000000000, +77777777777."""

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

LONGEST: Final = {"firstname": 200, "lastname": 200, "identifier": 100, "nationality": 200}
"""Characters of a text, a limit of ours: the API tells none, and no person's is nearly as long."""

DIGITS_LOST: Final = r"[+]?[0-9]+[.,][0-9]+[Ee][+]?[0-9]+"
"""A spreadsheet's short form of a long number, 7.70112E+10: its last digits are gone.

The fraction tells: 7E10 may be an identifier. What is written just as a spreadsheet does it, 7E+10 too, is found when
the file is read (``importer/reading/damaged_cells.py``).
"""

_LETTER: Final = "A-Za-z\u00c0-\u024f\u0400-\u052f"

LATIN_FOR_CYRILLIC: Final = rf"(?:\A|[^{_LETTER}'’`-])[À-ÿ¨¸]{{3,}}(?:\z|[^{_LETTER}'’`])"
"""A word of three accented letters or more and no plain one: Cyrillic of code page 1251 shown in 1252 (RE2)."""

_SIGNS: Final = "€‰‹›¤¦§¬®±¶†‡™≤≥√"

DAMAGED: Final = (
    rf"\x{{fffd}}|\?\?|[{_LETTER}]\?|\?[{_LETTER}]"  # a program put a sign in place of letters that it had none for
    r"|[\x{80}-\x{84}\x{86}-\x{9f}\x{2500}-\x{259f}\p{Co}]"
    r"|[ÐÑÒÓ][\x{a1}-\x{bf}€‚ƒ„…†‡ˆ‰‹“”•–—˜™›]|Ã[\x{a1}-\x{bf}€‚ƒ„…†‡ˆ‰‹“”•–—˜™›]|ÃÂ|Â[\x{a1}-\x{bf}]"
    r"|[РСТУ][°±µ¶¤¦§®€‰‹›™†‡•…”“˜]|(?:[РСТУ][ЂЃѓЉЊЌЋЏђљњќћџЈјЅѕ°±µ·¤¦§©«»¬®†‡•…€‰‹›™“”„]){2}"
    rf"|[{_LETTER}][{_SIGNS}]+[{_LETTER}]"
    r"|[ÐÑÃÂØÙ][Ѐ-ԯ]|[Ѐ-ԯ][ÐÑÃÂØÙ]"
    rf"|{LATIN_FOR_CYRILLIC}|\A[À-ÿ]{{2}}\z"
)
"""Text that was read in the wrong encoding, or lost letters on the way (RE2): no name and no nationality holds it."""

NO_IDENTIFIER: Final = r"(?i:true|false|истина|ложь|yes|да)|[+-]?[0-9]+[.,][0-9]+|[-−][0-9]+"
"""What stands in a column that holds no identifiers: truth values, fractions, numbers below 0."""
