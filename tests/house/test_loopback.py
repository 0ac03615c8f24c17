"""What is this machine itself: one table for tokens, clusters, the ops page and the sandbox."""

import pytest

from importer.loopback import is_loopback, is_own_host

HERE = ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "0:0:0:0:0:0:0:1"]
ELSEWHERE = [
    "",
    "localhost.",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "169.254.169.254",
    "::ffff:127.0.0.1",
    "[::1]",
    "2130706433",
    "0x7f.1",
    "127.1",
    "127.0.0.01",
    " localhost",
    "localhost:1",
]


@pytest.mark.parametrize("host", HERE)
def test_a_name_or_address_of_this_machine_alone(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_anything_else_is_another_machine(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "header",
    ["localhost", "LOCALHOST:1", "localhost.", "localhost.:8470", "127.0.0.1:8470", "127.3.2.1", "[::1]", "[::1]:8470",
     "page.example", "PAGE.example.:443"],
)  # fmt: skip
def test_a_host_header_of_this_machine_or_of_a_name_it_has(header):
    assert is_own_host(header, {"page.example"})


@pytest.mark.parametrize(
    "header",
    ["", ":1", "::1", "x", "localhost:0", "localhost:x", "localhost:99999", "localhost..", "me@localhost",
     "localhost@evil.example", "localhost/", "localhost/x", "localhost?x", "localhost#x", "[::1", "[::ffff:127.0.0.1]",
     "page.example.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "localhost\t", "[::ffff]"],
)  # fmt: skip
def test_any_other_host_header_is_refused(header):
    assert not is_own_host(header, {"page.example"})


def test_names_are_this_page_s_alone():
    assert not is_own_host("page.example")
