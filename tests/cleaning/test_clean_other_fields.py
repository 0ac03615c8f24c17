import unicodedata

import pandas as pd
import pytest

from importer.cleaning.characters import LONGEST_CELL
from importer.cleaning.country_numbers import CountryNumbers


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("Казахстан", "KAZ"), ("Қазақстан", "KAZ"), ("Kazakhstan", "KAZ"), ("РК", "KAZ"), ("KZ", "KAZ"), ("kaz", "KAZ"),
        ("КАЗАХСТАН", "KAZ"), ("Kazakhstan (KZ)", "KAZ"), ("Респ. Казахстан", "KAZ"), ("РФ", "RUS"),
        ("Республика Узбекистан", "UZB"), ("Государство Израиль", "ISR"), ("Republic of Uzbekistan", "UZB"),
        ("РБ", "BLR"), ("США", "USA"), ("КНР", "CHN"), ("ОАЭ", "ARE"), ("Кыргызстан", "KGZ"), ("Киргизия", "KGZ"),
        ("Южная Корея", "KOR"), ("uk", "GBR"), ("no", "NOR"), ("Франция", "FRA"),
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
        ("Казакстанн", "KAZ"), ("Нарния", ""), ("XX", ""), ("Корея", "KOR / PRK"), ("Конго", "COD / COG"),
        ("CONGO", "COD / COG"), ("Virgin Islands", "VGB / VIR"), ("КZ", "KAZ"),
        ("Казахстан, Алматы", "KAZ"),
        ("Kazakhstan/Russia", ""), ("Полис", ""),
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
    "cell",
    ["user@example.com", " user@example.com ", "o'hara+1@b.kz", "user@почта.рф", "A.b@c-d.kz", f"{'u' * 60}@mail.test"],
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
        ("a@b.kz, c@", "email_format", ""),
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
        ("000000000000", "", ["identifier_left_out"]),
        ("'000123", "000123", ["identifier_cleaned"]),
        ("１２３４", "1234", ["identifier_cleaned"]),
        ("1234²", "1234²", []),
        ("AB-12/3", "AB-12/3", []),
        ("8.50101E+11", "8.50101E+11", []),
        ("9912 3130 0123 4", "9912 3130 0123 4", []),
        ("AB 123456", "AB 123456", []),
        ("KG12345678-9012", "KG12345678-9012", []),
        ("№ 012345678", "012345678", ["identifier_cleaned"]),
        ("№900101300007", "900101300007", ["identifier_cleaned"]),
        ("'№ 900101300008", "900101300008", ["identifier_cleaned", "identifier_iin"]),
        ("№ N12345678", "N12345678", ["identifier_cleaned"]),
        ("№№ AB-12", "AB-12", ["identifier_cleaned"]),
        ("удл №012345678", "удл №012345678", []),
        ("удл. №900101300007", "удл. №900101300007", ["identifier_iin"]),
        ("№000", "", ["identifier_left_out"]),
        ("№", "", ["identifier_left_out"]),
        ("N 12345678", "N 12345678", []),  # N may be the series of a passport
        ("No12345678", "No12345678", []),
    ],
)
def test_an_identifier_stays_text_with_its_zeros(clean_cell, cell, text, codes):
    found = clean_cell("identifier", cell)
    assert (found.text, found.codes) == (text, codes)


@pytest.mark.parametrize(
    "cell", ["99 1231 300 123", "ИИН 991231300123", "ИИН: 991231300123", "991231-300123", "991231300123 (ИИН)"]
)
def test_twelve_digits_among_blanks_and_words_are_told_with_the_bare_number(check_cell, clean_cell, cell):
    assert check_cell("identifier", cell) == [("identifier_iin", "warning", "991231300123")]
    assert clean_cell("identifier", cell).text == cell


@pytest.mark.parametrize(("cell", "name"), [("'=1+1", "=1+1"), ("'-2+3", "-2+3"), ("'@SUM(A1)", "@SUM(A1)")])
def test_the_apostrophe_that_an_output_adds_is_no_part_of_the_text_and_no_repair(clean_cell, cell, name):
    assert clean_cell("lastname", cell) == clean_cell("lastname", name)


