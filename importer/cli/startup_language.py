"""The language of what is said before the settings are read, and where none are: help, wrong options, accounts."""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from importer.cli.command_facts import given_last
from importer.messages.language import known_language, language_of_locale

CONFIG_NAME: Final = "importer.toml"


def language_told(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """One of LANGUAGES: of ``--language``, IMPORTER_LANGUAGE, the profile, the configuration or the locale.

    Nothing of it is refused here: what is wrong with a file or a value, the settings say.
    """
    told = known_language(given_last(arguments, "--language") or environ.get("IMPORTER_LANGUAGE", ""))
    return told or next(filter(None, _of_files(arguments, environ)), "") or language_of_locale(environ)


def _of_files(arguments: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """The languages that the files name, in the order in which they count."""
    for kind in ("profile", "config"):
        if named := given_last(arguments, f"--{kind}") or environ.get(f"IMPORTER_{kind.upper()}", ""):
            yield _of_file(Path(os.path.expanduser(named)))  # noqa: PTH111 (as ``expanded``, whose package takes a while to load)
        elif kind == "config":
            yield _of_file(Path(CONFIG_NAME))
    from platformdirs import user_config_path  # noqa: PLC0415 (8 ms, for whoever has told it nowhere else)

    yield _of_file(user_config_path("freedom-id-importer", appauthor=False) / CONFIG_NAME)


def _of_file(path: Path) -> str:
    try:
        if path.is_fifo():  # it may be waited for, and would be empty for whoever reads it next
            return ""
        return known_language(str(tomllib.loads(path.read_text(encoding="utf-8-sig")).get("language", "")))
    except (OSError, ValueError):
        return ""
