"""What is wrong with a key or a value of the settings, in words."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from importer.messages.library_messages import in_words
from importer.messages.text import Text, joined
from importer.settings.inbox_options import InboxSettings
from importer.settings.notify_options import NotifySettings
from importer.settings.options import Settings

_SECRET: Final = frozenset({"token", "token_command", "healthcheck", "values"})
"""Options whose values are not shown: secrets, and codes that may be people's names."""

_TABLES: Final[Mapping[str, type[BaseModel]]] = {"inbox": InboxSettings, "notify": NotifySettings}
"""Options that are tables with keys of their own."""

_LIST: Final = Text('write a list: ["one", "two"]')
_TABLE: Final = Text("write a table: a line with its name in brackets, then a line for each of its keys")
_PATH: Final = Text('write a path in quotation marks: "/path/to/it"')
_SHAPES: Final = {
    "tuple_type": _LIST,
    "list_type": _LIST,
    "model_type": _TABLE,
    "dict_type": _TABLE,
    "path_type": _PATH,
}
"""Kind of a fault, as pydantic calls it → how such a value is written in a file; its own words are Python's."""


def canonical(name: str) -> str:
    """The option that a key or a variable names."""
    name = name.replace("-", "_")
    if name.upper().startswith("FREEDOM_ID_"):
        name = name[len("FREEDOM_ID_") :].lower()
    return "json_output" if name in {"json", "IMPORTER_JSON"} else name


def nearest_of(name: str, known: Mapping[str, str]) -> str:
    """What was meant, as a question; ``known`` holds what is compared → what is shown."""
    # Only whoever mistyped a name waits for the library.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=70)
    meant = found[0] if found else _one_slip_from(name, known)
    return Text("; did you mean {name}?", name=known[meant]) if meant else ""


def _one_slip_from(name: str, known: Iterable[str]) -> str:
    """The name that is one slip of the fingers away, two letters in each other's place included; "" for none."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 (as above)

    return next((each for each in sorted(known) if OSA.distance(name, each) == 1), "")


def readable(error: ValidationError, origins: Mapping[str, str]) -> str:
    """What pydantic found, option by option; never the value of a secret or of a table of values.

    ``origins``: option → the file, variable or table that set it; one that is not there was a flag.
    """
    lines: list[str] = []
    for problem in error.errors(include_url=False, include_input=True):
        name = canonical(str(problem["loc"][0])) if problem["loc"] else ""
        hidden = name in _SECRET or (name == "notify" and "on" not in problem["loc"]) or problem["type"] == "missing"
        why = _why(problem)
        if where := origins.get(name):
            key = _path([name, *problem["loc"][1:]])
            value = json.dumps(problem["input"], ensure_ascii=False, default=str)
            if hidden:
                lines.append(Text("{where}: {key}: {why}", where=where, key=key, why=why))
            else:
                lines.append(Text("{where}: {key} = {value}: {why}", where=where, key=key, value=value, why=why))
        elif hidden:
            lines.append(Text("option {name}: {why}", name=_flag(name), why=why))
        else:
            lines.append(Text("option {name} {value}: {why}", name=_flag(name), value=repr(problem["input"]), why=why))
    return joined(lines, "; ")


def _flag(name: str) -> str:
    return name.replace("_", "-").removesuffix("-output")


def _path(parts: Iterable[int | str]) -> str:
    """A key as it is found in a file: the second ``[[inbox.source]]`` is ``inbox.source[2]``."""
    first, *others = parts
    shown = {"retention_days": "retention.days"}.get(str(first), shown_key(str(first)))
    return shown + "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in others)


def shown_key(name: str) -> str:
    """An option as a file's key names it: ``json_output`` is what the program calls ``json``."""
    return {"json_output": "json"}.get(name, name)


def unknown_key(table: str, key: str, known: Iterable[str]) -> str:
    """Say that a table has no such key.

    A key of its own that is one slip away comes first: ``url`` in ``[notify]`` is a mistyped ``urls``, and whoever
    wrote it above all tables would send everybody's data to where the messages were to go.
    """
    names = {name: name for name in known}
    if canonical(key) in Settings.model_fields and not _one_slip_from(key, names):
        return Text(
            "this is no key of [{table}] but an option of its own: write it above the first [table] of the file",
            table=table,
        )
    return Text(
        "unknown key of [{table}]{nearest}; known are {names}",
        table=table,
        nearest=nearest_of(key, names),
        names=", ".join(names),
    )


def _why(problem: Mapping[str, Any]) -> str:
    """What is wrong with a value, and what is allowed there."""
    told = problem.get("ctx", {}).get("error")  # a validator's own: its sentence may be a Text
    if isinstance(told, ValueError):
        why: str = told.args[0]
        return why
    kind = problem["type"]
    if kind == "extra_forbidden" and problem["loc"][0] in _TABLES:
        table = str(problem["loc"][0])
        return unknown_key(table, str(problem["loc"][-1]), _TABLES[table].model_fields)
    if kind in {"tuple_type", "list_type"} and problem["loc"][-1] in {"answers", "source"}:
        return Text("write a table for each: [[{name}]], then a line for each of its keys", name=_path(problem["loc"]))
    return _SHAPES.get(kind) or in_words(problem["msg"])
