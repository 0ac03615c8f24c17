"""Import, Result, History and Settings in a real browser, with a run that is a process of its own."""

import os
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.commands import importer, read_rows, sandbox, write_users
from web.test_in_a_browser import checked_1c, seat, uploaded
from web.usable import LOOKS, is_clean, speak

from importer.web.access.accounts import Accounts
from importer.web.access.roles import Role

__all__ = ["importer", "sandbox", "seat"]

PICTURE = Path(__file__).parents[2] / ".github" / "ops-page.png"
SLOW = 4_000.0
"""Milliseconds of an answer: a run that ends only when the test lets it."""


@pytest.fixture
def page(serve, sandbox):
    return serve(settings={"url": sandbox.url})


def looked_at(window, language="en"):
    """The page as everybody can use it: at a opened, or as its language is looked at."""
    opened = window.viewport_size
    speak(window, language)
    window.set_viewport_size(LOOKS[language]["viewport"])
    # a button on its way from light to dark has the contrast of neither
    window.emulate_media(color_scheme=LOOKS[language].get("color_scheme", "light"), reduced_motion="reduce")
    is_clean(window)
    window.emulate_media(color_scheme="light", reduced_motion="no-preference")
    window.set_viewport_size(opened)
    if language != "en":
        speak(window, "en")


@pytest.mark.parametrize(
    "languages",
    [["ru", "kk", "en"], pytest.param(list(LOOKS), marks=[pytest.mark.chaos, pytest.mark.timeout(600)])],
    ids=["one language a state", "every language at every state"],
)
def test_an_import_is_started_paused_resumed_and_taken_home_and_its_wrong_rows_corrected(
    seat, sandbox, tmp_path, languages, request
):
    whole = "every" in request.node.callspec.id
    turn = cycle(languages)

    def looked(window):
        for language in languages if whole else [next(turn)]:
            looked_at(window, language)

    sandbox.set(latency=SLOW)
    window = seat()
    at = checked_1c(window, tmp_path)
    window.goto(f"{at}/import")
    expect(window.locator("main")).to_contain_text("48 people will be created in Freedom ID")
    expect(window.locator("main")).to_contain_text("cannot be deleted from here")
    looked(window)
    window.click("button:has-text('Start import')")
    expect(window.locator("h1")).to_contain_text("The import of")
    # it goes on by itself: nothing is loaded anew by hand
    expect(window.locator("label[for=import-progress]")).to_contain_text("of 60 people done")
    window.click("button:has-text('Pause')")
    expect(window.locator(".note")).to_contain_text("Paused by operator")
    looked(window)
    window.reload()
    sandbox.set(latency=0.0)
    window.click("button:has-text('Resume')")
    expect(window.locator(".note.good")).to_contain_text("48 of 60 people have a FreedomID")
    assert len(sandbox.users()) == sandbox.stats()["requests"] == 48

    window.click("a:has-text('See the result')")
    expect(window.locator("main")).to_contain_text("12 wait for corrections")
    looked(window)
    with window.expect_download() as taken:
        window.click("a:text-is('Result')")
    taken.value.save_as(tmp_path / "taken.csv")
    assert len((tmp_path / "taken.csv").read_bytes().splitlines()) == 62
    window.click("button:has-text('Correct these 12')")
    window.wait_for_selector(".counts")
    expect(window.locator("main")).to_contain_text("rejected")

    window.click("nav a:has-text('History')")
    expect(window.locator("tbody tr")).to_have_count(1)
    looked(window)
    window.fill("input[name=q]", "nothing like it")
    window.click("button:has-text('Show')")
    expect(window.locator(".empty")).to_be_visible()
    window.click("nav a:has-text('Settings')")
    window.click("button:has-text('Test connection')")
    expect(window.locator("#findings")).to_contain_text("token")
    looked(window)
    window.click("a:has-text('To the audit trail')")
    expect(window.locator("tbody")).to_contain_text("started an import")
    looked(window)
    assert window.said == []


