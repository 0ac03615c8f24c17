"""The words of the page in the language of whoever asks: the one place where sentences are looked up.

The English sentence is the key. Who brings catalogues puts them into ``CATALOGUES``.
"""

import gettext as gettext_catalogues
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

LANGUAGES: Final = {"ru": "Русский", "kk": "Қазақша", "en": "English"}
"""Code → its own name, as the switch shows them."""

CATALOGUES: Final[dict[str, gettext_catalogues.NullTranslations]] = {}
"""Language → its catalogue; none for English, and where there is none yet."""

_LANGUAGE: Final[ContextVar[str]] = ContextVar("language", default="en")
_ENGLISH: Final = gettext_catalogues.NullTranslations()
_THIN: Final = "\N{NARROW NO-BREAK SPACE}"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What is said in the block is said in this language."""
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def language() -> str:
    """The language that is spoken."""
    return _LANGUAGE.get()


def gettext(sentence: str) -> str:
    """A sentence in the language that is spoken; parameters stand in it as ``%(name)s``."""
    return CATALOGUES.get(language(), _ENGLISH).gettext(sentence)


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a sentence that a number asks for."""
    return CATALOGUES.get(language(), _ENGLISH).ngettext(one, many, count)


_ = gettext


def field(name: str) -> str:
    """What a field of Freedom ID is called on the page."""
    return {
        "phone": _("Phone"),
        "email": _("E-mail"),
        "firstname": _("First name"),
        "lastname": _("Last name"),
        "date_of_birth": _("Date of birth"),
        "identifier": _("Identifier (IIN)"),
        "country": _("Country"),
        "gender": _("Gender"),
        "nationality": _("Nationality"),
        "full_name": _("Full name"),
    }.get(name, name)


def number(value: int) -> str:
    """A number as the language writes it: 2,481 or 2 481."""
    return f"{value:,}" if language() == "en" else f"{value:,}".replace(",", _THIN)


def size(value: int) -> str:
    """A size in bytes, kilobytes or megabytes."""
    for unit, factor in (("MB", 1_000_000), ("KB", 1_000)):
        if value >= factor:
            return f"{value / factor:,.1f} {unit}"
    return f"{value} B"


def moment(at: float) -> str:
    """A time (seconds since 1970) on the server's clock."""
    pattern = "%d %b %Y, %H:%M" if language() == "en" else "%d.%m.%Y, %H:%M"
    return datetime.fromtimestamp(at, UTC).astimezone().strftime(pattern)


def clock(at: float) -> str:
    """The hour and minute of a time on the server's clock."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M")


def preferred(accepted: str) -> str:
    """The first language of an Accept-Language header that the page speaks."""
    wanted: list[tuple[float, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _semicolon, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1) + place / 1000, name.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((name for _, name in sorted(wanted) if name in LANGUAGES), "en")
