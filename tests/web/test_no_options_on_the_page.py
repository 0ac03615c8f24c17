"""No sentence of the page names an option of the command line: it says which choice of the page is meant, or whose."""

import html
import re
from pathlib import Path

import pytest
from support.sentences import of_sources

import importer
from importer.messages.issue_sentences import COUNTED, ERRORS, NOTES
from importer.messages.language import LANGUAGES, catalogue, speaking
from importer.web.uploads.file_analysis import plain_sentence
from importer.web.words import TO_GO_ON, on_page

FOLDER = Path(importer.__file__).parent
OPTION = re.compile(r"--[a-z]")
COMMAND = re.compile(r"importer (?:run|serve) --[a-z-]+")
"""A whole command is for whoever runs the server: the sentence says so."""
ELSEWHERE = re.compile(r"/(?:cli|inbox|notify|operations|sandbox)/|/web/serving.py|/settings/sources.py")
"""What is told on a terminal alone."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_at_a_cell_names_an_option(language):
    templates = {(code, pair[1]) for code, pair in {**ERRORS, **NOTES}.items()}
    templates |= {(code, one) for code, pair in COUNTED.items() for one in pair}
    with speaking(language):
        words = catalogue(language)
        said = [plain_sentence("phone", code, words.gettext(one).replace("|", "")) for code, one in templates]
    assert [one for one in said if OPTION.search(one)] == []
    assert any(OPTION.search(one) for _, one in templates)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_error_that_the_page_can_show_names_an_option(language):
    words, named = catalogue(language), []
    with speaking(language):
        for where, message in of_sources(FOLDER):
            if ELSEWHERE.search(where):
                continue
            several = [message] if isinstance(message, str) else [*message]
            forms = [words.ngettext(*several, n) for n in (1, 2, 5)] if several[1:] else [words.gettext(message)]
            if several[0] in TO_GO_ON:
                forms = [form.rpartition(TO_GO_ON[several[0]])[0] for form in forms]
            named += [form for form in map(on_page, forms) if OPTION.search(COMMAND.sub("", form))]
    assert named == []


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("tell the order with --date-order", "tell the order with “Order of dates”"),
        ("or tell with --date-order ymd that", "or tell with “Order of dates: year, month, day” that"),
        ('Say which: --map "COLUMN=phone"', "Say which: “Columns”"),
        ("check host and port in --url", "check host and port in “url” (set where the server is started)"),
        (
            "--url http://x:1, --min-rows 5",
            "“url” (set where the server is started) http://x:1, “min-rows” (set where the server is started) 5",
        ),
        ("the column tel--map, --maps and a--url", "the column tel--map, --maps and a--url"),
    ],
)
def test_an_option_is_called_what_it_is_called_on_the_page(sentence, said):
    with speaking("en"):
        assert on_page(sentence) == said


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("header_row", "-1", "option “Row of the header” '-1'"),
        ("date_order", "yes", "option “Order of dates” 'yes'"),
        ("accept_other_names", "perhaps", "option “A phone that is known under other names” 'perhaps'"),
    ],
)
def test_what_was_typed_wrong_is_told_by_the_name_of_its_field(serve, field, value, said):
    anna = serve().client()
    at = anna.upload("one.csv", b"phone\n+77010000001\n")
    page = html.unescape(anna.post(f"{at}/file", **{field: value}).text)
    assert said in page
    anna.http.headers["accept-language"] = "ru"
    page = html.unescape(anna.post(f"{at}/file", **{field: value}).text)
    assert field.replace("_", "-") not in page.partition("<main")[2]


def test_a_cell_whose_date_can_be_read_in_two_ways_says_which_choice_tells(serve):
    anna = serve().client()
    anna.http.headers["accept-language"] = "ru"
    at = anna.upload("one.csv", b"phone,date_of_birth\n+77010000001,01/02/1999\n")
    for screen in ("file", "check"):
        assert "укажите порядок через «Порядок в датах»" in html.unescape(anna.settled(f"{at}/{screen}").text)
