import pytest

from importer.messages.masking import masked, shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+77011234567", "+7701•••••67"),
        ("+998901234567", "+9989••••••67"),
        ("+1234567890", "+1234••••90"),
        ("+123456789012345", "+1234•••••••••45"),
        ("+1234567", "+1234•67"),
        ("+123456", "+••••••"),
        ("Айгуль", "А•••••"),
        ("user@example.com", "u•••••••••••••••"),
        ("1999-12-31", "1•••••••••"),
        ("991231300123", "9•••••••••••"),
        ("KAZ", "K••"),
        ("Ли", "Л•"),
        ("F", "F"),
        ("", ""),
    ],
)
def test_a_masked_value_shows_a_phones_operator_and_last_two_digits_and_one_character_of_anything_else(value, shown):
    assert masked(value) == shown


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("phone", "+77011234567", "+7701•••••67"),
        ("lastname", "Ким", "К••"),
        ("gender", "мужск.", "мужск."),  # what many have is told as it stands
        ("country", "Казахстан 1234", "Казахстан 1234"),
        ("nationality", "x" * 60, "x" * 60),
        ("country", "Казахстан 12345", "К" + "•" * 14),  # but not what slipped in from another column
        ("gender", "a@b", "a••"),
        ("nationality", "x" * 61, "x" + "•" * 59 + "… (61 characters)"),
        ("email", "x" * 1_234, "x" + "•" * 59 + "… (1,234 characters)"),
    ],
)
def test_a_summary_masks_what_is_somebodys_and_bounds_what_it_shows(field, value, told):
    assert shown(field, value, plain=False) == told


def test_a_summary_that_may_show_values_only_bounds_them():
    assert shown("lastname", "x" * 60, plain=True) == "x" * 60
    assert shown("lastname", "x" * 61, plain=True) == "x" * 60 + "… (61 characters)"
