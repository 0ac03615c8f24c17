"""Which of the numbers in a cell is sent: the first usable one, or the reason why there is none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from importer.cleaning.column import CellIssue, Repair
from importer.cleaning.phone_cell import PhoneCell
from importer.cleaning.phone_run import DigitRun
from importer.cleaning.plain_text import refused
from importer.model import Severity
from schemas.phone_plans import calling_code

_SOLID: Final = 9
"""Digits of one group that may be a whole phone."""
_BROKEN_CODE: Final = 7
"""A plus with fewer digits is a country code that lost its number."""
_HALF_A_CODE: Final = 2
"""Digits of a first line that are rather a piece of something than a code: nobody breaks 77|01 123 45 67 there."""


class Reading(NamedTuple):
    """What digits written together are.

    Attributes:
        number: E.164 where ``code`` is "".
        code: "" or the code of the error.
        detail: What the error suggests, or "".
        in_plan: Whether a numbering plan has the number; it may be shorter than what the API takes.
    """

    number: str
    code: str
    detail: str
    in_plan: bool

    @property
    def valid(self) -> bool:
        """Whether it is a number of a plan, and can be sent."""
        return self.in_plan and not self.code


Reader: TypeAlias = Callable[[str], Reading]


@dataclass
class _Found:
    """What was found on the way through a cell."""

    numbers: list[tuple[str, DigitRun]] = field(default_factory=list)
    doubtful: str = ""
    failures: list[tuple[str, str]] = field(default_factory=list)
    lost_pieces: set[int] = field(default_factory=set)


def texts_to_read(cell: PhoneCell) -> Iterator[str]:
    """All digits of a cell that ``choose`` may ask about."""
    for run in cell.runs:
        yield from (run.text(*span) for span in run.spans())
        yield from (run.text(0, end) for end in range(1, len(run.groups)))
        if run.begins_with_code:
            yield f"+{run.digits}"
    yield from cell.guesses.values()
    if cell.lines:
        yield from ("".join(cell.lines), "+" + "".join(cell.lines))


def choose(text: str, cell: PhoneCell, read: Reader, field: str, own_code: str) -> Repair:
    """The first usable number of a cell, with notes on what else stood there; or the first number's error.

    ``read``: digits, with or without a plus → what they are. ``own_code``: calling code of the region, for a plus and
    code that stand alone before a domestic number.
    """
    if cell.problem == "phone_missing":
        return Repair("", (CellIssue(cell.problem, Severity.ERROR),) if text.strip() else ())
    if cell.problem:
        return refused(text, cell.problem)
    found = _look_through(cell, read, own_code)
    answered = [number for number, run in found.numbers if not run.fax]
    chosen = next(iter(answered), "")
    if not chosen and not found.failures:  # a fax, or a number that no plan has, where nothing else stands
        chosen = found.numbers[0][0] if found.numbers else found.doubtful if len(cell.runs) == 1 else ""
    if not chosen and cell.lines and (repair := _read_lines(text, cell.lines, read, field, own_code)):
        return repair
    if not chosen:
        code, detail = found.failures[0] if found.failures else ("phone_unclear_end", "")
        return refused(text, code, detail)
    return Repair(chosen, tuple(_issues(chosen, cell, found, field, fax=not answered and bool(found.numbers))))


def _read_lines(text: str, lines: tuple[str, ...], read: Reader, field: str, own_code: str) -> Repair | None:
    """The one number of two lines; the first line alone may be the country code of another one."""
    first, digits = lines[0], "".join(lines)
    number, abroad = read(digits), read(f"+{digits}")
    if not number.valid:
        return None
    if first != own_code and calling_code(first[:3]) == first and abroad.valid and abroad.number != number.number:
        return refused(text, "phone_ambiguous", f"{number.number} / {abroad.number}")
    if len(first) == _HALF_A_CODE and first != own_code and not first.startswith("0"):
        return None
    return Repair(number.number, (CellIssue(f"{field}_cleaned", Severity.NOTE, number.number),))


def _issues(chosen: str, cell: PhoneCell, found: _Found, field: str, *, fax: bool) -> Iterator[CellIssue]:
    yield CellIssue(f"{field}_cleaned", Severity.NOTE, chosen)
    others = dict.fromkeys(number for number, _ in found.numbers if number != chosen)
    if others:
        yield CellIssue(f"{field}_others", Severity.NOTE, ", ".join(others))
    if cell.extension:
        yield CellIssue(f"{field}_extension", Severity.NOTE, cell.extension)
    if fax:
        yield CellIssue("phone_fax", Severity.WARNING)


def _look_through(cell: PhoneCell, read: Reader, own_code: str) -> _Found:
    found = _Found()
    lone_remark = all(run.is_remark for run in cell.runs)
    code_was_lost = False
    before: DigitRun | None = None
    for run in cell.runs:
        orphan = not run.plus and (code_was_lost or (run.touches_run and before is not None and before.is_remark))
        code_was_lost = run.plus and len(run.digits) < _BROKEN_CODE and run.digits != own_code
        before = run
        here = any(other.piece == run.piece for _, other in found.numbers)
        if run.piece in found.lost_pieces or (run.is_remark and not lone_remark and here):
            _doubt_the_end(run, found)
        elif run.touches_letters:
            if not here:
                found.lost_pieces.add(run.piece)
                guess = read(cell.guesses[run.piece])
                found.failures.append(("phone_letters", guess.number if guess.valid else ""))
        elif orphan:
            found.failures.append(("phone_unclear_end", ""))
        elif not run.is_remark or lone_remark:
            _read_run(run, read, found, own_code)
    return found


def _doubt_the_end(remark: DigitRun, found: _Found) -> None:
    """Digits in blanks behind a number (… 5 8) may be pieces of it: then it is not certain where it ends."""
    if any(gap.strip() == "" for gap in remark.gaps):
        doubted = [number for number, run in found.numbers if run.piece == remark.piece]
        found.numbers = [entry for entry in found.numbers if entry[1].piece != remark.piece]
        found.failures.append(("phone_unclear_end", next(iter(doubted), "")))


def _read_run(run: DigitRun, read: Reader, found: _Found, own_code: str) -> None:
    """Add what a run holds: numbers that a plan has, one that none has, or a failure."""
    if run.has_fraction:
        whole = read(run.text(0, 1))
        found.failures.append(("phone_unclear_end", whole.number if whole.valid else ""))
        return
    whole = read(run.text())
    spans = set(run.spans())
    ends = [end for end in run.breaks if (0, end) in spans and read(run.text(0, end)).in_plan]
    doubted = [end for end in ends if _may_end(run, end)] if whole.valid else ends
    if whole.valid and not doubted:
        if other := _other_reading(run, read, whole.number):
            found.failures.append(("phone_ambiguous", f"{whole.number} / {other}"))
        else:
            found.numbers.append((whole.number, run))
        return
    foreign = None if whole.valid else _foreign_number(run, read)
    sure = _surely_ends(run, read, ends, whole_is_valid=whole.valid, may_be_foreign=foreign is not None)
    if foreign and (not sure or run.groups[0] == own_code):
        found.failures.append(foreign)
    elif sure:
        found.numbers += [(number, run) for number in sure]
    elif doubted:
        first = read(run.text(0, doubted[0]))
        found.failures.append(("phone_unclear_end", first.number if first.valid else ""))
    elif whole.code:
        found.failures.append((whole.code, whole.detail))
    elif len(run.groups) > 1 and (inner := _inner_number(run, read)) is not None:
        found.failures.append(("phone_unclear_end", inner))
    else:
        found.doubtful = whole.number


def _other_reading(run: DigitRun, read: Reader, number: str) -> str:
    """The foreign number whose country code stands apart where the number is domestic by the first digit of that code.

    84 912 673 868 is one of Ryazan by its 8, and one of Vietnam by its 84; nobody groups the former so.
    """
    inside = run.begins_with_code and not number.endswith(run.digits)
    inside = inside and any(number.endswith(run.digits[end:]) for end in range(1, len(run.groups[0])))
    abroad = read(f"+{run.digits}") if inside else None
    return abroad.number if abroad and abroad.valid else ""


def _foreign_number(run: DigitRun, read: Reader) -> tuple[str, str] | None:
    """Code and suggestion where the first group is the country code of a number that lacks its plus.

    998 90 123 45 67: the first groups may well be a number of the region, but nobody wrote that one.
    """
    whole = () if any(_may_end(run, end) for end in run.breaks) else (len(run.groups),)
    for end in (*whole, *run.breaks):
        reading = read(run.text(0, end))
        if reading.code == "phone_no_code" and calling_code(reading.detail[1:4]) == run.groups[0]:
            return (reading.code if end in whole else "phone_unclear_end"), reading.detail
    return None


def _inner_number(run: DigitRun, read: Reader) -> str | None:
    """The number that the first groups of a run are where no plan has the whole; "" where it only looks like one."""
    inner = (read(run.text(0, end)) for end in range(1, len(run.groups)))
    number = next((reading.number for reading in inner if reading.valid), "")
    return number or ("" if len(run.groups[0]) >= _SOLID else None)


def _may_end(run: DigitRun, end: int) -> bool:
    """Whether a phone may end behind so many groups though the whole run is one, too, in a plan of many lengths."""
    if end == 1 and len(run.groups[0]) >= _SOLID:
        return True
    return end + 1 == len(run.groups) and (
        run.is_bracketed_behind(end)
        or run.ends_in_decimals
        or (len(run.groups[-1]) == 1 and run.gaps[-1].strip() == "")
    )


def _surely_ends(
    run: DigitRun, read: Reader, ends: list[int], *, whole_is_valid: bool, may_be_foreign: bool
) -> list[str]:
    """The numbers of a run that holds more than one phone; [] where that can be read in two ways."""
    ends = [end for end in ends if read(run.text(0, end)).valid]
    if whole_is_valid:
        return [read(run.text(0, end)).number for end in ends if run.is_bracketed_behind(end)]
    several = _coverings(run, read, 0)
    if several:
        return several[0] if len(several) == 1 else []
    if may_be_foreign and ends and run.goes_on_behind(ends[0]):
        return []
    if len(ends) == 1 and run.remark_behind(ends[0]) and run.is_set_apart_behind(ends[0]):
        return [read(run.text(0, ends[0])).number]
    return []


def _coverings(run: DigitRun, read: Reader, start: int) -> list[list[str]]:
    """The ways to read all groups from one on as phones, none left over: two at most."""
    if start == len(run.groups):
        return [[]]
    ways: list[list[str]] = []
    for first, end in run.spans():
        if first == start and run.may_be_one_of_several(start, end) and (reading := read(run.text(start, end))).valid:
            ways += [[reading.number, *rest] for rest in _coverings(run, read, end)]
    return ways[:2]
