"""The content of ``importer fields``: every field, its rule, its header names, an example. Pure data.

Source of the rules: the create-user call of the Freedom ID API. What decides is the schema in ``schemas``.
"""

from dataclasses import dataclass

from schemas.columns import ACCEPTED


@dataclass(frozen=True)
class FieldDescription:
    """One field of the create-user body, for a person.

    Attributes:
        name: As in the body, in ``--map`` and in the output's errors.
        required: Whether a row without it is invalid.
        rule: What the API accepts.
        cleaned: What is repaired on the way, with a note; "" if nothing.
        example: A value as it is sent.
        english: Header names that map by themselves.
        russian: As ``english``.
        kazakh: As ``english``.
        weaker: Header names that map only where no other does, or when asked for.
    """

    name: str
    required: bool
    rule: str
    cleaned: str
    example: str
    english: tuple[str, ...]
    russian: tuple[str, ...]
    kazakh: tuple[str, ...]
    weaker: tuple[str, ...]


_RULES = {
    "phone": (
        "+ and 10 to 15 digits; unique in Freedom ID",
        "blanks, brackets, hyphens; a number without a country code gets the one of --region",
        "+77011234567",
    ),
    "email": (
        "an e-mail address; unique: the API leaves out one that is taken, without an error",
        "outer blanks, mailto:, upper case in the domain",
        "user@example.com",
    ),
    "firstname": ("text", "runs of blanks, invisible characters", "Айгерим"),
    "lastname": ("text", "runs of blanks, invisible characters", "Серикова"),
    "date_of_birth": (
        "year-month-day",
        "31.12.1999, 31/12/99, 31 декабря 1999 г., a time part",
        "1999-12-31",
    ),
    "identifier": ("text: the person's own number (IIN), zeros kept", "outer blanks", "991231300123"),
    "country": ("three capital letters of ISO 3166-1", "names and codes: Казахстан, РК, KZ, 398", "KAZ"),
    "gender": ("M or F", "male, муж, ер, ж, female; never 0 or 1", "F"),
    "nationality": ("text", "runs of blanks, invisible characters", "гражданин Казахстана"),
}


def describe_fields() -> tuple[FieldDescription, ...]:
    """All nine fields in the order of the API's table."""
    return tuple(
        FieldDescription(
            name=name,
            required=name == "phone",
            rule=_RULES[name][0],
            cleaned=_RULES[name][1],
            example=_RULES[name][2],
            english=accepted.english,
            russian=accepted.russian,
            kazakh=accepted.kazakh,
            weaker=accepted.weaker,
        )
        for name, accepted in ACCEPTED.items()
    )


def as_text() -> str:
    """The fields for a person: rule, example, accepted headers."""
    blocks = []
    for described in describe_fields():
        lines = [f"{described.name}{' (required)' if described.required else ''}: {described.rule}"]
        lines.append(f"  example:  {described.example}")
        lines.append(f"  repaired: {described.cleaned}")
        for title, names in (
            ("English", described.english),
            ("Russian", described.russian),
            ("Kazakh", described.kazakh),
            ("only when asked, or alone", described.weaker),
        ):
            if names:
                lines.append(f"  {title}: {' · '.join(names)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
