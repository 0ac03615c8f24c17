"""The token and the operator's machine against a hostile server and a lax environment."""

import json
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from chaos.kit import Running, Shop, tell

TOKEN = "sandbox-secret-7e1f0c2b9a"


def everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "token"]


def test_the_token_is_in_no_file_log_or_process_list_and_files_are_private(shop: Shop):
    shop.sandbox.set(token=TOKEN, latency=20.0, reset_after_share=0.1, error_share=0.1, unauthorized_share=0.0)
    token = shop.folder / "token"
    token.write_text(TOKEN, encoding="utf-8")
    environ = {"FREEDOM_ID_TOKEN": "", "FREEDOM_ID_TOKEN_FILE": str(token), "IMPORTER_BACKOFF": "0.05"}
    users = shop.users(200)
    shop.folder.chmod(0o700)
    running = shop.start("run", users.path, "-vv", environ=environ, umask=0)
    assert running.until(shop.has_requests(20)), running.err
    assert TOKEN.encode() not in Path(f"/proc/{running.pid}/cmdline").read_bytes()
    assert TOKEN.encode() not in Path(f"/proc/{running.pid}/environ").read_bytes()
    assert running.wait().code == 1
    shop.sandbox.set(forbidden=True)
    more = shop.users(20, first=900, name="more.csv")
    assert shop.run("run", more.path, "-vv", environ=environ, umask=0).code == 4
    for path in everything(shop.folder):
        assert TOKEN.encode() not in path.read_bytes(), path
    outputs = [*shop.folder.glob("users.re*"), *shop.home.rglob("*")]
    assert len(outputs) > 6
    for path in outputs:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def highest_memory(running: Running) -> int:
    """MiB at the most so far."""
    try:
        status = Path(f"/proc/{running.pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


@pytest.mark.chaos
def test_a_hostile_answer_costs_neither_memory_nor_time(shop: Shop):
    faults = ("huge@3", "bomb@5", "drip@7", "headers@9", "huge@11-14", "bomb@15-18", "headers@19-20")
    shop.sandbox.set(faults=faults, huge_bytes=1_000_000_000)
    users = shop.users(100, bad=False)
    running, highest = shop.start("run", users.path, "--timeout", "5s", environ={"IMPORTER_BACKOFF": "0.1"}), 0
    while running.until(lambda: True):
        highest = max(highest, highest_memory(running))
        try:
            ended = running._process.wait(0.05)
        except Exception:
            continue
        assert ended in {0, 1}
        running._code = ended
        break
    settled = shop.settle(users)
    assert set(settled.statuses) <= {"created", "unconfirmed"}, settled.statuses
    assert highest < 900
    tell("1 GB bodies, bombs, drips, endless headers", rows=100, highest_memory_mib=highest, **settled.statuses)


def test_a_redirect_is_not_followed_with_the_bearer(shop: Shop):
    shop.sandbox.set(redirect_share=1.0)
    users = shop.users(50, bad=False)
    ended = shop.run("run", users.path)
    assert ended.code == 4, (ended.code, ended.err)
    stats = shop.sandbox.stats()
    assert stats["redirects_followed"] == stats["redirects_with_bearer"] == 0
    assert shop.settle(users).statuses == {"not_sent": 50}


class Spiteful(BaseHTTPRequestHandler):
    """Refuses every user in words that a spreadsheet or a terminal would run."""

    protocol_version = "HTTP/1.1"
    words = (
        '=HYPERLINK("http://example.test","x")',
        "@SUM(1+1)\t\r\n=2",
        "\x1b[31m\x07red\x00",
        "-1+1|cmd",
        "\u202egnp.exe",
    )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        word = self.words[hash(self.requestline) % len(self.words)]
        errors = {"firstname": list(self.words), "=1+1": [word]}
        body = json.dumps({"message": word, "errors": errors}).encode()
        self.send_response(422)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def test_the_words_of_the_api_cannot_harm_a_spreadsheet_or_a_terminal(shop: Shop):
    with ThreadingHTTPServer(("127.0.0.1", 0), Spiteful) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        users = shop.users(12, bad=False)
        ended = shop.run("run", users.path, "-vv", environ={"FREEDOM_ID_URL": f"http://127.0.0.1:{server.server_port}"})
        server.shutdown()
    assert ended.code == 1, ended.err
    rows = shop.rows(users)
    assert {row["import_status"] for row in rows} == {"rejected"}
    for row in rows:
        for name in ("import_error", "import_error_code", "import_note"):
            cell = row[name]
            assert not cell.startswith(("=", "@", "+", "-", "\t", "\r")), cell
            assert not [sign for sign in cell if ord(sign) < 32 or sign in "\x7f\u202e"], repr(cell)
    text = shop.output(users).read_bytes()
    assert b"\x1b" not in text
    assert b"\x00" not in text
    assert "\x1b" not in ended.out + ended.err
