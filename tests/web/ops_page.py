"""The ops page as a process of its own, and somebody in front of it: real HTTP, forms as a browser sends them."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl

CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def until(told, seconds=60.0):
    """Wait for something to come true; what it is then."""
    deadline = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


class Server:
    """``importer serve`` on a free port; ``kill`` is kill -9."""

    def __init__(self, home: Path, *options: object, **environ: str) -> None:
        self.log = home.parent / "serve.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))}
        command = [sys.executable, "-m", "importer", "serve", "--port", "0", *map(str, options)]
        self.verify: ssl.SSLContext | bool = True
        environ = {**kept, "IMPORTER_HOME": str(home), **environ}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.process.stdout.close()
        assert line.startswith("page: "), self.log.read_text()
        self.page = line.removeprefix("page: ").strip()
        self.people: list[Person] = []
        self.address = self.page.partition("/?")[0].rstrip("/")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for person in self.people:
            person.http.close()


class Person:
    """Somebody with a browser: cookies, forms with their token."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=server.address, follow_redirects=True, timeout=60, verify=server.verify)
        self.csrf = ""
        server.people.append(self)

    def look(self, path: str) -> httpx.Response:
        answer = self.http.get(path)
        if found := CSRF.search(answer.text):
            self.csrf = found[1]
        return answer

    def send(self, path: str, **fields: str) -> httpx.Response:
        return self.http.post(path, data={"csrf": self.csrf, **fields})

    def upload(self, path: Path) -> str:
        """Upload a file and wait until all its rows are checked; the id of the upload."""
        answer = self.http.post("/upload", data={"csrf": self.csrf}, files={"file": (path.name, path.read_bytes())})
        assert answer.status_code == 200, answer.text
        upload = answer.url.path.split("/")[2]
        until(lambda: 'class="counts"' in self.look(f"/files/{upload}/check").text)
        return upload

    def sign_in(self, name: str, password: str) -> httpx.Response:
        answer = self.http.post("/enter", data={"name": name, "password": password})
        self.look("/")
        return answer

    def with_key(self, server: Server) -> "Person":
        self.http.get(server.page)
        self.look("/")
        return self
