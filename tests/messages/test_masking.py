import pytest

from importer.messages.masking import masked


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
