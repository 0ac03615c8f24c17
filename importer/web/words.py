"""The words of the page in the language of whoever asks: the one place where sentences are looked up.

The English sentence is the key; the others stand in ``page.po`` of ``importer.messages``.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from importer.mapping.map_option import FULL_NAME
from importer.messages import kept_sentences, text
from importer.messages.language import ENGLISH, PAGE, catalogue, language
from importer.messages.wording import template
from importer.model import OTHER_PERSON
from importer.settings import Settings
from importer.validation.duplicate_policy import DUPLICATE_CODE
from schemas.fields import FIELD_OF

_FLAGS: Final = {field.replace("_", "-").removesuffix("-output") for field in Settings.model_fields}
_OPTIONS: Final = re.compile(
    rf'(?<![\w-])--({"|".join(sorted(_FLAGS, key=len, reverse=True))})(?![\w-])( "[^"]*"| (?:dmy|mdy|ymd)\b)?'
)

TO_GO_ON: Final = {
    "interrupted; the same command goes on from here": ";",
    "stopped on request; run the same command to go on": ";",
    "{count:,} row was not sent; run the same command without --limit to send it": ";",
    "the API has let nothing through for {limit:g} s ({cause}); run the same command to go on": ";",
    "the API refuses the token (401): replace it and run the same command again": ":",
    (
        "the token has expired and cannot be renewed ({why}): run the same command again later, or put a new token "
        "into the token file"
    ): ":",
    "cannot write {path}: {reason}; {remedy}, then give the same command again": ",",
    "run {run} was started anew as run {newest}: --resume {newest} goes on with that": ":",
}
"""Sentences of an import's end that say which command goes on, and what stands before that, in every language.

On the page a button goes on: there the sentence ends before it.
"""

_ABOUT_THE_TOKEN: Final = ("the API refuses the token", "the token has expired")
"""Beginnings of those after which somebody else has to do something first."""

_IN_THE_FILE: Final = ("row_shape", "row_truncated", "row_quote", "row_nul")
"""Codes of rows that were not read right: there is no cell here that could mend them."""

LANGUAGES: Final = {"ru": "Русский", "kk": "Қазақша", "en": "English"}
"""Code → its own name, as the switch shows them."""


def gettext(sentence: str) -> str:
    """A sentence in the language of the context; parameters stand in it as ``%(name)s``."""
    return catalogue(language(), PAGE).gettext(sentence)


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a sentence that a number asks for."""
    return catalogue(language(), PAGE).ngettext(one, many, count)


_ = gettext


def field(name: str) -> str:
    """What a field of Freedom ID is called on the page."""
    if name == FULL_NAME:
        return _("Full name")
    return _(FIELD_OF[name].title) if name in FIELD_OF else name


def on_page(sentence: str) -> str:
    """A sentence that names options of the command line, with what stands for them on the page, or who sets them."""
    controls, orders = _controls(), date_orders()

    def named(found: re.Match[str]) -> str:
        option, value = found[1], found[2] or ""
        if option not in controls:
            return _("%(name)s (set where the server is started)") % {"name": quoted(option)} + value
        order = orders.get(value.strip(), "")
        return quoted(f"{controls[option]}: {order}" if order else controls[option])

    return _OPTIONS.sub(named, sentence)


def explained(sentence: str) -> str:
    """What an error says, on the page: where a choice of the page's is wrong, by the name that it has there."""
    known = sentence.as_record() if isinstance(sentence, text.Text) else sentence
    return on_page(text.spoken(text.text_of(_renamed(known))))


def _renamed(record: object) -> object:
    """A sentence's record, in which options that the page can choose have their names on it."""
    if not isinstance(record, Mapping):
        return record
    values = {name: _renamed(value) for name, value in record["values"].items()}
    if record["text"].startswith("option {name}") and values["name"] in (controls := _controls()):
        values["name"] = quoted(controls[values["name"]])
    return {**record, "values": values}


def date_orders() -> dict[str, str]:
    """The orders of a date's parts, in words."""
    return {"dmy": _("day, month, year"), "mdy": _("month, day, year"), "ymd": _("year, month, day")}


def _controls() -> dict[str, str]:
    """Options of the command line, and what the page calls them."""
    return {
        "map": _("Columns"),
        "sheet": _("Sheet"),
        "header-row": _("Row of the header"),
        "encoding": _("Encoding"),
        "delimiter": _("Cells are separated by"),
        "region": _("Country of phones without a code"),
        "date-order": _("Order of dates"),
        "full-name": _("Words of a full name"),
        "duplicates": _("A phone that stands in several rows"),
        "accept-other-names": _("A phone that is known under other names"),
    }


def heard(kept: str) -> str:
    """A kept text as the page says it."""
    return on_page(kept_sentences.heard(kept, _ending))


def _ending(said: str) -> str:
    """A sentence; without the command that goes on, where it names one."""
    if not isinstance(said, text.Text) or said.message not in TO_GO_ON:
        return text.spoken(said)
    words = catalogue(language())
    whole = words.ngettext(said.message, said.many, said.number) if said.many else words.gettext(said.message)
    told = text.spoken(text.Text(whole.rpartition(TO_GO_ON[said.message])[0], **said.values))
    if not said.message.startswith(_ABOUT_THE_TOKEN):
        return told
    to_ask = _("Ask whoever runs the server to replace the token, then continue the import.")
    return f"{told}. {to_ask}"


def as_can_be_done(code: str, sentence: str) -> str:
    """The sentence of an issue, its advice that of the page: here nobody deletes rows, as one does in a spreadsheet."""
    here = {
        DUPLICATE_CODE: _("this row is not sent; if it is somebody else, correct the phone"),
        OTHER_PERSON: _("correct phone or names; if it is the same person, choose that at step %(step)s: %(choice)s")
        % {"step": quoted(_("File")), "choice": quoted(_("A phone that is known under other names"))},
        "row_header": _("it is not sent, and nothing has to be done"),
        **dict.fromkeys(_IN_THE_FILE, _("correct it in the file, and upload the file again")),
    }.get(code)
    if here is None:
        return sentence
    there = template(code).rpartition(";")[2]
    return f"{sentence.removesuffix(there)} {here}"


def quoted(text: str) -> str:
    """A text of a file between the quotation marks of the language."""
    return f"“{text}”" if language() == ENGLISH else f"«{text}»"


def size(value: int) -> str:
    """A size in bytes, kilobytes or megabytes."""
    for unit, factor in ((_("MB"), 1_000_000), (_("KB"), 1_000)):
        if value >= factor:
            rounded = round(value / factor, 1)
            return f"{text.number(int(rounded) if rounded.is_integer() else rounded)} {unit}"
    return f"{value} " + _("B")


def moment(at: float) -> str:
    """A time (seconds since 1970) on the server's clock."""
    pattern = "%d %b %Y, %H:%M" if language() == ENGLISH else "%d.%m.%Y, %H:%M"
    return datetime.fromtimestamp(at, UTC).astimezone().strftime(pattern)


def clock(at: float) -> str:
    """The hour and minute of a time on the server's clock."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M")


def preferred(accepted: str) -> str:
    """The first language of an Accept-Language header that the page speaks."""
    wanted: list[tuple[float, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _semicolon, weight = part.replace(" ", "").partition(";q=")
        try:
            wanted.append((-float(weight or 1) + place / 1000, name.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((name for _, name in sorted(wanted) if name in LANGUAGES), ENGLISH)
