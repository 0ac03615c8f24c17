"""Numbers as a person sees them: dates, leading zeros and fixed signs that a cell's number format adds.

Source: ECMA-376 part 1, 18.8.30 and 18.8.31 (number formats). Thousands separators, decimals, currency and percent
only dress a number: there the digits are what counts, and they are kept bare.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

GENERAL: Final = ""
_BUILTIN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILTIN_TIMES: Final = frozenset({18, 19, 20, 21, 45, 46, 47, 32, 33, 34, 35, 55, 56})
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKET: Final = re.compile(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
_SAFE_DIGITS: Final = 15
_LEAP_BUG: Final = 60
"""Excel believes in 29 February 1900; serial numbers below are a day off."""


@lru_cache(maxsize=4096)
def kind(number_format_id: int, code: str) -> str:
    """What a format makes of a number: "date", "time", "number" (its digits) or "pattern:…"."""
    if number_format_id in _BUILTIN_DATES and not code:
        return "time" if number_format_id in _BUILTIN_TIMES else "date"
    if not code or code.lower() == "general" or code == "@":
        return "number"
    bare = _BRACKET.sub("", _QUOTED.sub("", code)).partition(";")[0].lower()
    if re.search(r"[dmyhs]", bare) and not re.search(r"[0#?]", re.sub(r"[.,]0+", "", bare)):
        return "date" if re.search(r"[dy]", bare) or re.fullmatch(r"[^hs]*m[^hs]*", bare) else "time"
    section = code.partition(";")[0]
    return f"pattern:{section}" if _dresses(section) else "number"


def _dresses(section: str) -> bool:
    """Whether a format adds zeros or signs to the digits of a whole number."""
    bare = _BRACKET.sub("", _QUOTED.sub("", section))
    if re.search(r"[.,%eE/@$€₸₽]", bare) or "[$" in section or "[<" in section or "[>" in section:
        return False
    return bool(re.search(r"[0#?]", bare)) and _tokens(section) not in (["0"], ["#"])


def _tokens(section: str) -> list[str]:
    """A section as placeholders ("0", "#", "?") and literals (longer, or marked by a leading NUL)."""
    found = []
    for part in re.findall(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|.', section, re.DOTALL):
        if part in "0#?":
            found.append(part)
        elif part.startswith('"'):
            found.append("\0" + part[1:-1])
        elif part.startswith("\\"):
            found.append("\0" + part[1:])
        elif part[0] not in "_*[":
            found.append("\0" + part)
    return found


@lru_cache(maxsize=65_536)
def patterned(digits: str, pattern: str) -> str:
    """A whole number through a pattern.

    123456 by ``000000000000`` gives 000000123456; 7011234567 by ``"+7"0`` gives +77011234567.
    """
    written: list[str] = []
    left = list(digits)
    parts = _tokens(pattern)
    first = next(place for place, part in enumerate(parts) if part in {"0", "#", "?"})
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        if part.startswith("\0"):
            written.append(part[1:])
        elif place == first:
            written.append("".join(left) or ("0" if part == "0" else ""))
        elif left:
            written.append(left.pop())
        elif part == "0":
            written.append("0")
    return "".join(reversed(written)).strip()


def number_text(value: str) -> tuple[str, bool]:
    """A stored number as plain digits (no exponent, no ``.0``), and whether digits are lost beyond the 15th."""
    try:
        number = float(value)
    except ValueError:
        return value, False
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 (NaN)
        return value, False
    if number == int(number):
        text = str(int(number))
        return text, len(text.lstrip("-")) > _SAFE_DIGITS
    text = f"{number:.15g}"
    return (f"{number:.17f}".rstrip("0") if "e" in text else text), False


def shown(value: str, how: str, *, epoch_1904: bool) -> tuple[str, bool]:
    """A stored number as a person sees it under a ``kind``; and whether digits are lost."""
    if how == "number":
        return number_text(value)
    if how in {"date", "time"}:
        text = _date(value, how, epoch_1904)
        return (text, False) if text else number_text(value)
    digits, lost = number_text(value)
    if digits.isdigit() and not lost:
        return patterned(digits, how.removeprefix("pattern:")), False
    return digits, lost


@lru_cache(maxsize=65_536)
def _date(value: str, how: str, epoch_1904: bool) -> str:
    try:
        serial = float(value)
        seconds = round((serial % 1) * 86_400)
        days = int(serial // 1)
        if days < 0 or (how == "date" and days < 1 and not epoch_1904):
            return ""
        if days == 0 and how == "time":
            return str(timedelta(seconds=seconds)).rjust(8, "0")
        base = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30 if days >= _LEAP_BUG else 31)  # noqa: DTZ001 (a cell has no zone)
        return moment(base + timedelta(days=days, seconds=seconds))
    except (ValueError, OverflowError):
        return ""


def moment(when: datetime) -> str:
    """A date, with its time only where there is one."""
    if when.hour or when.minute or when.second:
        return f"{when:%Y-%m-%d %H:%M:%S}" if when.year >= 1000 else when.isoformat(" ", "seconds")  # noqa: PLR2004 (strftime drops zeros)
    return when.date().isoformat()
