"""A number is shown as its format says: masks and dates as a person sees them, everything else by its digits."""

import pytest

from importer.reading.workbook.durations import iso_moment
from importer.reading.workbook.number_format import NumberFormat, Shows
from importer.reading.workbook.shown_number import shown


def show(code: str, value: float, number: int = 164, *, epoch_1904: bool = False) -> str:
    return shown(repr(value), NumberFormat.of(number, code), epoch_1904=epoch_1904)[0]


PHONE = 7011234567


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("000000000000", 123456, "000000123456"),
        ("[$-419]000000000000", 123456, "000000123456"),
        ("[$-43F]000000000000", 900101300017, "900101300017"),
        ("[Red]000000", 7, "000007"),
        ("[Color5]000000", 7, "000007"),
        ('"+7"0', PHONE, "+77011234567"),
        ('"+7"General', PHONE, "+77011234567"),
        ("\\+0", 77011234567, "+77011234567"),
        ('"+7 ("000") "000-00-00', PHONE, "+7 (701) 123-45-67"),
        ("+7 (000) 000-00-00", PHONE, "+7 (701) 123-45-67"),
        ("\\+7\\ 000\\ 000\\ 00\\ 00", PHONE, "+7 701 123 45 67"),
        ("0000 000 00 00", 87011234567, "8701 123 45 67"),
        ("(000) 000-0000", PHONE, "(701) 123-4567"),
        ("[<=9999999]000-0000;(000) 000-0000", 1234567, "123-4567"),
        ("[<=9999999]000-0000;(000) 000-0000", PHONE, "(701) 123-4567"),
        ('[<1000]000000;"+7"0', 999, "000999"),
        ('[<1000]000000;"+7"0', 1000, "+71000"),
        ("[Red][>=100]000000;[Blue]0000", 99, "0099"),
        ("000000;-000000;0000", 0, "0000"),
        ("_-000000_-", 7, "000007"),
        ("*x000000", 7, "000007"),
        ('"a;b"000', 7, "a;b007"),
        ("?????0", 7, "7"),
        ("#\\ ##0", 1234, "1 234"),
        ('"+1 "000.000.0000', 2015550123, "+1 201.555.0123"),
        ("000.000.0000", 2015550123, "201.555.0123"),
        ('"+7"#,##0', PHONE, "+77011234567"),
        ('"+7"0.00', PHONE, "+77011234567"),
        ("[$+7-419]0", PHONE, "+77011234567"),
        ("[$-419][Red]000000000000;@", 7, "000000000007"),
        ("0;-0;;@", 0, ""),
        ('0;-0;"нет"', 0, "нет"),
        ("0;-0;", 5, "5"),
        ('_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', 0, "-"),
        ('_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', 5, "5"),
        ('[=0]"";"+7"0', PHONE, "+77011234567"),
        ("[Red]", 7, "7"),
    ],
)
def test_a_mask_is_filled_in(code, value, text):
    assert show(code, value) == text


@pytest.mark.parametrize(
    "code",
    ["", "General", "@", "0", "#", "0.00", "#,##0", "0%", "0.00E+00", '#,##0.00 "₸"', "[$₸-43F]#,##0",
     "[$₸-43F] 000000", "# ?/?", '[=77011234567]"нет";000000', ";;;"],
)  # fmt: skip
def test_what_only_dresses_a_number_leaves_its_digits(code):
    assert show(code, 77011234567) == "77011234567"


@pytest.mark.parametrize(("value", "text"), [(-5, "-5"), (1.5, "1.5"), (12345678901234567890, "12345678901234567168")])
def test_a_mask_is_for_whole_numbers_whose_digits_are_all_there(value, text):
    assert show("000000000000", value) == text


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("dd.mm.yyyy", 36525, "1999-12-31"),
        ("m/d/yy", 36525.75, "1999-12-31 18:00:00"),
        ("[$-419]d mmmm yyyy;@", 36525, "1999-12-31"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", 36525, "1999-12-31"),
        ('yyyy"г."', 36525, "1999-12-31"),
        ("[Red]dd.mm.yyyy", 36525, "1999-12-31"),
        ("mmm-yy", 36525, "1999-12-31"),
        ("mmmm", 36525, "1999-12-31"),
        ("dd.mm.yyyy", 59, "1900-02-28"),
        ("dd.mm.yyyy", 61, "1900-03-01"),
        ("h:mm", 0.4375, "10:30:00"),
        ("h:mm AM/PM", 0.75, "18:00:00"),
        ("mm:ss.0", 0.4375, "10:30:00"),
        ("[h]:mm", 1.5, "36:00:00"),
        ("[mm]:ss", 0.5, "12:00:00"),
    ],
)
def test_a_date_or_time_is_told_by_its_value(code, value, text):
    assert show(code, value) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(14, "1999-12-31 18:00:00"), (22, "1999-12-31 18:00:00"), (46, "876618:00:00"), (4, "36525.75")],
)
def test_the_formats_that_have_a_number_only_are_known(number, text):
    assert show("", 36525.75, number) == text


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (86_399.4, "1999-12-31 23:59:59"),
        (86_399.5, "1999-12-31 23:59:59"),
        (86_399.997, "1999-12-31 23:59:59"),
        (86_399.99999, "2000-01-01"),
        (37_799.999999, "1999-12-31 10:30:00"),
        (34_199.97, "1999-12-31 09:30:00"),
        (0.00001, "1999-12-31"),
    ],
)
def test_a_day_lasts_until_its_last_moment(second, text):
    """Databases write the end of a day as 23:59:59.997; what is nearer to the next day is how a double writes it."""
    assert show("dd.mm.yyyy", 36525 + second / 86_400) == text
    assert iso_moment(f"1999-12-31T{_clock(second)}", Shows.DATE) == text


def test_the_last_moment_there_is_stays_what_it_is():
    """.NET and SQL write it for "for ever"."""
    assert iso_moment("9999-12-31T23:59:59.9999999", Shows.DATE) == "9999-12-31 23:59:59"


def _clock(second: float) -> str:
    return f"{second // 3600:02.0f}:{second % 3600 // 60:02.0f}:{second % 60:09.6f}"


def test_days_may_count_from_1904():
    assert show("dd.mm.yyyy", 35063, epoch_1904=True) == "1999-12-31"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("code", ["[" * 1_000_000, '"' * 1_000_001, "0" * 256])
def test_a_format_longer_than_any_is_none(code):
    assert show(code, 123456) == "123456"
