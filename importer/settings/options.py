"""Every option of the program in one frozen object: names, kinds, defaults; ``sources`` says where values come from.

A flag ``--max-invalid`` is the environment variable ``IMPORTER_MAX_INVALID`` and the key ``max_invalid`` (or
``max-invalid``) of ``importer.toml`` and of a profile. The five names that belong to the API start with FREEDOM_ID_.
"""

import os
import re
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_state_path
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from importer.errors import UsageError
from importer.messages.language import known_language, language_of_locale
from importer.messages.text import Text
from importer.settings.inbox_options import InboxSettings
from importer.settings.journal_address import JournalAddress
from importer.settings.notify_options import NotifySettings
from importer.settings.region_check import known_region
from importer.storage.home_path import expanded

DEFAULT_URL = "https://api.freedompay.kz"
DEFAULT_REFRESH_URL = "https://passport.freedompay.kz/api/v1/oauth/token"
USUAL_LATENCY = 0.1
"""Seconds that one answer is taken to need, in forecasts only."""

_YEAR = 365 * 86_400.0
_MOST = 1_000_000.0
"""Seconds, and requests per second: what is more (TOML knows inf) no clock of a system can wait for."""

_NUMBERS = (int, float, int | None, float | None)
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}

_SHARE = r"(?:[0-9]{1,2}(?:\.[0-9]+)?|100)%"
_ROWS_OR_SHARE = (rf"[0-9]+|{_SHARE}", Text("expected a number of rows like 50, or a share like 5%"))
_LIMITS = {
    "max_invalid": _ROWS_OR_SHARE,
    "max_changes": _ROWS_OR_SHARE,
    "max_shrink": (_SHARE, Text("expected a share like 20%")),
    "max_growth": (r"[0-9]{1,6}(?:\.[0-9]+)?%", Text("expected a share like 50%, or 300%")),
}
"""Option → the form of its limit, and what is expected where it has another one."""


def _allowed(limit: str, of: int) -> int:
    """A limit like 50 or 5%, as a number of so many; "" allows all."""
    if not limit:
        return of
    return int(of * float(limit[:-1]) / 100) if limit.endswith("%") else int(limit)


def _api(name: str) -> AliasChoices:
    return AliasChoices(name, f"FREEDOM_ID_{name.upper()}")


