from importer.mapping.header_keys import LEVELS, fold
from importer.mapping.header_names import HeaderKind, listed, meanings_of_lists
from schemas import other_columns
from schemas.fields import FIELDS, TABLE

AMBIGUOUS_BY_DESIGN = {"теги", "соunтrусоdе", "sn"}
"""Keys that two meanings share at a loose level: told apart by the more literal ones."""


def test_every_field_of_the_body_has_accepted_names_in_its_order() -> None:
    assert tuple(field.name for field in TABLE) == FIELDS


def test_every_field_has_names_in_english_and_kazakh_and_all_but_the_first_name_in_russian() -> None:
    """The Russian first name is ``имя``, which is one only beside a surname."""
    for field in TABLE:
        assert field.headers.english, field.name
        assert field.headers.kazakh, field.name
        assert field.headers.russian or field.name == "firstname"


def test_every_listed_name_means_what_its_list_says() -> None:
    for meaning in meanings_of_lists():
        found = listed(meaning.name)
        assert (found.kind, found.field, found.tier) == (meaning.kind, meaning.field, meaning.tier), meaning.name


def test_no_two_meanings_share_a_key_except_those_told_apart_by_a_more_literal_level() -> None:
    shared = set()
    for level, _ in LEVELS:
        seen: dict[str, tuple[HeaderKind, str, int, str]] = {}
        for meaning in meanings_of_lists():
            own = (meaning.kind, meaning.field, meaning.tier, meaning.reason)
            key = level(fold(meaning.name))
            if seen.setdefault(key, own) != own:
                shared.add(key)
    assert shared == AMBIGUOUS_BY_DESIGN


def test_every_name_that_must_not_map_has_a_reason_and_is_about_a_field_or_none() -> None:
    for group in other_columns.NOT_BY_THEMSELVES:
        assert group.reason
        assert group.about in ("", *FIELDS)
        assert all(group.names)


def test_no_name_is_empty_or_wrapped_over_lines() -> None:
    for meaning in meanings_of_lists():
        assert fold(meaning.name)
        assert "\n" not in meaning.name
