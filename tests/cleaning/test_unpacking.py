"""What every cell is freed of before it is read: apostrophes, formula texts, nulls, damage."""

import pytest

from importer.cleaning.apostrophe_removal import unwrapped
from importer.cleaning.damaged_text import restored

TEXT_FIELDS = ["firstname", "lastname", "nationality"]


@pytest.mark.parametrize("field", [*TEXT_FIELDS, "identifier"])
@pytest.mark.parametrize(
    "cell", ["'Иван", "''Иван", " 'Иван", "'Иван'", '="Иван"', '= "Иван"', '\'="Иван"', '="\'Иван"']
)
def test_an_apostrophe_and_a_formula_text_are_no_part_of_the_text(clean_cell, field, cell):
    found = clean_cell(field, cell)
    assert (found.text, found.codes) == ("Иван", [f"{field}_cleaned"])


@pytest.mark.parametrize(
    ("field", "cell", "text"),
    [
        ("phone", '="+77011234567"', "+77011234567"), ("phone", "'+77011234567", "+77011234567"),
        ("email", '="a@b.kz"', "a@b.kz"), ("email", "'a@b.kz", "a@b.kz"),
        ("country", "'KAZ", "KAZ"), ("country", '="Казахстан"', "KAZ"), ("gender", "'M", "M"), ("gender", '="ж"', "F"),
        ("date_of_birth", "'1999-12-31", "1999-12-31"), ("date_of_birth", '="31.12.1999"', "1999-12-31"),
        ("identifier", '="000123"', "000123"), ("lastname", '="O""Neil"', 'O"Neil'),
        ("nationality", "'Казахстан", "Казахстан"),
    ],
)  # fmt: skip
def test_so_it_is_in_every_field_and_a_note_says_so(clean_cell, field, cell, text):
    found = clean_cell(field, cell)
    assert (found.text, found.codes) == (text, [f"{field}_cleaned"])


@pytest.mark.parametrize(
    "cell", ["'t Hart", "'s-Gravesande", "O'Neil", "Кот-д'Ивуар", "=1+1", '=A1&"x"', "Д'Артаньян'"]
)
def test_other_apostrophes_and_formulas_stay(clean_cell, cell):
    found = clean_cell("lastname", cell)
    assert (found.text, found.issues) == (cell, ())


@pytest.mark.parametrize(
    "cell",
    [
        "\\N", "[NULL]", "(null)", "<null>", "{null}", "[null]", "(NULL)", "<NA>", "#######", "#", "########", "NaN",
        "nan",
        "не указано", "Не указан", "(не указано)", "НЕ УКАЗАНА", "<не указано>", "[нет]", "(пусто)", "<empty>",
        "undefined",
        "нет данных", "Not specified", "n/a", "-----", "...", "[]", "()", "жоқ", "көрсетілмеген", "*****", '="\\N"',
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "field", ["firstname", "lastname", "nationality", "identifier", "country", "gender", "email", "date_of_birth"]
)
def test_a_databases_nulls_and_a_spreadsheets_wreckage_are_blank_in_every_field(clean_cell, field, cell):
    found = clean_cell(field, cell)
    assert (found.text, found.codes) == ("", [f"{field}_left_out"])


@pytest.mark.parametrize(
    "cell", ["NA", "None", "Null", "Нет", "NULL", "Nan", "No", "Nil", "Ан", "Ню", "(Ли)", "Указано"]
)
def test_what_somebody_may_be_called_is_a_name(clean_cell, cell):
    assert clean_cell("lastname", cell).text == cell


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Ð˜Ð²Ð°Ð½", "Иван"), ("Ð\x98Ð²Ð°Ð½", "Иван"), ("РџРµС‚СЂРѕРІ", "Петров"), ("Ìàðèíà", "Марина"),
        ("Р РѕРјР°РЅ", "Роман"), ("╨Ш╨▓╨░╨╜", "Иван"), ("–ò–≤–∞–Ω", "Иван"), ("п≤п╡п╟п╫", "Иван"),
        ("MÃ¼ller", "Müller"),
        ("JosÃ©", "José"), ("Å\x81ukasz", "Łukasz"), ("Ã‰lodie", "Élodie"), ("РЎРµСЂРіРµР№", "Сергей"),
        ("Èâàíîâ Ïåòð", "Иванов Петр"), ("Èâàíîâà-Ïåòðîâà", "Иванова-Петрова"), ("¨ëêà", "Ёлка"), ("Àíÿ", "Аня"),
        ("Ã\x90Â˜Ã\x90Â²Ã\x90Â°Ã\x90Â½", "Иван"), ("O&#039;Connor", "O'Connor"), ("O&#39;Neil", "O'Neil"),
        ("O&apos;Neil", "O'Neil"), ("&Aacute;ngel", "Ángel"), ("A&amp;#39;B", "A'B"), ("A&amp;amp;#39;B", "A'B"),
        ("Анна&nbsp;Мария", "Анна Мария"),
        ("\\u0418\\u0432\\u0430\\u043d", "Иван"), ("%D0%98%D0%B2%D0%B0%D0%BD", "Иван"),
        ("=?utf-8?B?0JjQstCw0L0=?=", "Иван"),
        ("&#1048;&#1074;&#x430;&#1085;", "Иван"),
        ("ÐœÐ°Ñ€Ð¸Ñ\uf18f", "Мария"), ("Ð\uf190Ð½Ð½Ð°", "Анна"), ("Ð\uf190Ð’123", "АВ123"),  # as LibreOffice reads them
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_damaged_text_is_made_whole_with_a_note_where_that_is_certain(clean_cell, field, cell, name):
    found = clean_cell(field, cell)
    assert found.text == name
    assert found.issues == ((f"{field}_cleaned", "note", name),)


THRICE = "Иван".encode().decode("latin-1").encode().decode("latin-1").encode().decode("latin-1")


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("????", ""), ("??", ""), ("Ив?н", ""), ("?йгерім", ""), ("Айг?л", ""), ("Ив\ufffdн", ""), ("\ufffd\ufffd", ""),
        ("РРІР°РЅ", ""), ("ÐÐ½Ð½Ð°", ""), ("ÐšÐ°Ð·Ð°Ñ…ÑÑ‚Ð°Ð½", ""), ("НурР»Р°РЅ", ""), ("ìÁÒÉÎÁ", ""),
        ("é÷áî", "йчбо"),
        ("Ив\uf0e0н", ""), ("\uf190", ""), ("\ue000", ""),
        ("ÌÀÐÈÍÀ", "МАРИНА"), ("Àéãåð³ì", ""), ("ÃÂÃÂ²ÃÂ°ÃÂ½", ""), ("Èÿ", ""),
        (THRICE, ""),
    ],
)  # fmt: skip
def test_text_whose_letters_are_lost_is_refused_as_damaged(check_cell, cell, meant):
    for field in TEXT_FIELDS:
        assert check_cell(field, cell) == [(f"{field}_damaged", "error", meant)]


