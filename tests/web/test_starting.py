"""**Start import** sends what its page had said: who presses it in an old tab is told first what is otherwise now."""

import html
import re

import pytest

HEADER = "phone,firstname,lastname,country\n"
ROWS = HEADER + "+77010000001,Анна,Ким,KAZ\n+77010000002,Анна,Ким,QQ\n+77010000003,Анна,Ким,QQ\n"
SHOWN = re.compile(r'name="shown" value="([^"]+)"')


@pytest.fixture
def page(serve, tmp_path, monkeypatch):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda _folder: True)
    (tmp_path / "token").write_text("a token")
    (tmp_path / "token").chmod(0o600)
    return serve(settings={"token_file": tmp_path / "token"})


@pytest.fixture
def tab(page):
    """An upload, and what the form of its import was shown."""
    anna = page.client()
    at = anna.upload("three.csv", ROWS.encode())
    anna.settled(f"{at}/check")
    said = anna.get(f"{at}/import").text
    assert "1 person will be created" in said
    return anna, at, SHOWN.search(said)[1]


def mended(anna, at):
    anna.post(f"{at}/value", code="country_unknown", field="country", value="QQ", text="KAZ")


def renamed(anna, at):
    anna.post(f"{at}/cell", row="2", position="1", was="Анна", text="Анель")


def read_otherwise(anna, at):
    anna.post(f"{at}/columns", **{"column-0": "phone", "column-1": "lastname", "column-2": "firstname"})
    anna.settled(f"{at}/check")


@pytest.mark.parametrize("change", [mended, renamed, read_otherwise])
def test_a_start_in_a_tab_that_showed_something_else_starts_nothing_and_says_why(page, tab, change):
    anna, at, shown = tab
    change(anna, at)
    answer = anna.post(f"{at}/import", how="all", shown=shown)
    assert answer.status_code == 409
    assert "The file was changed since this page was shown, and nothing was started." in html.unescape(answer.text)
    assert page.site.jobs.imports() == []
    assert anna.post(f"{at}/import", how="all", shown=SHOWN.search(answer.text)[1]).status_code == 200
    assert len(page.site.jobs.imports()) == 1


def test_a_start_in_a_tab_that_shows_what_is_so_starts(page, tab):
    anna, at, shown = tab
    assert anna.post(f"{at}/import", how="all", shown=shown).status_code == 200
    assert len(page.site.jobs.imports()) == 1


def test_a_number_that_was_right_when_it_was_typed_is_not_said_to_be_wrong(page, tab, monkeypatch):
    monkeypatch.setattr("importer.web.uploads.forecasting.TO_BE_TYPED", 0)
    anna, at, shown = tab
    mended(anna, at)
    said = html.unescape(anna.post(f"{at}/import", how="all", confirm="1", shown=shown).text)
    assert "The file was changed since this page was shown" in said
    assert "This is another number" not in said
