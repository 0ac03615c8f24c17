"""Invisible characters: those that a script is written with stay, others are rubbish."""

import pytest

from importer.cleaning.characters import BLANK_WORDS, stands_for_nothing, tidy

ZWNJ, ZWJ = "\u200c", "\u200d"
NON_JOINER_OF_PERSIAN = f"می{ZWNJ}خواهم"
JOINER_AT_THE_END = f"क्{ZWJ}"


@pytest.mark.parametrize("text", [NON_JOINER_OF_PERSIAN, JOINER_AT_THE_END])
def test_joiners_between_letters_that_join_stay(text: str) -> None:
    assert tidy(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"Әсе{ZWJ}л", "Әсел"),
        (f"{ZWJ}{ZWNJ}Әсел{ZWNJ}", "Әсел"),
        (f"José{ZWNJ}", "José"),
        (f"می{ZWNJ}{ZWJ}{ZWNJ}خواهم", NON_JOINER_OF_PERSIAN),
        (f"{ZWNJ}می", "می"),
    ],
)
def test_joiners_elsewhere_or_more_than_one_go(text: str, clean: str) -> None:
    assert tidy(text) == clean


@pytest.mark.timeout(60)
def test_a_bracket_before_a_hundred_thousand_blanks_is_looked_at_once():
    assert not stands_for_nothing("<" + " " * 100_000 + "x", BLANK_WORDS)
    assert stands_for_nothing("< " + " " * 100_000 + ">", BLANK_WORDS)
