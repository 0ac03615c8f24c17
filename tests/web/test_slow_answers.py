"""A slow network: what is typed while an answer is on its way stays where it was typed, and nothing is sent twice."""

import time

import pytest
from playwright.sync_api import expect
from web.test_in_a_browser import seat, uploaded

__all__ = ["seat"]

WRONG = "phone,firstname\n" + "".join(f"870{row},Анна\n" for row in range(2, 8))


@pytest.fixture
def window(seat, tmp_path):
    """The check of six wrong phones."""
    opened = seat()
    (tmp_path / "wrong.csv").write_text(WRONG, encoding="utf-8")
    opened.goto(f"{uploaded(opened, tmp_path / 'wrong.csv')}/check")
    return opened


class Late:
    """Answers that were given, and arrive when they are let through; each but the first ``count`` at once."""

    def __init__(self, window, count=1):
        self.window, self.count, self.held = window, count, []
        window.route("**/cell", self._answered)

    def _answered(self, route):
        if len(self.held) < self.count:
            self.held.append((route, route.fetch()))
        else:
            route.continue_()

    def wait(self):
        while len(self.held) < self.count:
            self.window.wait_for_timeout(20)

    def arrive(self):
        with self.window.expect_response("**/cell"):
            for route, answer in self.held:
                route.fulfill(response=answer)
        self.window.wait_for_timeout(300)


def test_keys_go_to_the_cell_where_somebody_types_though_the_answer_to_another_arrives(window):
    late = Late(window)
    window.fill("#c-2-phone", "+77010000002")
    window.press("#c-2-phone", "Enter")
    late.wait()
    window.click("#c-5-phone")
    window.keyboard.press("Control+a")
    window.keyboard.type("+7701000")
    late.arrive()
    window.keyboard.type("0005")
    expect(window.locator("#c-2-phone")).to_have_count(0)
    expect(window.locator("#c-5-phone")).to_have_value("+77010000005")
    expect(window.locator("#c-3-phone")).to_have_value("8703")
    window.keyboard.press("Enter")
    expect(window.locator("#c-5-phone")).to_have_count(0)
    assert window.said == []


def test_what_is_typed_over_a_cell_that_is_on_its_way_stays(window):
    late = Late(window)
    window.fill("#c-2-phone", "12")
    window.press("#c-2-phone", "Enter")
    late.wait()
    window.fill("#c-2-phone", "+770100000")
    late.arrive()
    window.keyboard.type("02")
    expect(window.locator("#c-2-phone")).to_have_value("+77010000002")
    window.keyboard.press("Enter")
    expect(window.locator("#c-2-phone")).to_have_count(0)
    expect(window.locator("[role=alert]")).to_have_count(0)


def test_an_answer_that_another_one_overtook_takes_nothing_back(window):
    late = Late(window)
    window.fill("#c-2-phone", "12")
    window.press("#c-2-phone", "Tab")
    late.wait()
    window.fill("#c-3-phone", "34")
    window.press("#c-3-phone", "Enter")
    expect(window.locator("#c-3-phone-said")).to_contain_text("34")
    window.wait_for_timeout(1500)  # until the server has told that something was changed
    late.arrive()
    expect(window.locator("#c-3-phone")).to_have_value("34")
    expect(window.locator("#c-2-phone")).to_have_value("12")
    expect(window.locator("#undo")).to_contain_text("1 cell")


def test_a_file_is_uploaded_once_though_the_button_is_pressed_twice_and_of_several_none(seat, page, tmp_path):
    window = seat()
    (tmp_path / "wrong.csv").write_text(WRONG, encoding="utf-8")
    window.set_input_files("#file", tmp_path / "wrong.csv")
    window.route("**/upload", lambda route: (time.sleep(0.3), route.continue_()))
    window.dblclick("#upload button.main")
    window.wait_for_url("**/file")
    window.wait_for_timeout(500)
    assert len(page.site.uploads.all()) == 1
    window.goto(page.url)
    moved = window.evaluate_handle(
        """() => { const moved = new DataTransfer();
            for (const name of ["one.csv", "two.csv"]) moved.items.add(new File(["phone"], name)); return moved; }"""
    )
    window.dispatch_event(".dropzone", "drop", {"dataTransfer": moved})
    expect(window.locator("#status")).to_contain_text("one file")
    assert len(page.site.uploads.all()) == 1
    # what did not arrive can be sent again
    window.route("**/upload", lambda route: route.abort(), times=1)
    window.set_input_files("#file", tmp_path / "wrong.csv")
    window.click("#upload button.main")
    expect(window.locator("#status")).to_contain_text("did not arrive")
    window.click("#upload button.main")
    window.wait_for_url("**/file")
    assert len(page.site.uploads.all()) == 2


def test_ctrl_z_undoes_on_a_russian_and_kazakh_keyboard_too(window):
    window.fill("#c-2-phone", "+77010000002")
    window.press("#c-2-phone", "Enter")
    expect(window.locator("#c-2-phone")).to_have_count(0)
    for kind in ("keydown", "keyup"):
        window.dispatch_event("body", kind, {"key": "я", "code": "KeyZ", "ctrlKey": True, "bubbles": True})
    expect(window.locator("#c-2-phone")).to_have_value("8702")
