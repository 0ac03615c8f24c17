"""A number that stands in an address or a form, which anybody can write."""

from typing import Final

_LONGEST: Final = 9


def number_parameter(text: str, otherwise: int) -> int:
    """The number, where a text is one of a few digits of ASCII; ``otherwise`` where it is something else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else otherwise


def asked_page(text: str) -> int:
    """The number of a page, from 1."""
    return max(1, number_parameter(text, 1))
