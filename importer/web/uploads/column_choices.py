"""The columns of a file as a person decides about them: what each serves, why, and the ``--map`` texts of a choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from importer.mapping.header_labels import Header
from importer.mapping.header_names import HeaderKind, recognise
from importer.mapping.map_option import FULL_NAME, LEFT_OUT
from importer.web import words
from importer.web.words import gettext as _
from schemas.fields import FIELDS

CHOICES: Final = (*FIELDS, FULL_NAME)
NAME_ORDERS: Final = ("last first middle", "last first", "first last", "first middle last", "first last middle")


@dataclass(frozen=True)
class ColumnChoice:
    """A column of the file.

    Attributes:
        position: Its place in the header, from 0; ``letter`` as a spreadsheet has it.
        header: Its text; ``named``: whether it looks like a name of a column, and not like a person's cell.
        samples: Some of its cells.
        field: What it serves; "" nothing.
        reason: Why; "" where nobody decided yet, and the field is only what the header seems to say.
    """

    position: int
    letter: str
    header: str
    named: bool
    samples: Sequence[str]
    field: str
    reason: str


def columns_of(facts: Mapping[str, Any], origin: Mapping[str, Any] | None) -> list[ColumnChoice]:
    """All columns of an understood file; ``origin``: who decided the mapping, None where its header did."""
    serving = {at: field for field, positions in facts.get("columns", {}).items() for at in positions}
    if facts.get("full_name"):
        serving[facts["full_name"][0]] = FULL_NAME
    weaker = {at: field for field, positions in facts.get("weaker", {}).items() for at in positions}
    decided = "columns" in facts
    header = Header(tuple(facts["whole_header"]), tuple(facts["letters"]))
    made = []
    for at, letter in enumerate(facts["letters"]):
        text = facts["whole_header"][at]
        field = serving.get(at, FULL_NAME if at in facts["unexplained"] else "" if decided else _guess(text))
        reason = _reason(facts, at, serving.get(at, ""), weaker.get(at, ""), origin) if decided else ""
        texts = facts["header"][at], bool(header.shown(at)), facts["samples"][at]
        made.append(ColumnChoice(at, letter, *texts, field, reason))
    return made


def _guess(header: str) -> str:
    meaning = recognise(header)
    if meaning.kind is HeaderKind.FULL_NAME:
        return FULL_NAME
    return meaning.field if meaning.kind in {HeaderKind.FIELD, HeaderKind.FIRST_NAME} and meaning.tier == 1 else ""


def _reason(facts: Mapping[str, Any], at: int, field: str, weaker: str, origin: Mapping[str, Any] | None) -> str:
    if at in facts["results"]:
        return _("the result of an earlier import: replaced by the new one")
    if at in facts["unexplained"]:
        return _("whole names: say in which order their words stand")
    if field:
        return _origin(origin)
    if weaker:
        return _("not used: carried through; it could serve as %(field)s") % {"field": words.field(weaker)}
    return _("not used: carried through")


def _origin(origin: Mapping[str, Any] | None) -> str:
    if origin is None:
        return _("by its header")
    remembered = _("remembered from %(when)s (%(who)s)")
    told = remembered if origin["kind"] == "remembered" else _("chosen by %(who)s, %(when)s")
    return told % {"when": words.moment(origin["at"]), "who": origin["name"]}


def requests_of(
    chosen: Mapping[int, str], letters: Sequence[str], before: Mapping[str, Sequence[int]]
) -> tuple[list[str], bool]:
    """The ``--map`` texts of a choice, every field decided; and whether one of the columns holds whole names.

    Args:
        chosen: Position → field, FULL_NAME or "" (not sent).
        letters: The columns' letters.
        before: Field → positions so far: the order of those that stay is kept.
    """
    requests = []
    whole = [at for at, field in chosen.items() if field == FULL_NAME]
    for field in FIELDS:
        mine = [at for at, each in chosen.items() if each == field]
        kept = [at for at in before.get(field, ()) if at in mine]
        ordered = [*kept, *(at for at in sorted(mine) if at not in kept)]
        if ordered:
            requests.append(f"{', '.join(f'column {letters[at]}' for at in ordered)}={field}")
        elif field != "phone" and not (whole and field in {"firstname", "lastname"}):
            requests.append(f"={field}")
    requests += [f"column {letters[at]}={FULL_NAME}" for at in whole]
    if whole:  # which give both names: a column that would by its header is kept from it by itself
        requests += [f"column {letters[at]}={LEFT_OUT}" for at, field in chosen.items() if not field]
    return requests, bool(whole)


def first_names(columns: Sequence[ColumnChoice]) -> dict[str, str]:
    """What the first name of the first whole name would be in each of NAME_ORDERS; {} where no column holds any."""
    whole = next((column.samples[0].split() for column in columns if column.field == FULL_NAME and column.samples), [])
    places = {order: order.split().index("first") for order in NAME_ORDERS}
    return {order: whole[place] for order, place in places.items() if place < len(whole)}
