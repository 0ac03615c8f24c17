"""The rules that are told from a column's bytes agree with their patterns, whatever a cell holds."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import rules
from schemas.days import are_dates
from schemas.forms import have_form
from schemas.phones import are_phones, are_placeholders, have_trunk_prefix

RULES = {
    rules.PHONE: (are_phones, "+77011234567"),
    rules.DATE: (are_dates, "1999-12-31"),
    rules.PHONE_PLACEHOLDER: (are_placeholders, "+70000000000"),
    rules.PHONE_TRUNK_PREFIX: (have_trunk_prefix, "+87011234567"),
}
NEAR = "+0123456789-/:.eE \n\0\u0660я\u00ff"


def near(example):
    """Texts that are the example but for a few characters, and others of any kind."""
    letters = st.sampled_from(NEAR) | st.characters(exclude_categories=["Cs"])
    changed = st.lists(st.tuples(st.integers(0, len(example)), st.integers(0, 1), letters | st.just("")), max_size=3)

    def apply(changes):
        text = example
        for at, length, letter in changes:
            text = text[:at] + letter + text[at + length :]
        return text

    return changed.map(apply) | st.text(NEAR, max_size=18) | st.from_regex(r"\+[0-9]{8,17}", fullmatch=True)


@pytest.mark.parametrize("pattern", list(RULES))
@given(st.data())
def test_a_column_gets_the_verdicts_of_the_pattern(pattern, data):
    verdicts, example = RULES[pattern]
    cells = data.draw(st.lists(near(example), max_size=20))
    skipped = data.draw(st.integers(0, len(cells)))
    column = pa.array(cells, pa.large_string()).slice(skipped)
    assert np.asarray(verdicts(column)).tolist() == pc.match_substring_regex(column, pattern).to_pylist()


def test_every_trunk_prefix_and_every_repeated_digit_is_found():
    heads = [f"+{number}" for number in range(100)]
    cells = [head + "1234567890"[: digits - len(head) + 1] for head in heads for digits in (10, 11, 12)]
    cells += [f"+{'7' * code}{digit * count}" for code in (1, 4) for digit in "0123456789" for count in range(7, 12)]
    column = pa.array(cells, pa.large_string())
    for pattern in (rules.PHONE_PLACEHOLDER, rules.PHONE_TRUNK_PREFIX):
        expected = pc.match_substring_regex(column, pattern).to_pylist()
        assert np.asarray(RULES[pattern][0](column)).tolist() == expected
        assert any(expected)


@pytest.mark.parametrize("form", ["00000000", "000000000000", "0000-00-00", "+000000000000000", "00.00.0000 00:00"])
def test_every_byte_of_a_form_counts(form):
    sound = form.replace("0", "7")
    pattern = re.compile(re.escape(form).replace("0", "[0-9]"))
    others = [
        sound.encode()[:at] + bytes([byte]) + sound.encode()[at + 1 :] for at in range(len(form)) for byte in range(256)
    ]
    column = pa.array(others, pa.large_binary()).view(pa.large_string())
    expected = [bool(pattern.fullmatch(text.decode("latin-1"))) for text in others]
    assert have_form(column, form).tolist() == expected
    assert any(expected)
    assert not all(expected)


def test_texts_shorter_or_longer_than_a_form_do_not_have_it():
    texts = ["7" * length for length in range(30)] + [""]
    found = have_form(pa.array(texts, pa.large_string()), "0" * 12, "0" * 9)
    assert [texts[at] for at in np.flatnonzero(found)] == ["7" * 9, "7" * 12]
