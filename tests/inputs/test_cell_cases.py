"""What is written in a cell, what is sent for it, what the output says: a line for each case.

Every line of a table is a row of one file. ``#`` and ``*`` stand for the digits of two numbers that belong to that row
alone, so that no two rows hold the same phone.
"""

from dataclasses import dataclass, field

import pytest
from inputs.importing import Importing, written

FIELDS = ("email", "firstname", "lastname", "date_of_birth", "identifier", "country", "gender", "nationality")


@dataclass(frozen=True)
class Case:
    """One row: cells by column, the fields sent besides the phone (None: not sent), what the output says."""

    name: str
    phone: str = "+7701#######"
    cells: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] | None = field(default_factory=dict)
    to: str = "+7701#######"
    status: str = "created"
    code: str = ""
    says: tuple[str, ...] = ()
    quiet: bool = False


def phone(name, cell, to="+7701#######", *says, quiet=False):
    """A phone that is sent; what the note says."""
    return Case(name, phone=cell, to=to, says=says or (() if quiet else (to,)), quiet=quiet)


def no_phone(name, cell, code, *says):
    """A phone that is an error; what the error says."""
    return Case(name, phone=cell, sent=None, status="invalid", code=code, says=says)


def sent(name, column, cell, value, *says, quiet=False):
    """A cell that is sent as ``value``; a note says so unless nothing was changed."""
    quiet = quiet or (value == cell.strip() and not says)
    return Case(name, cells={column: cell}, sent={column: value}, says=says or (() if quiet else (value,)), quiet=quiet)


def left_out(name, column, cell, *says, quiet=False):
    """A cell that is left out of the request."""
    return Case(name, cells={column: cell}, says=says, quiet=quiet)


def wrong(name, column, cell, code, *says):
    """A cell that is an error; what the error says."""
    return Case(name, cells={column: cell}, sent=None, status="invalid", code=code, says=says)


PHONES = [
    phone("clean", "+7701#######", quiet=True),
    phone("domestic with dashes", "8 701 ###-##-##"),
    phone("country code and brackets", "+7 (701) ### ## ##"),
    phone("ten national digits", "701#######"),
    phone("code without plus", "7701#######"),
    phone("domestic, no blanks", "8701#######"),
    phone("domestic with brackets", "8(701)###-##-##"),
    phone("dots", "8.701.###.##.##"),
    phone("dialled abroad with 00", "007701#######"),
    phone("plus and dashes", "+7-701-###-##-##"),
    phone("no-break spaces", "8\u00a0701\u00a0###\u00a0##\u00a0##"),
    phone("zero-width space", "\u200b+7701#######"),
    phone("left-to-right marks", "\u202a+7701#######\u202c"),
    phone("byte order mark inside", "\ufeff+7701#######"),
    phone("en dash", "8 701 ###–##–##"),
    phone("full-width", "＋７７０１#######"),
    phone("Arabic digits", "+٧٧٠١#######"),
    phone("leading apostrophe", "'+7701#######"),
    phone("leading apostrophe, domestic", "'8701#######"),
    phone("Excel's float", "7701#######.0"),
    phone("Excel's float, domestic", "8701#######.0"),
    phone("outer blanks", "  +7701####### ", quiet=True),
    phone("tel: prefix", "tel:+7701#######"),
    phone("p: prefix of lead forms", "p:+7701#######"),
    phone("a label", "моб. 8 701 ### ## ##"),
    phone("two by comma", "8701#######, 8702*******", "+7701#######", "+7701#######", "+7702*******"),
    phone("two by semicolon", "8701#######; 8702*******", "+7701#######", "+7702*******"),
    phone("two by slash", "8701#######/8702*******", "+7701#######", "+7702*******"),
    phone("two by line break", "8701#######\n8702*******", "+7701#######", "+7702*******"),
    phone("two by Google's colons", "+7701####### ::: +7702*******", "+7701#######", "+7702*******"),
    phone("two by a word", "8701####### или 8702*******", "+7701#######", "+7702*******"),
    phone("the first is no number", "12345, 8701#######", "+7701#######", "+7701#######"),
    phone("the same twice", "8701#######, +7 701 ### ## ##"),
    phone("extension", "8 727 2##-##-## доб. 12", "+77272######", "+77272######", "12"),
    phone("English extension", "+7 727 2###### ext 345", "+77272######", "345"),
    phone("foreign", "+4479111#####", "+4479111#####", quiet=True),
    phone("foreign, written", "+44 7911 1## ###", "+4479111#####"),
    phone("Russian", "8 916 ### ## ##", "+7916#######"),
    phone("German with (0)", "+49 (0)151 2#######", "+491512#######"),
    phone("pattern fits, no plan knows", "+7000#######", "+7000#######", "no numbering plan"),
    no_phone("blank", "", "phone_missing"),
    no_phone("a second blank", "", "phone_missing"),
    no_phone("blanks only", "   ", "phone_missing"),
    no_phone("нет", "нет", "phone_missing", "нет"),
    no_phone("dash", "-", "phone_missing"),
    no_phone("zero", "0", "phone_missing"),
    no_phone("n/a", "n/a", "phone_missing"),
    no_phone("sevens", "77777777777", "phone_placeholder", "77777777777"),
    no_phone("zeros behind the code", "+70000000000", "phone_placeholder"),
    no_phone("ascending digits", "1234567890", "phone_placeholder"),
    no_phone("+8 701", "+8 701 ### ## ##", "phone_trunk_prefix", "did you mean '+7701#######'"),
    no_phone("too short", "8701", "phone_pattern", "'8701' has 4 digits"),
    no_phone("too long", "+7701#######123456", "phone_pattern"),
    no_phone("letters for digits", "8701######О", "phone_letters"),
    no_phone("possible, not valid here", "8 799 ### ## ##", "phone_not_valid"),
    no_phone("foreign without plus", "4479111#####", "phone_no_code", "did you mean '+4479111#####'"),
    no_phone("digits lost", "7.70112E+10", "phone_digits_lost|cell_digits_lost", "digits"),
    no_phone("digits lost, comma", "7,70112E+10", "phone_digits_lost|cell_digits_lost", "digits"),
    no_phone("a word", "позвонить", "phone_pattern"),
    no_phone("an Excel error", "#N/A", "cell_error|phone_missing"),
    no_phone("an overflowing cell", "########", "cell_too_narrow"),
]

