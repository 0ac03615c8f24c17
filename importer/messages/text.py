"""Sentences that are made in one place and shown in another, in whatever language the reader wants."""

import string
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, Final, Self

from importer.messages.language import ENGLISH, catalogue, language
from importer.messages.system_messages import SYSTEM_WORDS

THIN_SPACE: Final = "\u202f"
"""Between the thousands of a number in Russian and Kazakh; no line breaks there."""


class Text(str):
    """A sentence: as a ``str`` it is English, so that logs, JSON and tests need to know nothing of languages.

    ``Text("{rows:,} rows in {path}", rows=2481, path=path)``. Values may be Texts themselves. What shows it to a person
    asks ``spoken`` for it. Joined to others by ``+`` or in an f-string it becomes English for good: see ``joined``.
    """

    __slots__ = ("many", "message", "number", "values")

    message: str
    many: str
    number: int
    values: Mapping[str, Any]

    def __new__(cls, message: str, /, **values: Any) -> Self:
        """The sentence of a template, whose places ``values`` fill."""
        self = super().__new__(cls, _ENGLISH.vformat(message, (), values))
        self.message, self.many, self.number, self.values = message, "", 0, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """How it travels to another process."""
        return _made, (self.message, self.many, self.number, dict(self.values))

    def said_in(self, chosen: str) -> str:
        """The sentence in one of LANGUAGES."""
        if chosen == ENGLISH:
            return str(self)
        words = catalogue(chosen)
        template = words.ngettext(self.message, self.many, self.number) if self.many else words.gettext(self.message)
        return _Places(chosen).vformat(template, (), self.values)

    def as_record(self) -> dict[str, Any]:
        """The same for JSON: what ``text_of`` reads."""
        values = {name: as_record(value) for name, value in self.values.items()}
        counted = {"many": self.many, "count": self.number} if self.many else {}
        return {"text": self.message, **counted, "values": values}


def counted(one: str, many: str, count: int, /, **values: Any) -> Text:
    """A sentence with a number in it, at ``{count}``: each language has forms of its own for how many things there are.

    ``counted("{count:,} row", "{count:,} rows", rows)``.
    """
    return _made(one, many, count, {"count": count, **values})


def enumerated(one: str, many: str, numbers: Sequence[int], /, *, more: bool = False, **values: Any) -> Text:
    """A sentence with a list of numbers, at ``{numbers}``, and whether there are ``more``.

    ``enumerated("(row {numbers})", "(rows {numbers})", rows)``: 21 of them are several, in each language.
    """
    told = ", ".join(map(str, numbers)) + (" …" if more else "")
    return _made(one, many, 2 if more or len(numbers) > 1 else 1, {"numbers": told, **values})


def joined(parts: Iterable[str], between: str = " ") -> str:
    """Sentences one behind the other, blank ones left out."""
    given = [part for part in parts if part]
    return Text(between.join(f"{{p{at}}}" for at in range(len(given))), **{f"p{at}": p for at, p in enumerate(given)})


def either(parts: Iterable[str]) -> str:
    """Choices: ``a or b or c``."""
    return reduce(lambda one, other: Text("{one} or {other}", one=one, other=other), parts)


def spoken(text: object, chosen: str = "") -> str:
    """A sentence as a person reads it: in ``chosen``, or in the language of the context; other text as it is."""
    return text.said_in(chosen or language()) if isinstance(text, Text) else str(text)


def _made(message: str, many: str, count: int, values: Mapping[str, Any]) -> Text:
    text = Text(message if not many or count == 1 else many, **values)
    text.message, text.many, text.number = message, many, count
    return text


def number(value: float) -> str:
    """A number as the language of the context writes it: ``2,481``, ``2 481``."""
    return _Places(language()).format_field(value, ",")


def translated(message: str) -> str:
    """A template of the catalogue in the language of the context, its places not filled."""
    return catalogue(language()).gettext(message)


def as_record(value: object) -> object:
    """A value of a Text for JSON."""
    if isinstance(value, Text):
        return value.as_record()
    return value if isinstance(value, int | float) else str(value)


def text_of(record: object) -> str:
    """What ``as_record`` made of a text, whether of a Text or of any other."""
    if not isinstance(record, Mapping):
        return str(record)
    values = {name: text_of(one) if isinstance(one, Mapping) else one for name, one in record["values"].items()}
    return _made(record["text"], record.get("many", ""), record.get("count", 0), values)


class _Places(string.Formatter):
    """Fills the places of a template as a language writes numbers."""

    def __init__(self, chosen: str) -> None:
        self._language = chosen

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        return self.get_value(field_name, args, kwargs), field_name  # a name alone: no attribute of a value

    def get_value(self, key: int | str, _args: Any, kwargs: Mapping[str, Any]) -> Any:
        value = kwargs[str(key)]
        if isinstance(value, Text):
            return value.said_in(self._language)
        return catalogue(self._language).gettext(value) if isinstance(value, str) and value in SYSTEM_WORDS else value

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        if self._language == ENGLISH or not isinstance(value, int | float):
            return text
        whole, _, rest = text.partition(".")
        return whole.replace(",", THIN_SPACE) + ("," + rest if rest else "")


_ENGLISH: Final = _Places(ENGLISH)
