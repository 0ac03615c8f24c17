"""Who may come in, and who may do what: accounts, roles, sessions, the audit trail."""

import asyncio
import json
import re
import stat

import httpx
import openpyxl
import pytest
from support.commands import importer, sandbox, write_users
from web.ops_page import CSRF, until

from importer.errors import UsageError
from importer.journal import Journal
from importer.settings import load
from importer.web.access.accounts import Accounts, SignInThrottle
from importer.web.access.audit_trail import AuditTrail
from importer.web.access.roles import Role
from importer.web.application import create_app
from importer.web.records.job_process import ask_to_end
from importer.web.route_kinds import COOKIE
from importer.web.routes import routes
from importer.web.site import Site
from importer.web.uploads.draft import Draft

__all__ = ["importer", "sandbox"]

PASSWORD = "a long enough password"


class Visitor:
    """Somebody with a browser, in this process."""

    def __init__(self, site):
        self.app, self.cookies, self.csrf = create_app(site), httpx.Cookies(), ""

    def ask(self, method, path, *, follow=True, **more):
        async def asked():
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=self.cookies)
            async with client:
                answer = await client.request(method, path, follow_redirects=follow, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(asked())

    def sign_in(self, name, password=PASSWORD):
        answer = self.ask("POST", "/enter", data={"name": name, "password": password})
        self.look("/")
        return answer.status_code

    def look(self, path):
        answer = self.ask("GET", path)
        if found := CSRF.search(answer.text):
            self.csrf = found[1]
        return answer

    def send(self, path, **fields):
        return self.ask("POST", path, data={"csrf": self.csrf, **fields}, follow=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    accounts = Accounts(folder / "users.json")
    for role in Role:
        accounts.add(f"a {role}", role, PASSWORD)
    accounts.add("another operator", Role.OPERATOR, PASSWORD)
    (folder / "token").write_text("t")
    (folder / "token").chmod(0o600)
    flags = {"home": folder / "home", "url": "http://127.0.0.1:9", "token_file": folder / "token"}
    return Site(load(flags, look_around=False), accounts=accounts)


@pytest.fixture
def visitor(site):
    def come(name):
        one = Visitor(site)
        if name:  # as signing in does, but for the hash of the password, which takes its time
            account = site.accounts.of(name)
            one.cookies.set(COOKIE, site.sessions.begin(name, account.role, account.since), domain="127.0.0.1")
            one.look("/")
        return one

    return come


@pytest.fixture
def upload(site, tmp_path):
    users = write_users(tmp_path / "users.csv", ["+77010000001", "bad"])
    pending = site.uploads.prepared("users.csv")
    pending.path.write_bytes(users.read_bytes())
    return pending.finished("a operator")


def changing_paths():
    paths = [route.path for route in routes() if "POST" in (getattr(route, "methods", None) or ())]
    return [re.sub(r"\{\w+\}", "0123456789abcdef", path) for path in paths if path != "/enter"]


@pytest.mark.parametrize("path", sorted({*changing_paths()} - {"/leave"}))
def test_a_viewer_may_change_nothing_and_nobody_without_a_session_anything(visitor, path):
    assert visitor("").send(path).status_code == 401
    viewer = visitor("a viewer")
    answer = viewer.send(path)
    assert answer.status_code == 403
    assert "You may look at this" in answer.text


@pytest.mark.parametrize("path", ["/settings", "/audit"])
def test_settings_and_the_audit_trail_are_for_administrators(visitor, path):
    for name in ("a viewer", "a operator"):
        assert visitor(name).look(path).status_code == 403
        assert f'href="{path}"' not in visitor(name).look("/history").text
    assert visitor("a admin").look(path).status_code == 200


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, "there is none: nothing can be imported"),
        ({"sandbox": True}, "none is needed: the built-in sandbox takes everybody"),
        ({"token": "t"}, "from the environment"),
        ({"token_file": "t"}, "from the file t"),
    ],
)
def test_the_settings_say_where_the_token_comes_from_and_whether_there_has_to_be_one(tmp_path, told, expected):
    own = Site(load({"home": tmp_path / "home", **told}, look_around=False))
    admin = Visitor(own)
    admin.cookies.set(COOKIE, own.sessions.begin("anna", Role.ADMIN), domain="127.0.0.1")
    assert expected in admin.look("/settings").text
    assert own.has_token == ("nothing can be imported" not in expected)


