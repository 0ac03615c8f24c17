"""A page that is served in a thread over real sockets, and Chromium to look at it."""

import os
import re
import shutil
import socket
import threading
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from importer.settings import load
from importer.web.access.roles import Role
from importer.web.application import create_app
from importer.web.site import Site

CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Served:
    """A page with its address."""

    site: Site
    url: str
    clients: list

    def client(self, name="anna", role=Role.ADMIN):
        """Somebody who is signed in, without a browser."""
        made = httpx.Client(base_url=self.url, follow_redirects=True, timeout=60)
        self.clients.append(made)
        made.cookies.set("importer_session", self.site.sessions.begin(name, role))
        return Person(made)


@dataclass
class Person:
    """Who asks; ``post`` puts the CSRF token in, as the forms do."""

    http: httpx.Client

    def get(self, path):
        return self.http.get(path)

    @property
    def csrf(self):
        return CSRF.search(self.http.get("/").text)[1]

    def post(self, path, **fields):
        return self.http.post(path, data={"csrf": self.csrf, **fields})

    def upload(self, name, content):
        """The address of a new upload, "" where it was refused."""
        answer = self.http.post("/upload", data={"csrf": self.csrf}, files={"file": (name, content)})
        self.answer = answer
        return re.sub(r"^.*(/files/[0-9a-f]+)/file$", r"\1", str(answer.url)) if answer.status_code == 200 else ""

    def settled(self, path):
        """A page once nothing is under way there."""
        for _ in range(600):
            answer = self.get(path)
            if "data-again" not in answer.text:
                return answer
        raise AssertionError("it never ended")


@pytest.fixture
def serve(tmp_path):
    """Makes pages; each is served until the test ends."""
    running, clients = [], []

    def made(**options):
        settings = load({"home": tmp_path / "home", **options.pop("settings", {})}, look_around=False)
        site = Site(settings, **options)
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(site), lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running.append((server, thread, site, listening))
        return Served(site, f"http://127.0.0.1:{listening.getsockname()[1]}", clients)

    yield made
    for client in clients:
        client.close()
    for server, thread, site, listening in running:
        server.should_exit = True
        thread.join(10)
        site.tasks.close()
        listening.close()


@pytest.fixture
def page(serve):
    return serve()


@pytest.fixture
def anna(page):
    return page.client()


@pytest.fixture(scope="module")
def chromium():
    """The system's own browser, headless. For a module: while it is open, its event loop stays in this thread."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None and not os.environ.get("CI"):
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
