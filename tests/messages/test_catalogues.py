"""The catalogues: every sentence in Russian and Kazakh, with the same places, whole plural forms, and nothing else."""

import gettext
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from support.sentences import WORDLESS, of_help, of_page, of_sources, of_tables

import importer
from importer.messages.catalogue_file import PLURALS, Catalogue
from importer.messages.language import COMMANDS, HELP, LANGUAGES, LOCALE, PAGE
from schemas.fields import TABLE

FOLDER = Path(importer.__file__).parent
FOREIGN = [chosen for chosen in LANGUAGES if chosen != "en"]
ALL = (COMMANDS, HELP, PAGE)
FORMS = {"ru": 3, "kk": 2}
PLACE = re.compile(r"\{[a-z_0-9]+(?::[^}]*)?\}|%(?:\([a-z]+\)[sd]|%)?")
NOT_A_NATIVE_SAYS = re.compile(r"(?i)\b(?:не)?валидн|энтит|хедер|айди\b|юзер|дубликат")
OPTION = re.compile(r"--[a-z-]+")


@cache
def catalogue(chosen, of):
    with (LOCALE / chosen / "LC_MESSAGES" / f"{of}.po").open("rb") as file:
        return read_po(file, locale=chosen, abort_invalid=True)


@cache
def wanted(of):
    if of == PAGE:
        return {*(message for _, message in of_page(FOLDER / "web")), *(field.title for field in TABLE)}
    if of == HELP:
        return set(of_help())
    return {
        message
        for message in (*(message for _, message in of_sources(FOLDER)), *of_tables())
        if isinstance(message, tuple) or not re.fullmatch(WORDLESS, message)
    }


def texts(entry):
    return [entry] if isinstance(entry, str) else list(entry)


def entries(chosen, of=None):
    return [message for each in ([of] if of else ALL) for message in catalogue(chosen, each) if message.id]


@pytest.mark.parametrize("of", ALL)
@pytest.mark.parametrize("chosen", FOREIGN)
def test_every_sentence_has_its_translation_and_no_translation_is_left_over(chosen, of):
    have = {tuple(message.id) if isinstance(message.id, list) else message.id for message in entries(chosen, of)}
    needed = wanted(of)
    assert {"lacking": needed - have, "left over": have - needed} == {"lacking": set(), "left over": set()}


@pytest.mark.parametrize("chosen", FOREIGN)
def test_no_translation_is_blank_or_in_doubt_and_every_plural_has_all_its_forms(chosen):
    assert [catalogue(chosen, of).num_plurals for of in ALL] == [FORMS[chosen]] * len(ALL)
    for message in entries(chosen):
        assert all(text.strip() for text in texts(message.string)), message.id
        assert not message.fuzzy, message.id
        assert len(texts(message.string)) == (FORMS[chosen] if message.pluralizable else 1), message.id


@pytest.mark.parametrize("chosen", FOREIGN)
def test_the_places_of_a_sentence_its_options_and_its_bars_are_those_of_the_english_one(chosen):
    for message in entries(chosen):
        english = texts(message.id)[-1]
        for text in texts(message.string):
            assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english)), english
            assert sorted(OPTION.findall(text)) == sorted(OPTION.findall(english)), english
            assert text.count("|") in {english.count("|"), 2 * min(1, english.count("|"))}, english


@pytest.mark.parametrize("of", ALL)
@pytest.mark.parametrize("chosen", FOREIGN)
def test_the_program_reads_a_catalogue_as_babel_does(chosen, of):
    own, plural = Catalogue(LOCALE / chosen / "LC_MESSAGES" / f"{of}.po", PLURALS[chosen]), PLURALS[chosen]
    for message in entries(chosen, of):
        if message.pluralizable:
            assert [own.ngettext(*message.id, n) for n in (1, 2, 5)] == [message.string[plural(n)] for n in (1, 2, 5)]
        else:
            assert own.gettext(message.id) == message.string
    rule = gettext.c2py(catalogue(chosen, of).plural_expr)
    assert [plural(n) for n in range(250)] == [rule(n) for n in range(250)]
    assert (own.gettext("no such"), own.ngettext("one", "many", 1), own.ngettext("one", "many", 2)) == (
        "no such",
        "one",
        "many",
    )


@pytest.mark.parametrize("chosen", FOREIGN)
def test_a_native_speaker_would_say_it(chosen):
    for message in entries(chosen):
        for text in texts(message.string):
            assert not NOT_A_NATIVE_SAYS.search(text), text
            assert chosen != "kk" or not re.search(r"[ыэ]щ|\bдля\b|\bстрок|\bне \w+о\b", text), text


def test_no_suffix_hangs_on_a_place_in_kazakh():
    """A suffix follows the sound of what it hangs on, and what a place will hold nobody knows."""
    for message in entries("kk"):
        for text in texts(message.string):
            assert not re.search(r"(?:\}|\)[sd])(?:[а-яәіңғүұқөһ]|-(?!жол|таңба|парақ)[а-яәіңғүұқөһ])", text), text


def test_the_sentences_are_found_where_they_are_made():
    """Were the search broken, the test above would find nothing lacking."""
    assert len(of_sources(FOLDER)) > 200
    assert len(list(of_tables())) > 150
    assert len(of_page(FOLDER / "web")) > 300
    assert {file.rpartition(".")[2].partition(":")[0] for file, _ in of_page(FOLDER / "web")} == {"html", "py"}


def test_no_sentence_is_made_of_a_template_that_is_not_written_there():
    """``Text(name)`` would escape the search; those that there are look into tables."""
    computed = re.compile(r"(?<![\w.])(?<!def )(?:Text|counted)\((?!\s*(?:\"|'|\)))[^)\n]*")
    found = {
        f"{path.relative_to(FOLDER)}: {match[0]}"
        for path in FOLDER.rglob("*.py")
        for match in computed.finditer(path.read_text(encoding="utf-8"))
        if path.parent.name != "messages"
    }
    assert found == {
        "cli/live_bar.py: Text(step",
        "mapping/findings.py: Text(meaning.reason",
        "mapping/open_questions.py: Text(meanings[position].reason",
        "notify/ending.py: Text(str(self.event",
    }
