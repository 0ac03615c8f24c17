"""The header by which a server, or what stands before it, names a request: what its support can look it up by."""

from collections.abc import Mapping
from typing import Final

from importer.freedom_id.api_text import words
from importer.freedom_id.token_mask import TokenMask

NAMES: Final = (
    "x-request-id",
    "x-correlation-id",
    "request-id",
    "x-trace-id",
    "traceparent",
    "x-amzn-trace-id",
    "cf-ray",
)
_LONGEST: Final = 100


def request_id(headers: Mapping[str, str], mask: TokenMask | None = None) -> str:
    """The first of NAMES that is given, or ""; ``headers`` has lower-case names, ``mask`` hides our token."""
    given = next((headers[name] for name in NAMES if headers.get(name)), "")
    return words(given if mask is None else mask(given))[:_LONGEST]
