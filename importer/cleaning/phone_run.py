"""A run of digits and the punctuation inside it: where in it a phone may begin and end."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from schemas.phone_plans import calling_code

_MOST_GROUPS: Final = 24
_SHORTEST, _LONGEST = 7, 17
"""Digits of what is worth reading as a phone."""
_WHOLE: Final = 10
"""Digits of each of several phones that only a blank parts."""

_LAST_DIGITS: Final = 2
"""Digits of a remark that no longer number is likely to end in: the last ones of a neighbour's phone, a flat."""


@dataclass(frozen=True)
class DigitRun:
    """Groups of digits with nothing but blanks, brackets, dots, hyphens and slashes between them.

    Attributes:
        groups: The digits.
        gaps: What stands between two groups: one fewer.
        plus: Whether a plus stands before the first group. Inside a run there is none.
        closed: Whether a bracket stands behind the last group.
        piece: Number of the part of the cell (cut at commas, semicolons …) that it stands in.
        fax: Whether its label says fax or pager, and nothing else.
        touches_letters: Whether letters that are no label stand at its digits.
        touches_run: Whether another run stands before it in the same piece without a word between.
    """

    groups: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    plus: bool = False
    closed: bool = False
    piece: int = 0
    fax: bool = False
    touches_letters: bool = False
    touches_run: bool = False

    @cached_property
    def digits(self) -> str:
        """All digits."""
        return "".join(self.groups)

    @cached_property
    def begins_with_code(self) -> bool:
        """Whether its first group, without a plus, is a country code of two or three digits."""
        first = self.groups[0]
        return len(self.groups) > 1 and not self.plus and len(first) > 1 and calling_code(first[:3]) == first

    def text(self, start: int = 0, end: int | None = None) -> str:
        """Some groups written together, with the plus where they are the first; an 8 for a country code set apart."""
        digits = "".join(self.groups[start:end])
        if not self.plus or start:
            return digits
        return f"+8 {digits[1:]}" if self.groups[0] == "8" else f"+{digits}"

    @cached_property
    def breaks(self) -> tuple[int, ...]:
        """Before which groups another phone or a remark may begin: never behind a hyphen or a dot alone.

        But for a dot before what looks like decimals.
        """
        if len(self.groups) > _MOST_GROUPS:
            return ()
        found = [place for place, gap in enumerate(self.gaps, start=1) if set(gap) & set(" (/")]
        return (*found, len(self.gaps)) if self.ends_in_decimals else tuple(found)

    @cached_property
    def ends_in_decimals(self) -> bool:
        """Whether its only dot stands before a last group of zeros."""
        *others, last = self.gaps or ("",)
        return last == "." and not any("." in gap for gap in others) and not self.groups[-1].strip("0")

    @property
    def has_fraction(self) -> bool:
        """Whether it is a whole number of enough digits, and something behind its decimal point."""
        return self.gaps == (".",) and len(self.groups[0]) >= _SHORTEST

    def spans(self) -> Iterator[tuple[int, int]]:
        """Every stretch of groups that may be a phone by itself, the whole run included."""
        whole = (0, len(self.groups))
        yield whole
        for start in (0, *self.breaks):
            for end in (*self.breaks, whole[1]):
                fits = end > start and _SHORTEST <= len("".join(self.groups[start:end])) <= _LONGEST
                if fits and (start, end) != whole:
                    yield start, end

    def is_bracketed_behind(self, end: int) -> bool:
        """Whether what stands behind so many groups is one group in brackets: a footnote, a count."""
        return end + 1 == len(self.groups) and "(" in self.gaps[end - 1] and self.closed

    def is_set_apart_behind(self, end: int) -> bool:
        """Whether what stands behind so many groups is parted from them otherwise than they are among themselves."""
        gap = self.gaps[end - 1]
        return end == 1 or bool(set(gap) & set("(/")) or gap != self.gaps[end - 2]

    def goes_on_behind(self, end: int) -> bool:
        """Whether what stands behind so many groups looks like the rest of a longer number rather than a remark.

        998 90 123-45 67 goes on, in groups of two; 33 370 39 45/62 and (992) 709-7189 12 have an end.
        """
        gap, earlier = self.gaps[end - 1], self.gaps[: end - 1]
        if set(gap) & set("(/") - set("".join(earlier)):
            return False
        alike = gap in earlier and len(self.groups[end]) == len(self.groups[end - 1])
        return alike or len("".join(self.groups[end:])) > _LAST_DIGITS

    def may_be_one_of_several(self, start: int, end: int) -> bool:
        """Whether groups are long enough, or set apart by a slash, for a phone beside another one."""
        marked = {"/" in gap for gap in (*self.gaps[start - 1 : start], *self.gaps[end - 1 : end])}
        return marked == {True} or len(self.text(start, end)) >= _WHOLE

    def remark_behind(self, end: int) -> bool:
        """Whether what stands behind so many groups is too short to be a part of another phone."""
        tail, gaps = self.groups[end:], self.gaps[end:]
        if end == 1:
            return True  # a whole number in one piece has its end
        if any(gap.strip() == "" for gap in gaps):
            return False  # 5 8: digits that may be pieces of a phone
        return len("".join(tail)) < FEWEST_DIGITS or (
            set(gaps) == {"/"} and all(len(group) < FEWEST_DIGITS for group in tail)
        )

    @property
    def is_remark(self) -> bool:
        """Whether it is a flat, an hour, a count rather than a phone."""
        return len(self.digits) < FEWEST_DIGITS


FEWEST_DIGITS: Final = 5
"""Fewer digits are a remark."""
