"""Looks over whole blocks of bytes: as quick as they are, they say what a look at each byte would say."""

import codecs
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.reading.damaged_cells import possible
from importer.reading.text import text_profile

LINES = st.lists(st.sampled_from([b"ab", "Ж".encode(), b"\n", b"\r\n", b"\xff", "Ж".encode()[:1], b"\xed\xa0\x80"]))


def first_line_that_is_not_utf8(content):
    """A letter that the end cuts is none: the file is cut, its encoding is not wrong."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError as exc:
        above = content.count(b"\n", 0, exc.start)
        return f"line {above + 1}"
    return ""


@given(LINES, st.integers(1, 7))
@example([b"ab", b"\n", "Ж".encode(), b"\n", b"\xff", b"\n", b"ab"], 100)
def test_the_line_that_is_not_utf8_is_told_wherever_the_pieces_are_cut(lines, size):
    content = b"x" + b"".join(lines)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    seen = text_profile.TextProfile()
    decoder = text_profile.codecs.getincrementaldecoder("utf-8")()
    for piece in [*pieces, b""]:
        if not seen.not_utf8:
            text_profile._try_utf8(seen, decoder, piece)
        seen.lines += piece.count(b"\n")
    assert seen.not_utf8 == first_line_that_is_not_utf8(content)


@given(st.lists(st.sampled_from([b"1", b"9", b"E+", b"e+", b"E", b"+", b"/", b":", b"#N/A", b"#", b","]), max_size=9))
@example([b"1", b"e+", b"9"])
@example([b"E+", b"9"])
@example([b"1", b"E+"])
def test_lost_digits_are_suspected_where_a_number_has_an_exponent(parts):
    block = b"".join(parts)
    assert possible(block)[0] or not re.search(rb"[0-9][eE]\+[0-9]", block)


@pytest.mark.parametrize("value", ["Err:502", "Ошибка:502", "Қате:502", "#N/A", "#ИМЯ?"])
@pytest.mark.parametrize("around", [b"", "Әсем,\n".encode(), b"\xff\xfe"])
def test_error_values_are_suspected_in_any_language_whatever_stands_around_them(value, around):
    assert possible(around + value.encode() + around) == (False, True)
    assert possible(around + around) == (False, False)
