"""The ops page as a process of its own, asked as a browser asks: how long its pages take, and how large they are."""

import html
import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from measuring import ROOT, median
from table import Line

if TYPE_CHECKING:
    from parts import Bench


FIELD = r'type="hidden" name="%s" value="([^"]*)"'
"""A field of the first wrong cell's form."""


@dataclass
class Browser:
    """Somebody who came in: keeps the cookie and the connection."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(self.address)

    def ask(self, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, str, bytes]:
        """Status, where it leads to (or the path), and the body."""
        headers = {
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "accept": "text/html",
        }
        if kind:
            headers["content-type"] = kind
        self._connection.request("POST" if body is not None else "GET", path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookies.update([value.partition(";")[0].split("=", 1)])
        return answer.status, answer.getheader("location") or path, content

    def page(self, path: str) -> tuple[float, bytes]:
        """Seconds that a page takes, and what it is."""
        began = time.perf_counter()
        status, _, content = self.ask(path)
        seconds = time.perf_counter() - began
        if status != http.client.OK:
            raise SystemExit(f"{path}: status {status}")
        return seconds, content

    def form(self, path: str, fields: Mapping[str, str]) -> float:
        """Seconds that a form takes, up to the page that it leads to."""
        csrf = re.search(rb'name="csrf" value="([^"]+)"', self.page("/")[1])
        assert csrf is not None
        body = urlencode({"csrf": csrf[1].decode(), **fields}).encode()
        began = time.perf_counter()
        status, location, _ = self.ask(path, body, "application/x-www-form-urlencoded")
        if status != http.client.SEE_OTHER:
            raise SystemExit(f"{path}: status {status}")
        self.page(location)
        return time.perf_counter() - began

    def upload(self, path: Path) -> str:
        """Upload a file; the address of its screens."""
        csrf = re.search(rb'name="csrf" value="([^"]+)"', self.page("/")[1])
        assert csrf is not None
        parts = (
            b'--b\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n' + csrf[1] + b"\r\n",
            b'--b\r\ncontent-disposition: form-data; name="file"; filename="users.csv"\r\n\r\n',
            path.read_bytes(),
            b"\r\n--b--\r\n",
        )
        _, location, _ = self.ask("/upload", b"".join(parts), "multipart/form-data; boundary=b")
        return location.removesuffix("/file")

    def settled(self, path: str) -> float:
        """Seconds until a page has nothing under way any more: an answer waits for that itself, for a while."""
        began = time.perf_counter()
        while b"data-again" in self.page(path)[1]:
            time.sleep(0.2)
        return time.perf_counter() - began


@contextmanager
def served(home: Path) -> Iterator[Browser]:
    """The page in an empty state folder, and somebody who came in with its key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))}
    environment = {**kept, "PYTHONPATH": str(ROOT), "IMPORTER_HOME": str(home)}
    command = [sys.executable, "-m", "importer", "serve", "--port", "0", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().removeprefix("page: ").strip())
        browser = Browser(address.netloc)
        browser.ask(f"/?{address.query}")
        yield browser
    finally:
        process.kill()
        process.communicate()


def static_bytes(content: bytes, browser: Browser) -> int:
    """Bytes of what a page loads beside itself."""
    addresses = re.findall(rb'(?:href|src)="(/static/[^"]+)"', content)
    return sum(len(browser.page(one.decode())[1]) for one in dict.fromkeys(addresses))


def pages(bench: "Bench") -> Iterator[Line]:
    """The ops page: its first page, a check of many rows, and pages of those that are wrong."""
    rows = min(200_000, bench.rows)
    path = bench.file("mixed", rows)
    with served(bench.fresh()) as browser:
        first = [browser.page("/") for _ in range(20)]
        seconds = median([each for each, _ in first])
        yield Line.bounded("page, the first one", seconds * 1000, 100, f"{seconds * 1000:.0f} ms", "ms")
        size = (len(first[0][1]) + static_bytes(first[0][1], browser)) / 1000
        yield Line.bounded("  with its style and script", size, 60, f"{size:.0f} KB", "KB")
        at = browser.upload(path)
        browser.settled(f"{at}/file")
        checked = browser.settled(f"{at}/check")
        yield Line(f"page, check of {rows:,} rows, up to its table", f"{checked:.1f} s")
        asked = ("check", *(f"check?page={number}" for number in (2, 100, rows // 400)))
        asked += ("check?code=country_unknown&field=country", "check?search=user77", "check?status=duplicate")
        slowest = max((median([browser.page(f"{at}/{one}")[0] for _ in range(5)]), one) for one in asked)
        what = f"  a page of its wrong rows (the slowest: {slowest[1]})"
        yield Line.bounded(what, slowest[0] * 1000, 200, f"{slowest[0] * 1000:.0f} ms", "ms")
        text = html.unescape(browser.page(f"{at}/check")[1].decode())
        cell = {name: found[1] for name in ("row", "position", "was") if (found := re.search(FIELD % name, text))}
        seconds = browser.form(f"{at}/cell", {**cell, "text": "+7 701 555 66 77"})
        yield Line("  a correction, up to the page that shows it", f"{seconds * 1000:.0f} ms")
