"""The sandbox's control is for programs on this machine, not for the web pages that its owner looks at."""

import pytest


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:{port}"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost.evil.example:{port}"},
        {"host": "127.0.0.1@evil.example"},
        {"host": "evil.example@127.0.0.1"},
        {"host": "169.254.169.254"},
        {"host": "0.0.0.0:{port}"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://localhost:{port}"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_foreign_web_page_neither_sees_nor_changes_anything(start, client, headers):
    sandbox = start()
    port = sandbox.url.rpartition(":")[2]
    headers = {name: value.format(port=port) for name, value in headers.items()}
    for method, path in (("POST", "faults"), ("GET", "users"), ("GET", "stats"), ("GET", "options")):
        content = b'{"forbidden": true}' if method == "POST" else None
        answer = client.request(method, f"{sandbox.url}/_sandbox/{path}", content=content, headers=headers)
        assert answer.status_code == 403, (path, headers)
        assert "access-control-allow-origin" not in answer.headers
    assert client.get(f"{sandbox.url}/_sandbox/options").json()["forbidden"] is False


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost"},
        {"host": "LOCALHOST:{port}", "origin": "http://localhost:{port}"},
        {"host": "127.0.0.1:{port}", "origin": "http://127.0.0.1:{port}", "sec-fetch-site": "same-origin"},
        {"host": "127.3.2.1"},
        {"host": "[::1]:{port}"},
        {"sec-fetch-site": "none"},
    ],
)
def test_programs_and_the_owners_own_browser_are_served(start, client, headers):
    sandbox = start()
    headers = {name: value.format(port=sandbox.url.rpartition(":")[2]) for name, value in headers.items()}
    answer = client.post(f"{sandbox.url}/_sandbox/faults", json={"latency": 1}, headers=headers)
    assert answer.status_code == 200