def reach(window, wanted):
    """Press Tab until the focus is where it is wanted: an id, a name or the words of a button; the ids on the way."""
    seen = []
    for _ in range(150):
        window.keyboard.press("Tab")
        at = window.evaluate("(e => [e.id, e.name, e.textContent.trim()])(document.activeElement)")
        if wanted in at:
            return [each[0] for each in seen]
        seen.append(at)
    raise AssertionError(f"{wanted} is not reached by Tab; what is: {seen}")


def press(window, wanted, key="Enter"):
    reach(window, wanted)
    window.keyboard.press(key)


def test_all_five_steps_by_keyboard_alone(seat, sandbox, tmp_path):
    path = write_users(tmp_path / "people.csv", ["+77010000001", "8701", "8702"], firstname=["Ann", "Bob", "Eve"])
    window, opened = seat(), []
    window.on("filechooser", lambda chooser: opened.append(chooser))  # noqa: PLW0108 (playwright marks what it is given)
    reach(window, "file")
    window.keyboard.press("Space")
    while not opened:
        window.wait_for_timeout(50)
    opened[0].set_files(path)
    press(window, "Upload")
    window.wait_for_selector(".bar a.main")
    press(window, window.locator(".bar a.main").inner_text().strip())
    window.wait_for_selector("select[name=column-1]")
    reach(window, "column-1")
    window.keyboard.type("last")
    expect(window.locator("select[name=column-1]")).to_have_value("lastname")
    press(window, window.locator(".bar button.main").inner_text().strip())
    window.wait_for_selector("#problems")
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.className") == "skip"
    window.keyboard.press("Enter")
    assert "cause-phone_pattern-phone" in reach(window, "c-3-phone")  # by way of the causes
    window.keyboard.press("Control+a")
    window.keyboard.type("+7 701 000 00 02")
    window.keyboard.press("Enter")
    expect(window.locator("#c-3-phone")).to_have_count(0)
    assert window.evaluate("document.activeElement.id") == "c-4-phone"  # the next wrong one
    window.keyboard.press("Control+a")
    window.keyboard.type("+7 701 000 00 03")
    window.keyboard.press("Enter")
    expect(window.locator(".counts strong").first).to_have_text("3")
    press(window, window.locator(".bar a.main").inner_text().strip())
    window.wait_for_url("**/import")
    press(window, "Start import")
    expect(window.locator(".note.good")).to_contain_text("3 of 3 people have a FreedomID")
    press(window, window.locator("a:has-text('See the result')").inner_text().strip())
    window.wait_for_selector("a:text-is('Result')")
    reach(window, "Result")
    with window.expect_download() as taken:
        window.keyboard.press("Enter")
    taken.value.save_as(tmp_path / "taken.csv")
    rows = {row["phone"]: row for row in read_rows(tmp_path / "taken.csv")}
    assert {user["phone"]: user["freedom_id"] for user in sandbox.users()} == {
        phone.replace(" ", ""): row["freedom_id"] for phone, row in rows.items()
    }
    assert window.said == []


def test_the_picture_of_the_readme_can_be_made_and_is_small(seat, tmp_path):
    """WRITE_PICTURES=1 writes it."""
    window = seat(viewport={"width": 1120, "height": 1180})
    checked_1c(window, tmp_path)
    window.click("a:has-text('Date of birth that does not exist')")
    expect(window.locator("li.chosen")).to_be_visible()
    window.evaluate("scrollTo(0, 0)")
    picture = window.screenshot()
    assert len(picture) <= 200_000
    if os.environ.get("WRITE_PICTURES"):
        PICTURE.write_bytes(picture)
    assert PICTURE.stat().st_size <= 200_000


