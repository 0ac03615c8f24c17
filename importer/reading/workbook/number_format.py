"""Excel's number formats: which section shows a number, and whether it makes a date of it or dresses its digits.

Source: ECMA-376 part 1, 18.8.30 and 18.8.31 (number formats). Thousands separators, decimals, currency and percent
only dress a number: there the digits are what counts, and they are kept bare. What a mask adds to the digits of a
whole number (leading zeros, a fixed +7, brackets and dashes of a phone) is part of what a person sees.

Held against what LibreOffice shows (60 formats x 11 numbers): this agrees on every mask over whole numbers, but that
LibreOffice drops an unquoted 7 where Excel shows it. Of the libraries there are, xlfmt 0.1.0 differs in 98 cells and
raises in 4, ssf 0.2.2 does not start with a current Babel; and both draw what must stay bare.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Final, Self

_BUILTIN_DATES: Final = frozenset({*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)})
_BUILTIN_TIMES: Final = frozenset({*range(18, 22), *range(32, 36), 45, 47})
_BUILTIN_ELAPSED: Final = frozenset({46})
_TOKEN: Final = re.compile(
    r"""(?P<literal>"[^"]*"?|\\.)|(?P<space>_.|\*.)|(?P<elapsed>\[(?:h+|m+|s+)\])|(?P<bracket>\[[^\]]*\])"""
    r"""|(?P<general>General)|(?P<clock>AM/PM|A/P)|(?P<scale>E[+-]|[.,%/$€₸₽])|(?P<digit>[0#?])|(?P<date>[dmyhsgbe]+)"""
    r"""|(?P<text>@)|(?P<end>;)|(?P<sign>.)""",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)\]")
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_NO_MASK: Final = frozenset({"scale", "date", "clock", "elapsed", "text"})
_FRACTION_OF_SECONDS: Final = re.compile(r"s[.,]0+", re.IGNORECASE)


class Shows(Enum):
    """What a section makes of a number."""

    DIGITS = "digits"
    MASK = "mask"
    DATE = "date"
    TIME = "time"
    ELAPSED = "elapsed"


@dataclass(frozen=True)
class Section:
    """One part of a format, up to a semicolon.

    Attributes:
        tokens: (kind, text): kind is the name of a group of ``_TOKEN``.
        condition: When it is used, as written: operator and number; None where the order of the sections says it.
    """

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None = None

    def holds(self, number: float) -> bool:
        """Whether the condition is met."""
        return self.condition is not None and _COMPARE[self.condition[0]](number, self.condition[1])

    @cached_property
    def shows(self) -> Shows:
        """What it makes of a number."""
        kinds = {kind for kind, _ in self.tokens}
        dates = "".join(text for kind, text in self.tokens if kind in {"date", "clock"}).lower()
        if "elapsed" in kinds:
            return Shows.ELAPSED
        if ("date" in kinds or "clock" in kinds) and not self._digits_beside():
            day = re.search(r"[dyge]", dates) or not re.search(r"[hs]", dates)
            return Shows.DATE if day else Shows.TIME
        if kinds & _NO_MASK or any(kind == "bracket" and _currency(text) for kind, text in self.tokens):
            return Shows.DIGITS
        placeholders = [text for kind, text in self.tokens if kind in {"digit", "general"}]
        bare = len(placeholders) == 1 and placeholders[0] != "?" and not kinds & {"literal", "sign"}
        return Shows.MASK if placeholders and not bare else Shows.DIGITS

    def _digits_beside(self) -> bool:
        text = "".join(text for kind, text in self.tokens if kind in {"digit", "scale", "date"})
        return bool(re.search("[0#?]", _FRACTION_OF_SECONDS.sub("s", text)))

    @cached_property
    def _zeros(self) -> int:
        """How many zeros the mask is, if it is nothing else: an identifier differs in every row."""
        return len(self.tokens) if all(token == ("digit", "0") for token in self.tokens) else 0

    def masked(self, digits: str) -> str:
        """The digits of a whole number through the mask.

        123456 by ``000000000000`` gives 000000123456; 7011234567 by ``"+7"0`` gives +77011234567.
        """
        if self._zeros:
            return digits.zfill(self._zeros)
        first = next(place for place, (kind, _) in enumerate(self.tokens) if kind in {"digit", "general"})
        left, written = list(digits), []
        for place in range(len(self.tokens) - 1, -1, -1):
            kind, text = self.tokens[place]
            if place == first:
                written.append("".join(left) or text.replace("#", "").replace("?", ""))
            elif kind == "digit" and (left or text == "0"):
                written.append(left.pop() if left else "0")
            elif kind == "literal":
                written.append(text[1:].removesuffix('"') if text.startswith('"') else text[1:])
            elif kind == "sign":
                written.append(text)
        return "".join(reversed(written)).strip()


def _currency(bracket: str) -> bool:
    """Whether ``[$₸-43F]`` names a currency; ``[$-43F]`` is a language only."""
    return bracket.startswith("[$") and not bracket.startswith("[$-")


@dataclass(frozen=True)
class NumberFormat:
    """A whole format; ``sections`` is empty for General, whose numbers are shown as they are."""

    sections: tuple[Section, ...] = ()

    @classmethod
    def of(cls, number: int, code: str) -> Self:
        """The format of an id (ECMA-376 names those below 164) and a code, "" where the file has none."""
        return cls(_sections(code or _builtin(number)))

    @cached_property
    def bare(self) -> bool:
        """Whether all numbers are shown by their digits alone."""
        return all(section.shows is Shows.DIGITS for section in self.sections)

    def section(self, number: float) -> Section | None:
        """The section that shows a number; None where its digits stand as they are."""
        numeric = self.sections[:3]
        if any(section.condition for section in numeric):
            found = next((section for section in numeric if section.holds(number)), None)
            return found or next((section for section in reversed(numeric) if not section.condition), None)
        if not numeric:
            return None
        if number < 0:
            return numeric[1] if len(numeric) > 1 else numeric[0]
        return numeric[2] if number == 0 and len(numeric) > 2 else numeric[0]  # noqa: PLR2004 (plus; minus; zero)


GENERAL: Final = NumberFormat()


def _builtin(number: int) -> str:
    if number in _BUILTIN_ELAPSED:
        return "[h]:mm:ss"
    return "yyyy-mm-dd" if number in _BUILTIN_DATES else "hh:mm:ss" if number in _BUILTIN_TIMES else ""


@lru_cache(maxsize=4096)
def _sections(code: str) -> tuple[Section, ...]:
    if code.lower() in {"", "general", "@"}:
        return ()
    found: list[Section] = []
    tokens: list[tuple[str, str]] = []
    condition = None
    for match in _TOKEN.finditer(f"{code};"):
        kind, text = str(match.lastgroup), match.group()
        if kind == "end":
            found.append(Section(tuple(tokens), condition))
            tokens, condition = [], None
        elif kind == "bracket" and (told := _CONDITION.fullmatch(text)):
            condition = (told.group(1), float(told.group(2)))
        else:
            tokens.append((kind, text if kind != "general" else "General"))
    return tuple(found)
