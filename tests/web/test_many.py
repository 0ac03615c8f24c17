"""Many rows, many people, several imports at once: at length."""

import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest
from benchmarks import inputs
from playwright.sync_api import expect
from support.commands import importer, sandbox, write_users
from web.ops_page import Person, Server, until
from web.test_in_a_browser import seat, uploaded
from web.test_page_metrics import figures

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

__all__ = ["importer", "sandbox", "seat"]

ROWS = 2_000
"""Of each of the five imports."""


def test_two_hundred_thousand_rows_are_checked_paged_searched_and_corrected_in_a_browser(seat, tmp_path):
    path = tmp_path / "users.csv"
    inputs.write("mixed", 200_000, path)
    window = seat()
    window.set_default_timeout(600_000)
    at = uploaded(window, path)
    window.click(".bar a.main")
    window.click(".bar button.main")
    window.wait_for_selector("#problems", timeout=600_000)
    expect(window.locator(".counts strong").first).to_have_text("190,036")
    rows = window.locator("#check table tbody tr")
    expect(rows).to_have_count(20)
    window.click("a[aria-label='Next page']")
    expect(window.locator("nav.pages").last).to_contain_text("21–40 of 9,964")
    window.goto(f"{at}/check?page=499")
    expect(rows).to_have_count(4)
    window.fill("#search", "user777")
    window.click("form[role=search] button")
    expect(window.locator("nav.pages").last).to_contain_text("of")
    window.goto(f"{at}/check?code=gender_unknown&field=gender")
    window.click("a:has-text('Not a gender')") if not window.locator("li.chosen").count() else None
    window.fill("li.chosen .values input[name=text]", "M")
    window.click("li.chosen .values button:has-text('Set all')")
    expect(window.locator("#status")).to_contain_text("cells")
    expect(window.locator("li.chosen")).to_have_count(0)
    window.click("#undo")
    expect(window.locator(".counts strong").first).to_have_text("190,036")
    assert len(window.content()) < 400_000  # a page of rows, whatever the file
    assert window.said == []


@dataclass
class Crowd:
    """People in front of a page for as long as the imports take: those who go from screen to screen, and listeners."""

    server: Server
    uploads: list
    seconds: list = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def looks(self, person, dice):
        while not self.ended.is_set():
            upload = dice.choice(self.uploads)
            for path in (f"/files/{upload}/import", f"/files/{upload}/check", "/history", "/"):
                began = time.perf_counter()
                assert person.http.get(path).status_code == 200
                self.seconds.append(time.perf_counter() - began)
            self.ended.wait(dice.random())

    def listens(self, person, upload):
        address = f"{self.server.address}/files/{upload}/import/live"
        cookies = {"cookies": person.http.cookies, "timeout": None}
        with suppress(httpx.HTTPError), httpx.stream("GET", address, **cookies) as answer:
            for _line in answer.iter_lines():
                if self.ended.is_set():
                    return

    def comes(self, people):
        """Nine of ten look, the others listen; gives the threads of those who look."""
        looking = [people[number] for number in range(len(people)) if number % 10]
        dice = [random.Random(number) for number in range(len(looking))]
        made = [threading.Thread(target=self.looks, args=pair) for pair in zip(looking, dice, strict=True)]
        for pair in zip(people[::10], self.uploads, strict=True):
            threading.Thread(target=self.listens, args=pair, daemon=True).start()
        for thread in made:
            thread.start()
        return made

    def within(self, share):
        return sorted(self.seconds)[int(len(self.seconds) * share)]


def test_fifty_people_and_five_imports_at_once_do_not_make_the_server_grow(importer, sandbox, tmp_path):
    """With -s it prints what was measured."""
    sandbox.set(latency=200.0)
    server = Server(tmp_path / "home", FREEDOM_ID_URL=sandbox.url, FREEDOM_ID_TOKEN=sandbox.token)
    crowd = Crowd(server, [])
    try:
        first = Person(server).with_key(server)
        files = {
            number: write_users(tmp_path / f"users{number}.csv", [f"+7701{number}{row:06d}" for row in range(ROWS)])
            for number in range(5)
        }
        crowd.uploads += [first.upload(path) for path in files.values()]
        people = [Person(server) for _ in range(50)]
        for person in people:
            person.http.cookies.update(first.http.cookies)
        for upload in crowd.uploads:
            first.look(f"/files/{upload}/import")
            first.send(f"/files/{upload}/import", how="all", confirm=str(ROWS))
        looking = crowd.comes(people)
        memory = []

        def finished():
            found = figures(first.http.get("/metrics").text)
            memory.append(found["process_resident_memory_bytes",] / 1e6)
            time.sleep(1)
            return found.get(("runs", "finished")) == 5 and found["job_processes",] == 0

        until(finished, 900)
        crowd.ended.set()
        for thread in looking:
            thread.join(60)
        warm = memory[len(memory) // 4]
        print(  # noqa: T201 (what was measured)
            f"\n{len(crowd.seconds)} pages, median {crowd.within(0.5):.2f} s, 95 % within {crowd.within(0.95):.2f} s; "
            f"server {memory[0]:.0f} MB at first, {warm:.0f} MB after a quarter, {max(memory):.0f} MB at most, "
            f"{memory[-1]:.0f} MB at the end"
        )
        assert len(sandbox.users()) == 5 * ROWS
        assert max(memory) < warm + 40
    finally:
        crowd.ended.set()
        server.kill()
