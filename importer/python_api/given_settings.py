"""Settings of a call from Python: what it was given, below that the environment and the user's own configuration.

The working folder's importer.toml is not read: a program runs wherever it was started.
"""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from importer import settings as sources
from importer.settings import Settings

Given: TypeAlias = "Settings | Mapping[str, Any] | None"


def load(
    options: Mapping[str, Any] | None = None, *, config: Path | None = None, profile: Path | None = None
) -> Settings:
    """Settings for these calls: the options given, below them the environment and the files named.

    Args:
        options: Option → value, named as in the README with _ for -: ``{"concurrency": 16, "max_invalid": "5%"}``.
        config: A configuration file.
        profile: A profile.

    Raises:
        UsageError: an option, variable or file that cannot be used.
    """
    return sources.load(options or {}, config=config, profile=profile, look_around=False)


def settings_of(given: Given, options: Mapping[str, Any], output: str | PathLike[str] | None = None) -> Settings:
    """The settings given, with ``options`` and ``output`` over them.

    Raises:
        UsageError: as ``load``.
    """
    more = {**options, **({} if output is None else {"output": Path(output)})}
    if given is None or isinstance(given, Mapping):
        return load({**(given or {}), **more})
    return load({**{name: getattr(given, name) for name in given.model_fields_set}, **more}) if more else given
