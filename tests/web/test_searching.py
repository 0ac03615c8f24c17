"""Looking for somebody: the text is personal, so it stands in no address, history or log; also without a script."""

import re

import pytest
from playwright.sync_api import expect
from web.usable import DESK

from importer.web.access.roles import Role

PEOPLE = "phone,firstname,lastname,country\n" + "".join(
    f"+770120000{row:02},{'Айгуль' if row % 2 else 'Болат'},Сериков,KAZ\n" for row in range(90)
)


def checked(person):
    at = person.upload("люди.csv", PEOPLE.encode())
    person.settled(f"{at}/check")
    return at


def rows_of(text):
    return [int(row) for row in re.findall(r'<tr><th scope="row">(\d+)', text)]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_searched_name_stands_in_no_address_also_when_paging_reloading_and_going_back(page, anna, chromium, script):
    at, asked = checked(anna), []
    context = chromium.new_context(viewport=DESK, java_script_enabled=script)
    window = context.new_page()
    window.on("request", lambda request: asked.append(request.url))
    window.goto(f"{page.url}/?key={page.site.sessions.new_key()}")
    window.goto(f"{page.url}{at}/check?status=not_sent")
    of = window.locator("nav.pages span")
    expect(of).to_have_text("1–20 of 90")
    window.fill("#search", "айгуль")
    window.press("#search", "Enter")
    expect(of).to_have_text("1–20 of 45")
    expect(window.locator("#search")).to_have_value("айгуль")
    window.click("a[aria-label='Next page']")
    expect(of).to_have_text("21–40 of 45")
    window.reload()
    expect(of).to_have_text("21–40 of 45")
    window.fill("#search", "7701200000")
    window.click("form[role=search] button")
    expect(of).to_have_text("1–10 of 10")
    window.go_back()
    expect(of).to_have_text("21–40 of 45")
    expect(window.locator("#search")).to_have_value("айгуль")
    window.click("a:has-text('Show all')")
    expect(window.locator(".empty")).to_contain_text("No row needs a correction")
    told = "".join(asked).casefold()
    assert "770120000" not in told
    assert "%d0%b0%d0%b9" not in told  # ай
    context.close()


def test_a_search_is_kept_for_those_who_work_on_the_file_and_tells_nobody_else_what_is_masked(page, anna):
    at = checked(anna)
    boris = page.client("boris", Role.VIEWER)
    found = anna.post(f"{at}/search", search="болат", status="not_sent")
    assert len(rows_of(found.text)) == 20
    address = str(found.url).partition("#")[0]
    assert "of 45" in found.text
    assert "of 45" in page.client("vera").get(address).text
    seen = boris.get(address).text
    assert "of 90" in seen
    assert "болат" not in seen
    assert boris.post(f"{at}/search", search="болат").status_code == 403
    # two tabs keep their own; a name that nobody gave is none
    other = anna.post(f"{at}/search", search="айгуль", status="not_sent")
    assert rows_of(other.text)[0] != rows_of(anna.get(address).text)[0]
    assert "of 90" in anna.get(re.sub("found=[^&]+", "found=0123", address)).text
    # nor does an address of before, that somebody kept
    assert "of 90" in anna.get(f"{at}/check?status=not_sent&search=болат").text
    assert "болат" not in page.site.audit.path.read_text(encoding="utf-8")
    # what is corrected there leads back to the found rows, whose text is in that address neither
    assert 'name="view"' not in seen
    again = anna.post(f"{at}/undo", view=address.partition("?")[2])
    assert "of 45" in again.text
