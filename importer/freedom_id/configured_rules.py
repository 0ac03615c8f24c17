"""A user's own classification rules, as importer.toml holds them.

``{status = 409, code = "100101", message = "regex", field = "phone", verdict = "taken"}``: every condition
that is given must hold. ``status`` is a number, a list of numbers or a class ("4xx"); ``message`` is searched
for in the API's words, without regard to case, by RE2 (as Arrow has it), whose time is bounded whatever the words are;
``field`` must be named by a field error.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from importer.errors import UsageError
from importer.freedom_id.answer import AnswerKind
from importer.freedom_id.answer_parsing import AnswerFacts
from importer.messages.text import Text

_KEYS: Final = ("status", "code", "message", "field", "verdict")
_KINDS: Final = tuple(kind.value for kind in AnswerKind if kind not in {AnswerKind.CREATED, AnswerKind.UPDATED})
_LATIN_ONLY: Final = re.compile(r"\\[bBwW]")
_MOST_PATTERN: Final = 1_000
"""Characters: RE2 needs time for each step of a pattern at each character, and one of 100,000 never gets ready."""

_STATUSES: Final = range(100, 600)
_STATUS_CLASS: Final = re.compile(r"[1-5]xx\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConfiguredRule:
    """One user rule, checked; a condition that is None isn't asked for."""

    kind: AnswerKind
    statuses: frozenset[int] | None = None
    code: str | None = None
    message: str | None = None
    field: str | None = None

    def applies(self, facts: AnswerFacts) -> bool:
        """Whether every given condition holds."""
        if self.statuses is not None and facts.status not in self.statuses:
            return False
        if self.code is not None and facts.code != self.code:
            return False
        if self.field is not None and all(field != self.field for field, _ in facts.field_errors):
            return False
        texts = (facts.message, *(text for _, text in facts.field_errors))
        return self.message is None or _is_found(self.message, texts)


def read_rules(raw: Sequence[Mapping[str, Any]]) -> tuple[ConfiguredRule, ...]:
    """Check the rules of the configuration; raises UsageError that names the rule and what is wrong."""
    return tuple(_read_rule(number, rule) for number, rule in enumerate(raw, start=1))


def _read_rule(number: int, raw: Mapping[str, Any]) -> ConfiguredRule:
    where = Text("classification rule {number}", number=number)
    if not isinstance(raw, Mapping):
        raise UsageError("{where}: expected a table with {names}", where=where, names=", ".join(_KEYS))
    unknown = sorted(set(raw) - set(_KEYS))
    if unknown:
        raise UsageError(
            "{where}: unknown key {key}; known are {names}",
            where=where,
            key=repr(unknown[0]),
            names=", ".join(_KEYS),
        )
    if raw.get("verdict") not in _KINDS:
        raise UsageError(
            "{where}: verdict {value} must be one of {names}",
            where=where,
            value=repr(raw.get("verdict")),
            names=", ".join(_KINDS),
        )
    if len(raw) == 1:
        raise UsageError("{where}: needs a condition: status, code, message or field", where=where)
    return ConfiguredRule(
        AnswerKind(raw["verdict"]),
        statuses=_statuses(where, raw["status"]) if "status" in raw else None,
        code=str(raw["code"]) if "code" in raw else None,
        message=_pattern(where, raw["message"]) if "message" in raw else None,
        field=str(raw["field"]) if "field" in raw else None,
    )


def _statuses(where: str, value: object) -> frozenset[int]:
    items = value if isinstance(value, list) else [value]
    statuses: set[int] = set()
    for item in items:
        if isinstance(item, str) and _STATUS_CLASS.match(item):
            statuses.update(range(int(item[0]) * 100, int(item[0]) * 100 + 100))
        elif isinstance(item, int | str) and str(item).isdecimal() and int(item) in _STATUSES:
            statuses.add(int(item))
        else:
            raise UsageError(
                '{where}: status {value} must be a number from 100 to 599, a list of them, or like "4xx"',
                where=where,
                value=repr(item),
            )
    return frozenset(statuses)


def _pattern(where: str, value: object) -> str:
    """A pattern that RE2 takes; where it would mean less than in Python's own language, it is refused."""
    pattern = str(value).replace("\\Z", "\\z")
    if len(pattern) > _MOST_PATTERN:
        raise UsageError("{where}: message is longer than {most:,} characters", where=where, most=_MOST_PATTERN)
    if not pattern.isascii() and (found := _LATIN_ONLY.search(pattern)):
        raise UsageError(
            "{where}: message: {sign} knows Latin letters only; write (^|\\s) for \\b and [\\pL\\pN_] for \\w",
            where=where,
            sign=found[0],
        )
    try:
        _is_found(pattern, ("",))
    except ValueError as exc:
        raise UsageError(
            "{where}: message {value} is not a regular expression that RE2 takes (no look-around, no "
            "back-references): {why}",
            where=where,
            value=repr(pattern),
            why=exc,
        ) from exc
    return pattern


def _is_found(pattern: str, texts: Sequence[str]) -> bool:
    import pyarrow as pa  # noqa: PLC0415 (only who has such a rule pays for it)
    import pyarrow.compute as pc  # noqa: PLC0415 (as above)

    return any(pc.match_substring_regex(pa.array(texts, pa.string()), pattern, ignore_case=True).to_pylist())