@pytest.mark.chaos
def test_without_a_script_a_canary_comes_first_and_the_number_is_typed_before_all_are_sent(
    seat, page, sandbox, tmp_path
):
    window = seat(java_script_enabled=False)
    phones = [f"+7701{number:07d}" for number in range(1_200)]
    at = uploaded(window, write_users(tmp_path / "users.csv", phones))
    window.goto(f"{at}/check")
    window.wait_for_selector(".counts")
    window.goto(f"{at}/import")
    window.fill("#confirm", "12")
    window.click("button:has-text('Start import')")
    expect(window.locator("#confirm-error")).to_contain_text("Type 1,200")
    assert sandbox.stats()["requests"] == 0
    window.click("button:has-text('First 100 only')")
    expect(window.locator("button:has-text('Continue import')")).to_be_visible()
    assert len(sandbox.users()) == 100
    is_shown = window.locator("main")
    expect(is_shown).to_contain_text("100 of 1,200 people are done")
    window.click("button:has-text('Continue import')")  # the others are more than a thousand, too
    expect(window.locator("#confirm-error")).to_contain_text("Type 1,100")
    assert len(sandbox.users()) == 100
    window.fill("#confirm", "1 100")
    window.click("button:has-text('Continue import')")
    expect(window.locator(".note.good")).to_contain_text("1,200 of 1,200 people have a FreedomID")
    window.click("a:has-text('See the result')")
    with window.expect_download() as taken:
        window.click("a:text-is('Result')")
    taken.value.save_as(tmp_path / "taken.csv")
    assert {row["import_status"] for row in read_rows(tmp_path / "taken.csv")} == {"created"}


@pytest.mark.chaos
def test_a_run_of_the_command_line_is_in_the_history_and_its_files_are_made_for_an_administrator(
    seat, page, importer, sandbox, tmp_path
):
    users = write_users(tmp_path / "nightly.data", ["+77010000001", "8701"])
    command = [sys.executable, "-m", "importer", "run", str(users)]  # a process: this thread has a loop already
    subprocess.run(command, check=False, capture_output=True)
    viewer = page.client("vera", Role.VIEWER)
    listed = viewer.get("/history").text
    assert "nightly.data" in listed
    assert "the command line" in listed
    window = seat()
    window.goto(f"{page.url}/history")
    window.click("a:has-text('nightly.data')")
    assert "can download it" in viewer.get(window.url).text
    window.click("button:has-text('Make the files')")
    expect(window.locator("a:text-is('Result')")).to_be_visible()
    assert viewer.get(window.locator("a:text-is('Result')").get_attribute("href")).status_code == 403
    assert viewer.post(window.url.removeprefix(page.url) + "/pause").status_code == 403
    window.click("button:has-text('Correct this 1')")
    window.wait_for_selector(".counts")


def test_people_with_accounts_sign_in_and_an_expired_session_loses_nothing(serve, sandbox, chromium, tmp_path):
    accounts = Accounts(tmp_path / "users.json")
    accounts.add("Айгерим", Role.OPERATOR, "a long enough password")
    page = serve(settings={"url": sandbox.url}, accounts=accounts)
    context = chromium.new_context()
    window = context.new_page()
    window.set_default_timeout(60_000)
    window.goto(page.url)
    is_clean(window)
    window.fill("#name", "Айгерим")
    window.fill("#password", "another password")
    window.click("button:has-text('Sign in')")
    expect(window.locator("[role=alert]")).to_contain_text("is not right")
    window.fill("#password", "a long enough password")
    window.click("button:has-text('Sign in')")
    at = checked_1c(window, tmp_path)
    window.goto(f"{at}/import")
    with page.site.database.writing() as db:
        db.execute("UPDATE sessions SET seen_at = 0")
    window.click("button:has-text('Start import')")
    expect(window.locator("main")).to_contain_text("your session has ended; nothing that you saved is lost")
    window.fill("#name", "Айгерим")
    window.fill("#password", "a long enough password")
    window.click("button:has-text('Sign in')")
    window.goto(f"{at}/import")
    expect(window.locator("main")).to_contain_text("48 people will be created")
    assert sandbox.stats()["requests"] == 0
    context.close()