NAMES = [
    *(sent(f"surname {name}", "lastname", name, name) for name in ("Null", "NA", "None", "Нет", "True", "Nan", "No")),
    sent("apostrophe", "lastname", "О'Коннор", "О'Коннор"),
    sent("typographic apostrophe", "lastname", "О’Коннор", "О’Коннор"),
    sent("hyphen", "firstname", "Ким-Чен", "Ким-Чен"),
    sent("Kazakh letter", "firstname", "Ә", "Ә"),
    sent("Kazakh name", "firstname", "Әйгерім", "Әйгерім"),
    sent("composed", "firstname", "Андре\u0438\u0306", "Андре\u0439", "Андре\u0439"),
    sent("inner blanks", "lastname", "Ван  дер   Берг", "Ван дер Берг"),
    sent("outer blanks", "lastname", "  Ким ", "Ким", quiet=True),
    sent("no-break space", "lastname", "Ван\u00a0Берг", "Ван Берг"),
    sent("zero-width", "firstname", "Али\u200bя", "Алия"),
    sent("line break", "lastname", "Ван\nБерг", "Ван Берг"),
    sent("TRUE", "lastname", "TRUE", "TRUE"),
    sent("1.0", "lastname", "1.0", "1.0"),
    sent("emoji", "firstname", "Аня 🌸", "Аня 🌸"),
    sent("quote marks", "lastname", 'Ким "Большой"', 'Ким "Большой"'),
    sent("separators", "lastname", "Ким; Ли, Цой\tХан | Пак", "Ким; Ли, Цой Хан | Пак"),
    sent("=HYPERLINK", "firstname", '=HYPERLINK("http://x.kz","y")', '=HYPERLINK("http://x.kz","y")'),
    sent("=1+1", "firstname", "=1+1", "=1+1"),
    sent("@SUM", "lastname", "@SUM(A1:A9)", "@SUM(A1:A9)"),
    sent("-2+3", "lastname", "-2+3", "-2+3"),
    sent("+cmd", "lastname", "+cmd|' /C calc'!A0", "+cmd|' /C calc'!A0"),
    left_out("blank name", "firstname", "", quiet=True),
    left_out("spaces", "firstname", "   ", quiet=True),
    left_out("dash", "lastname", "-", "left out"),
    left_out("n/a", "lastname", "n/a", "left out"),
]

