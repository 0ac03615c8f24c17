"""What the API answered, as it may be shown and sent on: its shape and its words, without anybody's data."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from importer.freedom_id.token_mask import MASK, TokenMask

HEADERS: Final = (
    "content-type",
    "date",
    "retry-after",
    "server",
    "via",
    "allow",
    "location",
    "www-authenticate",
    "x-request-id",
    "x-correlation-id",
    "x-trace-id",
    "request-id",
    "traceparent",
    "cf-ray",
)
"""Headers that tell support which request it was, or a person what stands between; also whatever names a rate limit."""

_WORDS: Final = {
    *("message", "error", "errors", "error_description", "description", "detail", "details", "title", "msg", "text"),
    *("reason", "type", "code", "error_code", "errorcode", "status", "field", "fields", "param", "violations"),
}
"""Keys under which an API speaks; any other text may be a person's."""
_NUMBERS: Final = frozenset({"code", "error_code", "errorcode", "status", "status_code"})
_PERSONAL: Final = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[^\s@\"'<>]+@[^\s@\"'<>]+|\+?[0-9](?:[ ()-]{0,2}[0-9]){4,}"
)
"""A UUID, an e-mail address, five digits or more: what identifies a person in a sentence."""
_LONGEST: Final = 4_000
_SHORTEST_VALUE: Final = 2


def secrets_of(body: Mapping[str, str], token: str) -> list[str]:
    """The texts that must not be shown: what was sent, the longest first, and the token."""
    phone = body.get("phone", "")
    values = {token, phone.removeprefix("+"), *body.values()}
    return sorted((value for value in values if len(value) >= _SHORTEST_VALUE), key=len, reverse=True)


def private_parts(secrets: Collection[str]) -> re.Pattern[str]:
    """What is somebody's in a sentence of the API: the texts that were sent, as whole words, and _PERSONAL."""
    sent = "|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in secrets)
    return re.compile(f"{sent}|{_PERSONAL.pattern}" if sent else _PERSONAL.pattern, re.IGNORECASE)


def masked_headers(headers: Mapping[str, str], secrets: Collection[str], mask: TokenMask) -> dict[str, str]:
    """The telling headers of an answer; a request's id is shown as it is, but for the token."""
    shown = {}
    for given, told in headers.items():
        name, value = given.lower(), mask(told)
        if name in HEADERS or "ratelimit" in name or "rate-limit" in name:
            for secret in secrets:
                value = value.replace(secret, MASK)
            shown[name] = value[:200]
    return shown


def masked_body(body: bytes, secrets: Collection[str], mask: TokenMask) -> str:
    """A body as text: JSON with every value masked that is no word of the API; anything else as its words.

    ``mask`` hides our own token, however it is spelled there.
    """
    private = private_parts(secrets)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return private.sub(MASK, mask(body.decode("utf-8", "replace"))[:_LONGEST])
    told = _masked(mask.payload(content), "", private, spoken=isinstance(content, str))
    text = orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _masked(value: Any, key: str, private: re.Pattern[str], *, spoken: bool) -> Any:
    """``spoken``: whether texts in here are the API's own words."""
    if isinstance(value, dict):
        return {
            private.sub(MASK, name): _masked(item, name.lower(), private, spoken=spoken or name.lower() in _WORDS)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, key, private, spoken=spoken) for item in value]
    if isinstance(value, str):
        if key in _NUMBERS and len(value) <= 20 and value.isalnum():  # noqa: PLR2004 (a code, no sentence)
            return value
        return private.sub(MASK, value) if spoken else MASK
    return value if value is None or isinstance(value, bool) or key in _NUMBERS else MASK
