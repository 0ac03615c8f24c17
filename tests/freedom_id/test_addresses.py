"""Where a token may go, and by which way."""

import ssl
from pathlib import Path

import httpx
import pytest

from importer.errors import UsageError
from importer.freedom_id import check_url, make_transport
from importer.freedom_id.address import user_url
from importer.freedom_id.keepalive_transport import KeepAliveTransport
from importer.freedom_id.proxy import proxy_for
from importer.freedom_id.transport import ssl_context

GOOD = [
    "https://api.freedompay.kz",
    "https://api.freedompay.kz:8443/prefix/",
    "http://localhost:8000",
    "http://LOCALHOST.:8000",
    "http://127.0.0.1:1",
    "http://127.8.9.1",
    "http://[::1]:8000",
]


@pytest.mark.parametrize("url", GOOD)
def test_https_anywhere_and_http_to_this_machine_are_good_addresses(url: str) -> None:
    check_url(url)


BAD = {
    "": "must begin with https",
    "api.freedompay.kz": "must begin with https",
    "ftp://api.freedompay.kz": "must begin with https",
    "https://": "no host",
    "https:///path": "no host",
    "https://a b.kz": "no host or port",
    "https://api.kz:99999": "no host or port",
    "https://api.kz:port": "not an address",
    "https://xn--/": "not an address",
    "https://api.kz\x00": "not an address",
    "https://user:secret@api.kz": "user name or password",
    "https://secret@api.kz": "user name or password",
    "https://api.kz/?x=secret": "query or fragment",
    "https://api.kz/#secret": "query or fragment",
    "https://api.kz:0": "no host or port",
    "http://api.freedompay.kz": "plain http",
    "http://localhost.evil.example": "plain http",
    "http://127.0.0.1.evil.example": "plain http",
    "http://0.0.0.0": "plain http",
    "http://10.0.0.1": "plain http",
    "http://2130706433": "plain http",
}


@pytest.mark.parametrize("url", BAD)
def test_any_other_address_is_a_usage_error_that_tells_why(url: str) -> None:
    with pytest.raises(UsageError, match=BAD[url]) as caught:
        check_url(url)
    assert "--url" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://a.kz", "https://a.kz/", "https://a.kz/api/v1/oauth/user", "https://a.kz/api/v1/oauth/user/"],
)
def test_the_base_address_and_the_full_one_lead_to_the_same_place(url: str) -> None:
    assert str(user_url(url)) == "https://a.kz/api/v1/oauth/user"


def test_a_prefix_of_a_gateway_is_kept() -> None:
    assert str(user_url("https://gate.kz/freedom/")) == "https://gate.kz/freedom/api/v1/oauth/user"


API = httpx.URL("https://api.freedompay.kz/x")
PROXY = "http://proxy.example:3128"

PROXIED = [
    {"HTTPS_PROXY": PROXY},
    {"https_proxy": PROXY},
    {"https_proxy": "proxy.example:3128"},
    {"ALL_PROXY": PROXY},
    {"https_proxy": PROXY, "HTTPS_PROXY": "http://other.example"},
    {"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com, pay.kz, notfreedompay.kz"},
    {"HTTPS_PROXY": PROXY, "NO_PROXY": "api.freedompay.kz:8443"},
    {"HTTPS_PROXY": PROXY, "NO_PROXY": " , ,"},
]


@pytest.mark.parametrize("environ", PROXIED)
def test_a_proxy_of_the_environment_is_honoured(environ: dict[str, str]) -> None:
    proxy = proxy_for(API, environ)
    assert proxy is not None
    assert str(proxy.url).rstrip("/") == PROXY
    transport = make_transport(API, environ)
    assert isinstance(transport, KeepAliveTransport)
    assert transport.proxy is not None


STRAIGHT = [
    {},
    {"HTTP_PROXY": PROXY},
    {"HTTPS_PROXY": ""},
    *(
        {"HTTPS_PROXY": PROXY, "NO_PROXY": entry}
        for entry in (
            "*",
            "freedompay.kz",
            ".freedompay.kz",
            "*.freedompay.kz",
            "x,API.freedompay.KZ",
            "api.freedompay.kz:443",
        )
    ),
]


@pytest.mark.parametrize("environ", STRAIGHT)
def test_without_a_proxy_or_named_in_no_proxy_requests_go_straight(environ: dict[str, str]) -> None:
    assert proxy_for(API, environ) is None
    transport = make_transport(API, environ)
    assert isinstance(transport, KeepAliveTransport)
    assert transport.proxy is None


@pytest.mark.parametrize(
    ("host", "entry"),
    [("10.1.2.3", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3"), ("[fd00::1]", "fd00::/8"), ("[fd00::1]", "[fd00::1]:443")],
)
def test_no_proxy_knows_addresses_and_networks(host: str, entry: str) -> None:
    environ = {"HTTPS_PROXY": PROXY, "NO_PROXY": entry}
    assert proxy_for(httpx.URL(f"https://{host}"), environ) is None
    assert proxy_for(httpx.URL("https://192.168.1.1"), environ) is not None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_this_machine_is_never_asked_through_a_proxy(url: str) -> None:
    assert proxy_for(httpx.URL(url), {"HTTP_PROXY": PROXY, "http_proxy": PROXY, "ALL_PROXY": PROXY}) is None


def test_a_cgi_request_s_header_is_no_proxy() -> None:
    environ = {"REQUEST_METHOD": "GET", "HTTP_PROXY": PROXY}
    assert proxy_for(httpx.URL("http://api.example"), environ) is None


@pytest.mark.parametrize(
    "value",
    ["ftp://secret@proxy.example", "http://", "http://secret@proxy:port", "http://secret@a b", "http://p:99999"],
)
def test_an_unusable_proxy_is_a_usage_error_that_does_not_show_it(value: str) -> None:
    with pytest.raises(UsageError, match="HTTPS_PROXY") as caught:
        proxy_for(API, {"HTTPS_PROXY": value})
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_certificates_are_verified() -> None:
    context = ssl_context({})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("name", ["SSL_CERT_FILE"])
def test_an_unreadable_ca_bundle_is_a_usage_error_that_names_the_variable(name: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for path in (tmp_path / "missing.pem", empty):
        with pytest.raises(UsageError, match=name):
            make_transport(API, {name: str(path)})