DATES = [
    sent("ISO", "date_of_birth", "1999-12-31", "1999-12-31"),
    sent("dots", "date_of_birth", "31.12.1999", "1999-12-31"),
    sent("slashes", "date_of_birth", "31/12/1999", "1999-12-31"),
    sent("dashes", "date_of_birth", "31-12-1999", "1999-12-31"),
    sent("short year", "date_of_birth", "31.12.99", "1999-12-31"),
    sent("short year, never to come", "date_of_birth", "31.12.68", "1968-12-31"),
    sent("short year of this century", "date_of_birth", "31.12.01", "2001-12-31"),
    sent("midnight", "date_of_birth", "1999-12-31 00:00:00", "1999-12-31"),
    sent("a time", "date_of_birth", "31.12.1999 23:59:59", "1999-12-31"),
    sent("ISO with T", "date_of_birth", "1999-12-31T00:00:00", "1999-12-31"),
    sent("words", "date_of_birth", "31 декабря 1999 г.", "1999-12-31"),
    sent("short month", "date_of_birth", "31-дек-99", "1999-12-31"),
    sent("English words", "date_of_birth", "31 December 1999", "1999-12-31"),
    sent("Kazakh words", "date_of_birth", "1999 жылғы 31 желтоқсан", "1999-12-31"),
    sent("no leading zeros", "date_of_birth", "1.2.1999", "1999-02-01"),
    sent("slashes decided by the column", "date_of_birth", "01/02/1999", "1999-02-01"),
    sent("leading apostrophe", "date_of_birth", "'31.12.1999", "1999-12-31"),
    sent("digits only", "date_of_birth", "19991231", "1999-12-31"),
    sent("with a zone", "date_of_birth", "1999-12-31T20:00:00Z", "1999-12-31", "zone"),
    wrong("31 February", "date_of_birth", "31.02.1999", "date_of_birth_calendar", "31.02.1999"),
    wrong("29 February 1999", "date_of_birth", "29.02.1999", "date_of_birth_calendar"),
    wrong("future", "date_of_birth", "31.12.2999", "date_of_birth_future"),
    wrong("no year", "date_of_birth", "--12-31", "date_of_birth_no_year"),
    wrong("only a year", "date_of_birth", "1999", "date_of_birth_year_only"),
    wrong("a day count", "date_of_birth", "36525", "date_of_birth_number", "1999-12-31"),
    wrong("a word", "date_of_birth", "весной", "date_of_birth_pattern", "весной"),
    sent("before 1900", "date_of_birth", "31.12.1899", "1899-12-31", "before 1900"),
    sent("1900-01-01", "date_of_birth", "01.01.1900", "1900-01-01", "check it"),
    left_out("1C's empty date", "date_of_birth", "01.01.0001 0:00:00", "left out"),
    left_out("Outlook's empty date", "date_of_birth", "0/0/00", "left out"),
    left_out("dash", "date_of_birth", "-", "left out"),
    left_out("spaces", "date_of_birth", "  ", quiet=True),
]

EMAILS = [
    sent("clean", "email", "u###@example.com", "u###@example.com"),
    sent("outer blanks", "email", "  v###@example.com ", "v###@example.com", quiet=True),
    sent("mailto:", "email", "mailto:w###@example.com", "w###@example.com"),
    sent("upper-case domain", "email", "x###@EXAMPLE.COM", "x###@example.com"),
    sent("upper-case local part stays", "email", "Y###@example.com", "Y###@example.com"),
    sent("angle brackets", "email", "Аня <z###@example.com>", "z###@example.com"),
    sent("plus", "email", "a+b###@example.com", "a+b###@example.com"),
    sent("zero-width", "email", "\u200bc###@example.com", "c###@example.com"),
    sent("misspelt domain", "email", "d###@gmial.com", "d###@gmial.com", "gmail.com"),
    wrong("comma for dot", "email", "a###@b,kz", "email_format", "did you mean 'a###@b.kz'"),
    wrong("gmail.con", "email", "e###@gmail.con", "email_dead_domain", "gmail.com"),
    wrong("two", "email", "a###@example.com, b###@example.com", "email_several", "a###@example.com"),
    wrong("two by semicolon", "email", "a###@example.com;b###@example.com", "email_several"),
    wrong("Cyrillic letter", "email", "иван@example.com", "email_letters"),
    wrong("look-alike letter", "email", "а###@example.com", "email_letters", "did you mean 'a###@example.com'"),
    wrong("no at sign", "email", "example.com", "email_format"),
    wrong("inner blank", "email", "a b###@example.com", "email_format"),
    left_out("blank", "email", " ", quiet=True),
    left_out("нет", "email", "нет", "left out"),
    left_out("dash", "email", "-", "left out"),
]

