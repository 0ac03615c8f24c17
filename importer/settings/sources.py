"""Where settings come from: flag > environment > profile > configuration file > default.

What may stand in a file depends on who chose the file. One that a person named (``--config``, ``IMPORTER_CONFIG``,
``--profile``, ``IMPORTER_PROFILE``) or that lies in the person's own configuration folder may set everything but
secrets. One that merely lies in the working folder came, perhaps, with somebody else's data: it may say how files are
read, mapped, cleaned and checked, and nothing else; in particular no address to which a token would travel.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from platformdirs import user_config_path
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from importer.errors import UsageError
from importer.settings.options import Settings
from importer.settings.trust import refuse_foreign

CONFIG_NAME: Final = "importer.toml"

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
        "max_changes",
        "source",
        "optional",
        "values",
    ]
)
"""Keys that a file in the working folder may set: how the data beside it is read, and when it is refused."""

_KUBERNETES: Final = re.compile(
    r"IMPORTER_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
"""What Kubernetes sets in every container beside a Service called importer."""

_OTHER_VARIABLES: Final = frozenset({"IMPORTER_CONFIG", "IMPORTER_JSON", "IMPORTER_PROFILE"})


def load(
    flags: Mapping[str, Any], *, config: Path | None = None, profile: Path | None = None, look_around: bool = True
) -> Settings:
    """Settings from all sources; ``flags`` holds only what was really given (no None).

    Without ``look_around`` the working folder's configuration file is not read.

    Raises:
        UsageError: a value, key, variable or file that cannot be used.
    """
    _refuse_unknown_variables(os.environ)
    profile = profile or _path_from_environment("IMPORTER_PROFILE")
    try:
        environment = EnvSettingsSource(Settings)()
        merged = {
            **_from_config(config or _path_from_environment("IMPORTER_CONFIG"), look_around=look_around),
            **({"source": profile.stem} if profile else {}),
            **_from_named_file(profile, "profile"),
            **{_canonical(key): value for key, value in environment.items()},
            **flags,
        }
        return Settings(**merged)
    except ValidationError as exc:
        raise UsageError(_readable(exc)) from None
    except SettingsError as exc:  # a variable that holds a table, and is no JSON
        raise UsageError(f"environment: {exc}; tables are written there as JSON") from None


def _canonical(name: str) -> str:
    name = name.replace("-", "_")
    if name.upper().startswith("FREEDOM_ID_"):
        name = name[len("FREEDOM_ID_") :].lower()
    return "json_output" if name in {"json", "IMPORTER_JSON"} else name


def _path_from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "")
    return Path(value) if value else None


def _refuse_unknown_variables(environ: Iterable[str]) -> None:
    fields = Settings.model_fields.items()
    known = {f"IMPORTER_{key.upper()}" for key, field in fields if field.validation_alias is None} | _OTHER_VARIABLES
    meant = {name.removeprefix("IMPORTER_"): name for name in known}
    meant |= {
        key.upper(): f"FREEDOM_ID_{key.upper()}"
        for key in ("url", "token", "token_file", "token_command", "refresh_url")
    }
    for name in sorted(environ):
        if name.startswith("IMPORTER_") and name not in known and not _KUBERNETES.fullmatch(name):
            nearest = _nearest(name.removeprefix("IMPORTER_"), meant)
            raise UsageError(f"environment variable {name} is not known{nearest}; unset or correct it")


def _from_config(named: Path | None, *, look_around: bool) -> dict[str, Any]:
    """The person's own configuration, below it what was named or, if nothing was, what lies in the working folder."""
    own = user_config_path("freedom-id-importer", appauthor=False) / CONFIG_NAME
    values = _from_named_file(own if own.is_file() else None, "configuration")
    if named is not None:
        return {**values, **_from_named_file(named, "configuration")}
    found = Path(CONFIG_NAME)
    return {**values, **_from_found_file(found)} if look_around and found.is_file() else values


def _from_found_file(path: Path) -> dict[str, Any]:
    values = _read(path, "configuration")
    for key in sorted(set(values) - FROM_ANYWHERE):
        raise UsageError(
            f"configuration file {path.absolute()} was not named but found in the working folder, and so may not set "
            f"{key!r}: only how files are read and checked ({', '.join(sorted(FROM_ANYWHERE))}). Name the file "
            f"(--config {path}) if you trust it, or set {key} by a flag, the environment or your own "
            f"{user_config_path('freedom-id-importer', appauthor=False) / CONFIG_NAME}"
        )
    return values


def _from_named_file(path: Path | None, kind: str) -> dict[str, Any]:
    if path is None:
        return {}
    refuse_foreign(path, f"{kind} file")
    return _read(path, kind)


def _read(path: Path, kind: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{kind} file {path}: cannot be read ({exc.strerror}); check its path") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{kind} file {path} is not valid TOML: {exc}") from exc
    values = {_canonical(key): value for key, value in content.items()}
    if isinstance(retention := values.pop("retention", None), dict):
        values |= {f"retention_{_canonical(key)}": value for key, value in retention.items()}
    elif retention is not None:
        raise UsageError(f"{kind} file {path}: retention is a table: [retention] with days = 90")
    if "token" in values:
        raise UsageError(f"{kind} file {path} holds a token; put it into a file of its own and name it: token_file = …")
    known = set(Settings.model_fields) - {"token"}
    for key in sorted(set(values) - known):
        nearest = _nearest(key, {name: name for name in known})
        raise UsageError(f"{kind} file {path}: unknown key {key!r}{nearest}; known are {', '.join(sorted(known))}")
    return values


def _nearest(name: str, known: Mapping[str, str]) -> str:
    """What was meant, as a question; ``known`` holds what is compared → what is shown."""
    # Only whoever mistyped a name waits for the library.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=70)
    return f"; did you mean {known[found[0]]}?" if found else ""


def _readable(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=True):
        name = _canonical(str(problem["loc"][0])) if problem["loc"] else ""
        value = "" if name in {"token", "values"} else f" {problem['input']!r}"
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"option {name.replace('_', '-').removesuffix('-output')}{value}: {message}")
    return "; ".join(lines)
