"""What the journal keys by is an address in one spelling, whether or not the HTTP library had to be asked."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.errors import UsageError
from importer.freedom_id import check_url
from importer.journal.api_label import label_of

PART = "[a-z0-9-]{1,4}"
NEAR = rf"https?://{PART}(\.{PART}){{0,2}}(:[0-9]{{1,5}})?(/[A-Za-z0-9_.%~ -]{{0,3}}){{0,3}}[/?#\n]?"


def outcome(label, url):
    try:
        return label(url)
    except (UsageError, UnicodeError) as exc:
        return type(exc)


@given(st.from_regex(NEAR, fullmatch=True))
@example("https://api.freedompay.kz")
@example("https://xn--abc")
@example("https://example.kz.")
@example("https://a-.kz")
@example("https://example.kz/x\n")
@example("https://1.2.3")
@example("https://999.1.1.1")
@example("https://example.kz/./x")
def test_a_label_is_what_the_http_library_makes_of_the_address(url):
    assert outcome(label_of, url) == outcome(lambda text: str(check_url(text)).rstrip("/"), url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.freedompay.kz/",
        "https://api.freedompay.kz:443",
        " https://API.freedompay.kz// ",
        "https://api.freedompay.kz/api/v1/oauth/user",
        "https://api.freedompay.kz:443//api/v1/oauth/user/",
    ],
)
def test_all_spellings_of_an_address_have_one_label(url):
    assert label_of(url) == "https://api.freedompay.kz"


def test_another_path_is_another_api():
    paths = ["", "/v2", "/api/v1/oauth/users", "/api/v1/oauth", "/v2/api/v1/oauth/user"]
    labels = [label_of(f"https://api.freedompay.kz{path}") for path in paths]
    assert labels == [f"https://api.freedompay.kz{path}" for path in (*paths[:4], "/v2")]
