"""What ``importer fields`` says: every field with its rule, what is repaired, and the header names that map to it."""

from schemas.fields import TABLE, Field
from schemas.rules import LONGEST


def as_text() -> str:
    """The fields for a person: rule, example, accepted headers."""
    return "\n\n".join(_described(field) for field in TABLE)


def _described(field: Field) -> str:
    limit = f", at most {LONGEST[field.name]} characters" if field.name in LONGEST else ""
    lines = [f"{field.name}{' (required)' if field.required else ''}: {field.rule}{limit}"]
    lines.append(f"  example:  {field.example}")
    lines.append(f"  repaired: {field.repaired}")
    headers = {
        "English": field.headers.english,
        "Russian": field.headers.russian,
        "Kazakh": field.headers.kazakh,
        "only when asked, or alone": field.headers.weaker,
    }
    lines += [f"  {title}: {' · '.join(names)}" for title, names in headers.items() if names]
    return "\n".join(lines)
