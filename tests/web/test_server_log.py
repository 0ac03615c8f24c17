"""What uvicorn says on stderr: lines of the log in its own format, or nothing."""

import json
import logging
import socket
from urllib.parse import urlsplit

import pytest

from importer.cli.logs import configure_logging
from importer.settings import Settings
from importer.web.server_log import heard


def send_garbage(page):
    asked = urlsplit(page.url)
    with socket.create_connection((asked.hostname, asked.port)) as connection:
        connection.sendall(b"GARBAGE\r\n\r\n")
        assert b"400" in connection.recv(1000)


@pytest.mark.parametrize("verbose", [0, 1])
def test_a_request_that_is_none_is_a_line_of_the_log_with_v_alone(page, capsys, caplog, verbose):
    configure_logging(Settings(log_format="json", verbose=verbose))
    with heard():
        send_garbage(page)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"] for line in lines] == ["the web server: Invalid HTTP request received."] * verbose
    assert caplog.records == [], "nobody else hears of it"
    send_garbage(page)
    assert caplog.records, "afterwards all is as it was"


def test_a_failure_of_the_server_is_told_without_what_was_raised(capsys):
    configure_logging(Settings(log_format="json"))
    with heard():
        failure = ValueError("Секретова")
        logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=failure)
        logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task: %r>", failure)
    told = capsys.readouterr().err
    assert "Секретова" not in told
    assert [json.loads(line)["message"] for line in told.splitlines()] == [
        "the web server: Exception in ASGI application (ValueError)",
        "the web server: Task exception was never retrieved (asyncio)",
    ]
