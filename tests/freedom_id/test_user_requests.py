"""The bytes of a row's request are those of the request that httpx would be given, whichever came before."""

import httpx
import pytest

from importer.freedom_id.http1_request import encode_head, with_body
from importer.freedom_id.request import UserRequests, user_content

URL = httpx.URL("https://api.example:8443/v/api/v1/oauth/user")
ASKED = [
    ("POST", b'{"phone":"+77010000001"}', "first"),
    ("PUT", b'{"freedom_id":"x"}', "first"),
    ("POST", b"", "second"),
    ("PUT", b'{"a":"b"}', "second"),
    ("POST", b'{"phone":"+77010000002"}', "first"),
]


def test_method_token_and_body_are_those_of_this_row_after_any_other_row() -> None:
    requests = UserRequests(URL)
    for method, content, token in ASKED:
        sent = requests.encoded(method, content, token)
        assert sent == with_body(encode_head(UserRequests(URL).request(method, content, token, {})), content)
        head, _, body = sent.partition(b"\r\n\r\n")
        first, *others = head.split(b"\r\n")
        headers = dict(line.split(b": ") for line in others)
        assert first == f"{method} /v/api/v1/oauth/user HTTP/1.1".encode()
        assert headers[b"Host"] == b"api.example:8443"
        assert headers[b"Authorization"] == f"Bearer {token}".encode()
        assert headers[b"Content-Length"] == str(len(content)).encode()
        assert len(headers) == len(others) == 7
        assert body == content


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX: y"])
def test_a_token_with_a_line_break_is_sent_to_nobody(token: str) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        UserRequests(URL).encoded("POST", b"", token)


def test_fields_without_a_value_are_left_out() -> None:
    assert (
        user_content({"phone": "+77010000001", "email": "", "gender": "f"}) == b'{"phone":"+77010000001","gender":"f"}'
    )
