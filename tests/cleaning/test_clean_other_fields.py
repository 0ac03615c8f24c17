import unicodedata

import pytest


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("Казахстан", "KAZ"), ("Қазақстан", "KAZ"), ("Kazakhstan", "KAZ"), ("РК", "KAZ"), ("KZ", "KAZ"), ("kaz", "KAZ"),
        ("398", "KAZ"), ("КАЗАХСТАН", "KAZ"), ("Kazakhstan (KZ)", "KAZ"), ("Респ. Казахстан", "KAZ"), ("РФ", "RUS"),
        ("РБ", "BLR"), ("США", "USA"), ("КНР", "CHN"), ("ОАЭ", "ARE"), ("Кыргызстан", "KGZ"), ("Киргизия", "KGZ"),
        ("Южная Корея", "KOR"), ("643.0", "RUS"), ("4", "AFG"), ("uk", "GBR"), ("no", "NOR"), ("Франция", "FRA"),
        ("Côte d’Ivoire", "CIV"), ("Эсватини", "SWZ"), ("Өзбекстан", "UZB"), ("Объединённые Арабские Эмираты", "ARE"),
    ],
)  # fmt: skip
def test_a_countrys_name_or_code_becomes_alpha_3_with_a_note(clean_cell, cell, code):
    found = clean_cell("country", cell)
    assert found.text == code
    assert found.issues == (("country_cleaned", "note", code),)


def test_namibia_by_alpha_3_is_kept_and_by_alpha_2_is_a_question(clean_cell):
    assert clean_cell("country", "NAM").issues == ()
    assert clean_cell("country", "NA").issues == (("country_unknown", "error", "NAM"),)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("Казакстанн", "KAZ"), ("Нарния", ""), ("XX", ""), ("Корея", "KOR"), ("КZ", "KAZ"),
        ("Казахстан, Алматы", "KAZ"),
        ("Kazakhstan/Russia", ""), ("Полис", ""), ("999", ""),
    ],
)  # fmt: skip
def test_an_unknown_country_is_an_error_that_suggests_only_what_is_very_close(clean_cell, cell, meant):
    found = clean_cell("country", cell)
    assert found.issues == (("country_unknown", "error", meant),)
    assert found.text == cell


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        ("M", ["м", "М", "муж", "Муж.", "мужской", "МУЖЧИНА", "male", "Man", "ер", "еркек", "m"]),
        ("F", ["ж", "Ж", "жен", "жен.", "женский", "female", "Woman", "әйел", "Әйел", "f"]),
    ],
)
def test_gender_words_become_a_letter_with_a_note(clean_cell, letter, words):
    for word in words:
        found = clean_cell("gender", word)
        assert (found.text, found.issues) == (letter, (("gender_cleaned", "note", letter),)), word


def test_numbers_are_no_gender(clean_cell):
    for cell in ("0", "1", "2"):
        assert clean_cell("gender", cell).codes == ["gender_number"]
    assert clean_cell("gender", "x").codes == ["gender_unknown"]


def test_an_unspecified_gender_is_left_out(clean_cell):
    assert clean_cell("gender", "Unspecified").text == ""


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("mailto:user@example.com", "user@example.com"),
        ("User@Example.COM", "User@example.com"),
        ("Aida <a@b.kz>", "a@b.kz"),
        ("<a@b.kz>", "a@b.kz"),
        ("a@b.kz;", "a@b.kz"),
        ("a@b.kz.", "a@b.kz"),
        ("a＠b.kz", "a@b.kz"),
        ("a@b.kz\u200b", "a@b.kz"),
        ("a@b.kz\n", "a@b.kz"),
    ],
)
def test_what_surrounds_an_address_is_taken_off_with_a_note(clean_cell, cell, address):
    found = clean_cell("email", cell)
    assert found.text == address
    assert found.issues == (("email_cleaned", "note", address),)


@pytest.mark.parametrize(
    "cell", ["user@example.com", " user@example.com ", "o'hara+1@b.kz", "user@почта.рф", "A.b@c-d.kz"]
)
def test_a_good_address_needs_no_note(clean_cell, cell):
    found = clean_cell("email", cell)
    assert (found.text, found.issues) == (cell.strip(), ())


