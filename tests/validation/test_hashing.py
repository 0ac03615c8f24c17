"""The hash by which repeated e-mails are found: equal texts agree wherever they stand, others do not."""

from itertools import product

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from importer.columns.hashes import hashes


@given(st.lists(st.text(max_size=40)), st.integers(0, 5))
def test_texts_have_the_same_hash_exactly_where_they_are_the_same(texts: list[str], skipped: int) -> None:
    column = pa.array([*["before"] * skipped, *texts, *texts], pa.large_string()).slice(skipped)
    found = hashes(column).tolist()
    assert len(set(found)) == len(set(texts))
    assert found[: len(texts)] == found[len(texts) :]


def test_short_texts_of_all_kinds_do_not_meet() -> None:
    letters = [chr(code) for code in range(16)]
    texts = ["".join(chosen) for length in range(5) for chosen in product(letters, repeat=length)]
    found = hashes(pa.array(texts, pa.large_string()))
    assert len(np.unique(found)) == len(texts) == sum(16**length for length in range(5))


def test_texts_that_differ_in_one_bit_anywhere_do_not_meet_in_half_of_the_hash_either() -> None:
    text = b"a" * 21
    others = [text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :] for at in range(21) for bit in range(7)]
    found = hashes(pa.array([text, *others], pa.large_binary()).view(pa.large_string()))
    for half in (found >> np.uint64(32), found & np.uint64(0xFFFFFFFF)):
        assert len(np.unique(half)) == 1 + 21 * 7


def test_texts_chosen_to_undo_a_step_of_a_hash_with_known_multipliers_do_not_meet() -> None:
    """With 0x9E3779B97F4A7C15 and 0xD6E8FEB86659FD93, one such pair in 2,000 met whatever the start was."""
    beginnings = [f"{number:07d}" for number in range(50_000)]
    one = [f"{beginning}aa_a?a_a/@b.kz" for beginning in beginnings]
    other = [f"{beginning}q#~e_#~e_@b.kz" for beginning in beginnings]
    assert len(np.unique(hashes(pa.array([*one, *other], pa.large_string())))) == 100_000


def test_a_column_without_texts_has_no_hashes() -> None:
    assert len(hashes(pa.array([], pa.large_string()))) == 0
    assert len(set(hashes(pa.array(["", ""], pa.large_string())).tolist())) == 1
