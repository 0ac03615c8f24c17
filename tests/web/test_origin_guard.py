"""Who may come in, and what no foreign page and no file may do."""

import re

import httpx
import pytest
from starlette.routing import Route
from web.messy import messy_csv

from importer.journal import Journal
from importer.web.access.accounts import SignInThrottle
from importer.web.access.roles import Role
from importer.web.records.uploads import safe_name
from importer.web.routes import routes

CHANGES = [
    route
    for route in routes()
    if isinstance(route, Route) and "POST" in (route.methods or ()) and route.path != "/enter"
]
LOOKS = [
    route.path
    for route in routes()
    if isinstance(route, Route)
    and "GET" in (route.methods or ())
    and route.path not in {"/healthz", "/language/{language}"}
]


def address(path):
    return re.sub(r"\{\w+\}", "0123456789abcdef", path)


def test_a_key_lets_one_person_in_once(page):
    key = page.site.sessions.new_key()
    with httpx.Client(base_url=page.url) as first:
        answer = first.get(f"/?key={key}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert first.get("/").status_code == 200
    with httpx.Client(base_url=page.url) as second:
        assert second.get(f"/?key={key}").status_code == 401
        assert second.get("/").status_code == 401
        assert second.get("/healthz").status_code == 200
        tried = [second.post("/enter", data={"key": "x"}).status_code for _ in range(SignInThrottle.FREE)]
        assert tried == [401] * (SignInThrottle.FREE - 1) + [429]


def test_a_key_that_nobody_used_is_void_when_there_is_another(page):
    old, new = page.site.sessions.new_key(), page.site.sessions.new_key()
    assert page.site.sessions.enter(old) is None
    assert page.site.sessions.enter(new)


def test_neither_keys_nor_sessions_are_on_the_disk(page):
    key = page.site.sessions.new_key()
    secret = page.site.sessions.enter(key)
    held = b"".join(path.read_bytes() for path in page.site.folder.rglob("*") if path.is_file())
    assert key.encode() not in held
    assert secret.encode() not in held
    assert all(path.stat().st_mode & 0o077 == 0 for path in page.site.folder.rglob("*.db*"))


def test_nothing_is_shown_without_a_session(page):
    for path in LOOKS:
        assert httpx.get(page.url + address(path)).status_code == 401, path


def test_nothing_is_changed_without_a_session_a_token_or_by_a_viewer(page):
    anna, viewer = page.client(), page.client("vera", Role.VIEWER)
    assert len(CHANGES) > 8
    for route in CHANGES:
        path = address(route.path)
        assert httpx.post(page.url + path).status_code == 401, path
        assert anna.http.post(path, data={"csrf": "x"}).status_code in {400, 403}, path
        assert route.path == "/leave" or viewer.post(path).status_code == 403, path


def test_another_host_is_refused(page):
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "", "[::ffff]", "10.0.0.1", "x:0"):
        assert httpx.get(page.url, headers={"host": host}).status_code in {400, 421}, host


def test_names_of_this_machine_are_taken(page):
    for host in ("localhost:1", "127.0.0.1:8470", "[::1]:8470", "LOCALHOST"):
        assert httpx.get(page.url, headers={"host": host}).status_code == 401, host


def test_a_form_of_another_page_is_refused(anna):
    token = anna.csrf
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert anna.http.post("/leave", data={"csrf": token}, headers=headers).status_code == 403, headers
    assert anna.get("/").status_code == 200


def test_every_answer_forbids_what_the_page_does_not_need(page, anna):
    for path in ("/", "/nothing", "/healthz", "/static/page.css", "/files/0123456789abcdef/check"):
        headers = anna.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert ("no-store" in headers["cache-control"]) == (not path.startswith("/static"))
    for path in ("/", "/nothing"):
        text = anna.get(path).text
        assert "style=" not in text
        assert not re.search(r"<script(?! src=)|\son\w+=", text)


def test_a_language_switch_leads_nowhere_else(page, anna):
    anna.http.follow_redirects = False
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert anna.http.get("/language/ru", params={"back": back}).headers["location"] == "/"
    assert anna.http.get("/language/ru", params={"back": "/files/1?x=2"}).headers["location"] == "/files/1?x=2"


def test_a_viewer_sees_no_cell_of_a_person_that_stands_where_the_names_of_columns_do(page):
    anna, viewer = page.client(), page.client("vera", Role.VIEWER)
    at = anna.upload("users.csv", "Айгуль,Секретова,Астана\nБолат,Тайнов,Астана\n".encode())
    assert "Айгуль" in anna.settled(f"{at}/columns").text
    told = viewer.settled(f"{at}/columns").text
    assert not any(cell in told for cell in ("Айгуль", "Секретова", "Болат"))


