"""Settings of a call from Python: what it was given, below that the environment and the user's own configuration.

The working folder's importer.toml is not read: a program runs wherever it was started.
"""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from types import UnionType
from typing import Any, Final, TypeAlias

from importer import settings as sources
from importer.errors import UsageError
from importer.messages.text import Text
from importer.settings import Settings
from importer.settings.wrong_values import canonical, nearest_of

GivenSettings: TypeAlias = "Settings | Mapping[str, Any] | None"

A_PATH: Final = Text("a path")
_OPTIONS: Final = Text("what importer.load gives, or a mapping of options to their values")


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
    refuse_other("options", options, Mapping | None, _OPTIONS)
    return sources.load(_options_of(options or {}), config=config, profile=profile, look_around=False)


def settings_of(
    given: GivenSettings, options: Mapping[str, Any], output: str | PathLike[str] | None = None
) -> Settings:
    """The settings given, with ``options`` and ``output`` over them. Raises UsageError as ``load``."""
    refuse_other("output", output, str | PathLike | None, A_PATH)
    refuse_other("settings", given, Settings | Mapping | None, _OPTIONS)
    more = {**_options_of(options), **({} if output is None else {"output": Path(output)})}
    if not isinstance(given, Settings):
        return load({**_options_of(given or {}), **more})
    return load({**{name: getattr(given, name) for name in given.model_fields_set}, **more}) if more else given


def refuse_other(argument: str, value: object, kinds: type | UnionType, wanted: str) -> None:
    """Refuse an argument that is of none of these kinds, before anything begins.

    Raises:
        UsageError: it says what is wanted.
    """
    if not isinstance(value, kinds):
        raise UsageError(
            "{argument} is {wanted}, and not {name}", argument=argument, wanted=wanted, name=type(value).__name__
        )


def _options_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options by their names; "-" is as good as "_"."""
    options = {canonical(str(name)): value for name, value in given.items()}
    for name in options.keys() - Settings.model_fields.keys():
        names = sorted(Settings.model_fields)
        nearest = nearest_of(name, {known: known for known in names})
        raise UsageError(
            "there is no option {name}{nearest}; there are {names}",
            name=name,
            nearest=nearest,
            names=", ".join(names),
        )
    return options
