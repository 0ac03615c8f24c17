"""Where settings come from: flag > environment > profile > configuration file > default.

What may stand in a file depends on who chose the file. One that a person named (``--config``, ``IMPORTER_CONFIG``,
``--profile``, ``IMPORTER_PROFILE``) or that lies in the person's own configuration folder may set everything but
secrets. One that merely lies in the working folder came, perhaps, with somebody else's data: it may say how files are
read, mapped, cleaned and checked, and nothing else; in particular no address to which a token would travel.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from platformdirs import user_config_path
from pydantic import ValidationError

from importer.errors import UsageError
from importer.messages.text import Text
from importer.model import CELL_OPTIONS, GATES, MEANING_OPTIONS
from importer.settings.inbox_options import ANY_FILE, InboxSource
from importer.settings.options import Settings
from importer.settings.variables import Layer, from_environment, refuse_unknown_variables, value_of
from importer.settings.wrong_values import canonical, nearest_of, readable, shown_key, unknown_key
from importer.storage.home_path import expanded
from importer.storage.trust import refuse_foreign

CONFIG_NAME: Final = "importer.toml"
_CONFIGURATION: Final = Text("configuration file")
_PROFILE: Final = Text("profile file")

FROM_ANYWHERE: Final = frozenset([*CELL_OPTIONS, *MEANING_OPTIONS, *GATES, "source", "optional", "values", "language"])
"""Keys that a file in the working folder may set: how the data beside it is read, and when it is refused."""


def load(
    flags: Mapping[str, Any],
    *,
    config: Path | None = None,
    profile: Path | None = None,
    look_around: bool = True,
    sender: InboxSource | None = None,
) -> Settings:
    """Settings from all sources; ``flags`` holds only what was really given (no None).

    Without ``look_around`` the working folder's configuration file is not read. With ``sender`` they are those for its
    files: its options stand above its profile, which is looked for beside the configuration file first.

    Raises:
        UsageError: a value, key, variable or file that cannot be used.
    """
    refuse_unknown_variables(os.environ)
    config = _named(config, "IMPORTER_CONFIG")
    profile = _profile_of(sender, config) or _named(profile, "IMPORTER_PROFILE")
    layers = _from_config(config, look_around=look_around)
    if profile is not None:
        layers += [Layer(_PROFILE, {"source": profile.stem}), _from_named_file(profile, _PROFILE)]
    if sender is not None:
        layers.append(_from_sender(sender, _origins(layers).get("inbox", _CONFIGURATION)))
    layers += from_environment(os.environ)
    origins = _origins(layers)
    try:
        made = Settings(**{key: value for layer in layers for key, value in layer.values.items()} | dict(flags))
    except ValidationError as exc:
        given = {key: where for key, where in origins.items() if key not in flags}
        raise UsageError(readable(exc, given)) from None
    for one in made.inbox.source:  # whatever the command, and not only the one that reads them
        _from_sender(one, origins.get("inbox", _CONFIGURATION))
    return made


def _origins(layers: Iterable[Layer]) -> dict[str, str]:
    """Option → where its value comes from."""
    return {key: layer.where for layer in layers for key in layer.values}


def load_senders(
    settings: Settings, flags: Mapping[str, Any], *, config: Path | None = None, profile: Path | None = None
) -> dict[str, Settings]:
    """The settings for the files of each sender of an inbox, by its ``match``, and of nobody's (ANY_FILE).

    Raises:
        UsageError: as ``load``; also where all files were to have one output.
    """
    found: dict[str, Settings] = {}
    for sender in (*settings.inbox.source, InboxSource(match=ANY_FILE)):
        found.setdefault(sender.match, load(flags, config=config, profile=profile, sender=sender))
    if any(own.output is not None for own in found.values()):
        raise UsageError(Text("output names one file, and an inbox has many: leave it out of its configuration"))
    return found


def _profile_of(sender: InboxSource | None, config: Path | None) -> Path | None:
    """A sender's profile; a scheduler's working folder is anywhere, so it is looked for beside the configuration."""
    if sender is None or sender.profile is None:
        return None
    beside = config.parent / sender.profile if config else sender.profile
    return beside if _is_there(beside) else sender.profile


def _from_sender(sender: InboxSource, where: str) -> Layer:
    kind = Text("{where}, [[inbox.source]] {title}", where=where, title=sender.title)
    values = _known({canonical(key): value for key, value in sender.options.items()}, kind, InboxSource.model_fields)
    if sender.match != ANY_FILE or sender.name:
        values["source"] = sender.title
    return Layer(kind, values)


def _named(given: Path | None, variable: str) -> Path | None:
    """The file that was given, or that a variable names."""
    named = given or value_of(variable, os.environ)
    return expanded(named) if named else None


def _from_config(named: Path | None, *, look_around: bool) -> list[Layer]:
    """The person's own configuration, below it what was named or, if nothing was, what lies in the working folder."""
    own, found = user_config_path("freedom-id-importer", appauthor=False) / CONFIG_NAME, Path(CONFIG_NAME)
    layers = [_from_named_file(own, _CONFIGURATION)] if _is_there(own) else []
    if named is not None:
        layers.append(_from_named_file(named, _CONFIGURATION))
    elif look_around and _is_there(found):
        layers.append(_from_found_file(found))
    return layers


