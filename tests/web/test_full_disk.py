"""A disk without room: what is only looked at is shown, an import can be stopped, and nothing is half saved."""

import json
import re
import subprocess
import sys

import pytest

PAGE = """
import json, re, resource, sys, time
from pathlib import Path
from starlette.testclient import TestClient
from importer.settings import load
from importer.web.access.roles import Role
from importer.web.application import create_app
from importer.web.records import jobs
from importer.web.site import Site

ended, found = [], {}
jobs.launch = jobs.is_alive = lambda folder: True
jobs.ask_to_end = ended.append
site = Site(load({"home": Path(sys.argv[1]), "token": "t"}, look_around=False))
http = TestClient(create_app(site), base_url="http://127.0.0.1", headers={"origin": "http://127.0.0.1"})
http.cookies.set("importer_session", site.sessions.begin("anna", Role.ADMIN))
http.cookies.set("importer_language", "ru")
csrf = re.search('name="csrf" value="([^"]+)"', http.get("/").text)[1]
file = {"file": ("a.csv", "phone,country\\n+77010000001,KAZ\\n+77010000002,QQ\\n")}
sent = http.post("/upload", data={"csrf": csrf}, files=file, follow_redirects=False)
at = sent.headers["location"].removesuffix("/file")
for screen in ("file", "columns", "check"):
    while "data-again" in http.get(f"{at}/{screen}").text:
        pass

def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))  # of a file; 0: no write succeeds

def send(path, **fields):
    return http.post(path, data={"csrf": csrf, **fields})

room(0)
now, time.time = time.time, lambda: now() + 120  # by then the use of a session is recorded again
screens = ("/", f"{at}/file", f"{at}/columns", f"{at}/check", f"{at}/import", "/history", "/settings")
found["shown"] = [http.get(path).status_code for path in screens]
refused = [
    send(f"{at}/value", code="country_unknown", field="country", value="QQ", text="KAZ"),
    http.post("/upload", data={"csrf": csrf}, files=file),
    send(f"{at}/import", how="all"),
]
found["refused"] = [(answer.status_code, answer.text.partition("<main")[2]) for answer in refused]
room(resource.RLIM_INFINITY)
found["kept"] = [len(site.jobs.imports()), len(site.uploads.all()), "QQ" in http.get(f"{at}/check").text]
send(f"{at}/import", how="all")
room(0)
found["stopped"] = [http.get(f"{at}/import").status_code, send(f"{at}/import/stop").status_code, len(ended)]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("full") / "home"


@pytest.fixture(scope="module")
def found(home):
    """What somebody finds at a page whose disk is full."""
    ended = subprocess.run([sys.executable, "-c", PAGE, str(home)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout) | {"log": ended.stderr}


def test_screens_that_only_read_are_shown(found):
    assert found["shown"] == [200] * 7


def test_what_cannot_be_saved_is_told_without_paths_and_commands_and_is_as_it_was_once_there_is_room(found, home):
    assert [status for status, _ in found["refused"]] == [507] * 3
    for _, told in found["refused"]:
        assert "на его диске нет места" in told
        assert str(home) not in told
        assert "команд" not in told
    assert found["kept"] == [0, 1, True]


def test_an_import_can_be_stopped(found):
    assert found["stopped"] == [200, 200, 1]
    assert re.search(r"anna: /files/[0-9a-f]+/import/stop, noted nowhere else", found["log"])
