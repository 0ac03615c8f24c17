"""What ``importer fields`` says: every field with its rule, what is repaired, and the header names that map to it."""

from importer.messages.text import Text, spoken, translated
from schemas.fields import TABLE, Field
from schemas.patterns import LONGEST


def as_text() -> str:
    """The fields for a person, in the language of the context: rule, example, accepted headers."""
    return "\n\n".join(_described(field) for field in TABLE)


def _described(field: Field) -> str:
    rule = translated(field.rule)
    if field.name in LONGEST:
        rule = Text("{rule}, at most {most} characters", rule=rule, most=LONGEST[field.name])
    told = {
        Text("example"): field.example,
        Text("repaired"): translated(field.repaired),
        Text("English"): " · ".join(field.headers.english),
        Text("Russian"): " · ".join(field.headers.russian),
        Text("Kazakh"): " · ".join(field.headers.kazakh),
        Text("only when asked, or alone"): " · ".join(field.headers.weaker),
    }
    required = spoken(Text(" (required)")) if field.required else ""
    lines = [f"  {spoken(title)}: {text}" for title, text in told.items() if text]
    return "\n".join([f"{field.name}{required}: {spoken(rule)}", *lines])
