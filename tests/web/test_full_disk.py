"""A disk without room: what is only looked at is shown, an import can be stopped, and nothing is half saved."""

import subprocess
import sys
import textwrap

FULL = """
import re, resource, sys
from pathlib import Path
from starlette.testclient import TestClient
from importer.settings import load
from importer.web.access.sessions import Role
from importer.web.application import create_app
from importer.web.records import jobs
from importer.web.site import Site

jobs.launch = lambda folder: True
jobs.is_alive = lambda folder: True
jobs.ask_to_end = lambda folder: print("asked to end")
site = Site(load({"home": Path(sys.argv[1]), "token": "t"}, look_around=False))
http = TestClient(create_app(site), base_url="http://127.0.0.1", headers={"origin": "http://127.0.0.1"})
http.cookies.set("importer_session", site.sessions.begin("anna", Role.ADMIN))
csrf = re.search('name="csrf" value="([^"]+)"', http.get("/").text)[1]
content = "phone,country\\n+77010000001,KAZ\\n+77010000002,QQ\\n"
sent = http.post("/upload", data={"csrf": csrf}, files={"file": ("a.csv", content)}, follow_redirects=False)
at = sent.headers["location"].removesuffix("/file")
for screen in ("file", "columns", "check"):
    while "data-again" in http.get(f"{at}/{screen}").text:
        pass
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))  # every write into a file fails
"""


def told(tmp_path, script):
    """What a script prints at a page that is on a full disk."""
    command = [sys.executable, "-c", FULL + textwrap.dedent(script), str(tmp_path / "home")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split("\n")[:-1]


def test_screens_that_only_read_are_shown(tmp_path):
    shown = told(
        tmp_path,
        """
        import time
        site.sessions.database.path.stat()
        now, time.time = time.time, lambda: now() + 120  # a use of the session would be recorded again
        for path in ("/", f"{at}/file", f"{at}/columns", f"{at}/check", f"{at}/import", "/history", "/settings"):
            print(path.removeprefix(at), http.get(path).status_code)
        """,
    )
    assert shown == [f"{path} 200" for path in ("/", "/file", "/columns", "/check", "/import", "/history", "/settings")]


def test_what_cannot_be_saved_is_told_without_paths_and_commands_and_is_as_it_was_once_there_is_room(tmp_path):
    shown = told(
        tmp_path,
        """
        http.cookies.set("importer_language", "ru")
        cells = {"code": "country_unknown", "field": "country", "value": "QQ", "text": "KAZ"}
        answers = [
            http.post(f"{at}/value", data={"csrf": csrf, **cells}),
            http.post("/upload", data={"csrf": csrf}, files={"file": ("b.csv", content)}),
            http.post(f"{at}/import", data={"csrf": csrf, "how": "all"}),
        ]
        for answer in answers:
            text = answer.text.partition("<main")[2]
            print(answer.status_code, "места" in text, sys.argv[1] in text, "команд" in text)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(site.jobs.imports(), len(site.uploads.all()), "QQ" in http.get(f"{at}/check").text)
        """,
    )
    assert shown == ["507 True False False"] * 3 + ["[] 1 True"]


def test_an_import_can_be_stopped(tmp_path):
    shown = told(
        tmp_path,
        """
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        http.post(f"{at}/import", data={"csrf": csrf, "how": "all"})
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        print(http.get(f"{at}/import").status_code, http.post(f"{at}/import/stop", data={"csrf": csrf}).status_code)
        """,
    )
    assert shown == ["asked to end", "200 200"]
