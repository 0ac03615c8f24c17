"""The region of phones without a country code: one that libphonenumber has, though no phone of the file may need it."""

import re
from typing import Final

from importer.messages.text import Text

_DEFAULT: Final = "KZ"
_MEANT: Final = {"UK": "GB"}
"""What people write → the code that the country has."""


def known_region(value: str) -> str:
    """The code in capital letters.

    Raises:
        ValueError: No country has it; its sentence names the one that was meant, where that is certain.
    """
    region = value.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", region):
        raise ValueError(Text("expected a two-letter country code like KZ"))
    if region != _DEFAULT:
        # Loads for a tenth of a second, for whoever names another country.
        from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

        if region not in SUPPORTED_REGIONS:
            meant = Text("; did you mean {name}?", name=_MEANT[region]) if region in _MEANT else ""
            raise ValueError(Text("no country has this code{meant}", meant=meant))
    return region
