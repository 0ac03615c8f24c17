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
OTHER_WORDS = {
    "ru": {
        "сервис": r"\b(?-i:API)\b",
        "импорт": r"\bзапуск(?:а|ов|и)? ?(?:\{|$|:)|других запусков",
        "ФИО": r"полн\w+ им[яеё]",
        "названия столбцов": r"(?<!бесконечными )заголов",
        "страна": r"(?<!код, )\bрегион",
        "условия приёма": r"провер\w+ файла целиком",
        "файл с токеном": r"файла? токена",
        "реестр": r"\bв книге (?:нет|не та)",
        "без подтверждения": r"сомнительн",
        "компьютер": r"\bмашин",
        "знак": r"\bсимвол",
        "обход": r"(?:следующий|прежнего|каждом|другой) проход",
        "во Freedom ID": r"\bв Freedom ID",
    },
    "kk": {
        "қызмет": r"\b(?-i:API)\b",
        "толық аты-жөні": r"толық ат(?!ы-жөн)",
        "баған атаулары": r"тақырып(?!тары бітпейтін)",
        "ел": r"(?<!коды, )\bөңір",
        "қабылдау шарттары": r"жалпы тексеру",
        "тізілім": r"кітап(?:та осы|тағы жазба|тағы таңба)",
        "расталмаған": r"күмәнді",
        "компьютер": r"машина",
        "тіркелгі": r"есептік жазба",
        "дерекқор": r"деректер база",
        "кодтау": r"кодировка|кодталу",
        "команда": r"пәрмен",
        "жұмыс процесі": r"жұмысшы|үдеріс",
    },
}
"""The word for a thing, and what it was called beside it: one thing has one name."""


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
            assert own.gettext(message.id[0]) == message.string[0]
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


@pytest.mark.parametrize("chosen", FOREIGN)
def test_one_thing_has_one_name(chosen):
    said = [text for message in entries(chosen) for text in texts(message.string)]
    found = {
        word: [text for text in said if re.search(f"(?i){others}", text)]
        for word, others in OTHER_WORDS[chosen].items()
    }
    assert {word: others for word, others in found.items() if others} == {}


@pytest.mark.parametrize("chosen", FOREIGN)
def test_a_cell_stands_in_the_quotation_marks_of_the_language_but_where_it_is_to_be_typed(chosen):
    for message in entries(chosen, COMMANDS):
        for text in texts(message.string):
            typed = re.sub(r"--[a-z-]+ \"[^\"]*\"|\[values.*|chmod.*|chown.*", "", text)
            assert not re.search(r"['\"]\{", typed), text


def test_the_russian_form_for_one_stands_for_twenty_one_too():
    """``21 строка не отправлена; чтобы отправить её``: nothing behind the number may be of one thing alone."""
    one_alone = re.compile(r"(?i)(?:\{count|%\(num\)).*\b(?:её|его|ему|ей|ней|него|неё|нём|она|он|оно|чья|чей)\b")
    for message in entries("ru"):
        if message.pluralizable:
            assert not one_alone.search(message.string[0]), message.string[0]


def test_a_number_without_plural_forms_has_no_noun_behind_it_in_russian():
    """``1 строк``, ``32 запросов``: it stands behind a colon, or the noun is abbreviated."""
    followed = re.compile(
        r"(?:\{(?:count|rows|concurrency|unreadable|cells|changed)[^}]*\}|%\((?:num|count|rate)\)s) [а-яё]{4,}"
    )
    for message in entries("ru"):
        if not message.pluralizable:
            assert not followed.search(message.string), message.string


def test_nobody_is_taken_for_a_man_in_russian():
    for message in entries("ru"):
        for text in texts(message.string):
            assert not re.search(r"[аиоя]л \{who\}", text), text


def test_no_suffix_hangs_on_a_place_in_kazakh():
    """A suffix follows the sound of what it hangs on, and what a place will hold nobody knows."""
    for message in entries("kk"):
        for text in texts(message.string):
            assert not re.search(r"(?:\}|\)[sd])(?:[а-яәіңғүұқөһ]|-(?!жол|таңба|парақ)[а-яәіңғүұқөһ])", text), text
            assert not re.search(r"(?:\}|\)[sd])['»]? (?:[мбп]ен|[мбп][ае]|[дт][ае])\b", text), text


def test_the_sentences_are_found_where_they_are_made():
    """Were the search broken, the test above would find nothing lacking."""
    assert len(of_sources(FOLDER)) > 200
    assert len(list(of_tables())) > 150
    assert len(of_page(FOLDER / "web")) > 300
    assert {file.rpartition(".")[2].partition(":")[0] for file, _ in of_page(FOLDER / "web")} == {"html", "py"}


def test_no_sentence_is_made_of_a_template_that_is_not_written_there():
    """``Text(name)`` would escape the search; those that there are look into tables."""
    computed = re.compile(r"(?<![\w.])(?<!def )(?:Text|counted|enumerated)\((?!\s*(?:\"|'|\)))[^)\n]*")
    found = {
        f"{path.relative_to(FOLDER)}: {match[0]}"
        for path in FOLDER.rglob("*.py")
        for match in computed.finditer(path.read_text(encoding="utf-8"))
        if path.parent.name != "messages"
    }
    assert found == {
        "cli/live_bar.py: Text(step",
        "errors.py: Text(*told, **values",
        "mapping/findings.py: Text(meaning.reason",
        "mapping/open_questions.py: Text(meanings[position].reason",
        "notify/ending.py: Text(str(self.event",
    }
