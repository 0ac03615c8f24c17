"""What is shown of a person's values where not everybody may see them."""

from typing import Final

IMPERSONAL: Final = frozenset({"gender", "country", "nationality"})
"""Fields whose values tell nobody apart: what is wrong with them is shown as it stands."""

MASK: Final = "•"

_LONGEST: Final = 60
"""Characters of a value that a summary shows."""

_DIGITS: Final = 5
"""So many digits make a phone, a date or an identifier that slipped into another column."""


def shown(field: str, value: str, *, plain: bool) -> str:
    """A value as a summary shows it: masked where it is a person's, of bounded length."""
    told = value if plain or _is_nobodys(field, value) else masked(value)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}… ({len(value):,} characters)"


def _is_nobodys(field: str, value: str) -> bool:
    """Whether a value is one that many have: of gender, country or nationality, unless it looks like something else."""
    return (
        field in IMPERSONAL and "@" not in value and len(value) <= _LONGEST and sum(map(str.isdigit, value)) < _DIGITS
    )


def masked(value: str) -> str:
    """A value of which only a few characters are shown: ``+7701•••••67``, ``А•••••``."""
    if value.startswith("+") and len(value) > 7:  # noqa: PLR2004 (a country and operator code, and two digits)
        return f"{value[:5]}{MASK * (len(value) - 7)}{value[-2:]}"
    return value[:1] + MASK * (len(value) - 1)
