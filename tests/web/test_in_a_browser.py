"""The whole way in a real browser: by mouse, by keyboard, without a script, by two people, and by a screen reader."""

import re

import pytest
from playwright.sync_api import expect
from web.messy import messy_csv, messy_workbook
from web.usable import DESK, LOOKS, is_clean

expect.set_options(timeout=60_000)  # a busy machine is no defect


@pytest.fixture
def seat(page, chromium):
    """Makes windows of somebody who came in with a key; what a window's console says is an error."""
    contexts = []

    def made(**options):
        context = chromium.new_context(viewport=options.pop("viewport", DESK), **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        window = context.new_page()
        window.said = []
        window.on("console", lambda message: window.said.append(message.text) if message.type == "error" else None)
        window.on("pageerror", lambda error: window.said.append(str(error)))
        window.goto(f"{page.url}/?key={page.site.sessions.new_key()}")
        return window

    yield made
    for context in contexts:
        context.close()


def uploaded(window, path):
    """Upload a file; the address of its screens."""
    window.set_input_files("#file", path)
    window.click("#upload button.main")
    window.wait_for_url("**/file")
    window.wait_for_selector(".bar a.main")
    return re.sub(r"/file$", "", window.url)


def checked_1c(window, tmp_path):
    """The export of 1C on the screen Check."""
    at = uploaded(window, messy_csv(tmp_path / "физлица_1С.csv"))
    window.click(".bar a.main")
    window.select_option("select[name=column-1]", "full_name")
    window.click(".bar button.main")
    window.wait_for_selector("#problems")
    return at


def test_the_whole_way_with_an_export_of_1c(seat, tmp_path):
    window = seat()
    expect(window.locator("h1")).to_have_text("Upload a file of people")
    at = checked_1c(window, tmp_path)
    count = window.locator(".counts strong")
    expect(count).to_have_text(["48", "11", "1", "0"])

    # a suggestion is a button; a slow hand takes its time, and what it typed before in another cell is kept, too
    window.fill("#c-52-date_of_birth", "30.04.1999")
    window.click("button:has-text('person13@example.com')", delay=700)
    expect(window.locator("#c-16-email")).to_have_count(0)
    expect(window.locator("#c-52-date_of_birth")).to_have_count(0)
    # one value for all cells that have it
    window.click("a:has-text('Unknown country')")
    window.fill("#value-country_unknown-1", "KAZ")
    window.click("button:has-text('Set all 6')")
    expect(window.locator("#status")).to_contain_text("6 cells")
    expect(count).to_have_text(["55", "4", "1", "0"])
    # typed in its place: Enter keeps, and goes to the next wrong cell; what is wrong stays, with its text below
    window.goto(f"{at}/check")
    window.fill("#c-7-date_of_birth", "31.04.1999")
    window.press("#c-7-date_of_birth", "Enter")
    expect(window.locator("#c-7-date_of_birth-said")).to_contain_text("31.04.1999")
    window.fill("#c-7-date_of_birth", "28.02.1999")
    window.press("#c-7-date_of_birth", "Enter")
    expect(window.locator("#c-7-date_of_birth")).to_have_count(0)
    assert window.evaluate("document.activeElement.id") == "c-10-phone"
    # Escape takes back what is being typed
    window.fill("#c-10-phone", "1")
    window.press("#c-10-phone", "Escape")
    expect(window.locator("#c-10-phone")).to_have_value("8701")
    # a reload keeps everything; undo goes on behind it, by Ctrl+Z too
    window.reload()
    expect(count).to_have_text(["56", "3", "1", "0"])
    window.keyboard.press("Control+z")
    expect(window.locator("#c-7-date_of_birth")).to_have_value("31.04.1999")
    window.click("#undo")
    expect(window.locator("#c-7-date_of_birth")).to_have_value("31.02.1999")
    # of two rows with one phone the chosen one
    window.click("a:has-text('duplicates')")
    window.click("button:has-text('Send only row 14')")
    expect(window.locator("td.wrong .error, td .error").first).to_contain_text("row 14, chosen by operator")
    assert window.said == []


def test_a_workbook_is_dropped_and_a_language_chosen(seat, tmp_path):
    window = seat()
    path = messy_workbook(tmp_path / "clients.xlsx")
    moved = window.evaluate_handle(
        """content => { const moved = new DataTransfer();
            moved.items.add(new File([Uint8Array.from(content)], 'Клиенты май.xlsx')); return moved; }""",
        list(path.read_bytes()),
    )
    window.dispatch_event(".dropzone", "drop", {"dataTransfer": moved})
    window.wait_for_selector("h2:has-text('What was understood')")
    expect(window.locator("main")).to_contain_text("Sheet “Клиенты”, header in row 3")
    window.click("a[hreflang=ru]")
    expect(window.locator("html")).to_have_attribute("lang", "ru")
    assert window.said == []


def test_two_people_see_each_others_corrections_and_none_is_lost(seat, tmp_path):
    first = seat()
    at = checked_1c(first, tmp_path)
    second = seat()
    second.goto(f"{at}/check")
    first.fill("#c-10-phone", "+7 701 555 66 77")
    second.fill("#c-7-date_of_birth", "27.02")  # still typing
    first.press("#c-10-phone", "Enter")
    expect(second.locator("#c-10-phone")).to_have_count(0)
    expect(second.locator("#c-7-date_of_birth")).to_have_value("27.02")
    assert second.evaluate("document.activeElement.id") == "c-7-date_of_birth"
    # both in one cell: the second is asked, also where it saw what the first one wrote; what it typed elsewhere stays
    first.fill("#search", "half a wor")
    first.fill("#c-22-date_of_birth", "02.02.1999")
    second.fill("#c-22-date_of_birth", "01.01")
    second.press("#c-22-date_of_birth", "Enter")
    expect(first.locator("#c-22-date_of_birth-said")).to_contain_text("01.01")
    expect(first.locator("#c-22-date_of_birth")).to_have_value("02.02.1999")
    expect(first.locator("#search")).to_have_value("half a wor")
    first.press("#c-22-date_of_birth", "Enter")
    first.click("[role=alert] button:has-text('Take mine')")
    expect(first.locator("#c-22-date_of_birth")).to_have_count(0)
    # undo is of one's own
    expect(second.locator("#undo")).to_contain_text("1 cell")


def test_everything_works_without_a_script(seat, tmp_path):
    window = seat(java_script_enabled=False)
    window.set_input_files("#file", messy_csv(tmp_path / "1c.csv"))
    window.click("button:has-text('Upload')")
    window.wait_for_selector("h2:has-text('What was understood')")
    at = re.sub(r"/file$", "", window.url)
    window.click("a:has-text('Continue')")
    window.select_option("select[name=column-1]", "full_name")
    window.click("button:has-text('Continue')")
    window.wait_for_selector("#problems")
    window.fill("#c-10-phone", "+7 701 555 66 77")
    window.locator("td:has(#c-10-phone) button:has-text('Save')").click()
    expect(window.locator("#told")).to_contain_text("1 cell")
    expect(window.locator(".counts strong").first).to_have_text("49")
    window.click("#undo")
    expect(window.locator("#c-10-phone")).to_have_value("8701")
    window.locator("td:has(#c-6-country) input[data-cell]").fill("KAZ")
    window.locator("td:has(#c-6-country) button:has-text('Apply to all 6')").click()
    expect(window.locator(".counts strong").first).to_have_text("53")
    window.fill("#search", "28.02")
    window.click("button:has-text('Show')")
    expect(window.locator(".empty")).to_contain_text("No row fits")
    assert at in window.url


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_cell_with_a_line_break_is_changed_by_whoever_types_in_it_and_by_nobody_else(seat, page, tmp_path, script):
    """A browser takes line breaks out of an input: two numbers, one below the other, must not become one."""
    path = tmp_path / "two_lines.csv"
    broken = "".join(f'"+7701\n234567{row}",Анна,Ким,\n' for row in (1, 2))
    odd = '"+7 701\r\n234",Анна,Ким,\n+77013334455,Анна,Ким,"Казах\nстон"\n+77013334456,Анна,Ким,"Казах\nстон"\n'
    path.write_bytes(f"phone,firstname,lastname,country\n{broken}{odd}".encode())
    window = seat(java_script_enabled=script)
    window.set_input_files("#file", path)
    window.click("#upload button.main")
    window.wait_for_url("**/file")
    window.goto(re.sub(r"/file$", "/check", window.url))
    at = window.url
    expect(window.locator("#c-2-phone")).to_have_value("+7701 2345671")
    if script:
        window.focus("#c-2-phone")
        for _ in range(20):
            window.keyboard.press("Tab")
    for phone in ("#c-2-phone", "#c-6-phone"):
        with window.expect_response("**/cell"):
            window.press(phone, "Enter")
    expect(window.locator("#undo")).to_have_count(0)
    window.goto(f"{page.url}/")
    window.goto(at)
    expect(window.locator("#undo")).to_have_count(0)
    # what is typed there is kept, also beside other line breaks
    window.fill("#c-6-phone", "+7 701 777 66 55")
    window.press("#c-6-phone", "Enter")
    expect(window.locator("#c-6-phone")).to_have_count(0)
    expect(window.locator("#undo")).to_contain_text("1 cell")
    expect(window.locator("[role=alert]")).to_have_count(0)
    # and what a cause sets concerns all cells with the value
    window.goto(f"{at}?code=country_unknown&field=country")
    window.fill("#value-country_unknown-1", "KAZ")
    window.click("button:has-text('Set all 2')")
    expect(window.locator("#undo")).to_contain_text("2 cells")


@pytest.mark.parametrize(
    "look", [pytest.param(LOOKS[name], marks=[] if name == "ru" else pytest.mark.chaos, id=name) for name in LOOKS]
)
def test_every_page_can_be_used_by_everybody(seat, page, tmp_path, look):
    window = seat(**look)
    is_clean(window)
    at = checked_1c(window, tmp_path)
    assert window.evaluate("document.documentElement.lang") == look["locale"][:2]
    for screen in ("file", "columns", "check", "check?code=country_unknown&field=country", "check?status=duplicate"):
        window.goto(f"{at}/{screen}")
        window.wait_for_selector("h2, table")
        for summary in window.locator("summary").all():
            summary.click()
        is_clean(window)
    window.goto(f"{at}/check")
    window.fill("#search", "nobody")
    window.press("#search", "Enter")
    expect(window.locator(".empty")).to_be_visible()
    is_clean(window)
    window.goto(f"{page.url}/nothing")
    is_clean(window)
    window.context.clear_cookies()
    window.goto(page.url)
    expect(window.locator("#key")).to_be_visible()
    is_clean(window)


def test_on_a_narrow_screen_each_word_stays_within_its_card(seat, page, tmp_path):
    window = seat(locale="ru-RU", viewport={"width": 320, "height": 640})
    checked_1c(window, tmp_path)
    right = "one => one.getBoundingClientRect().right"
    for tag in window.locator(".counts .tag").all():
        assert tag.evaluate(right) < tag.locator("..").evaluate(right)
    is_clean(window)


def test_a_session_that_has_ended_asks_for_a_key_and_loses_nothing(seat, page, tmp_path):
    window = seat()
    cookies = window.context.cookies()
    window.set_input_files("#file", messy_csv(tmp_path / "early.csv"))
    window.context.clear_cookies()
    window.click("#upload button.main")
    expect(window.locator("main")).to_contain_text("your session has ended")
    window.context.add_cookies(cookies)
    window.goto(page.url)
    at = checked_1c(window, tmp_path)
    window.fill("#c-10-phone", "+7 701 555 66 77")
    window.click(".bar a.main")  # what was typed is kept when the page is left
    window.wait_for_url("**/import")
    window.goto(f"{at}/check")
    expect(window.locator("#c-10-phone")).to_have_count(0)
    window.fill("#c-7-date_of_birth", "01.02.1999")
    window.context.clear_cookies()
    window.press("#c-7-date_of_birth", "Enter")
    expect(window.locator("h1")).to_have_text("Sign in")
    window.fill("#key", page.site.sessions.new_key())
    window.click("main button")
    window.goto(f"{at}/check")
    expect(window.locator(".counts strong").first).to_have_text("49")