def test_an_operator_starts_what_is_their_own_and_nobody_without_a_form_of_their_own(visitor, upload):
    path = f"/files/{upload.id}/import"
    assert visitor("another operator").send(path).status_code == 403
    own = visitor("a operator")
    assert own.ask("POST", path, data={"csrf": "wrong"}).status_code == 403
    assert own.ask("POST", path, data={"csrf": own.csrf}, headers={"origin": "http://elsewhere"}).status_code == 403
    assert own.look(path).status_code == 200


def test_the_owner_of_a_file_shares_it_with_operators_who_then_work_on_it_as_the_owner_does(
    visitor, site, upload, tmp_path
):
    path = f"/files/{upload.id}"
    own, other = visitor("a operator"), visitor("another operator")
    settled = until(lambda: "details" in (text := own.look(f"{path}/file").text) and text)
    assert "<option>another operator</option>" in settled
    assert "<option>a viewer</option>" not in settled
    assert "+77010000001" not in other.look(f"{path}/file").text
    assert other.send(f"{path}/share", name="another operator").status_code == 403
    for nobody in ("a viewer", "nobody", "a admin", ""):
        own.send(f"{path}/share", name=nobody)
    assert site.uploads.get(upload.id).shared_with == ()

    assert own.send(f"{path}/share", name="another operator").status_code == 303
    shown = other.look(f"{path}/file").text
    assert "+77010000001" in shown
    assert "Take another operator off this file" not in shown
    assert path in other.look("/").text
    until(lambda: 'class="counts"' in other.look(f"{path}/check").text)
    assert visitor("a viewer").look(f"{path}/list").status_code == 403
    (tmp_path / "list.xlsx").write_bytes(other.look(f"{path}/list").content)
    [header, row] = openpyxl.load_workbook(tmp_path / "list.xlsx").active.iter_rows(values_only=True)
    assert (header[:2], row[:2], row[3]) == (("phone", "import_row"), ("bad", "3"), "invalid")
    assert {each.name for each in upload.folder.iterdir() if each.is_dir()} == {"input"}
    other.send(f"{path}/cell", row="3", position="0", was="bad", text="+7 701 555 66 77")
    assert own.send(f"{path}/undo").headers["location"].endswith("undone=0")  # undo is of one's own
    assert site.uploads.get(upload.id).owner == "a operator"
    assert other.send(f"{path}/share", no_more="a operator").status_code == 403
    assert other.send(f"{path}/undo").headers["location"].endswith("undone=1")

    own.send(f"{path}/share", no_more="another operator")
    assert "+77010000001" not in other.look(f"{path}/file").text
    assert other.send(f"{path}/undo").status_code == 403
    assert "changed who works on a file" in visitor("a admin").look("/audit").text


def test_two_who_start_the_same_upload_at_once_start_one_import(site, upload):
    from concurrent.futures import ThreadPoolExecutor

    opened = Visitor(site)
    account = site.accounts.of("a admin")
    draft = Draft.of(upload.folder)
    draft.record(checked={"rows": 2})
    with draft.database.writing() as db:
        db.execute("INSERT INTO rows VALUES (2, 'not_sent', '+77010000001', '', '[]', '')")
    people = [opened, Visitor(site)]
    for one in people:
        one.cookies.set(COOKIE, site.sessions.begin(account.name, account.role, account.since), domain="127.0.0.1")
        one.look("/")
    path = f"/files/{upload.id}/import"
    with ThreadPoolExecutor(2) as both:
        codes = [answer.status_code for answer in both.map(lambda one: one.send(path, how="all"), people)]
    assert codes == [303, 303]
    jobs = [job for job in site.jobs.imports() if job.upload == upload.id]
    assert len(jobs) == 1
    ask_to_end(jobs[0].folder)
    until(lambda: not jobs[0].is_alive)