@pytest.mark.parametrize(
    ("cell", "code", "meant"),
    [
        ("50101500127", "identifier_zero_lost", "050101500127"),
        ("TRUE", "identifier_not_one", ""), ("false", "identifier_not_one", ""), ("ИСТИНА", "identifier_not_one", ""),
        ("ЛОЖЬ", "identifier_not_one", ""), ("-5", "identifier_not_one", ""), ("0.1", "identifier_not_one", ""),
        ("0,5", "identifier_not_one", ""), ("-12.5", "identifier_not_one", ""), ("12.0", "identifier_not_one", "12"),
        ("№ TRUE", "identifier_not_one", ""),
        ("'TRUE", "identifier_not_one", ""), ("yes", "identifier_not_one", ""), ("−7", "identifier_not_one", ""),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_made_of_an_identifier_is_refused(check_cell, cell, code, meant):
    assert check_cell("identifier", cell) == [(code, "error", meant)]


@pytest.mark.parametrize("cell", ["0", "00000000000", "0.0", "000-000-000 00", "########", "0,00", "-0", "0.00"])
def test_zeros_alone_are_no_identifier(clean_cell, cell):
    found = clean_cell("identifier", cell)
    assert (found.text, found.codes) == ("", ["identifier_left_out"])


@pytest.mark.parametrize("cell", ["123456789", "5", "50101500126", "AB-5", "N 0123", "1-2", "12345678901234", "0123"])
def test_other_identifiers_are_kept(check_cell, cell):
    assert check_cell("identifier", cell) == []


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("380", "ITA / UKR"), ("4", "AFG"), ("44", "BHS / GBR"), ("398", "KAZ"), ("7", "RUS"), ("1", "USA"),
        ("643.0", "RUS"),
        ("+7", "RUS"), ("999", ""), ("004", "AFG"), ("'398", "KAZ"),
    ],
)  # fmt: skip
def test_a_bare_number_is_no_country(check_cell, cell, meant):
    ((code, severity, detail),) = check_cell("country", cell)
    assert (code, severity) == ("country_number", "error")
    assert meant.split(" / ")[-1] in detail


@pytest.mark.parametrize(
    ("cell", "meant"), [("+7", "KAZ / RUS"), ("7", "KAZ / RUS"), ("1", "USA"), ("44", "BHS / GBR"), ("375", "BLR")]
)
def test_a_code_that_two_countries_share_may_mean_either(check_cell, cell, meant):
    assert check_cell("country", cell) == [("country_number", "error", meant)]


@pytest.mark.parametrize(
    ("cells", "plain"),
    [
        (["398", "643", ""], True), (["398"], True), (["398", "380"], True), (["004"], True),
        (["398", "-", "(null)"], True),
        (["643.0", "398.0"], True), (['="398"'], True), (["380"], False), (["380", "375"], False),
        (["398", "4"], False),
        (["398", "KAZ"], False), (["44"], False), ([], False), (["398", "999"], False), (["+398"], False),
    ],
)  # fmt: skip
def test_a_column_is_of_isos_numbers_if_all_its_cells_are(cells, plain):
    numbers = CountryNumbers()
    for cell in cells:
        numbers.add(pd.Series([cell], dtype="str"))
    assert numbers.are_plain() is plain


def test_isos_numbers_are_read_in_such_a_column(clean_cell):
    for cell, code in (("398", "KAZ"), ("643.0", "RUS"), ("380", "ITA"), ("004", "AFG")):
        assert clean_cell("country", cell, country_numbers=True).issues == (("country_cleaned", "note", code),)


@pytest.mark.parametrize("field", ["phone", "email", "date_of_birth"])
@pytest.mark.parametrize("piece", ["7", "a", "1/", "a@", "8(701)", "1:", "+ "])
@pytest.mark.timeout(20)
def test_a_cell_as_long_as_a_book_is_refused_at_once(clean_cell, field, piece):
    """50,000 digits in place of a phone took 25 s, 30,000 letters in place of a date five."""
    assert "error" in {severity for _, severity, _ in clean_cell(field, piece * 30_000).issues}


@pytest.mark.parametrize(
    ("field", "cell"),
    [("phone", "8 (701) 123-45-67"), ("email", "mailto:a@example.com"), ("date_of_birth", "31.12.1999")],
)
def test_blanks_around_a_cell_make_it_no_longer(clean_cell, field, cell):
    padded = clean_cell(field, f"{' ' * 3_000}{cell}{' ' * 3_000}")
    assert padded.text == clean_cell(field, cell).text != cell


def test_a_cell_is_looked_into_up_to_a_length_and_no_further(clean_cell):
    address = " <a@example.com>"
    longest = address.rjust(LONGEST_CELL, "A")
    assert clean_cell("email", longest).text == "a@example.com"
    assert clean_cell("email", f"A{longest}").codes == ["email_format"]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("anna@mail.con", ["email_dead_domain"]),
        ("anna..x@mail.con", ["email_format"]),
        ("@mail.con", ["email_format"]),
    ],
)
def test_what_is_no_address_is_told_so_once_whatever_it_ends_in(check_cell, cell, codes):
    assert [code for code, severity, _ in check_cell("email", cell) if severity == "error"] == codes


def test_a_number_sign_is_not_norway(check_cell):
    """Its letters in full are N and o."""
    assert [(code, severity) for code, severity, _ in check_cell("country", "№")] == [("country_unknown", "error")]