class Settings(BaseModel):
    """What a command was told; frozen. Durations are seconds, rates requests per second.

    Raises:
        UsageError: through ``load``, when a value cannot be used; the message names the option and the value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    url: str = Field(DEFAULT_URL, validation_alias=_api("url"))
    token: SecretStr | None = Field(None, validation_alias=_api("token"))
    token_file: Path | None = Field(None, validation_alias=_api("token_file"))
    token_command: str = Field("", validation_alias=_api("token_command"))
    refresh_url: str = Field(DEFAULT_REFRESH_URL, validation_alias=_api("refresh_url"))

    home: Path = Field(default_factory=lambda: user_state_path("freedom-id-importer", appauthor=False))
    journal: str = ""
    cluster: str = ""
    cluster_ca_file: Path | None = None
    cluster_cert_file: Path | None = None
    cluster_key_file: Path | None = None
    cluster_rows: int = Field(100_000, ge=1)
    storage: str = ""
    key_file: Path | None = None
    output: Path | None = None
    force: bool = False

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = Field(0, ge=0, le=999_999_999)
    map: tuple[str, ...] = ()
    full_name: str = ""
    region: str = "KZ"
    date_order: Literal["", "dmy", "mdy", "ymd"] = ""
    duplicates: Literal["first", "none"] = "first"
    max_invalid: str = ""
    min_rows: int = Field(0, ge=0)
    max_shrink: str = ""
    max_growth: str = ""
    columns: Literal["", "same"] = ""
    max_changes: str = ""
    source: str = ""
    optional: Literal["strict", "drop"] = "strict"
    values: dict[str, dict[str, str]] = {}
    update: bool = False
    accept_updates: bool = False
    accept_other_names: bool = False

    limit: int | None = Field(None, ge=1)
    concurrency: int = Field(32, ge=1, le=1024)
    rate: float | None = Field(None, gt=0, le=_MOST)
    attempts: int = Field(5, ge=1, le=100)
    timeout: float = Field(30.0, gt=0, le=_YEAR)
    outage_limit: float = Field(900.0, ge=0, le=_YEAR)
    retry_share: float = Field(0.2, gt=0, le=1)
    backoff: float = Field(0.5, gt=0, le=_YEAR)
    answers: tuple[dict[str, Any], ...] = ()

    inbox: InboxSettings = InboxSettings()
    notify: NotifySettings = NotifySettings()
    healthcheck: str = ""
    metrics: Path | None = None
    settle: float = Field(10.0, ge=0, le=_YEAR)
    marker: bool = False
    retention_days: int | None = Field(None, ge=1, le=36_500)

    language: Literal["", "en", "ru", "kk"] = ""
    sandbox: bool = False
    fresh: bool = False
    json_output: bool = Field(False, validation_alias=AliasChoices("json", "json_output", "IMPORTER_JSON"))
    log_format: Literal["text", "json"] = "text"
    log_file: Path | None = None
    show_values: bool = False
    verbose: int = Field(0, ge=0)
    quiet: bool = False

    @field_validator("*", mode="before")
    @classmethod
    def _no_number(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation in _NUMBERS:
            raise ValueError(Text("Input should be a valid number"))  # true would be 1: one day of retention, one row
        return value

    @field_validator("*")
    @classmethod
    def _of_home(cls, value: object) -> object:
        return expanded(value) if isinstance(value, Path) else value

    @field_validator("timeout", "outage_limit", "settle", mode="before")
    @classmethod
    def _duration(cls, value: object) -> object:
        if isinstance(value, str):
            match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smh]?)\s*", value)
            if not match:
                raise ValueError(Text("expected a duration like 900, 90s, 15m or 1h"))
            return float(match[1]) * _UNITS[match[2]]
        return value

    @field_validator("language", mode="before")
    @classmethod
    def _language(cls, value: object) -> object:
        if not isinstance(value, str) or not value.strip():
            return value
        if chosen := known_language(value):
            return chosen
        raise ValueError(Text("expected en (English), ru (Russian) or kk (Kazakh)"))

    @field_validator("map", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in re.split(r"[;\n]", value) if part.strip())
        return value

    @field_validator("region")
    @classmethod
    def _region(cls, value: str) -> str:
        return known_region(value)

    @field_validator(*_LIMITS)
    @classmethod
    def _limit(cls, value: str, told: ValidationInfo) -> str:
        pattern, wanted = _LIMITS[str(told.field_name)]
        if value and not re.fullmatch(pattern, value):
            raise ValueError(wanted)
        return value

    @field_validator("values", mode="before")
    @classmethod
    def _tables(cls, value: object) -> object:
        if value:
            # Loads the schema and the cleaners, for whoever has such tables.
            from importer.settings.value_table_check import check_tables  # noqa: PLC0415

            check_tables(value)
        return value

    @field_validator("answers")
    @classmethod
    def _rules(cls, value: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        if value:
            # Loads what speaks to the API, for whoever has such rules.
            from importer.freedom_id.configured_rules import read_rules  # noqa: PLC0415

            try:
                read_rules(value)
            except UsageError as exc:
                raise ValueError(exc.sentence) from exc
        return value

    @field_validator("max_invalid", "max_changes", "sheet", "delimiter", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str) -> str:
        names = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
        delimiter = names.get(value.lower(), value)
        if len(delimiter) > 1:
            raise ValueError(Text("expected one character, or tab, comma, semicolon, pipe"))
        return delimiter

    @property
    def journal_location(self) -> JournalAddress:
        """The journal's address: ``--journal``, or journal.db in the state folder."""
        address = self.journal or f"sqlite:///{(self.home / 'journal.db').absolute()}"
        return JournalAddress(address, self.home, self.key_file)

    @property
    def spoken_language(self) -> str:
        """The language that was told, else that of the environment's locale: en, ru or kk."""
        return self.language or language_of_locale(os.environ)

    @property
    def looks_back(self) -> bool:
        """Whether a gate compares the file with the last one of its source."""
        return bool(self.max_shrink or self.max_growth or self.columns)

    def invalid_allowed(self, rows: int) -> int:
        """How many invalid rows a file of ``rows`` rows may hold before it is refused."""
        return _allowed(self.max_invalid, rows)

    def changes_allowed(self, known: int) -> int:
        """How many of so many known people a file may change before it is refused."""
        return _allowed(self.max_changes, known)

    def forecast_seconds(self, requests: int) -> float:
        """About how long so many requests take: as fast as rate and concurrency let them, at USUAL_LATENCY each."""
        pace = self.concurrency / USUAL_LATENCY
        return requests / (min(pace, self.rate) if self.rate else pace)