def test_two_who_uploaded_the_same_file_both_take_its_result_and_nobody_else_does(visitor, site, tmp_path, monkeypatch):
    monkeypatch.setattr("importer.web.records.jobs.launch", lambda _folder: True)
    site.accounts.add("a third operator", Role.OPERATOR, PASSWORD)
    with Journal.open(site.settings.journal_location) as journal:
        run = journal.create_run("ef" * 32, "an API", "users.csv", "cd" * 32, {"input": "users.csv"})
    (tmp_path / "users.result.csv").write_text("phone\n+77010000001\n")
    (tmp_path / "users.rejected.csv").write_text("phone,import_row,import_status,freedom_id\n8701,3,invalid,\n")
    told = {"output": "users.result.csv", "rejected": "users.rejected.csv"}
    told = {kind: str(tmp_path / name) for kind, name in told.items()} | {"statuses": {}, "exit_code": 0}
    uploads = {}
    for owner in ("a operator", "another operator"):  # who came first is not the newest
        pending = site.uploads.prepared("users.csv")
        pending.path.write_text("phone\n+77010000001\n8701\n")
        uploads[owner] = pending.finished(owner)
        Draft.of(uploads[owner].folder).record(options={"region": "KZ" if owner == "a operator" else "RU"})
        job = site.jobs.start(owner, "import", site.settings, input_=pending.path, upload=pending.id)
        site.jobs.known_run(job, run.id)
        (job.folder / "summary.json").write_text(json.dumps(told))
    path = f"/history/{run.id}"
    for name, uploaded in uploads.items():
        assert visitor(name).look(f"{path}/files/result").status_code == 200
        assert f"{path}/files/result" in visitor(name).look(path).text
        answer = visitor(name).send(f"{path}/correct")
        assert answer.status_code == 303
        mended = site.uploads.get(answer.headers["location"].split("/")[2])
        assert mended.owner == name
        own = Draft.of(uploaded.folder).fact("options")
        assert Draft.of(mended.folder).fact("options") == own
        assert visitor(name).send(f"{path}/files").status_code == 303
        assert visitor(name).send(f"{path}/go-on").status_code == 303
    assert f"{uploads['another operator'].address}/" not in visitor("a operator").look(path).text

    for name in ("a third operator", "a viewer"):
        other = visitor(name)
        assert other.look(f"{path}/files/result").status_code == 403
        assert "/files/result" not in other.look(path).text
        assert {other.send(f"{path}/{act}").status_code for act in ("correct", "files", "go-on", "stop")} == {403}
    assert visitor("a operator").send(f"{uploads['another operator'].address}/import").status_code == 403
    site.uploads.share(uploads["another operator"], "a third operator")
    assert visitor("a third operator").look(f"{path}/files/result").status_code == 200


def test_who_listens_for_changes_is_asked_again_who_they_are(visitor, upload, monkeypatch):
    monkeypatch.setattr("importer.web.imports.live_events.EVERY", 0.0)
    monkeypatch.setattr("importer.web.imports.live_events.LONGEST", 3)
    path = f"/files/{upload.id}/events"
    own = visitor("a operator")
    assert own.look(path).status_code == 200, "it ends, and a browser asks again"
    own.send("/leave")
    assert own.look(path).status_code == 401


def test_what_is_done_stands_in_the_audit_trail_before_it_is_done_and_without_what_was_in_the_cells(
    visitor, site, upload
):
    own = visitor("a operator")
    own.send(f"/files/{upload.id}/import", how="all")
    own.look("/history/nothing/files/result")
    admin = visitor("a admin")
    admin.send("/settings/test")
    shown = admin.look("/audit").text
    assert "started an import" in shown
    assert "downloaded" in shown
    assert "tested the connection" in shown
    lines = [json.loads(line) for line in site.audit.path.read_text().splitlines()]
    assert {"a operator", "a admin"} <= {line["who"] for line in lines}
    assert lines == list(site.audit.newest())[::-1]
    assert stat.S_IMODE(site.audit.path.stat().st_mode) == 0o600
    assert PASSWORD not in site.audit.path.read_text()


def test_a_long_trail_is_read_from_its_end_and_a_damaged_line_is_no_defect(tmp_path):
    audit = AuditTrail(tmp_path / "audit.jsonl")
    for number in range(300):
        audit.note("имя", "did", f"/{number}", padding="x" * 400)
    with audit.path.open("a") as file:
        file.write('{"half')
    newest = audit.newest()
    assert next(newest)["did"] == "damaged"
    assert [line["what"] for line in newest] == [f"/{number}" for number in range(299, -1, -1)]


