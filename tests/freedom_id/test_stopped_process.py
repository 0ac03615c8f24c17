"""A process that was stopped for longer than it would wait: answers that came meanwhile are answers."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.freedom_id.faulty import answer

ASKING = """
import asyncio, sys
import httpx
from importer.freedom_id.keepalive_transport import KeepAliveTransport

async def ask():
    async with KeepAliveTransport() as transport:
        request = httpx.Request("POST", sys.argv[1], content=b"{}", extensions={"timeout": {"read": 0.5}})
        answer = await transport.handle_async_request(request)
        print(answer.status_code)

asyncio.run(ask())
"""


def wait_for_state(process: int, state: str) -> None:
    """S: it waits; T: it is stopped."""
    while Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != state:
        time.sleep(0.01)


def test_an_answer_that_came_while_the_process_was_stopped_is_read_before_its_time_is_up() -> None:
    """After SIGCONT the selector gives no events where its time is up: what has come the kernel alone knows."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        process = subprocess.Popen([sys.executable, "-c", ASKING, url], stdout=subprocess.PIPE, text=True)
        connection, _ = server.accept()
        with connection:
            while not connection.recv(65_536).endswith(b"{}"):
                pass
            wait_for_state(process.pid, "S")
            os.kill(process.pid, signal.SIGSTOP)
            wait_for_state(process.pid, "T")
            connection.sendall(answer())
            time.sleep(0.8)
            os.kill(process.pid, signal.SIGCONT)
            assert process.communicate(timeout=30)[0] == "200\n"
