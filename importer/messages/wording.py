"""The words of a code in the language of the context: its sentence, its headline."""

from typing import Final

from importer.messages.issue_sentences import COUNTED, ERRORS, MEANT, NOTES
from importer.messages.language import LANGUAGES, catalogue, language, speaking
from importer.messages.text import Text, translated
from schemas.fields import FIELD_OF, FIELDS

LEFT_OUT: Final = "_dropped"
"""Ending of the code of an error whose cell is left out: with it the row has a warning in its place."""

COMPOSED: Final = ("Left out: {headline}", "'{value}' → left out: {why}", "Refused by the API ({code})")
"""What is said around the words of another code, or of the API."""


def template(code: str, digits: int | None = None) -> str:
    """The sentence of a code in the language of the context, its places not filled.

    ``digits`` chooses among those of COUNTED; the words of an unknown code are the bare value.
    """
    if code in COUNTED and digits is not None:
        return catalogue(language()).ngettext(*COUNTED[code], digits)
    if code in ERRORS:
        return translated(ERRORS[code][1])
    if code.endswith(LEFT_OUT):
        return translated(COMPOSED[1]).replace("{why}", template(code.removesuffix(LEFT_OUT), digits))
    if code.startswith("api_"):
        return "{detail}"
    field, kind = _of_field(code)
    return translated(NOTES[kind][1]) if field and kind in NOTES else "'{value}'|: {detail}"


def before_detail(code: str) -> list[str]:
    """What stands between value and detail in the sentence of a code with a detail, in each language."""
    words = []
    for chosen in LANGUAGES:
        with speaking(chosen):
            words.append(template(code).partition("{detail}")[0].rpartition("{value}")[2].replace("|", ""))
    return words


def headline(code: str) -> str:
    """A short sentence for the summary, in the language of the context: no cell value, no personal data."""
    if code in ERRORS:
        return translated(ERRORS[code][0])
    if code.endswith(LEFT_OUT):
        said = headline(code.removesuffix(LEFT_OUT))
        return translated(COMPOSED[0]).format(headline=f"{said[:1].lower()}{said[1:]}")
    if code.startswith("api_"):
        return translated(COMPOSED[2]).format(code=code.removeprefix("api_"))
    field, kind = _of_field(code)
    if field and kind in NOTES:
        return translated(NOTES[kind][0]).format(field=translated(FIELD_OF[field].title))
    return code.replace("_", " ").capitalize()


def headline_text(code: str) -> str:
    """The headline of an error as a Text, to be said later."""
    return Text(ERRORS[code][0]) if code in ERRORS else headline(code)


def suggests(code: str) -> bool:
    """Whether the detail of a code is what its cell may have meant: a value that can stand in its place."""
    return MEANT in ERRORS.get(code.removesuffix(LEFT_OUT), ("", ""))[1]


def _of_field(code: str) -> tuple[str, str]:
    """The field that a code begins with, and the rest of it."""
    field = next((name for name in FIELDS if code.startswith(f"{name}_")), "")
    return field, code.removeprefix(f"{field}_")
