"""Every option of the program in one frozen object: flag > environment > profile > importer.toml > default.

A flag ``--max-invalid`` is the environment variable ``IMPORTER_MAX_INVALID`` and the key ``max_invalid`` (or
``max-invalid``) of ``importer.toml`` and of a profile. The four names that belong to the API start with FREEDOM_ID_.
Secrets come from the environment or from a file: no flag and no configuration file may hold one.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_state_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from importer.errors import UsageError

CONFIG_NAME = "importer.toml"
DEFAULT_URL = "https://api.freedompay.kz"
DEFAULT_REFRESH_URL = "https://passport.freedompay.kz/api/v1/oauth/token"
USUAL_LATENCY = 0.1
"""Seconds that one answer is taken to need, in forecasts only."""

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def _api(name: str) -> AliasChoices:
    return AliasChoices(name, f"FREEDOM_ID_{name.upper()}")


class Settings(BaseSettings):
    """What a command was told; frozen. Durations are seconds, rates requests per second.

    Raises:
        UsageError: through ``load``, when a value cannot be used; the message names the option and the value.
    """

    model_config = SettingsConfigDict(
        env_prefix="IMPORTER_", frozen=True, extra="forbid", populate_by_name=True, env_ignore_empty=True
    )

    url: str = Field(DEFAULT_URL, validation_alias=_api("url"))
    token: SecretStr | None = Field(None, validation_alias=_api("token"))
    token_file: Path | None = Field(None, validation_alias=_api("token_file"))
    refresh_url: str = Field(DEFAULT_REFRESH_URL, validation_alias=_api("refresh_url"))

    home: Path = Field(default_factory=lambda: user_state_path("freedom-id-importer", appauthor=False))
    journal: str = ""
    output: Path | None = None
    force: bool = False

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = Field(0, ge=0)
    map: Annotated[tuple[str, ...], NoDecode] = ()
    full_name: str = ""
    region: str = "KZ"
    date_order: Literal["", "dmy", "mdy"] = ""
    duplicates: Literal["first", "none"] = "first"
    max_invalid: str = ""

    limit: int | None = Field(None, ge=1)
    concurrency: int = Field(32, ge=1, le=1024)
    rate: float | None = Field(None, gt=0)
    attempts: int = Field(5, ge=1, le=100)
    timeout: float = Field(30.0, gt=0)
    outage_limit: float = Field(900.0, ge=0)
    retry_share: float = Field(0.2, gt=0, le=1)
    backoff: float = Field(0.5, gt=0)
    answers: tuple[dict[str, Any], ...] = ()

    sandbox: bool = False
    fresh: bool = False
    json_output: bool = Field(False, validation_alias=AliasChoices("json", "json_output", "IMPORTER_JSON"))
    show_values: bool = False
    verbose: int = Field(0, ge=0)
    quiet: bool = False

    @field_validator("timeout", "outage_limit", mode="before")
    @classmethod
    def _duration(cls, value: object) -> object:
        if isinstance(value, str):
            match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smh]?)\s*", value)
            if not match:
                raise ValueError("expected a duration like 900, 90s, 15m or 1h")
            return float(match[1]) * _UNITS[match[2]]
        return value

    @field_validator("map", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in re.split(r"[;\n]", value) if part.strip())
        return value

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        region = value.strip().upper()
        if not re.fullmatch(r"[A-Z]{2}", region):
            raise ValueError("expected a two-letter country code like KZ")
        return region

    @field_validator("max_invalid")
    @classmethod
    def _count_or_share(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-9]+|(?:[0-9]{1,2}(?:\.[0-9]+)?|100)%", value):
            raise ValueError("expected a number of rows like 50, or a share like 5%")
        return value

    @field_validator("max_invalid", "sheet", "delimiter", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str) -> str:
        names = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
        delimiter = names.get(value.lower(), value)
        if len(delimiter) > 1:
            raise ValueError("expected one character, or tab, comma, semicolon, pipe")
        return delimiter

    @property
    def journal_location(self) -> str:
        """The journal's address: ``--journal``, or journal.db in the state folder."""
        return self.journal or f"sqlite:///{(self.home / 'journal.db').absolute()}"

    def invalid_allowed(self, rows: int) -> int:
        """How many invalid rows a file of ``rows`` rows may hold before it is refused."""
        if not self.max_invalid:
            return rows
        if self.max_invalid.endswith("%"):
            return int(rows * float(self.max_invalid[:-1]) / 100)
        return int(self.max_invalid)

    def forecast_seconds(self, requests: int) -> float:
        """About how long so many requests take: as fast as rate and concurrency let them, at USUAL_LATENCY each."""
        pace = self.concurrency / USUAL_LATENCY
        return requests / (min(pace, self.rate) if self.rate else pace)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what was passed in: ``load`` decides the order of the sources."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load(flags: Mapping[str, Any], *, config: Path | None = None, profile: Path | None = None) -> Settings:
    """Settings from the four sources; ``flags`` holds only what was really given (no None).

    Raises:
        UsageError: a value, key or file that cannot be used.
    """
    try:
        environment = EnvSettingsSource(Settings)()
        merged = {
            **_from_config(config),
            **_from_file(profile or _path_from_environment("IMPORTER_PROFILE"), "profile"),
            **{_canonical(key): value for key, value in environment.items()},
            **flags,
        }
        return Settings(**merged)
    except ValidationError as exc:
        raise UsageError(_readable(exc)) from None


def _canonical(name: str) -> str:
    name = name.replace("-", "_")
    if name.upper().startswith("FREEDOM_ID_"):
        name = name[len("FREEDOM_ID_") :].lower()
    return "json_output" if name in {"json", "IMPORTER_JSON"} else name


def _path_from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "")
    return Path(value) if value else None


def _from_config(config: Path | None) -> dict[str, Any]:
    named = config or _path_from_environment("IMPORTER_CONFIG")
    if named is not None:
        return _from_file(named, "configuration")
    default = Path(CONFIG_NAME)
    return _from_file(default, "configuration") if default.is_file() else {}


def _from_file(path: Path | None, kind: str) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{kind} file {path}: cannot be read ({exc.strerror}); check its path") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{kind} file {path} is not valid TOML: {exc}") from exc
    values = {_canonical(key): value for key, value in content.items()}
    if "token" in values:
        raise UsageError(f"{kind} file {path} holds a token; put it into a file of its own and name it: token_file = …")
    for key in sorted(set(values) - set(Settings.model_fields)):
        raise UsageError(f"{kind} file {path}: unknown key {key!r}; known are {', '.join(_public_keys())}")
    return values


def _public_keys() -> list[str]:
    return sorted(key for key in Settings.model_fields if key != "token")


def _readable(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=True):
        name = _canonical(str(problem["loc"][0])) if problem["loc"] else ""
        secret = name == "token"
        value = "" if secret else f" {problem['input']!r}"
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"option {name.replace('_', '-').removesuffix('-output')}{value}: {message}")
    return "; ".join(lines)


__all__ = ["CONFIG_NAME", "DEFAULT_REFRESH_URL", "DEFAULT_URL", "USUAL_LATENCY", "Settings", "load"]
