"""Environment variables that set options."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pydantic import AliasChoices

from importer.errors import UsageError
from importer.messages.text import Text
from importer.settings.options import Settings
from importer.settings.wrong_values import nearest_of

_OWN_PREFIX: Final = "IMPORTER_"
_PREFIXES: Final = (_OWN_PREFIX, "FREEDOM_ID_")
"""The second is of the API, for which other programs have variables, too: only what is like one of ours is refused."""

_KUBERNETES: Final = re.compile(
    r"(IMPORTER|FREEDOM_ID)_([A-Z0-9_]+_)?"
    r"(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
"""What Kubernetes sets in every container beside a Service called importer, freedom-id or freedom-id-gateway."""

_VARIABLES: Final = {
    str(field.validation_alias.choices[-1])
    if isinstance(field.validation_alias, AliasChoices)
    else f"IMPORTER_{key.upper()}": key
    for key, field in Settings.model_fields.items()
}
"""Variable → option. Capital and small letters are one, as they are to Windows."""

_OWN: Final = {name for name in _VARIABLES if name.startswith(_OWN_PREFIX)} | {"IMPORTER_CONFIG", "IMPORTER_PROFILE"}

_TABLES: Final = frozenset({"answers", "inbox", "notify", "values"})
"""Options that are tables: JSON in a variable."""


class Layer(NamedTuple):
    """What one source of settings sets; ``where`` it says so, for a message."""

    where: str
    values: dict[str, Any]


def from_environment(environ: Mapping[str, str]) -> list[Layer]:
    """What variables set; an empty one sets nothing."""
    given = {name.upper(): value for name, value in environ.items() if value}
    return [
        Layer(
            Text("environment variable {name}", name=name),
            {key: _decoded(name, given[name]) if key in _TABLES else given[name]},
        )
        for name, key in _VARIABLES.items()
        if name in given
    ]


def _decoded(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise UsageError(
            "environment variable {name} is no JSON; tables are written there as JSON", name=name
        ) from None


def value_of(variable: str, environ: Mapping[str, str]) -> str:
    """The value of a variable, in whatever letters it is written; "" where there is none."""
    return next((value for name, value in environ.items() if name.upper() == variable and value), "")


def refuse_unknown_variables(environ: Iterable[str]) -> None:
    """Refuse a mistyped name.

    Raises:
        UsageError: a variable called like one of this program's, that is none; the message names the nearest, and one
            of the API's is refused only where there is a nearest.
    """
    known = {*_VARIABLES, *_OWN}
    meant = {_without_prefix(name): name for name in known}
    for name in sorted(environ):
        capital = name.upper()
        if not capital.startswith(_PREFIXES) or capital in known or _KUBERNETES.fullmatch(capital):
            continue
        bare, is_own = _without_prefix(capital), capital.startswith(_OWN_PREFIX)
        near = meant if is_own or bare in meant else {key: one for key, one in meant.items() if one not in _OWN}
        nearest = nearest_of(bare, near)
        if nearest or is_own:
            raise UsageError(
                "environment variable {name} is not known{nearest}; unset or correct it", name=name, nearest=nearest
            )


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