def test_a_session_ends_with_its_account_its_password_and_its_time(site, visitor):
    site.accounts.add("leaver", Role.ADMIN, PASSWORD)
    one, two = visitor("leaver"), visitor("a viewer")
    assert one.look("/settings").status_code == 200
    site.accounts.change("leaver", role=Role.VIEWER)
    assert one.look("/settings").status_code == 403
    site.accounts.change("leaver", password=PASSWORD + "2")
    assert one.look("/history").status_code == 401
    assert one.sign_in("leaver", PASSWORD + "2") == 200
    site.accounts.remove("leaver")
    assert one.look("/history").status_code == 401

    with site.database.writing() as db:
        db.execute("UPDATE sessions SET seen_at = 0")
    answer = two.look("/history")
    assert answer.status_code == 401
    assert "your session has ended; nothing that you saved is lost" in answer.text
    assert two.send("/leave").status_code == 401


def test_who_fails_to_sign_in_again_and_again_has_to_wait_whatever_name_they_try(site, visitor):
    clock = [0.0]
    knocking = SignInThrottle(lambda: clock[0])
    for _ in range(SignInThrottle.FREE):
        assert knocking.wait("name x", "address y") <= 0
        knocking.failed("name x", "address y")
    waits = []
    for _ in range(12):
        waits.append(knocking.wait("name other", "address y"))
        clock[0] += waits[-1]
        knocking.failed("name other", "address y")
    assert waits == sorted(waits)
    assert waits[0] > 0
    assert waits[-1] == SignInThrottle.LONGEST
    clock[0] += SignInThrottle.LONGEST
    assert knocking.wait("name x", "address y") <= 0
    knocking.succeeded("name x", "address y")
    assert knocking.wait("name x") <= 0

    own = Site(site.settings, accounts=site.accounts)
    somebody = Visitor(own)
    codes = [somebody.sign_in("a admin", "wrong" * 3) for _ in range(SignInThrottle.FREE + 1)]
    assert codes == [401] * SignInThrottle.FREE + [429]
    assert somebody.sign_in("a admin") == 429
    assert visitor("a admin").look("/").status_code == 200


def test_accounts_are_made_by_the_command_which_asks_for_the_password(importer, tmp_path, monkeypatch):
    import io

    users = tmp_path / "users.json"

    def typed(text, *arguments):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return importer("users", *arguments, "--users", users)

    assert typed(f"{PASSWORD}\n", "add", "Aigerim", "--role", "operator").code == 0
    assert "already" in typed(f"{PASSWORD}\n", "add", "Aigerim", "--role", "admin").err
    assert "at least 10" in typed("short\n", "add", "Nurlan", "--role", "viewer").err
    assert typed(f"{PASSWORD}2\n", "set-password", "Aigerim").code == 0
    assert typed("", "set-role", "Aigerim", "--role", "admin").code == 0
    assert "Aigerim" in (shown := typed("", "list").out)
    assert "admin" in shown
    assert "no account" in typed("", "remove", "Nurlan").err
    assert stat.S_IMODE(users.stat().st_mode) == 0o600
    assert PASSWORD not in users.read_text()
    accounts = Accounts(users)
    assert accounts.check("Aigerim", PASSWORD) is None
    assert accounts.check("Aigerim", PASSWORD + "2").role is Role.ADMIN
    assert accounts.check("Nobody", PASSWORD) is None
    users.chmod(0o666)
    with pytest.raises(UsageError, match="written by others"):
        accounts.all()
    users.chmod(0o600)
    assert typed("", "remove", "Aigerim").code == 0
    assert not accounts.all()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--host", "0.0.0.0"), "it needs accounts"),
        (("--host", "0.0.0.0", "--users", "USERS"), "in the clear"),
        (("--behind-proxy",), "need --users"),
        (("--hostname", "import.example.kz"), "need --users"),
        (("--tls-cert", "USERS"), "belong together"),
        (("--host", "::", "--users", "USERS", "--tls-cert", "none.pem", "--tls-key", "none.pem"), "no such file"),
        (("--users", "none.json"), "no accounts in it"),
        (("--users", "USERS", "--new-key"), "sign in with their passwords"),
    ],
)
def test_the_page_is_not_opened_to_others_without_accounts_and_tls(importer, tmp_path, arguments, why):
    users = tmp_path / "users.json"
    Accounts(users).add("Aigerim", Role.ADMIN, PASSWORD)
    ended = importer("serve", *(str(users) if one == "USERS" else one for one in arguments))
    assert ended.code == 2
    assert why in ended.err
