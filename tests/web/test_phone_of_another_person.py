"""A phone that was imported for somebody else: said on Check, corrected there, or accepted where names have changed."""

import html
import re

import pytest
from support.commands import importer, sandbox

__all__ = ["importer", "sandbox"]

HEADER = "phone,firstname,lastname,country\n"
NOW = HEADER + "+77010000001,Болат,Серик,KAZ\n+77010000002,Ян,Ли,KAZ\n"


@pytest.fixture
def anna(importer, sandbox, serve, tmp_path):
    """Somebody at a page whose journal knows +77010000001 as Анна Ким."""
    (tmp_path / "before.csv").write_text(HEADER + "+77010000001,Анна,Ким,KAZ\n")
    assert importer("run", tmp_path / "before.csv").code == 0
    return serve(settings={"url": sandbox.url}).client()


def checked(anna, at, query=""):
    return html.unescape(anna.settled(f"{at}/check{query}").text)


def inputs(page):
    """The cells that can be typed into, as (row, position)."""
    return set(re.findall(r'name="row" value="(\d+)"><input type="hidden" name="position" value="(\d+)"', page))


def test_why_it_is_a_duplicate_is_said_where_its_phone_and_names_can_be_corrected(anna):
    at = anna.upload("now.csv", NOW.encode())
    for query in ("", "?status=duplicate", "?code=phone_of_another_person&field=phone"):
        page = checked(anna, at, query)
        assert "Phone that was imported for a person of other names" in page
        assert "'+77010000001' was imported for another person" in page
        assert inputs(page) == {("2", "0"), ("2", "1"), ("2", "2")}
        assert "Nothing is left to correct" not in page
    assert anna.get(f"{at}/list").status_code == 200


@pytest.mark.parametrize(
    ("position", "was", "text", "sendable"),
    [("0", "+77010000001", "+77010000003", 2), ("1", "Болат", "Анна", 1), ("2", "Серик", "Ким", 1)],
)
def test_correcting_the_phone_or_a_name_settles_it(anna, position, was, text, sendable):
    at = anna.upload("now.csv", NOW.encode())
    checked(anna, at)
    page = html.unescape(anna.post(f"{at}/cell", row="2", position=position, was=was, text=text).text)
    assert "another person" not in page
    assert "Nothing is left to correct" in page
    people = "person" if sendable == 1 else "people"
    assert f"{sendable} {people} will be created" in anna.get(f"{at}/import").text


def test_the_row_that_comes_to_hold_the_phone_is_told_it_too(anna):
    at = anna.upload("now.csv", (NOW + "8 701 000 00 01,Вера,Цой,KAZ\n").encode())
    assert ("4", "0") in inputs(checked(anna, at))
    page = html.unescape(anna.post(f"{at}/cell", row="2", position="0", was="+77010000001", text="+77010000003").text)
    assert page.count("was imported for another person") == 1
    assert inputs(page) == {("4", "0"), ("4", "1"), ("4", "2")}
    anna.post(f"{at}/undo")
    assert inputs(checked(anna, at)) == {("2", "0"), ("2", "1"), ("2", "2"), ("4", "0")}


def test_where_people_have_new_names_the_page_itself_can_be_told_so(anna):
    at = anna.upload("now.csv", NOW.encode())
    page = checked(anna, at)
    assert "--accept-other-names" not in page
    assert "“A phone that is known under other names”" in page
    anna.post(f"{at}/file", accept_other_names="yes")
    page = checked(anna, at)
    assert "another person" not in page
    assert '<strong>1</strong> <span class="tag">known' in page
    assert "1 person will be created" in anna.get(f"{at}/import").text