def _is_there(path: Path) -> bool:
    """Whether it is a file; not in a folder that this user may not enter, such as the HOME that sudo kept."""
    return os.path.isfile(path)  # noqa: PTH113 (Path.is_file raises there, before Python 3.14)


def _from_found_file(path: Path) -> Layer:
    layer = _read(path.absolute(), _CONFIGURATION)
    for key in sorted(set(layer.values) - FROM_ANYWHERE):
        raise UsageError(
            "configuration file {found} was not named but found in the working folder, and so may "
            "not set {key}: only how files are read and checked ({names}). Name the file (--config "
            "{path}) if you trust it, or set {key} by a flag, the environment or your own {own}",
            found=path.absolute(),
            key=repr(key),
            names=", ".join(sorted(FROM_ANYWHERE)),
            path=path,
            own=user_config_path("freedom-id-importer", appauthor=False) / CONFIG_NAME,
        )
    return layer


def _from_named_file(path: Path, what: str) -> Layer:
    refuse_foreign(path, what)
    return _read(path, what)


def _read(path: Path, what: str) -> Layer:
    try:
        if path.is_fifo():  # and who reads it second sees none of its options
            raise UsageError("{what} {path} is a pipe, which gives its content once: name a file", what=what, path=path)
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad begins a file with a mark
    except OSError as exc:
        raise UsageError(
            "{what} {path}: cannot be read ({strerror}); check its path",
            what=what,
            path=path,
            strerror=exc.strerror,
        ) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError("{what} {path} is not valid TOML: {why}", what=what, path=path, why=exc) from exc
    values = {canonical(key): value for key, value in content.items()}
    where = Text("{what} {path}", what=what, path=path)
    if isinstance(retention := values.pop("retention", None), dict):
        for key in sorted(set(retention) - {"days"}):
            why = unknown_key("retention", key, ["days"])
            raise UsageError(
                "{where}: {key} = {value}: {why}",
                where=where,
                key=f"retention.{key}",
                value=retention[key],
                why=why,
            )
        values |= {f"retention_{canonical(key)}": value for key, value in retention.items()}
    elif retention is not None:
        raise UsageError("{what} {path}: retention is a table: [retention] with days = 90", what=what, path=path)
    return Layer(where, _known(values, where))


def _known(values: dict[str, Any], where: str, beside: Iterable[str] = ()) -> dict[str, Any]:
    """The values, if all of their keys may stand there; ``beside``: keys of the same table that are no options."""
    if "token" in values:
        raise UsageError(
            "{where} holds a token; put it into a file of its own and name it: token_file = …", where=where
        )
    known = set(Settings.model_fields) - {"token"}
    shown = {shown_key(name) for name in known} | set(beside)
    for key in sorted(set(values) - known):
        nearest = nearest_of(key, {name: name for name in shown})
        raise UsageError(
            "{where}: unknown key {key}{nearest}; known are {names}",
            where=where,
            key=repr(key),
            nearest=nearest,
            names=", ".join(sorted(shown)),
        )
    return values