OTHERS = [
    *(
        sent(f"country {name}", "country", name, code)
        for name, code in {
            "KAZ": "KAZ",
            "Казахстан": "KAZ",
            "Қазақстан": "KAZ",
            "Kazakhstan": "KAZ",
            "РК": "KAZ",
            "KZ": "KAZ",
            "kaz": "KAZ",
            "КАЗАХСТАН": "KAZ",
            "Республика Казахстан": "KAZ",
            "РФ": "RUS",
            "Россия": "RUS",
            "РБ": "BLR",
            "США": "USA",
            "КНР": "CHN",
            "Кыргызстан": "KGZ",
            "Киргизия": "KGZ",
            "Узбекистан": "UZB",
            "Germany": "DEU",
            "Германия": "DEU",
            "NAM": "NAM",
            "Намибия": "NAM",
            "uk": "GBR",
        }.items()
    ),
    wrong("unknown country", "country", "Нарния", "country_unknown", "Нарния"),
    wrong("misspelt country", "country", "Казакстанн", "country_unknown", "did you mean 'KAZ'"),
    wrong("a number beside names", "country", "398", "country_number", "did you mean 'KAZ'"),
    wrong("NA is not Namibia for sure", "country", "NA", "country_unknown"),
    left_out("no country", "country", "n/a", "left out"),
    *(
        sent(f"gender {text}", "gender", text, code)
        for text, code in {
            "M": "M",
            "F": "F",
            "м": "M",
            "ж": "F",
            "М": "M",
            "Ж": "F",
            "муж": "M",
            "жен": "F",
            "муж.": "M",
            "мужской": "M",
            "Женский": "F",
            "male": "M",
            "Female": "F",
            "ер": "M",
            "әйел": "F",
            "f": "F",
        }.items()
    ),
    wrong("gender 0", "gender", "0", "gender_number"),
    wrong("gender 1", "gender", "1", "gender_number"),
    wrong("unknown gender", "gender", "авто", "gender_unknown"),
    left_out("gender dash", "gender", "-", "left out"),
    left_out("gender not given", "gender", "Не указан", "left out"),
    sent("identifier with zeros", "identifier", "0012345", "0012345"),
    sent("a valid IIN", "identifier", "900101300017", "900101300017"),
    sent("no IIN", "identifier", "900101300018", "900101300018", "no valid IIN"),
    sent("identifier as float", "identifier", "900101300017.0", "900101300017"),
    sent("identifier of letters", "identifier", "AB 123-45", "AB 123-45"),
    wrong("identifier that lost digits", "identifier", "9.00101E+11", "identifier_digits_lost|cell_digits_lost"),
    left_out("no identifier", "identifier", "нет", "left out"),
    sent("nationality in words", "nationality", "Казахстан", "Казахстан"),
    left_out("no nationality", "nationality", "---", "left out"),
]

TABLES = {"phones": PHONES, "names": NAMES, "dates": DATES, "emails": EMAILS, "others": OTHERS}
CASES = [(table, place) for table, cases in TABLES.items() for place in range(len(cases))]


def numbered(text: str, number: int) -> str:
    """``#`` are replaced by the digits of the row's number, ``*`` by those of its other one."""
    for mark, digits in (("#", str(3_110_000 + number)), ("*", str(4_220_000 + number))):
        text = text.replace("###@", f"{digits[-3:]}@")
        count = text.count(mark)
        if count and any(char.isdigit() or char == "@" for char in text):
            some = iter(digits * (count // 7) if count % 7 == 0 else digits[-count:])
            text = "".join(next(some) if char == mark else char for char in text)
    return text


@pytest.fixture(scope="module")
def outcomes(importing: Importing):
    """Every table imported as one file: (table, place) → result cells, body sent, original cells before and after."""
    found = {}
    number = 0
    for table, cases in TABLES.items():
        lines = [["phone", *FIELDS, "case"]]
        for case in cases:
            number += 1
            cells = [numbered(case.cells.get(name, ""), number) for name in FIELDS]
            lines.append([numbered(case.phone, number), *cells, str(number)])
        imported = importing.run(written(importing.folder / f"{table}.csv", lines))
        assert len(imported.table) == len(cases)
        for place, row in enumerate(imported.rows):
            found[table, place] = (int(lines[place + 1][-1]), row, lines[place + 1], imported.originals[place + 1])
    return found


@pytest.mark.parametrize(
    ("table", "place"), CASES, ids=[f"{table}: {TABLES[table][place].name}" for table, place in CASES]
)
def test_a_cell_is_sent_right_or_refused_with_its_reason(outcomes, table, place):
    case = TABLES[table][place]
    number, row, before, after = outcomes[table, place]
    if case.sent is None:
        assert row["sent"] is None
    else:
        expected = {"phone": numbered(case.to, number)}
        expected |= {name: numbered(value, number) for name, value in case.sent.items()}
        assert row["sent"] == expected
    assert row["import_status"] == case.status
    assert row["import_error_code"] in case.code.split("|")
    said = row["import_note"] if case.sent is not None else row["import_error"]
    for words in case.says:
        assert numbered(words, number) in said
    if case.quiet:
        assert said == ""
    assert [cell.removeprefix("'") for cell in after] == [cell.removeprefix("'") for cell in before]


def test_a_cell_that_a_spreadsheet_would_run_is_inert_in_the_output_and_the_others_are_as_they_were(outcomes):
    for _, _, before, after in outcomes.values():
        for cell, shown in zip(before, after, strict=True):
            if cell.startswith(("=", "@", "-2", "+cmd", "--12")):
                assert shown == f"'{cell}"
            else:
                assert shown == cell