def test_a_viewer_sees_counts_and_masked_cells(page, tmp_path):
    anna, vera, olga = page.client(), page.client("vera", Role.VIEWER), page.client("olga", Role.OPERATOR)
    at = anna.upload("1c.csv", messy_csv(tmp_path / "1c.csv").read_bytes())
    form = {
        f"column-{place}": field
        for place, field in enumerate(("", "full_name", "date_of_birth", "gender", "country", "phone", "email"))
    }
    anna.settled(f"{at}/columns")
    anna.post(f"{at}/columns", order="last first middle", **form)
    anna.settled(f"{at}/check")
    for somebody in (vera, olga):
        for screen in (
            "file",
            "columns",
            "check",
            "check?status=duplicate",
            "check?code=country_unknown&field=country",
        ):
            text = somebody.settled(f"{at}/{screen}").text
            assert "person13@" not in text
            assert "200-10-70" not in text
            assert "Ахметова" not in text
            assert 'method="post" action="/files' not in text
        assert "to correct" in text
    assert "person13@" in anna.get(f"{at}/check").text
    assert "1–12 of 12" in vera.get(f"{at}/check?search=person13").text  # what is masked cannot be searched for
    assert olga.post(f"{at}/undo").status_code == 403
    # addresses and forms that are none of the page's, or of the file as it was, are told in words; a page that is empty
    # by now is the last one
    assert "1–12 of 12" in anna.get(f"{at}/check?page=99").text
    assert "How the file is read was changed" in anna.post(f"{at}/cell", row="99999", position="0").text
    assert "How the file is read was changed" in anna.post(f"{at}/send-instead", row="99999").text
    for form in ({}, {"row": "x", "position": "0"}, {"row": "3", "position": "99"}):
        assert "This was not understood" in anna.post(f"{at}/cell", **form).text
    odd = anna.http.post(f"{at}/cell", data={"csrf": anna.csrf}, files={"file": ("a.csv", b"x")})
    assert (odd.status_code, "This was not understood" in odd.text) == (400, True)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\Клиенты май.xlsx", "Клиенты май.xlsx"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\n.csv", "ab.csv"),
        (".hidden.csv", "hidden.csv"),
        ("\u202egpj.csv", "gpj.csv"),
        ('x"<script>.csv', "x__script_.csv"),
    ],
)
def test_an_upload_has_a_safe_name(name, safe):
    assert safe_name(name) == safe
    for letters in ("я" * 500, "漢" * 500, "😀" * 500, "a" * 500):
        assert len(safe_name(letters + ".xlsx").removesuffix(".xlsx").encode()) <= 160  # the longest ending fits behind
    assert safe_name("имя." + "я" * 500).startswith("имя.яя")


def test_who_only_asks_for_the_head_of_a_page_changes_nothing(page):
    key = page.site.sessions.new_key()
    with httpx.Client(base_url=page.url) as preview:
        assert preview.head(f"/?key={key}").status_code == 401
        assert "set-cookie" not in preview.head(f"/?key={key}").headers
    with httpx.Client(base_url=page.url) as person:
        assert person.get(f"/?key={key}").status_code == 303
    anna = page.client()
    at = anna.upload("one.csv", b"phone\n8701\n")
    anna.settled(f"{at}/check")
    noted = len(list(page.site.audit.newest()))
    assert anna.http.head(f"{at}/list").status_code == 200
    assert len(list(page.site.audit.newest())) == noted, "nobody has its cells"


def test_an_address_that_takes_no_such_request_says_which_it_takes(page, anna):
    for answer in (anna.http.put("/history", data={}), anna.http.post("/history", data={})):
        assert answer.status_code == 405
        assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD"}


def test_where_no_run_is_there_is_nothing_here(page, anna):
    for address in ("/history/0123456789ab", "/history/", "/files/0123456789abcdef/"):
        answer = anna.http.get(address, follow_redirects=False)
        assert answer.status_code == 404, address
        assert str(page.site.folder.parent) not in answer.text
    with Journal.open(page.site.settings.journal_location):
        assert anna.get("/history/0123456789ab").status_code == 404


def test_a_form_to_come_in_by_that_is_none_of_the_pages_is_refused_in_the_readers_language(page):
    with httpx.Client(base_url=page.url, headers={"accept-language": "ru"}) as visitor:
        answers = [
            visitor.post("/enter", data={f"a{number}": "1" for number in range(9)}),
            visitor.post("/enter", files={"name": ("a.txt", b"text")}),
            visitor.post("/enter", content=b"\xff\xfe=1", headers={"content-type": "multipart/form-data; boundary=zz"}),
        ]
    for answer in answers:
        assert answer.status_code == 400
        assert "Это не удалось понять." in answer.text


@pytest.mark.parametrize("row", ["9" * 5000, "9" * 20, "9" * 10])
def test_a_row_that_no_file_has_is_told_by_the_name_of_its_field(anna, row):
    at = anna.upload("one.csv", b"phone\n+77010000001\n")
    answer = anna.post(f"{at}/file", header_row=row)
    assert answer.status_code == 422
    assert "Row of the header" in answer.text
    assert "e+" not in answer.text.partition("<main")[2]
    assert len(answer.text) < 20_000
