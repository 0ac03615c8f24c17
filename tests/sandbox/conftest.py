"""Builders for tests of the sandbox: a started sandbox, a client without proxies, invented people."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from importer.sandbox import Sandbox, SandboxOptions

USER = "/api/v1/oauth/user"


@pytest.fixture
def start() -> Iterator[Callable[..., Sandbox]]:
    """A function that starts a sandbox with the given options; all are ended after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Sandbox(SandboxOptions(**options)))


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10, verify=False) as made:
        yield made


@pytest.fixture
def create(client: httpx.Client) -> Callable[..., httpx.Response]:
    """Ask a sandbox to create user number N of the invented ones; fields may be added or replaced."""

    def post(sandbox: Sandbox, number: int = 1, token: str = "", timeout: float = 10, **fields: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or sandbox.token}"}
        body = {"phone": f"+7701{number:07d}", **fields}
        return client.post(sandbox.url + USER, json=body, headers=headers, timeout=timeout)

    return post


@pytest.fixture
def connect() -> Iterator[Callable[[Sandbox], socket.socket]]:
    """Open a bare connection on which the request for one user is sent already."""
    opened: list[socket.socket] = []

    def send(sandbox: Sandbox) -> socket.socket:
        host, port = sandbox.url.removeprefix("http://").split(":")
        sock = socket.create_connection((host, int(port)), timeout=10)
        opened.append(sock)
        body = b'{"phone": "+77010000001"}'
        head = f"POST {USER} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {sandbox.token}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        sock.sendall(head.encode() + body)
        return sock

    yield send
    for sock in opened:
        sock.close()
