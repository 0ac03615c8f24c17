"""Where settings come from: flag > environment > profile > configuration file > default.

What may stand in a file depends on who chose the file. One that a person named (``--config``, ``IMPORTER_CONFIG``,
``--profile``, ``IMPORTER_PROFILE``) or that lies in the person's own configuration folder may set everything but
secrets. One that merely lies in the working folder came, perhaps, with somebody else's data: it may say how files are
read, mapped, cleaned and checked, and nothing else; in particular no address to which a token would travel.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from platformdirs import user_config_path
from pydantic import AliasChoices, ValidationError

from importer.errors import UsageError
from importer.messages.text import Text
from importer.settings.inbox_options import ANY_FILE, InboxSource
from importer.settings.options import Settings
from importer.settings.trust import refuse_foreign
from importer.settings.wrong_values import canonical, nearest_of, readable

CONFIG_NAME: Final = "importer.toml"
_CONFIGURATION: Final = Text("configuration file")

FROM_ANYWHERE: Final = frozenset(
    [
        "sheet",
        "encoding",
        "delimiter",
        "header_row",
        "map",
        "full_name",
        "region",
        "date_order",
        "duplicates",
        "max_invalid",
        "min_rows",
        "max_shrink",
        "max_growth",
        "columns",
        "max_changes",
        "source",
        "optional",
        "values",
        "language",
    ]
)
"""Keys that a file in the working folder may set: how the data beside it is read, and when it is refused."""

_KUBERNETES: Final = re.compile(
    r"IMPORTER_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
"""What Kubernetes sets in every container beside a Service called importer."""

_VARIABLES: Final = {
    str(field.validation_alias.choices[-1])
    if isinstance(field.validation_alias, AliasChoices)
    else f"IMPORTER_{key.upper()}": key
    for key, field in Settings.model_fields.items()
}
"""Variable → option. Capital and small letters are one, as they are to Windows."""

_TABLES: Final = frozenset({"answers", "inbox", "notify", "values"})
"""Options that are tables: JSON in a variable."""


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
    _refuse_unknown_variables(os.environ)
    config = config or _path_from_environment("IMPORTER_CONFIG")
    profile = _profile_of(sender, config) or profile or _path_from_environment("IMPORTER_PROFILE")
    try:
        merged = {
            **_from_config(config, look_around=look_around),
            **({"source": profile.stem} if profile else {}),
            **_from_named_file(profile, Text("profile file")),
            **(_from_sender(sender) if sender else {}),
            **_from_environment(os.environ),
            **flags,
        }
        return Settings(**merged)
    except ValidationError as exc:
        raise UsageError(readable(exc)) from None


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
    return beside if beside.is_file() else sender.profile


def _from_sender(sender: InboxSource) -> dict[str, Any]:
    kind = f"[[inbox.source]] {sender.title}"
    values = _known({canonical(key): value for key, value in sender.options.items()}, kind)
    return values if sender.match == ANY_FILE and not sender.name else {**values, "source": sender.title}


def _path_from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "")
    return Path(value) if value else None


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """What variables set; an empty one sets nothing."""
    given = {name.upper(): value for name, value in environ.items() if value}
    return {
        key: _decoded(name, given[name]) if key in _TABLES else given[name]
        for name, key in _VARIABLES.items()
        if name in given
    }


def _decoded(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise UsageError(
            Text("environment variable {name} is no JSON; tables are written there as JSON", name=name)
        ) from None


def _refuse_unknown_variables(environ: Iterable[str]) -> None:
    known = {*_VARIABLES, "IMPORTER_CONFIG", "IMPORTER_PROFILE"}
    meant = {name.removeprefix("IMPORTER_").removeprefix("FREEDOM_ID_"): name for name in known}
    for name in sorted(environ):
        if name.startswith("IMPORTER_") and name not in known and not _KUBERNETES.fullmatch(name):
            nearest = nearest_of(name.removeprefix("IMPORTER_"), meant)
            raise UsageError(
                Text(
                    "environment variable {name} is not known{nearest}; unset or correct it", name=name, nearest=nearest
                )
            )


def _from_config(named: Path | None, *, look_around: bool) -> dict[str, Any]:
    """The person's own configuration, below it what was named or, if nothing was, what lies in the working folder."""
    own = user_config_path("freedom-id-importer", appauthor=False) / CONFIG_NAME
    values = _from_named_file(own if own.is_file() else None, _CONFIGURATION)
    if named is not None:
        return {**values, **_from_named_file(named, _CONFIGURATION)}
    found = Path(CONFIG_NAME)
    return {**values, **_from_found_file(found)} if look_around and found.is_file() else values


def _from_found_file(path: Path) -> dict[str, Any]:
    values = _read(path, _CONFIGURATION)
    for key in sorted(set(values) - FROM_ANYWHERE):
        raise UsageError(
            Text(
                "configuration file {found} was not named but found in the working folder, and so may "
                "not set {key}: only how files are read and checked ({names}). Name the file (--config "
                "{path}) if you trust it, or set {key} by a flag, the environment or your own {own}",
                found=path.absolute(),
                key=repr(key),
                names=", ".join(sorted(FROM_ANYWHERE)),
                path=path,
                own=user_config_path("freedom-id-importer", appauthor=False) / CONFIG_NAME,
            )
        )
    return values


def _from_named_file(path: Path | None, what: str) -> dict[str, Any]:
    if path is None:
        return {}
    refuse_foreign(path, what)
    return _read(path, what)


def _read(path: Path, what: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(
            Text(
                "{what} {path}: cannot be read ({strerror}); check its path",
                what=what,
                path=path,
                strerror=exc.strerror,
            )
        ) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(Text("{what} {path} is not valid TOML: {why}", what=what, path=path, why=exc)) from exc
    values = {canonical(key): value for key, value in content.items()}
    if isinstance(retention := values.pop("retention", None), dict):
        values |= {f"retention_{canonical(key)}": value for key, value in retention.items()}
    elif retention is not None:
        raise UsageError(Text("{what} {path}: retention is a table: [retention] with days = 90", what=what, path=path))
    return _known(values, Text("{what} {path}", what=what, path=path))


def _known(values: dict[str, Any], where: str) -> dict[str, Any]:
    """The values, if all of their keys may stand there."""
    if "token" in values:
        raise UsageError(
            Text("{where} holds a token; put it into a file of its own and name it: token_file = …", where=where)
        )
    known = set(Settings.model_fields) - {"token"}
    for key in sorted(set(values) - known):
        nearest = nearest_of(key, {name: name for name in known})
        raise UsageError(
            Text(
                "{where}: unknown key {key}{nearest}; known are {names}",
                where=where,
                key=repr(key),
                nearest=nearest,
                names=", ".join(sorted(known)),
            )
        )
    return values