GENUINE = """
Åsa Ñuño Þór Müller Łukasz Đorđe Ó Әлия Ұлан Ғалым Їжак Ірина Срђан СРЂАН Рёко Сірко Lukáš Tomáš Žižek Ødegård Æsa
Çağlar İbrahim Şükrü Nguyễn Đỗ Ánh Győző Őry Zoë Chloë Ñ Ðóra ÖZTÜRK ÜÇÜNCÜ ÇİÇEK Ÿ Îles Ö. Рё Рі Сё Рэй РЁВА Œuvre
Âge Ângela Ãngelo Þórður Sigurðsson Guðrún Ævar Ñañez ÑAÑEZ Éa Ýr Vũ Lê Đặng Ngô Bùi СІРІ ТІРІС ӨТІСІ O’Neil Ángel
AT&T H&M №5 Тұңғышбай Һәкім Ə Ömer Åke Väinö Häkkinen Jürgen Weiß FRANÇOIS NOËL JOSÉ ÉLODIE ŒUF Siân Ó’Briain Niño
IBÁÑEZ MUÑOZ São João Conceição CONCEIÇÃO Assunção Anaïs Þ Ćosić Šešelj Ђорђе Љубиша Њега Ћирић Џон Ѓорѓи Ќосев Јован
Ўткир Ғўза Šárka Dvořák Kateřina Thị Đình Иванова–Петрова Ґалаґан Є Єва Ы Ян И Ё Д’Артаньян Peña Дзюба-П’ятниця
"""


@pytest.mark.parametrize(
    "cell",
    [
        *GENUINE.split(),
        "Ó Briain",
        "Anna–Élodie",
        "Анна – Мария",
        "ТОО «Ромашка»",
        "100% Иван",
        "Иван %C0%80",
        "%ED%A0%80",
        "C:\\users",
    ],
)
def test_real_accents_and_letters_are_left_alone(check_cell, cell):
    for field in TEXT_FIELDS:
        assert check_cell(field, cell) == [], cell


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("می\u200cخواهم", "می\u200cخواهم"), ("علی\u200cرضا", "علی\u200cرضا"), ("क्\u200dष", "क्\u200dष"),
        ("ന്\u200d", "ന്\u200d"), ("র\u200d্য", "র\u200d্য"), ("ශ්\u200dරී", "ශ්\u200dරී"), ("Ива\u200cнов", "Иванов"),
        ("An\u200dna", "Anna"), ("علی\u200c", "علی"), ("\u200cعلی", "علی"), ("علی\u200c\u200cرضا", "علی\u200cرضا"),
        ("Ива\u200d", "Ива"), ("علی\u200eرضا", "علیرضا"),
    ],
)  # fmt: skip
def test_joiners_stay_where_a_script_needs_them(clean_cell, cell, name):
    assert clean_cell("firstname", cell).text == name


@pytest.mark.timeout(60)
@pytest.mark.parametrize("around", ["'", "\u200b", "' ", "\u200b'"])
def test_a_million_apostrophes_and_unseen_marks_go_at_once(around):
    assert unwrapped(f"{around * 1_000_000}'Иван'") == "Иван"


@pytest.mark.timeout(60)
def test_mail_words_without_an_end_are_not_searched_for_one():
    text = "=?utf-8?B?0JjQstCw0L0=?= " + "=?a?q?x" * 100_000
    assert restored(text) == text


@pytest.mark.timeout(60)
def test_many_mail_words_are_read_at_once():
    assert restored("=?utf-8?B?0JjQstCw0L0=?= " * 20_000).strip() == "Иван" * 20_000
