"""Which language people are spoken to in: a value of the context, so that each request and each thread has its own.

English is what stands in the code and loads nothing; the catalogues of the others are read when first asked for.
"""

import gettext
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "ru", "kk")

LOCALE: Final = Path(__file__).parent / "locale"
"""``<language>/LC_MESSAGES/*.po``: gettext catalogues, read as they are, so that nothing has to be built.

``importer.po`` has the sentences of commands and files, ``help.po`` what ``--help`` says (apart, since it answers at
once), ``page.po`` those of the ops page.
"""

COMMANDS: Final = "importer"
HELP: Final = "help"
PAGE: Final = "page"

_LANGUAGE: Final = ContextVar("language", default=ENGLISH)


def language() -> str:
    """The language spoken here, one of LANGUAGES."""
    return _LANGUAGE.get()


def speak(chosen: str) -> None:
    """Speak a language from here on, in this context."""
    _LANGUAGE.set(chosen)


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Speak a language in the block."""
    before = _LANGUAGE.set(chosen)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


def known_language(text: str) -> str:
    """The language that a person or a locale names: ``ru``, ``RU``, ``ru-KZ``, ``ru_RU.UTF-8``; "" for any other."""
    found = re.match(r"[A-Za-z]{2}(?=$|[-_.@])", text.strip())
    return found[0].lower() if found and found[0].lower() in LANGUAGES else ""


def language_of_locale(environ: Mapping[str, str]) -> str:
    """The language of the environment's locale, as POSIX orders its variables; English where it is another one."""
    told = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return known_language(next(filter(None, told), "")) or ENGLISH


@cache
def catalogue(chosen: str, of: str = COMMANDS) -> gettext.NullTranslations:
    """The sentences of a language, ``of`` COMMANDS, HELP or the PAGE; of English none, they are their own."""
    if chosen == ENGLISH:
        return gettext.NullTranslations()
    # Only for whoever is not spoken to in English.
    from importer.messages.catalogue_file import PLURALS, Catalogue  # noqa: PLC0415 (as above)

    return Catalogue(LOCALE / chosen / "LC_MESSAGES" / f"{of}.po", PLURALS[chosen])
