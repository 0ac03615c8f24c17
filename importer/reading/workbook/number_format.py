"""Excel's number formats: which section shows a number, and whether it makes a date of it or dresses its digits.

Source: ECMA-376 part 1, 18.8.30 and 18.8.31 (number formats). Thousands separators, decimals, currency and percent
only dress a number: there the digits are what counts, and they are kept bare. What a mask adds to the digits of a
whole number (leading zeros, a fixed +7, brackets and dashes of a phone) is part of what a person sees; and so is a
text, or nothing, in the place of a zero. Another number that a format hides is still a number: it keeps its digits.

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
_LONGEST: Final = 255
"""Characters of a format, as Excel takes them; a longer one costs its square in time, and its length each number."""
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
_NO_MASK: Final = frozenset({"scale", "date", "clock", "elapsed", "text", "bracket"})
_ADDED: Final = re.compile("[+0-9]")
"""What makes another number of the digits it stands beside."""
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

    @property
    def shows_texts(self) -> bool:
        """Whether it is for texts."""
        return ("text", "@") in self.tokens

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
        placeholders = [text for kind, text in self.tokens if kind in {"digit", "general"}]
        if kinds & _NO_MASK and not (placeholders and self._only_points and self._adds):
            return Shows.DIGITS
        bare = len(placeholders) == 1 and placeholders[0] != "?" and not kinds & {"literal", "sign"}
        return Shows.DIGITS if bare else Shows.MASK

    @property
    def _only_points(self) -> bool:
        """Whether nothing but points and commas scales the number."""
        return all(kind not in _NO_MASK or (kind == "scale" and text in {".", ","}) for kind, text in self.tokens)

    @cached_property
    def has_digits(self) -> bool:
        """Whether the number itself is shown."""
        return any(kind in {"digit", "general"} for kind, _ in self.tokens)

    @cached_property
    def _adds(self) -> bool:
        """Whether it writes a plus or digits of its own, or more points than a number has: they only divide it then."""
        return self._points > 1 or any(_ADDED.search(text) for kind, text in self.tokens if kind in {"literal", "sign"})

    @cached_property
    def _points(self) -> int:
        return sum(token == ("scale", ".") for token in self.tokens)

    def _digits_beside(self) -> bool:
        text = "".join(text for kind, text in self.tokens if kind in {"digit", "scale", "date"})
        return bool(re.search("[0#?]", _FRACTION_OF_SECONDS.sub("s", text)))

    @cached_property
    def _zeros(self) -> int:
        """How many zeros the mask is, if it is nothing else: an identifier differs in every row."""
        return len(self.tokens) if all(token == ("digit", "0") for token in self.tokens) else 0

    def masked(self, digits: str) -> str:
        """The digits of a whole number through the mask.

        123456 by ``000000000000`` gives 000000123456; 7011234567 by ``"+7"0`` gives +77011234567, and by
        ``"+1 "000.000.0000`` +1 701.123.4567; 0 by ``"none"`` gives none.
        """
        if self._zeros:
            return digits.zfill(self._zeros)
        tokens = self._without_decimals()
        places = [place for place, (kind, _) in enumerate(tokens) if kind in {"digit", "general"}]
        optional = all(tokens[place][1] in {"#", "?"} for place in places)
        left, written = [] if optional and not digits.strip("0") else list(digits), []
        for place in range(len(tokens) - 1, -1, -1):
            kind, text = tokens[place]
            if places and place == places[0]:
                written.append("".join(left) or text.replace("#", "").replace("?", ""))
            elif kind == "digit" and (left or text == "0"):
                written.append(left.pop() if left else "0")
            elif kind in {"literal", "sign"}:
                written.append(_bare(text))
            elif kind == "scale" and text == ".":
                written.append(text)
        return "".join(reversed(written)).strip()

    def _without_decimals(self) -> tuple[tuple[str, str], ...]:
        """The tokens less the decimals, which a whole number has none of."""
        if self._points != 1:
            return self.tokens
        point = self.tokens.index(("scale", "."))
        behind = (token for token in self.tokens[point + 1 :] if token[0] != "digit")
        return (*self.tokens[:point], *behind)

    def around(self, text: str) -> str:
        """A text as the section for texts shows it."""
        return "".join(text if kind == "text" else _bare(token) for kind, token in self.tokens if kind in _WRITTEN)


_WRITTEN: Final = frozenset({"literal", "sign", "text"})


def _bare(text: str) -> str:
    """A literal without its quotes or backslash."""
    if text.startswith('"'):
        return text[1:].removesuffix('"')
    return text.removeprefix("\\") if len(text) > 1 else text


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

    @cached_property
    def _numeric(self) -> tuple[Section, ...]:
        return tuple(section for section in self.sections[:3] if not section.shows_texts)

    @cached_property
    def of_texts(self) -> Section | None:
        """The section that adds something to texts; None where they stand as they are."""
        found = next((section for section in self.sections if section.shows_texts), None)
        plain = found is None or [kind for kind, _ in found.tokens if kind in _WRITTEN] == ["text"]
        return None if plain else found

    def section(self, number: float) -> Section | None:
        """The section that shows a number; None where its digits stand as they are."""
        numeric = self._numeric
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
    if len(code) > _LONGEST or code.lower() in {"", "general", "@"}:
        return ()
    found: list[Section] = []
    tokens: list[tuple[str, str]] = []
    condition = None
    for match in _TOKEN.finditer(f"{code};"):
        kind, text = str(match.lastgroup), match.group()
        if kind == "end":
            found.append(Section(tuple(tokens), condition))
            tokens, condition = [], None
        elif kind == "bracket":
            if told := _CONDITION.fullmatch(text):
                condition = (told.group(1), float(told.group(2)))
            elif name := text.removeprefix("[$").partition("-")[0].rstrip("]") if text.startswith("[$") else "":
                # [$₸-43F] names a currency, [$-419] a language only, and [Red] a colour
                tokens.append(("literal", f'"{name}"') if _ADDED.search(name) else (kind, text))
        else:
            tokens.append((kind, text if kind != "general" else "General"))
    if len(found) == 2 and not found[1].tokens:  # noqa: PLR2004 (a semicolon at the end hides nothing)
        del found[1]
    if len(found) == 1 and not found[0].tokens:
        return ()  # a colour alone
    return tuple(found)