@pytest.mark.parametrize(
    ("cell", "code", "meant"),
    [
        ("a@b,kz", "email_format", "a@b.kz"),
        ("a@b kz", "email_format", "a@b.kz"),
        ("a@@b.kz", "email_format", "a@b.kz"),
        ("a..b@c.kz", "email_format", "a.b@c.kz"),
        ('user"mail.ru', "email_format", "user@mail.ru"),
        ("user at mail.ru", "email_format", "user@mail.ru"),
        ("user@mаil.ru", "email_format", "user@mail.ru"),
        ("ab.kz", "email_format", ""),
        ("a@b", "email_format", ""),
        ("x" * 70 + "@a.kz", "email_format", ""),
        ("аsd@mail.ru", "email_letters", "asd@mail.ru"),
        ("иван@mail.ru", "email_letters", ""),
        ("a@b.kz, c@d.kz", "email_several", "a@b.kz"),
        ("a@b.kz;c@d.kz", "email_several", "a@b.kz"),
        ("a@b.kz c@d.kz", "email_several", "a@b.kz"),
        ("a@gmail.con", "email_dead_domain", "a@gmail.com"),
        ("A@MAIL.RRU", "email_dead_domain", "A@mail.ru"),
    ],
)
def test_a_wrong_address_is_an_error_with_its_likely_meaning(clean_cell, cell, code, meant):
    assert clean_cell("email", cell).issues == ((code, "error", meant),)


def test_a_misspelt_domain_that_may_exist_is_only_a_warning(clean_cell):
    found = clean_cell("email", "a@gmial.com")
    assert (found.text, found.issues) == ("a@gmial.com", (("email_doubtful", "warning", "a@gmail.com"),))


@pytest.mark.parametrize(
    "cell",
    [
        "Null", "NA", "None", "Нет", "О'Коннор", "Ким-Чен", "Ә", "Әлия", "de la Cruz", "=1+1", "@SUM", "-2+3",
        '=HYPERLINK("x")', "No", "Йод", "田中", "Ng", "Шарль Ожье де Бац", "O’Neil", "Ё",
    ],
)  # fmt: skip
def test_names_are_kept_as_written(clean_cell, cell):
    for field in ("firstname", "lastname"):
        found = clean_cell(field, cell)
        assert (found.text, found.issues) == (cell, ())


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Анна  Мария", "Анна Мария"),
        (unicodedata.normalize("NFD", "Йод"), "Йод"),
        ("Ива\u200bнов", "Иванов"),
        ("Ива\x07нов", "Иванов"),
        ("Анна\nМария", "Анна Мария"),
        ("Нуржан\u00a0", "Нуржан"),
    ],
)
def test_invisible_differences_in_names_go_with_a_note(clean_cell, cell, name):
    found = clean_cell("lastname", cell)
    assert (found.text, found.codes) == (name, ["lastname_cleaned"])


@pytest.mark.parametrize("cell", ["-", "—", "n/a", "N/A", "--", "."])
@pytest.mark.parametrize("field", ["email", "firstname", "lastname", "identifier", "country", "gender", "nationality"])
def test_an_optional_cell_that_holds_a_blank_marker_is_left_out_with_a_note(clean_cell, field, cell):
    found = clean_cell(field, cell)
    assert (found.text, found.codes) == ("", [f"{field}_left_out"])


def test_a_cell_of_spaces_is_blank_without_a_note(clean_cell):
    for field in ("email", "firstname", "date_of_birth", "identifier", "country", "gender", "nationality", "phone"):
        found = clean_cell(field, "  \u00a0 ")
        assert (found.text, found.issues) == ("", ()), field


@pytest.mark.parametrize(
    ("cell", "text", "codes"),
    [
        ("000123", "000123", []),
        ("850101300123.0", "850101300123", ["identifier_cleaned", "identifier_iin"]),
        ("900101300007", "900101300007", []),
        ("900101300008", "900101300008", ["identifier_iin"]),
        ("000000000000", "000000000000", ["identifier_iin"]),
        ("'000123", "000123", ["identifier_cleaned"]),
        ("１２３４", "1234", ["identifier_cleaned"]),
        ("1234²", "1234²", []),
        ("AB-12/3", "AB-12/3", []),
        ("8.50101E+11", "8.50101E+11", []),
    ],
)
def test_an_identifier_stays_text_with_its_zeros(clean_cell, cell, text, codes):
    found = clean_cell("identifier", cell)
    assert (found.text, found.codes) == (text, codes)


@pytest.mark.parametrize(("cell", "name"), [("'=1+1", "=1+1"), ("'-2+3", "-2+3"), ("'@SUM(A1)", "@SUM(A1)")])
def test_the_apostrophe_that_an_output_adds_is_no_part_of_the_text_and_no_repair(clean_cell, cell, name):
    assert clean_cell("lastname", cell) == clean_cell("lastname", name)
